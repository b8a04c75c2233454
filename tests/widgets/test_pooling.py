"""The pooling widget without a browser."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from traitlets import TraitError

from dnnkit.trace import trace_pooling
from dnnkit.widgets import Pooling

X = np.random.default_rng(0).integers(-4, 8, (7, 7)).astype(float)
DEEP = np.random.default_rng(1).normal(size=(1, 5, 6, 2))


def received(widget):
    """The arrays as the front end unpacks them."""
    numbers = np.frombuffer(widget.data, "<f8")
    return {
        name: numbers[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (offset, shape) in widget.index.items()
    }


@pytest.mark.parametrize("kind", ["max", "average"])
def test_sends_the_trace_of_both_kinds_and_again_after_a_change(kind):
    widget = Pooling(DEEP, 2, 2)
    for k, s in [(2, 2), (3, 2), (3, 1)]:
        widget.K, widget.S = k, s
        trace = trace_pooling(DEEP, k, s, kind)
        arrays = received(widget)
        for part in ("y", "dx", "ties"):
            assert_allclose(arrays[f"{kind}.{part}"], getattr(trace, part))
        assert_allclose(arrays[f"{kind}.gets"], trace.dy * trace.shares.max(axis=(-2, -1)))
        shares = trace.shares.reshape(*trace.y.shape, -1)
        assert_allclose(arrays[f"{kind}.winner"], shares.argmax(-1) if kind == "max" else -np.ones(trace.y.shape))


def test_a_window_that_does_not_fit_is_refused():
    widget = Pooling(X, 2, 2)
    with pytest.raises((ValueError, TraitError), match=r"a window of K = 8 does not fit on .* take a smaller K"):
        widget.K = 8
    assert widget.K == 2


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'max', 'average'"):
        Pooling(X, 2, 2, "median")


def test_state_makes_the_same_widget_again():
    widget = Pooling(
        DEEP, 3, 1, "average", dy=np.ones((1, 3, 4, 2)), plane=1, step=5, reading="numbers", panel="overlap"
    )
    again = Pooling(**json.loads(json.dumps(widget.state())))
    assert (again.state(), again.data) == (widget.state(), widget.data)


def test_the_still_picture_is_small_and_says_what_it_shows():
    data, _ = Pooling(X, 2, 2, step=1)._repr_mimebundle_()
    assert "y[0, 1] = " in data["text/plain"]
    assert sum(len(json.dumps(part)) for part in data.values()) < 40_000


def test_figure_draws_all_four_planes():
    assert [ax.get_title() for ax in Pooling(X, 2, 2).figure().axes] == ["x", "y", "dx", "dy"]


def average(x, K, S):
    return trace_pooling(x, K, S, "average").y[..., 0]


def test_the_student_is_compared_with_the_given_kind():
    assert Pooling(X, 3, 2, "average", average).info["verdict"]["agrees"]
    wrong = Pooling(X, 3, 2, "max", average)
    assert wrong.info["verdict"]["lines"][0]["text"] == "9 of 9 numbers of max pooling differ from yours."
    assert (wrong.step, wrong.panel) == (0, "yours")


def test_the_matrix_of_an_average_is_recovered():
    arrays = received(Pooling(X, 3, 2, "average", lambda x, K, S: average(x, K, S) * 3))
    assert_allclose(arrays["matrix.found.y"], 3 * arrays["matrix.expected.y"])
    assert_allclose(arrays["matrix.expected.y"], trace_pooling(X, 3, 2, "average").matrix())
