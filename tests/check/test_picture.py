"""The widget beside a report: the first wrong case, opened at its first wrong number, or nothing at all."""

import functools
import json

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import dnnkit.reference as reference
from autograder.outputs import report_output
from dnnkit.check import check, limit, picture, report
from dnnkit.check.picture import PICTURES, THE_CASE, picture_of
from dnnkit.errors import CheckFailed
from dnnkit.reference import (
    BatchNorm2d,
    VanillaRNN,
    avgpool2d,
    batchnorm,
    conv1d,
    conv2d,
    maxpool2d,
    pointwise_conv,
    rnn_forward,
)
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN


def shown(name, answer):
    return picture_of(report(name, answer), answer)


def flipped(x, w, stride=1, padding=0):
    return conv1d(x, w[::-1], stride, padding)


def first_channel(x, w, b=None, stride=1, padding=0):
    return conv2d(x[..., :1], w[:, :, :1], b, stride, padding)


def without_padding(x, w, b=None, stride=1, padding=0):
    return conv2d(x, w, b, stride)


def transposed(x, w):
    return pointwise_conv(x, w[::-1])


def from_zero(x, K, S):
    return np.maximum(0, maxpool2d(x, K, S))


def sums(x, K, S):
    return K * K * avgpool2d(x, K, S)


def of_everything(x, gamma, beta, epsilon=1e-8):
    _, cache = batchnorm(x, gamma, beta, epsilon)
    return gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta, cache


def never_moves_on(x, h0, Wx, Wh, b):
    _, cache = rnn_forward(x, h0, Wx, Wh, b)
    return np.stack([rnn_forward(x[:, t : t + 1], h0, Wx, Wh, b)[0][:, 0] for t in range(x.shape[1])], 1), cache


class LayerOfEverything(BatchNorm2d):
    def forward(self, x):
        super().forward(x)
        return self.gamma * (x - x.mean()) / x.std() + self.beta


def overwrites(right):
    """The right backward, whose first gradient is wrong in one place: the second of its last axis but channels."""

    @functools.wraps(right)
    def wrong(*args, **kwargs):
        gradients = right(*args, **kwargs)
        first = gradients[0] if isinstance(gradients, tuple) else gradients
        first[np.unravel_index(first.shape[-1] if first.ndim == 4 else 1, first.shape)] += 7
        return gradients

    return wrong


def told(view):
    """What a widget says of the student's function, line by line."""
    return " ".join(line["text"] for line in view.info["verdict"]["lines"])


class ForgetsItsState(VanillaRNN):
    def forward(self, x):
        self.hidden_state = np.zeros_like(self.hidden_state)
        return super().forward(x)


@pytest.mark.parametrize(
    ("name", "answer", "view", "step", "text"),
    [
        ("conv1d", flipped, SlidingFilter, 0, "2 of 2 numbers of y differ"),
        ("conv2d", first_channel, SlidingFilter, 0, "numbers of y differ"),
        ("pointwise_conv", transposed, SlidingFilter, 0, "numbers of y differ"),
        ("maxpool2d", from_zero, Pooling, 1, "1 of 4 numbers of max pooling differ"),
        ("avgpool2d", sums, Pooling, 0, "2 of 2 numbers of average pooling differ"),
        ("batchnorm", of_everything, BatchNormAxes, 0, "8 of 8 numbers of y in training differ"),
        ("BatchNorm2d", LayerOfEverything, BatchNormAxes, 0, "8 of 8 numbers of y in training differ"),
        ("rnn_forward", never_moves_on, UnrolledRNN, 1, "4 of 6 numbers of the hidden states differ"),
        ("VanillaRNN", ForgetsItsState, UnrolledRNN, 1, "3 of 6 numbers of the hidden states differ"),
        ("conv1d_backward_x", overwrites(reference.conv1d_backward_x), SlidingFilter, 1, "1 of 4 numbers of dx differ"),
        ("conv1d_backward_x_as_conv", overwrites(reference.conv1d_backward_x), SlidingFilter, 1, "1 of 4 numbers"),
        ("conv1d_backward_w", overwrites(reference.conv1d_backward_w), SlidingFilter, 1, "1 of 2 numbers of dw differ"),
        ("kernel_gradient", overwrites(reference.kernel_gradient), SlidingFilter, 1, "1 of 4 numbers of dw differ"),
        ("conv2d_backward", overwrites(reference.conv2d_backward), SlidingFilter, 1, "1 of 6 numbers of dx differ"),
        ("maxpool2d_backward", overwrites(reference.maxpool2d_backward), Pooling, 1, "numbers of dx of max pooling"),
        ("avgpool2d_backward", overwrites(reference.avgpool2d_backward), Pooling, 1, "numbers of dx of average"),
        ("batchnorm_backward", overwrites(reference.batchnorm_backward), BatchNormAxes, 1, "1 of 8 numbers of dx"),
        ("rnn_backward", overwrites(reference.rnn_backward), UnrolledRNN, 5, "1 of 9 numbers of dx differ"),
    ],
)
def test_the_widget_opens_at_the_first_wrong_number(name, answer, view, step, text):
    words, found = shown(name, answer)
    assert words.endswith(":")
    assert type(found).__name__ == view.__name__
    assert (found.step, found.panel.startswith("yours")) == (step, True)
    assert text in told(found)


