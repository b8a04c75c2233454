"""Notebook 01: mistakes worth naming in `conv1d` and `pointwise_conv`."""

import numpy as np

from autograder.hidden.named import named

__all__ = ["CONV1D", "POINTWISE_CONV"]


def flips_the_filter(x, w, stride=1, padding=0):
    """Which entry of the filter meets the first entry of a window? Remember what “convolution” means here."""
    x = np.pad(x, padding)
    n_out = (len(x) - len(w)) // stride + 1
    return np.array([x[i * stride : i * stride + len(w)] @ w[::-1] for i in range(n_out)])


def pads_one_side(x, w, stride=1, padding=0):
    """Where do the zeros of the padding go?"""
    x = np.pad(x, (padding, 0))
    n_out = (len(x) - len(w)) // stride + 1
    return np.array([x[i * stride : i * stride + len(w)] @ w for i in range(n_out)])


def pads_all_on_the_right(x, w, stride=1, padding=0):
    """The length is right, but do the zeros stand at both ends?"""
    x = np.pad(x, (0, 2 * padding))
    n_out = (len(x) - len(w)) // stride + 1
    return np.array([x[i * stride : i * stride + len(w)] @ w for i in range(n_out)])


def forgets_padding(x, w, stride=1, padding=0):
    """Which of the arguments does your result not depend on?"""
    n_out = (len(x) - len(w)) // stride + 1
    return np.array([x[i * stride : i * stride + len(w)] @ w for i in range(n_out)])


def ignores_stride(x, w, stride=1, padding=0):
    """How far does the filter move from one output to the next?"""
    x = np.pad(x, padding)
    n_out = len(x) - len(w) + 1
    return np.array([x[i : i + len(w)] @ w for i in range(n_out)])


def moves_by_one_in_spite_of_stride(x, w, stride=1, padding=0):
    """The length is right; where does the window of output number i start?"""
    x = np.pad(x, padding)
    n_out = (len(x) - len(w)) // stride + 1
    return np.array([x[i : i + len(w)] @ w for i in range(n_out)])


def window_one_short(x, w, stride=1, padding=0):
    """How many entries has the slice x[a:b]? Each window needs as many as the filter."""
    x = np.pad(x, padding)
    k = len(w)
    n_out = (len(x) - k) // stride + 1
    return np.array([x[i * stride : i * stride + k - 1] @ w[: k - 1] for i in range(n_out)])


def drops_the_last_window(x, w, stride=1, padding=0):
    """Is the last complete window among yours? Try a filter as long as the input."""
    x = np.pad(x, padding)
    return np.array([x[i : i + len(w)] @ w for i in range(0, len(x) - len(w), stride)])


def keeps_incomplete_windows(x, w, stride=1, padding=0):
    """What happens to a last window that is not complete?"""
    x = np.pad(x, padding)
    starts = range(0, len(x) - len(w) + stride, stride)
    x = np.pad(x, (0, stride))
    return np.array([x[i : i + len(w)] @ w for i in starts])


def multiplies_in_place(x, w, stride=1, padding=0):
    """A slice of an array is a view: what do you change when you change the window?"""
    if padding:
        x = np.pad(x, padding)
    y = np.zeros((len(x) - len(w)) // stride + 1)
    for i in range(len(y)):
        window = x[i * stride : i * stride + len(w)]
        window *= w
        y[i] = window.sum()
    return y


def turns_the_filter_in_place(x, w, stride=1, padding=0):
    """The numbers are right, but what is left of w after the call?"""
    w[:] = w[::-1].copy()
    return np.convolve(np.pad(x, padding), w, mode="valid")[::stride]


def transposes_the_filters(x, w):
    """Which axis of w belongs to the channels of the input, and which to the filters?"""
    C, F = w.shape
    return x @ w.reshape(F, C).T


def flattens_in_the_wrong_order(x, w):
    """After flattening the pixels, which axis must still be the last one?"""
    H, W, C = x.shape
    return (x.reshape(C, H * W).T @ w).reshape(H, W, w.shape[1])


def swaps_height_and_width(x, w):
    """Which axis of the result comes first?"""
    return x.transpose(1, 0, 2) @ w


def averages_over_channels(x, w):
    """Is a filter a sum over the channels, or a mean?"""
    return x @ w / w.shape[0]


def drops_single_axes(x, w):
    """Does the result have three axes also where there is one filter only?"""
    return np.squeeze(x @ w)


def weights_the_input_in_place(x, w):
    """Where do the products go? Look at x after the call."""
    y = np.zeros((*x.shape[:2], w.shape[1]))
    for f in range(w.shape[1]):
        x *= w[:, f]
        y[:, :, f] = x.sum(axis=2)
    return y


CONV1D = named(
    flips_the_filter,
    pads_one_side,
    pads_all_on_the_right,
    forgets_padding,
    ignores_stride,
    moves_by_one_in_spite_of_stride,
    window_one_short,
    drops_the_last_window,
    keeps_incomplete_windows,
    multiplies_in_place,
    turns_the_filter_in_place,
)

POINTWISE_CONV = named(
    transposes_the_filters,
    flattens_in_the_wrong_order,
    swaps_height_and_width,
    averages_over_channels,
    drops_single_axes,
    weights_the_input_in_place,
)
