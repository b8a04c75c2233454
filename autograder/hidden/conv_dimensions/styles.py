"""Notebook 01: other right answers, each complete in itself. All of them must get full points and no hint."""

import math
from itertools import accumulate, product
from typing import Any

import numpy as np

__all__ = ["STYLES"]


def size_by_counting(n, k, stride=1, padding=0, dilation=1):
    if min(n, k, stride, dilation) < 1 or padding < 0:
        raise ValueError("an argument is out of range")
    span = dilation * (k - 1) + 1
    positions = start = 0
    while start + span <= n + 2 * padding:
        positions += 1
        start += stride
    if positions == 0:
        raise ValueError("the filter does not fit")
    return positions


def size_as_a_range(n, k, stride=1, padding=0, dilation=1):
    if n < 1 or k < 1 or dilation < 1 or padding < 0 or stride < 1:
        raise ValueError
    starts = range(0, n + 2 * padding - dilation * (k - 1), stride)
    if len(starts) == 0:
        raise ValueError(f"filter of length {k} on {n} entries")
    return len(starts)


def size_rounded_down(n, k, stride=1, padding=0, dilation=1):
    for value, lowest in ((n, 1), (k, 1), (stride, 1), (padding, 0), (dilation, 1)):
        if value < lowest:
            raise ValueError(f"{value} is below {lowest}")
    size = math.floor((n + 2 * padding - dilation * (k - 1) - 1) / stride + 1)
    if size < 1:
        raise ValueError("the filter does not fit")
    return size


def size_in_numpy(n, k, stride=1, padding=0, dilation=1):
    if np.any(np.array([n, k, stride, padding + 1, dilation]) < 1):
        raise ValueError("out of range")
    padded = np.pad(np.ones(n), padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, dilation * (k - 1) + 1)
    return np.int64(windows[::stride].shape[0])


def shape_with_list(input_shape, filter_shape, stride=1, padding=0):
    sizes = [(n + 2 * padding - k) // stride + 1 for n, k in zip(input_shape[:2], filter_shape[:2], strict=True)]
    return [*sizes, filter_shape[3]]


def shape_with_arrays(input_shape, filter_shape, stride=1, padding=0):
    lengths = np.array(input_shape[:2]) + 2 * padding - np.array(filter_shape[:2])
    return (*(lengths // stride + 1), filter_shape[-1])


def count_as_product(filter_shape, bias=True):
    return math.prod(filter_shape) + bias * filter_shape[-1]


def count_by_filter(filter_shape, bias=True):
    *extent, F = filter_shape
    return F * (np.prod(extent) + int(bias))


def conv1d_two_loops(x, w, stride=1, padding=0):
    n, k = len(x), len(w)
    y = []
    for start in range(-padding, n + padding - k + 1, stride):
        total = 0.0
        for j in range(k):
            if 0 <= start + j < n:
                total += x[start + j] * w[j]
        y.append(total)
    return np.array(y)


def conv1d_with_views(x, w, stride=1, padding=0):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, padding), len(w))
    return windows[::stride] @ w


def conv1d_with_correlate(x, w, stride=1, padding=0):
    return np.correlate(np.pad(x, padding), w, mode="valid")[::stride]


def conv1d_with_strides(x, w, stride=1, padding=0):
    padded = np.concatenate([np.zeros(padding), x, np.zeros(padding)])
    n_out = (padded.size - w.size) // stride + 1
    (step,) = padded.strides
    windows = np.lib.stride_tricks.as_strided(padded, (n_out, w.size), (stride * step, step))
    return np.einsum("ij,j->i", windows, w)


def conv1d_with_index_array(x, w, stride=1, padding=0):
    padded = np.pad(x, (padding, padding))
    starts = np.arange(0, padded.shape[0] - w.shape[0] + 1, stride)
    return padded[starts[:, None] + np.arange(w.shape[0])].dot(w)


def pointwise_with_einsum(x, w):
    return np.einsum("ijc,cf->ijf", x, w)


def pointwise_with_loops(x, w):
    H, W, C = x.shape
    y = np.zeros((H, W, w.shape[1]))
    for i, j, f in product(range(H), range(W), range(w.shape[1])):
        y[i, j, f] = sum(x[i, j, c] * w[c, f] for c in range(C))
    return y


def pointwise_channels_first(x, w):
    return np.tensordot(w, x, axes=(0, 2)).transpose(1, 2, 0)


def pool_with_range(input_shape, K, S):
    H, W, C = input_shape
    return len(range(0, H - K + 1, S)), len(range(0, W - K + 1, S)), C


def pool_with_floor(input_shape, K, S):
    return tuple(int(np.floor((n - K) / S)) + 1 for n in input_shape[:2]) + tuple(input_shape[2:])


def field_from_the_output_back(layers):
    field = 1
    for k, stride in reversed(layers):
        field = (field - 1) * stride + k
    return field


def field_by_recursion(layers):
    if not layers:
        return 1
    (k, stride), *rest = layers
    return (field_by_recursion(rest) - 1) * stride + k


def field_with_cumulated_strides(layers):
    jumps = accumulate((stride for _, stride in layers), lambda a, b: a * b, initial=1)
    return 1 + sum((k - 1) * jump for (k, _), jump in zip(layers, jumps, strict=False))


def field_in_numpy(layers):
    k, strides = np.array(layers).T
    return 1 + np.sum((k - 1) * np.concatenate([[1], np.cumprod(strides)[:-1]]))


def field_by_following_indices(layers):
    seen = {0}
    for k, stride in layers[::-1]:
        seen = {i * stride + j for i in seen for j in range(k)}
    return max(seen) + 1


STYLES: dict[str, tuple[Any, ...]] = {
    "conv_output_size": (size_as_a_range, size_by_counting, size_rounded_down, size_in_numpy),
    "answers": (
        {
            "plain": [28, 28, 1],
            "padded": [32, 32, 1],
            "stacked": [32, 32, 10],
            "parameters": 5 * 5 * 3 * 10,
            "parameters_with_bias": (5 * 5 * 3 + 1) * 10,
            "pointwise": [32, 32],
        },
        {
            "plain": (np.int64(28), np.int64(28), 1),
            "padded": (32, 32, np.int64(1)),
            "stacked": (32, 32, 10),
            "parameters": np.prod((5, 5, 3, 10)),
            "parameters_with_bias": np.int64(760),
            "pointwise": (32, 32),
            "note": "one entry more does no harm",
        },
    ),
    "conv_output_shape": (shape_with_list, shape_with_arrays),
    "conv_parameter_count": (count_as_product, count_by_filter),
    "conv1d": (
        conv1d_two_loops,
        conv1d_with_views,
        conv1d_with_correlate,
        conv1d_with_strides,
        conv1d_with_index_array,
    ),
    "pointwise_conv": (pointwise_with_einsum, pointwise_with_loops, pointwise_channels_first),
    "pool_output_shape": (pool_with_range, pool_with_floor),
    "receptive_field": (
        field_from_the_output_back,
        field_by_recursion,
        field_with_cumulated_strides,
        field_in_numpy,
        field_by_following_indices,
    ),
}
