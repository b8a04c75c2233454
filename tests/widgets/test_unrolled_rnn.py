"""The unrolled RNN without a browser."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dnnkit.trace import spectral_radius, trace_rnn
from dnnkit.widgets import UnrolledRNN

RNG = np.random.default_rng(0)
FIRST = (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
SECOND = (RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4)), RNG.normal(size=4))
X = RNG.normal(size=(5, 2))


def received(widget):
    """The arrays as the front end unpacks them."""
    numbers = np.frombuffer(widget.data, "<f8")
    return {
        name: numbers[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (offset, shape) in widget.index.items()
    }


def rnn_forward(x, h0, Wx, Wh, b):
    h, before = np.zeros((*x.shape[:2], len(b))), h0
    for t in range(x.shape[1]):
        before = h[:, t] = np.tanh(x[:, t] @ Wx + before @ Wh + b)
    return h, ["cache"]


def test_sends_every_layer_of_the_trace():
    arrays = received(UnrolledRNN([FIRST, SECOND], X))
    for number, layer in enumerate(trace_rnn([FIRST, SECOND], X).layers):
        for name in ("p", "q", "z", "h", "dh", "dz", "dx", "to_past", "dWh"):
            assert_allclose(arrays[f"{number}.{name}"], getattr(layer, name))
        assert_allclose(arrays[f"{number}.sums.dWh"], layer.dWh.sum(0))
        assert_allclose(arrays[f"{number}.norms.tanh"], layer.norms)


def test_settings_change_the_numbers():
    widget = UnrolledRNN(FIRST, X)
    widget.activation, widget.loss, widget.truncate, widget.radius = "linear", "many-to-one", 2, 1.5
    scaled = (FIRST[0], FIRST[1] * 1.5 / spectral_radius(FIRST[1]), FIRST[2])
    expected = trace_rnn([scaled], X, linear=True, many_to_one=True, truncate=2).layers[0]
    assert_allclose(received(widget)["0.h"], expected.h)
    assert_allclose(received(widget)["0.dh"], expected.dh)
    assert widget.info["radii"] == [1.5]


def test_every_layer_has_its_own_radius_until_all_are_given_one():
    layers = [(np.ones((2, 2)), radius * np.eye(2), np.zeros(2)) for radius in (0.5, 1.8)]
    widget = UnrolledRNN(layers, X)
    assert widget.info["radii"] == [0.5, 1.8]
    assert "every Wh" in widget.info["settings"][0]["label"]
    assert "every" not in UnrolledRNN(layers[0], X).info["settings"][0]["label"]
    widget.radius = 0.9
    assert widget.info["radii"] == [0.9, 0.9]


def test_a_cell_a_model_and_weights_say_the_same():
    Wx, Wh, b = FIRST
    cell = SimpleNamespace(W_ih=Wx.T, W_hh=Wh.T, b_ih=b - 1, b_hh=np.ones(3))
    vanilla = SimpleNamespace(W_xh=Wx.T, W_hh=Wh.T, Bh=b)
    expected = trace_rnn([FIRST], X).layers[0].h
    for given in (FIRST, [FIRST], cell, SimpleNamespace(rnn=[cell]), vanilla):
        assert_allclose(received(UnrolledRNN(given, X[None]))["0.h"], expected)


def test_a_right_student_agrees_on_every_layer():
    widget = UnrolledRNN([FIRST, SECOND], X, rnn_forward)
    assert (
        widget.info["verdict"]["lines"][0]["text"]
        == "Your function agrees: all 35 numbers of the hidden states are right."
    )


def test_opens_at_the_first_wrong_state_in_the_order_of_time():
    def forgets_the_past(x, h0, Wx, Wh, b):
        return np.tanh(x @ Wx + b)

    widget = UnrolledRNN([FIRST, SECOND], X, forgets_the_past)
    assert (widget.step, widget.panel) == (2, "yours")  # step 2, layer 1: the first state that has a past
    assert received(widget)["wrong.h"].shape == (7, 5, 1)
    assert not received(widget)["wrong.h"][:, 0].any()


@pytest.mark.parametrize(
    ("student", "words"),
    [(lambda *_: np.zeros((1, 5)), "returned shape (1, 5); expected (1, 5, 3)"), (lambda x: x, "TypeError")],
)
def test_a_failing_student_is_told_not_raised(student, words):
    verdict = UnrolledRNN(FIRST, X, student).info["verdict"]
    assert words in verdict["lines"][0]["text"]


def test_state_makes_the_same_widget_again():
    widget = UnrolledRNN([FIRST, SECOND], X, truncate=2, radius=0.9, loss="many-to-one", step=7, panel="norms")
    again = UnrolledRNN(**json.loads(json.dumps(widget.state())))
    assert (again.state(), again.data) == (widget.state(), widget.data)


def test_the_still_picture_is_small_and_the_figure_draws_every_step():
    widget = UnrolledRNN([FIRST, SECOND], X)
    data, _ = widget._repr_mimebundle_()
    assert sum(len(json.dumps(part)) for part in data.values()) < 40_000
    titles = [ax.get_title() for ax in widget.figure().axes]
    assert titles == ["h2  dh2"] * 5 + ["h1  dh1"] * 5 + [f"x, step {t}" for t in range(1, 6)]
