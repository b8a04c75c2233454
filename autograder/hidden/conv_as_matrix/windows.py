"""Notebook 02: mistakes worth naming in `im2col` and `conv2d`."""

import numpy as np

from autograder.hidden.named import named

__all__ = ["CONV2D", "IM2COL"]


def channels_before_taps(x, kh, kw, stride=1, padding=0):
    """The shape is right; in a row, which comes first: all channels of one pixel, or all pixels of one channel?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].transpose(2, 0, 1).ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches)


def taps_column_by_column(x, kh, kw, stride=1, padding=0):
    """In a row, does the filter's row or its column change faster?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].transpose(1, 0, 2).ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches)


def positions_column_by_column(x, kh, kw, stride=1, padding=0):
    """Row after row of the result: does the window move to the right first, or down?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for b in range(B)
        for j in range(0, W - kw + 1, stride)
        for i in range(0, H - kh + 1, stride)
    ]
    return np.array(patches)


def images_innermost(x, kh, kw, stride=1, padding=0):
    """Row order: all windows of the first image come before any of the second."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
        for b in range(B)
    ]
    return np.array(patches)


def windows_as_columns(x, kh, kw, stride=1, padding=0):
    """Is a window a row of the result or a column?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches).T


def swaps_kh_and_kw(x, kh, kw, stride=1, padding=0):
    """Which of kh and kw counts rows of the image?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kw, j : j + kh].ravel()
        for b in range(B)
        for i in range(0, H - kw + 1, stride)
        for j in range(0, W - kh + 1, stride)
    ]
    return np.array(patches)


def pads_only_in_front(x, kh, kw, stride=1, padding=0):
    """On how many sides of the image are zeros added?"""
    x = np.pad(x, ((0, 0), (padding, 0), (padding, 0), (0, 0)))
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches)


def pads_with_the_edge(x, kh, kw, stride=1, padding=0):
    """What stands in the padding?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)), mode="edge")
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches)


def forgets_padding(x, kh, kw, stride=1, padding=0):
    """Which of the arguments does your result not depend on?"""
    B, H, W, C = x.shape
    patches = [
        x[b, i : i + kh, j : j + kw].ravel()
        for b in range(B)
        for i in range(0, H - kh + 1, stride)
        for j in range(0, W - kw + 1, stride)
    ]
    return np.array(patches)


def moves_by_one(x, kh, kw, stride=1, padding=0):
    """How far does the window move from one row of the result to the next?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    rows, columns = (H - kh) // stride + 1, (W - kw) // stride + 1
    patches = [x[b, i : i + kh, j : j + kw].ravel() for b in range(B) for i in range(rows) for j in range(columns)]
    return np.array(patches)


def one_axis_of_the_image_for_both(x, kh, kw, stride=1, padding=0):
    """Images need not be square: how many positions has the window in each direction?"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    rows = (H - kh) // stride + 1
    patches = np.zeros((B * rows * rows, kh * kw * C))
    for r, (b, i, j) in enumerate(np.ndindex(B, rows, rows)):
        patch = x[b, i * stride : i * stride + kh, j * stride : j * stride + kw].ravel()
        patches[r, : len(patch)] = patch
    return patches


def flips_the_filter(x, w, b=None, stride=1, padding=0):
    """Which entry of the filter meets the top left pixel of a window?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[:, i, j] = np.tensordot(window, w[::-1, ::-1], 3)
    return y if b is None else y + b


def forgets_bias(x, w, b=None, stride=1, padding=0):
    """Which of the arguments does your result not depend on?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i * stride : i * stride + kh, j * stride : j * stride + kw], w, 3)
    return y


def bias_in_every_term(x, w, b=None, stride=1, padding=0):
    """How often is the bias added to one output?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i * stride : i * stride + kh, j * stride : j * stride + kw], w, 3)
    return y if b is None else y + kh * kw * C * b


def asks_whether_bias_is_true(x, w, b=None, stride=1, padding=0):
    """An array is neither true nor false: how do you find out whether a bias was given?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i * stride : i * stride + kh, j * stride : j * stride + kw], w, 3)
    return y + b if b else y


def weights_in_another_order(x, w, b=None, stride=1, padding=0):
    """Rows of im2col run over filter row, filter column, channel: do the rows of your weight matrix, too?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[:, i, j] = window.reshape(len(x), -1) @ w.reshape(F, -1).T
    return y if b is None else y + b


def result_folded_channels_first(x, w, b=None, stride=1, padding=0):
    """The matrix product has one row for each position: which axis must stay last when you fold it?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i * stride : i * stride + kh, j * stride : j * stride + kw], w, 3)
    y = y if b is None else y + b
    return y.reshape(len(x), F, rows, columns).transpose(0, 2, 3, 1)


def ignores_stride(x, w, b=None, stride=1, padding=0):
    """Which of the arguments does the shape of your result not depend on?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i : i + kh, j : j + kw], w, 3)
    return y if b is None else y + b


def convolution_forgets_padding(x, w, b=None, stride=1, padding=0):
    """Try padding = 1: has your result changed?"""
    kh, kw, C, F = w.shape
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        y[:, i, j] = np.tensordot(x[:, i * stride : i * stride + kh, j * stride : j * stride + kw], w, 3)
    return y if b is None else y + b


def sees_the_first_channel_only(x, w, b=None, stride=1, padding=0):
    """Through how many channels does a filter reach?"""
    kh, kw, C, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw, 0]
        y[:, i, j] = np.tensordot(window, w[:, :, 0], 2)
    return y if b is None else y + b


def reshapes_the_filter_in_place(x, w, b=None, stride=1, padding=0):
    """The numbers are right, but which shape has w after the call?"""
    kh, kw, C, F = w.shape
    w.shape = (kh * kw * C, F)
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    y = np.zeros((len(x), rows, columns, F))
    for i, j in np.ndindex(rows, columns):
        window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[:, i, j] = window.reshape(len(x), -1) @ w
    return y if b is None else y + b


IM2COL = named(
    channels_before_taps,
    taps_column_by_column,
    positions_column_by_column,
    images_innermost,
    windows_as_columns,
    swaps_kh_and_kw,
    pads_only_in_front,
    pads_with_the_edge,
    forgets_padding,
    moves_by_one,
    one_axis_of_the_image_for_both,
)

CONV2D = named(
    flips_the_filter,
    forgets_bias,
    bias_in_every_term,
    asks_whether_bias_is_true,
    weights_in_another_order,
    result_folded_channels_first,
    ignores_stride,
    convolution_forgets_padding,
    sees_the_first_channel_only,
    reshapes_the_filter_in_place,
)
