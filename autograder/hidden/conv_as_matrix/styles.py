"""Notebook 02: other right answers, each complete in itself. All of them must get full points and no hint."""

from typing import Any

import numpy as np

__all__ = ["STYLES"]


def matrix_entry_by_entry(w, n, stride=1, padding=0):
    columns = n + 2 * padding
    W = np.zeros(((columns - len(w)) // stride + 1, columns))
    for i in range(W.shape[0]):
        for j in range(len(w)):
            W[i, i * stride + j] = w[j]
    return W


def matrix_of_shifted_rows(w, n, stride=1, padding=0):
    columns = n + 2 * padding
    starts = range(0, columns - len(w) + 1, stride)
    return np.array([[0.0] * start + list(w) + [0.0] * (columns - len(w) - start) for start in starts])


def matrix_of_diagonals(w, n, stride=1, padding=0):
    columns = n + 2 * padding
    W = sum(w[j] * np.eye(columns - len(w) + 1, columns, j) for j in range(len(w)))
    return W[::stride]


def matrix_from_index_differences(w, n, stride=1, padding=0):
    columns = n + 2 * padding
    starts = np.arange(0, columns - w.size + 1, stride)
    tap = np.arange(columns) - starts[:, None]
    return np.where((tap >= 0) & (tap < w.size), w[np.clip(tap, 0, w.size - 1)], 0.0)


def matrix_of_responses(w, n, stride=1, padding=0):
    impulses = np.eye(n + 2 * padding)
    return np.stack([np.correlate(e, w, mode="valid")[::stride] for e in impulses], axis=1)


def matrix_written_through_a_view(w, n, stride=1, padding=0):
    columns = n + 2 * padding
    full = np.zeros((columns - len(w) + 1, columns))
    i = np.arange(len(full))[:, None]
    full[i, i + np.arange(len(w))] = w
    return full[::stride]


def dense_by_formula(n, k, padding=0):
    columns = n + 2 * padding
    rows = columns - k + 1
    return rows * k, rows * columns, k


def dense_by_counting(n, k, padding=0):
    nonzeros = entries = 0
    for i in range(n + 2 * padding - k + 1):
        for j in range(n + 2 * padding):
            entries += 1
            nonzeros += 0 <= j - i < k
    return [nonzeros, entries, k]


def dense_from_a_matrix(n, k, padding=0):
    columns = n + 2 * padding
    W = np.array([np.roll(np.r_[np.arange(1, k + 1), np.zeros(columns - k)], i) for i in range(columns - k + 1)])
    return np.count_nonzero(W), W.size, len(np.unique(W[W != 0]))


def dense_in_numpy(n, k, padding=0):
    shape = np.array([n + 2 * padding - k + 1, n + 2 * padding])
    return shape[0] * k, shape.prod(), np.int64(k)


def im2col_seven_loops(x, kh, kw, stride=1, padding=0):
    B, H, W, C = x.shape
    rows, columns = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    result = np.zeros((B * rows * columns, kh * kw * C))
    for r, (b, i, j) in enumerate(np.ndindex(B, rows, columns)):
        for c, (u, v, channel) in enumerate(np.ndindex(kh, kw, C)):
            p, q = i * stride + u - padding, j * stride + v - padding
            if 0 <= p < H and 0 <= q < W:
                result[r, c] = x[b, p, q, channel]
    return result


def im2col_with_views(x, kh, kw, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))[:, ::stride, ::stride]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kh * kw * x.shape[3])


def im2col_with_strides(x, kh, kw, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    B, H, W, C = x.shape
    rows, columns = (H - kh) // stride + 1, (W - kw) // stride + 1
    b, h, w, c = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x, (B, rows, columns, kh, kw, C), (b, h * stride, w * stride, h, w, c), writeable=False
    )
    return windows.reshape(B * rows * columns, kh * kw * C)


