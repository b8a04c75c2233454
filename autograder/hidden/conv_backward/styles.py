"""Notebook 03: other right answers, each complete in itself. All of them must get full points and no hint."""

from typing import Any

import numpy as np

__all__ = ["STYLES"]


def dx_two_loops(dy, w):
    m, k = len(dy), len(w)
    dx = np.zeros(m + k - 1)
    for i in range(m):
        for j in range(k):
            dx[i + j] += dy[i] * w[j]
    return dx


def dx_of_every_entry(dy, w):
    n = len(dy) + len(w) - 1
    return np.array([sum(dy[i] * w[p - i] for i in range(len(dy)) if 0 <= p - i < len(w)) for p in range(n)])


def dx_as_full_convolution(dy, w):
    return np.convolve(dy, w, mode="full")


def dx_through_the_matrix(dy, w):
    n = dy.size + w.size - 1
    W = np.zeros((dy.size, n))
    i = np.arange(dy.size)[:, None]
    W[i, i + np.arange(w.size)] = w
    return W.T @ dy


def dx_along_the_diagonals(dy, w):
    products = np.outer(dy, w)[:, ::-1]
    m, k = products.shape
    return np.array([np.trace(products, offset) for offset in range(k - 1, -m, -1)])


def dw_two_loops(dy, x):
    k = len(x) - len(dy) + 1
    dw = np.zeros(k)
    for i in range(len(dy)):
        for j in range(k):
            dw[j] += dy[i] * x[i + j]
    return dw


def dw_with_correlate(dy, x):
    return np.correlate(x, dy, mode="valid")


def dw_with_views(dy, x):
    return np.lib.stride_tricks.sliding_window_view(x, dy.size) @ dy


def dw_sum_of_windows(dy, x):
    k = len(x) - len(dy) + 1
    return sum(dy[i] * x[i : i + k] for i in range(len(dy)))


def dw_with_einsum(dy, x):
    windows = np.lib.stride_tricks.sliding_window_view(x, x.size - dy.size + 1)
    return np.einsum("i,ij->j", dy, windows)


def as_conv_with_reversed_filter(dy, w):
    zeros = np.zeros(len(w) - 1)
    return np.correlate(np.concatenate([zeros, dy, zeros]), w[::-1], mode="valid")


def as_conv_in_full_mode(dy, w):
    return np.correlate(dy, np.flip(w), mode="full")


def kernel_four_loops(X, dY):
    m, k = len(dY), len(X) - len(dY) + 1
    dW = np.zeros((k, k))
    for u in range(k):
        for v in range(k):
            for i in range(m):
                for j in range(m):
                    dW[u, v] += dY[i, j] * X[i + u, j + v]
    return dW


def kernel_sum_of_patches(X, dY):
    m, k = len(dY), len(X) - len(dY) + 1
    dW = 0
    for i in range(m):
        for j in range(m):
            dW = dW + dY[i, j] * X[i : i + k, j : j + k]
    return dW


def kernel_with_einsum(X, dY):
    return np.einsum("uvij,ij->uv", np.lib.stride_tricks.sliding_window_view(X, dY.shape), dY)


def kernel_with_strides(X, dY):
    m, k = len(dY), len(X) - len(dY) + 1
    windows = np.lib.stride_tricks.as_strided(X, (k, k, m, m), X.strides * 2, writeable=False)
    return np.tensordot(windows, dY, 2)


def kernel_in_fortran_order(X, dY):
    m, k = len(dY), len(X) - len(dY) + 1
    dW = np.empty((k, k), order="F")
    for u in range(k):
        for v in range(k):
            dW[u, v] = np.vdot(dY, X[u : u + m, v : v + m])
    return dW


def step_in_one_line(w, X, dY, lr):
    return w - lr * np.einsum("uvij,ij->uv", np.lib.stride_tricks.sliding_window_view(X, dY.shape), dY)


def step_on_a_copy(w, X, dY, lr):
    w, k = w.copy(), len(w)
    for i, j in np.ndindex(dY.shape):
        w -= lr * dY[i, j] * X[i : i + k, j : j + k]
    return w


def backward_loops(dy, x, w, stride=1, padding=0):
    kh, kw, C, F = w.shape
    B, H, W, _ = x.shape
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(F)
    for n, i, j, f in np.ndindex(dy.shape):
        db[f] += dy[n, i, j, f]
        for u in range(kh):
            for v in range(kw):
                p, q = i * stride + u - padding, j * stride + v - padding
                if 0 <= p < H and 0 <= q < W:
                    for c in range(C):
                        dx[n, p, q, c] += dy[n, i, j, f] * w[u, v, c, f]
                        dw[u, v, c, f] += dy[n, i, j, f] * x[n, p, q, c]
    return dx, dw, db


