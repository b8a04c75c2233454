"""Notebook 04: mistakes worth naming in average pooling."""

import numpy as np

from autograder.hidden.named import named

__all__ = ["AVGPOOL2D", "AVGPOOL2D_BACKWARD"]


def divides_by_window_length(x, K, S):
    """How many entries has a window of K rows?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].sum(axis=(1, 2)) / K
    return y


def sums_without_dividing(x, K, S):
    """Is yours the sum of a window or its mean?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].sum(axis=(1, 2))
    return y


def windows_side_by_side(x, K, S):
    """Which of the arguments does your result not depend on? Windows may overlap."""
    B, H, W, C = x.shape
    rows, columns = H // K, W // K
    return x[:, : rows * K, : columns * K].reshape(B, rows, K, columns, K, C).mean(axis=(2, 4))


def keeps_incomplete_windows(x, K, S):
    """What happens to a last window that is not complete?"""
    B, H, W, C = x.shape
    y = np.zeros((B, -(-(H - K) // S) + 1, -(-(W - K) // S) + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].sum(axis=(1, 2)) / (K * K)
    return y


def averages_over_channels(x, K, S):
    """Does pooling mix channels?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].mean(axis=(1, 2, 3))[:, None]
    return y


def sums_in_the_input(x, K, S):
    """A slice of an array is a view: what is left of x after the call?"""
    B, H, W, C = x.shape
    x /= K * K
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].sum(axis=(1, 2))
    return y


def share_by_window_length(dy, input_shape, K, S):
    """Over how many entries is each gradient spread?"""
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None] / K
    return dx


def share_by_stride(dy, input_shape, K, S):
    """Does the stride decide over how many entries a window is averaged?"""
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None] / (S * S)
    return dx


def whole_gradient_to_every_entry(dy, input_shape, K, S):
    """If one entry of a window grows by 1, by how much does the mean grow?"""
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None]
    return dx


def overwrites_where_windows_overlap(dy, input_shape, K, S):
    """An entry may belong to several windows. What is its gradient then?"""
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] = dy[:, i, j][:, None, None] / (K * K)
    return dx


def averages_where_windows_overlap(dy, input_shape, K, S):
    """Where windows overlap, is the gradient the mean of their contributions or the sum?"""
    dx, count = np.zeros(input_shape), np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None] / (K * K)
            count[:, i * S : i * S + K, j * S : j * S + K] += 1
    return dx / np.maximum(count, 1)


def repeats_every_gradient(dy, input_shape, K, S):
    """Windows need not lie side by side: what if S differs from K, or leaves a rest?"""
    return (dy / (K * K)).repeat(K, axis=1).repeat(K, axis=2)


def starts_windows_at_multiples_of_k(dy, input_shape, K, S):
    """Where in the input does the window of dy[:, i, j] start?"""
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * K : i * K + K, j * K : j * K + K] += dy[:, i, j][:, None, None] / (K * K)
    return dx


def shape_as_small_as_possible(dy, input_shape, K, S):
    """Which shape has the gradient of x? Entries that no window sees have one too."""
    B, rows, columns, C = dy.shape
    dx = np.zeros((B, (rows - 1) * S + K, (columns - 1) * S + K, C))
    for i in range(rows):
        for j in range(columns):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None] / (K * K)
    return dx


def divides_the_argument(dy, input_shape, K, S):
    """What is left of dy after the call? An operator like /= works on the caller's array."""
    dy /= K * K
    dx = np.zeros(input_shape)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            dx[:, i * S : i * S + K, j * S : j * S + K] += dy[:, i, j][:, None, None]
    return dx


AVGPOOL2D = named(
    divides_by_window_length,
    sums_without_dividing,
    windows_side_by_side,
    keeps_incomplete_windows,
    averages_over_channels,
    sums_in_the_input,
)

AVGPOOL2D_BACKWARD = named(
    share_by_window_length,
    share_by_stride,
    whole_gradient_to_every_entry,
    overwrites_where_windows_overlap,
    averages_where_windows_overlap,
    repeats_every_gradient,
    starts_windows_at_multiples_of_k,
    shape_as_small_as_possible,
    divides_the_argument,
)