def im2col_with_index_arrays(x, kh, kw, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    i = np.arange(0, x.shape[1] - kh + 1, stride)[:, None] + np.arange(kh)
    j = np.arange(0, x.shape[2] - kw + 1, stride)[:, None] + np.arange(kw)
    return x[:, i[:, None, :, None], j[None, :, None, :]].reshape(x.shape[0] * len(i) * len(j), -1)


def im2col_column_by_column(x, kh, kw, stride=1, padding=0):
    B, H, W, C = x.shape
    padded = np.zeros((B, H + 2 * padding, W + 2 * padding, C))
    padded[:, padding : padding + H, padding : padding + W] = x
    down, right = padded.shape[1] - kh + 1, padded.shape[2] - kw + 1
    result = [
        padded[:, u : u + down : stride, v : v + right : stride, c].ravel()
        for u in range(kh)
        for v in range(kw)
        for c in range(C)
    ]
    return np.array(result).T


def conv2d_loops(x, w, b=None, stride=1, padding=0):
    kh, kw, _, F = w.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    y = np.zeros((len(x), (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1, F))
    for n, i, j, f in np.ndindex(y.shape):
        window = x[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[n, i, j, f] = np.sum(window * w[..., f])
        if b is not None:
            y[n, i, j, f] += b[f]
    return y


def conv2d_with_einsum(x, w, b=None, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    y = np.einsum("bijcuv,uvcf->bijf", windows, w)
    return y if b is None else y + b


def conv2d_tap_by_tap(x, w, b=None, stride=1, padding=0):
    kh, kw, C, F = w.shape
    b = np.zeros(F) if b is None else b
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    down, right = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    total = 0
    for u in range(kh):
        for v in range(kw):
            total = total + x[:, u : u + down : stride, v : v + right : stride] @ w[u, v]
    return total + b


def conv2d_channels_first(x, w, b=None, stride=1, padding=0):
    x = np.pad(x.transpose(0, 3, 1, 2), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    w = w.transpose(3, 2, 0, 1)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.tensordot(w, windows, axes=((1, 2, 3), (1, 4, 5))).transpose(1, 2, 3, 0)
    if b is not None:
        y = np.add(y, b)
    return y


def toeplitz_entry_by_entry(w, height, width):
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i in range(rows):
        for j in range(columns):
            for u in range(kh):
                for v in range(kw):
                    W[i * columns + j, (i + u) * width + (j + v)] = w[u, v]
    return W


def toeplitz_of_images(w, height, width):
    kh, kw = w.shape
    rows = []
    for i in range(height - kh + 1):
        for j in range(width - kw + 1):
            image = np.zeros((height, width))
            image[i : i + kh, j : j + kw] = w
            rows.append(image.ravel())
    return np.stack(rows)


def toeplitz_of_blocks(w, height, width):
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1

    def banded(filter_row):
        return sum(tap * np.eye(columns, width, v) for v, tap in enumerate(filter_row))

    return sum(np.kron(np.eye(rows, height, u), banded(w[u])) for u in range(kh))


def toeplitz_of_responses(w, height, width):
    impulses = np.eye(height * width).reshape(-1, height, width)
    windows = np.lib.stride_tricks.sliding_window_view(impulses, w.shape, axis=(1, 2))
    return np.einsum("pijuv,uv->ijp", windows, w).reshape(-1, height * width)


def toeplitz_in_six_axes(w, height, width):
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows, columns, height, width))
    i, j = np.ogrid[:rows, :columns]
    for u, v in np.ndindex(kh, kw):
        W[i, j, i + u, j + v] = w[u, v]
    return W.reshape(rows * columns, height * width)


STYLES: dict[str, tuple[Any, ...]] = {
    "conv_matrix": (
        matrix_entry_by_entry,
        matrix_of_shifted_rows,
        matrix_of_diagonals,
        matrix_from_index_differences,
        matrix_of_responses,
        matrix_written_through_a_view,
    ),
    "conv_vs_dense": (dense_by_formula, dense_by_counting, dense_from_a_matrix, dense_in_numpy),
    "im2col": (
        im2col_seven_loops,
        im2col_with_views,
        im2col_with_strides,
        im2col_with_index_arrays,
        im2col_column_by_column,
    ),
    "conv2d": (conv2d_loops, conv2d_with_einsum, conv2d_tap_by_tap, conv2d_channels_first),
    "conv_matrix_2d": (
        toeplitz_entry_by_entry,
        toeplitz_of_images,
        toeplitz_of_blocks,
        toeplitz_of_responses,
        toeplitz_in_six_axes,
    ),
}