def test_a_wrong_gradient_of_the_filter_is_looked_at_where_it_is():
    def wrong_filter(dy, x, w, stride=1, padding=0):
        dx, dw, db = reference.conv2d_backward(dy, x, w, stride, padding)
        return dx, -dw, db

    _, found = shown("conv2d_backward", wrong_filter)
    assert (found.view, found.step, found.panel) == ("dw", 0, "yours")


@pytest.mark.parametrize("name", PICTURES)
def test_of_a_right_answer_there_is_no_picture(name):
    assert shown(name, getattr(reference, name)) is None


def test_a_wrong_shape_is_shown_without_what_the_widget_does_not_know():
    words, found = shown("conv2d", without_padding)
    assert words == "The first wrong case without its bias, step by step:"
    assert told(found) == "conv2d returned shape (1, 1, 1); expected (2, 2, 1)"
    assert found.panel == "yours"
    assert (found.stride, found.padding) == (2, 1)
    assert shown("conv1d", flipped)[0] == THE_CASE


def keeps_std(x, gamma, beta, epsilon=1e-8):
    y, (x_hat, gamma, inv_std) = batchnorm(x, gamma, beta, epsilon)
    return y, (x_hat, gamma, 1 / inv_std)


def over_the_batch(x, K, S):
    return np.broadcast_to(maxpool2d(x, K, S).max(axis=0), maxpool2d(x, K, S).shape)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("batchnorm", keeps_std),
        ("maxpool2d", over_the_batch),
        ("conv1d", lambda *args, **kwargs: None),
        ("conv1d", lambda *args, **kwargs: [][0]),
        ("conv1d", lambda *args, **kwargs: "text"),
        ("im2col", lambda *args, **kwargs: np.zeros((4, 4))),
    ],
)
def test_what_no_widget_can_show_has_none(name, answer):
    assert not report(name, answer).passed
    assert shown(name, answer) is None


def test_a_widget_that_is_not_shown_is_closed(monkeypatch):
    closed = []
    monkeypatch.setattr("dnnkit.widgets.BatchNormAxes.close", lambda view: closed.append(view))
    assert shown("batchnorm", keeps_std) is None
    assert len(closed) == 1
    assert shown("batchnorm", of_everything) is not None
    assert len(closed) == 1


def test_an_answer_that_breaks_or_hangs_in_the_widget_raises_nothing(monkeypatch):
    monkeypatch.setattr(limit, "SECONDS", 0.05)
    found = report("conv1d", flipped)

    def breaks(*args, **kwargs):
        raise MemoryError("no more")

    def hangs(*args, **kwargs):
        while True:
            pass

    for answer, words in ((breaks, "no more"), (hangs, "did not return")):
        _, view = picture_of(found, answer)
        assert words in told(view)
    monkeypatch.setitem(PICTURES, "conv1d", lambda *args: 1 / 0)
    assert picture_of(found, flipped) is None


def test_a_picture_stays_small(monkeypatch):
    _, view = shown("maxpool2d", from_zero)
    saved, _ = view._repr_mimebundle_()
    assert len(json.dumps(saved)) < picture.LARGEST
    monkeypatch.setattr(picture, "LARGEST", 1000)
    assert shown("maxpool2d", from_zero) is None


def test_a_notebook_shows_report_words_and_widget(monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: InteractiveShell.__new__(InteractiveShell))
    monkeypatch.setattr("IPython.display.display", lambda what, raw=False: displayed.append(what))
    with pytest.raises(CheckFailed):
        check("maxpool2d", from_zero)
    found, words, view = displayed
    assert found.name == "maxpool2d"
    assert words["text/plain"] == THE_CASE
    assert type(view).__name__ == "Pooling"


def test_a_terminal_shows_text_alone(capsys):
    with pytest.raises(CheckFailed):
        check("maxpool2d", from_zero)
    assert THE_CASE not in capsys.readouterr().out


def test_the_graders_report_is_text_and_table_alone():
    assert set(report_output(report("maxpool2d", from_zero))["data"]) == {"text/plain", "text/html"}
