"""The sliding filter without a browser: what it sends, its still pictures, its state, its code."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from traitlets import TraitError

from dnnkit.trace import trace_conv
from dnnkit.widgets import SlidingFilter
from dnnkit.widgets.picture import number

X = np.random.default_rng(0).integers(-4, 5, (7, 7)).astype(float)
W = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
DEEP = np.random.default_rng(1).integers(-2, 3, (6, 5, 3)).astype(float)
FILTERS = np.random.default_rng(2).integers(-1, 2, (3, 2, 3, 2)).astype(float)


def received(widget):
    """The arrays as the front end unpacks them."""
    numbers = np.frombuffer(widget.data, "<f8")
    return {
        name: numbers[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (offset, shape) in widget.index.items()
    }


def test_sends_the_trace():
    trace = trace_conv(X, W, 2, 1)
    arrays = received(SlidingFilter(X, W, 2, 1))
    for view in ("y", "dx", "dw"):
        for part in ("input", "filters", "products", "output"):
            assert_allclose(arrays[f"{view}.{part}"], getattr(getattr(trace, view), part))


def test_a_setting_changes_the_numbers_and_then_the_revision():
    widget = SlidingFilter(X, W)
    revision = widget.revision
    widget.stride = 2
    assert widget.revision == revision + 1
    assert_allclose(received(widget)["y.output"], trace_conv(X, W, 2).y.output)


def test_own_gradient_is_used_while_it_fits():
    dy = np.arange(25.0).reshape(5, 5)
    widget = SlidingFilter(X, W, dy=dy)
    assert_allclose(received(widget)["dw.filters"][:, :, 0, 0], dy)
    widget.stride = 2
    assert received(widget)["dw.filters"].shape == (3, 3, 1, 1)


def test_a_setting_that_does_not_fit_is_refused():
    widget = SlidingFilter(X, W)
    with pytest.raises((ValueError, TraitError), match="shorter filter or more padding"):
        widget.dilation = 4
    assert widget.dilation == 1


@pytest.mark.parametrize("options", [{}, {"stride": 3, "padding": 1}, {"padding": 2, "dilation": 3}])
def test_every_slider_position_fits(options):
    widget = SlidingFilter(X, W, **options)
    for setting in widget.info["settings"]:
        for value in (setting["min"], setting["max"]):
            changed = SlidingFilter(X, W, **options)
            setattr(changed, setting["name"], value)
            assert changed.info["settings"]


def test_the_slider_ends_where_the_filter_no_longer_fits():
    settings = {one["name"]: one for one in SlidingFilter(X, W).info["settings"]}
    with pytest.raises(ValueError, match="covers"):
        trace_conv(X, W, dilation=settings["dilation"]["max"] + 1)


@pytest.mark.parametrize(
    ("x", "w"),
    [(np.arange(9.0), np.array([1.0, -2])), (X, W), (X, FILTERS[:, :, :1]), (DEEP, FILTERS), (DEEP[None], FILTERS)],
    ids=["vector", "plain", "plain with filters", "channels", "batch of one"],
)
@pytest.mark.parametrize("setting", [{}, {"stride": 2, "padding": 1, "dilation": 2}])
def test_the_code_makes_y_when_run(x, w, setting):
    names = {}
    exec(SlidingFilter(x, w, **setting).info["code"], names)
    trace = trace_conv(x, w, **setting)
    assert_allclose(names["y"], trace.y.output.reshape(trace.shape))


@pytest.mark.parametrize("own", ["student", "backward"])
def test_no_code_beside_a_function_of_one_s_own(own):
    assert SlidingFilter(X, W, **{own: lambda *_: None}).info["code"] == ""
    assert SlidingFilter(X, W).info["code"]


def test_code_for_a_large_array_leaves_it_a_name():
    code = SlidingFilter(np.ones((30, 30)), W).info["code"]
    assert "# x: your array of shape (30, 30)" in code
    assert len(code) < 600


def test_state_makes_the_same_widget_again():
    widget = SlidingFilter(DEEP, FILTERS, 2, 1, view="dx", plane=1, step=3, panel="formula")
    again = SlidingFilter(**json.loads(json.dumps(widget.state())))
    assert again.state() == widget.state()
    assert again.data == widget.data


def test_the_still_picture_shows_the_numbers_and_is_small():
    data, _ = SlidingFilter(X, W, padding=1)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith('<img alt="y[0, 0] = 1: the sum of 9 products.')
    assert sum(len(json.dumps(part)) for part in data.values()) < 40_000


@pytest.mark.parametrize("shape", [(20, 20), (64, 64), (96, 96, 3)])
def test_a_large_input_adds_little_to_a_notebook(shape):
    rng = np.random.default_rng(0)
    filters = W if len(shape) == 2 else rng.normal(size=(3, 3, 3, 2))
    widget = SlidingFilter(rng.random(shape), filters)
    data, _ = widget._repr_mimebundle_()
    assert len(data["text/html"]) < 60_000
    assert len(widget.data) < 2_000_000


def test_more_than_can_be_drawn_is_refused_in_a_sentence():
    with pytest.raises(
        ValueError, match=r"x has shape \(400, 400\): a widget draws at most 100,000 numbers; give a part"
    ):
        SlidingFilter(np.ones((400, 400)), W)


def test_figure_draws_every_plane():
    figure = SlidingFilter(DEEP, FILTERS, step=1).figure()
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles == ["x[…, 0]", "w[…, 0, 0]", "y[…, 0]", "x[…, 1]", "w[…, 1, 0]", "x[…, 2]", "w[…, 2, 0]"]
    shown = [text.get_text() for text in figure.axes[2].texts]
    assert shown == [number(v) for v in trace_conv(DEEP, FILTERS).y.output[:, :, 0].ravel()]


def flipped(x, w):
    return trace_conv(x, w[::-1, ::-1]).y.output[..., 0]


def last_is_wrong(x, w):
    y = trace_conv(x, w).y.output[..., 0]
    y[3, 1] += 1
    return y


def test_opens_at_the_first_wrong_number():
    widget = SlidingFilter(X, W, student=last_is_wrong)
    assert (widget.step, widget.plane, widget.panel) == (3 * 5 + 1, 0, "yours")
    assert widget.info["verdict"]["lines"][0]["text"] == "1 of 25 numbers of y differ from yours."


def test_effective_matrices_are_sent_side_by_side():
    arrays = received(SlidingFilter(X, W, student=flipped))
    trace = trace_conv(X, W)
    assert_allclose(arrays["matrix.expected.y"], trace.matrix())
    assert_allclose(arrays["matrix.found.y"], trace_conv(X, W[::-1, ::-1]).matrix())


def test_only_settings_that_are_not_usual_reach_the_student():
    def strict(x, w, *, stride):
        return trace_conv(x, w, stride).y.output[..., 0]

    assert SlidingFilter(X, W, 2, student=strict).info["verdict"]["agrees"]


def broken(x, w):
    raise KeyError("w")


@pytest.mark.parametrize(
    ("student", "text"),
    [
        (broken, "broken raised KeyError: 'w', in line"),
        (lambda x, w: x, "returned shape (7, 7); expected (5, 5)"),
        (lambda x, w: np.zeros((0, 0, 0, 0)), "returned shape (0, 0, 0, 0)"),
        (lambda x, w: 3, "returned an int; expected a NumPy array"),
        (lambda x, w: trace_conv(x, w).y.output[..., 0].tolist(), "returned a list; expected a NumPy array"),
    ],
)
def test_a_failing_function_is_told_not_raised(student, text):
    verdict = SlidingFilter(X, W, student=student).info["verdict"]
    assert text in verdict["lines"][0]["text"]
    assert not verdict["agrees"]