def backward_tap_by_tap(dy, x, w, stride=1, padding=0):
    kh, kw, _, _ = w.shape
    _, rows, columns, _ = dy.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for u, v in np.ndindex(kh, kw):
        tap = np.s_[:, u : u + stride * rows : stride, v : v + stride * columns : stride]
        dx[tap][:, :rows, :columns] += dy @ w[u, v].T
        dw[u, v] = np.tensordot(x[tap][:, :rows, :columns], dy, axes=((0, 1, 2), (0, 1, 2)))
    end = -padding if padding else None
    return dx[:, padding:end, padding:end], dw, np.sum(dy, axis=(0, 1, 2))


def backward_with_im2col(dy, x, w, stride=1, padding=0):
    kh, kw, C, F = w.shape
    B, rows, columns, _ = dy.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    numbering = np.arange(padded.size).reshape(padded.shape)
    windows = np.lib.stride_tricks.sliding_window_view(numbering, (kh, kw), axis=(1, 2))
    index = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3).reshape(-1, kh * kw * C)
    dy_rows = dy.reshape(-1, F)
    dw = (padded.ravel()[index].T @ dy_rows).reshape(w.shape)
    dx = np.zeros(padded.size)
    np.add.at(dx, index, dy_rows @ w.reshape(-1, F).T)
    dx = dx.reshape(padded.shape)[:, padding : padding + x.shape[1], padding : padding + x.shape[2]]
    return dx, dw, dy_rows.sum(axis=0)


def backward_with_einsum(dy, x, w, stride=1, padding=0):
    kh, kw, _, _ = w.shape
    B, rows, columns, F = dy.shape
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(1, 2))[:, ::stride, ::stride]
    dw = np.einsum("bijcuv,bijf->uvcf", windows, dy)
    spread = np.zeros((B, padded.shape[1] + kh - 1, padded.shape[2] + kw - 1, F))
    down, right = stride * (rows - 1) + 1, stride * (columns - 1) + 1
    spread[:, kh - 1 : kh - 1 + down : stride, kw - 1 : kw - 1 + right : stride] = dy
    around = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(1, 2))
    dx = np.einsum("bijfuv,uvcf->bijc", around, w[::-1, ::-1])
    return [dx[:, padding : padding + x.shape[1], padding : padding + x.shape[2]], dw, dy.sum((0, 1, 2))]


def patches_in_a_list(X, dY, lr):
    m, k = len(dY), len(X) - len(dY) + 1
    patches, coefficients = [], []
    for i in range(m):
        for j in range(m):
            patches.append(X[i : i + k, j : j + k])
            coefficients.append(-lr * dY[i, j])
    return np.array(patches), np.array(coefficients)


def patches_with_views(X, dY, lr):
    k = len(X) - len(dY) + 1
    windows = np.lib.stride_tricks.sliding_window_view(X, (k, k))
    return windows.reshape(-1, k, k), (-lr * dY).ravel()


def patches_numbered(X, dY, lr):
    m, k = len(dY), len(X) - len(dY) + 1
    patches, coefficients = np.zeros((m * m, k, k)), np.zeros(m * m)
    for number in range(m * m):
        i, j = divmod(number, m)
        patches[number] = X[i : i + k, j : j + k]
        coefficients[number] = -lr * dY[i, j]
    return patches, coefficients


def patches_with_index_arrays(X, dY, lr):
    m, k = len(dY), len(X) - len(dY) + 1
    i, j = np.divmod(np.arange(m * m), m)
    u, v = np.indices((k, k))
    return [X[i[:, None, None] + u, j[:, None, None] + v], -lr * dY.flatten()]


STYLES: dict[str, tuple[Any, ...]] = {
    "conv1d_backward_x": (
        dx_two_loops,
        dx_of_every_entry,
        dx_as_full_convolution,
        dx_through_the_matrix,
        dx_along_the_diagonals,
    ),
    "conv1d_backward_w": (dw_two_loops, dw_with_correlate, dw_with_views, dw_sum_of_windows, dw_with_einsum),
    "conv1d_backward_x_as_conv": (as_conv_with_reversed_filter, as_conv_in_full_mode),
    "kernel_gradient": (
        kernel_four_loops,
        kernel_sum_of_patches,
        kernel_with_einsum,
        kernel_with_strides,
        kernel_in_fortran_order,
    ),
    "sgd_step": (step_on_a_copy, step_in_one_line),
    "conv2d_backward": (backward_loops, backward_tap_by_tap, backward_with_im2col, backward_with_einsum),
    "patch_decomposition": (
        patches_in_a_list,
        patches_with_views,
        patches_numbered,
        patches_with_index_arrays,
    ),
}
