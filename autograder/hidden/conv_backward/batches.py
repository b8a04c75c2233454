"""Notebook 03: mistakes worth naming in `conv2d_backward`."""

import numpy as np

from autograder.hidden.named import named

__all__ = ["CONV2D_BACKWARD"]


def dx_keeps_the_padding(dy, x, w, stride=1, padding=0):
    """Has dx the shape of x, also where there is padding?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def dx_cut_on_one_side(dy, x, w, stride=1, padding=0):
    """Where in the padded image does the image begin?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    return dx[:, : x.shape[1], : x.shape[2]], dw, dy.sum(axis=(0, 1, 2))


def dx_overwrites(dy, x, w, stride=1, padding=0):
    """A pixel feeds several outputs. What does the chain rule do with their contributions?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j in np.ndindex(dy.shape[:3]):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] = w @ dy[n, i, j]
        dw += padded[window][..., None] * dy[n, i, j]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def dx_with_the_filter_turned_around(dy, x, w, stride=1, padding=0):
    """Which entry of the filter did the top left pixel of a window meet?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[::-1, ::-1, :, f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def dx_ignores_stride(dy, x, w, stride=1, padding=0):
    """Where in x does the window of dy[:, i, j] start, when you hand its gradient back?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        dx[n, i : i + kh, j : j + kw] += dy[n, i, j, f] * w[..., f]
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def ignores_stride(dy, x, w, stride=1, padding=0):
    """Where in x does the window of dy[:, i, j] start? Which of the arguments does your result not depend on?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        dx[n, i : i + kh, j : j + kw] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[n, i : i + kh, j : j + kw]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def dw_turned_around(dy, x, w, stride=1, padding=0):
    """Which pixels did the filter's top left entry meet?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw[::-1, ::-1], dy.sum(axis=(0, 1, 2))


def dw_averaged_over_the_batch(dy, x, w, stride=1, padding=0):
    """The loss of a batch is given by dy as it is: is anything left to be averaged in dw?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw / len(x), dy.sum(axis=(0, 1, 2))


def dw_of_the_last_image_only(dy, x, w, stride=1, padding=0):
    """Every image of the batch met the same filter: what happens to their contributions?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n in range(len(x)):
        dw = np.zeros(w.shape)
        for i, j, f in np.ndindex(dy.shape[1:]):
            window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
            dx[window] += dy[n, i, j, f] * w[..., f]
            dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def dw_shared_by_all_filters(dy, x, w, stride=1, padding=0):
    """Has every filter a gradient of its own?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw += dy[n, i, j, f] * padded[window][..., None]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(0, 1, 2))


def db_averaged_over_the_batch(dy, x, w, stride=1, padding=0):
    """To how many outputs is one bias added, and what does the chain rule do with all of them?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=(1, 2)).mean(axis=0)


def db_not_summed_over_positions(dy, x, w, stride=1, padding=0):
    """Which shape has the bias, and so its gradient?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy.sum(axis=0)


def in_another_order(dy, x, w, stride=1, padding=0):
    """In which order are the three gradients asked for?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
    dx = dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dw, dy.sum(axis=(0, 1, 2)), dx


def empties_dy_in_place(dy, x, w, stride=1, padding=0):
    """The numbers are right, but what is left of dy after the call?"""
    kh, kw, _, _ = w.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    db = dy.sum(axis=(0, 1, 2))
    for n, i, j, f in np.ndindex(dy.shape):
        window = np.s_[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        dx[window] += dy[n, i, j, f] * w[..., f]
        dw[..., f] += dy[n, i, j, f] * padded[window]
        dy[n, i, j, f] = 0  # done with it
    return dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]], dw, db


CONV2D_BACKWARD = named(
    dx_keeps_the_padding,
    dx_cut_on_one_side,
    dx_overwrites,
    dx_with_the_filter_turned_around,
    dx_ignores_stride,
    ignores_stride,
    dw_turned_around,
    dw_averaged_over_the_batch,
    dw_of_the_last_image_only,
    dw_shared_by_all_filters,
    db_averaged_over_the_batch,
    db_not_summed_over_positions,
    in_another_order,
    empties_dy_in_place,
)
