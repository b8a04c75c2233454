"""A student's backward functions in the four widgets: found beside expected, and never an exception."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dnnkit import reference
from dnnkit.trace import trace_rnn
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN

RNG = np.random.default_rng(0)
IMAGE, FILTERS = RNG.normal(size=(6, 5, 2)), RNG.normal(size=(3, 2, 2, 3))
ROWS = RNG.normal(size=(5, 3))
FIRST = (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
SECOND = (RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4)), RNG.normal(size=4))
SEQUENCE = RNG.normal(size=(4, 2))


def conv_backward(dy, x, w, **setting):
    dx, dw, db = reference.conv2d_backward(dy[None], x[None], w, **setting)
    return dx[0], dw, db


def maxpool_backward(dy, x, K, S):
    return reference.maxpool2d_backward(dy[None], x[None], K, S)[0]


def received(widget):
    numbers = np.frombuffer(widget.data, "<f8")
    return {name: numbers[at : at + int(np.prod(shape))].reshape(shape) for name, (at, shape) in widget.index.items()}


def sliding(backward, **options):
    return SlidingFilter(IMAGE, FILTERS, 2, 1, backward=backward, **options)


def pooling(backward, **options):
    return Pooling(IMAGE.round(), 3, 2, backward=backward, **options)


def batch_norm(backward, **options):
    return BatchNormAxes(ROWS, backward=backward, **options)


def rnn(backward, **options):
    return UnrolledRNN([FIRST, SECOND], SEQUENCE, backward=backward, **options)


RIGHT = {
    sliding: conv_backward,
    pooling: maxpool_backward,
    batch_norm: reference.batchnorm_backward,
    rnn: reference.rnn_backward,
}


@pytest.mark.parametrize("make", RIGHT)
def test_a_right_backward_agrees(make):
    widget = make(RIGHT[make])
    assert widget.info["verdict"]["agrees"]
    assert "Your backward agrees: all" in widget.info["verdict"]["lines"][0]["text"]
    assert widget.panel == ""


@pytest.mark.parametrize("make", RIGHT)
def test_a_backward_with_one_wrong_number_opens_there(make):
    def last_is_wrong(*arguments, **keywords):
        answer = RIGHT[make](*arguments, **keywords)
        dx = answer[0] if isinstance(answer, tuple) else answer
        dx.flat[-1] += 1
        return answer

    widget = make(last_is_wrong)
    line = widget.info["verdict"]["lines"][0]
    assert line["text"].startswith("2 of" if make is rnn else "1 of")  # the last of each layer
    assert {name: getattr(widget, name) for name in line["look"]} == line["look"]
    assert widget.panel.startswith("yours")
    arrays = received(widget)
    assert_allclose(arrays["found.dx"] - arrays["expected.dx"], arrays["wrong.dx"], atol=1e-12)
    assert arrays["wrong.dx"].any()


@pytest.mark.parametrize("make", RIGHT)
@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda *_, **__: 1 / 0, "ZeroDivisionError"),
        (lambda *_, **__: None, "returned None"),
        (lambda *_, **__: (np.ones(2),) * 5, "returned shape (2,); expected"),
    ],
)
def test_a_failing_backward_is_told_not_raised(make, backward, words):
    verdict = make(backward).info["verdict"]
    assert not verdict["agrees"]
    assert words in verdict["lines"][0]["text"]


def test_both_functions_are_judged_and_the_first_wrong_number_of_either_is_shown():
    widget = sliding(conv_backward, student=lambda x, w, **_: np.zeros((3, 3, 3)))
    assert [line["agrees"] for line in widget.info["verdict"]["lines"]] == [False, True]
    assert widget.view == "y"
    widget = batch_norm(
        lambda dy, cache: (dy, *reference.batchnorm_backward(dy, cache)[1:]), student=reference.batchnorm
    )
    assert [line["agrees"] for line in widget.info["verdict"]["lines"]] == [True, False]
    assert (widget.view, widget.mode) == ("dx", "train")


def test_the_first_wrong_number_of_dx_is_not_in_the_padding():
    x = np.arange(1.0, 6)
    widget = SlidingFilter(
        x, [1.0, 2, 3], padding=2, backward=lambda dy, x, w, padding: (np.zeros(5), np.zeros(3)), dy=np.ones(7)
    )
    assert (widget.view, widget.step) == ("dx", 2)


def test_the_effective_matrix_of_a_backward_is_the_transpose():
    arrays = received(sliding(conv_backward))
    assert_allclose(arrays["matrix.found.dx"], arrays["matrix.expected.dx"], atol=1e-12)
    forward = received(sliding(None, student=lambda x, w, **k: reference.conv2d(x[None], w, **k)[0]))
    assert_allclose(arrays["matrix.expected.dx"], forward["matrix.expected.y"].T)
    arrays = received(pooling(maxpool_backward))
    assert_allclose(arrays["matrix.found.dx"], arrays["matrix.expected.dx"])


def test_an_rnn_backward_is_judged_for_tanh_and_without_truncation():
    widget = rnn(
        lambda dh, cache: [2 * part for part in reference.rnn_backward(dh, cache)], activation="linear", truncate=1
    )
    assert (widget.activation, widget.truncate) == ("tanh", 4)
    assert_allclose(received(widget)["0.h"], trace_rnn([FIRST, SECOND], SEQUENCE).layers[0].h)
    assert rnn(reference.rnn_backward, activation="linear", truncate=1).info["verdict"]["agrees"]
