"""Notebook 03: mistakes worth naming in gradients of vectors, of one image, and in the step of SGD.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of `conv2d_backward`
are in `batches`.
"""

import numpy as np

from autograder.hidden.conv_backward.batches import CONV2D_BACKWARD
from autograder.hidden.named import named
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def dx_with_the_filter_reversed(dy, w):
    """y[0] holds w[0] x[0]: which entry of w must stand in dx[0]?"""
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] += dy[i] * w[::-1]
    return dx


def dx_overwrites(dy, w):
    """An x feeds several y. What does the chain rule do with their contributions?"""
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] = dy[i] * w
    return dx


def dx_as_short_as_a_valid_convolution(dy, w):
    """Which shape has the gradient of x? Each dy reaches back to as many x as the filter is long."""
    short, long = sorted([dy, w[::-1]], key=len)
    return np.correlate(long, short, mode="valid")


def dx_as_long_as_dy(dy, w):
    """Which shape has the gradient of x?"""
    return np.convolve(dy, w)[: len(dy)]


def dx_forgets_the_filter(dy, w):
    """By how much does y[i] grow if x[i] grows by a little? Not by the same amount."""
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] += dy[i]
    return dx


def dx_forgets_the_gradient_that_came(dy, w):
    """What does the chain rule multiply each derivative by?"""
    dx = np.zeros(len(dy) + len(w) - 1)
    for i in range(len(dy)):
        dx[i : i + len(w)] += w
    return dx


def dx_averages(dy, w):
    """Is a gradient that comes along several paths their mean or their sum?"""
    return np.convolve(dy, w) / np.convolve(np.ones(len(dy)), np.ones(len(w)))


def dx_lengthens_dy_in_place(dy, w):
    """The numbers are right, but what is left of dy after the call?"""
    dy.resize(len(dy) + len(w) - 1, refcheck=False)
    return np.sum([w[j] * np.roll(dy, j) for j in range(len(w))], axis=0)


def dw_reversed(dy, x):
    """Which entries of x did w[0] meet, and in which order?"""
    k = len(x) - len(dy) + 1
    return np.array([dy @ x[j : j + len(dy)] for j in range(k)])[::-1]


def dw_with_dy_reversed(dy, x):
    """Which x did w[0] meet when it made y[0]?"""
    return np.convolve(x, dy, mode="valid")


def dw_of_the_first_position_only(dy, x):
    """Does w meet x at one position only?"""
    return dy[0] * x[: len(x) - len(dy) + 1]


def dw_of_the_last_position_only(dy, x):
    """One filter is used at every position: what happens to the contributions of all of them?"""
    k = len(x) - len(dy) + 1
    dw = np.zeros(k)
    for i in range(len(dy)):
        dw = dy[i] * x[i : i + k]
    return dw


def dw_averaged_over_positions(dy, x):
    """Is the gradient of a shared weight a mean over positions or a sum?"""
    return np.correlate(x, dy, mode="valid") / len(dy)


def dw_always_from_the_first_window(dy, x):
    """Which x does w[j] meet in y[i]? It depends on both."""
    k = len(x) - len(dy) + 1
    return np.array([dy.sum() * x[j] for j in range(k)])


def dw_one_entry_short(dy, x):
    """How long is a filter that makes m outputs of n inputs? Solve m = n - k + 1."""
    return np.correlate(x, dy, mode="valid")[:-1]


def dw_of_full_length(dy, x):
    """Which shape has the gradient of w?"""
    return np.correlate(x, dy, mode="full")


def as_conv_without_reversing(dy, w):
    """np.correlate does not reverse anything: does something have to be?"""
    return np.correlate(np.pad(dy, len(w) - 1), w, mode="valid")


def as_conv_padded_by_k(dy, w):
    """With so many zeros, how long is the result, and how long must it be?"""
    return np.correlate(np.pad(dy, len(w)), w[::-1], mode="valid")


def as_conv_without_padding(dy, w):
    """The result must be longer than dy: what has to be done to dy first?"""
    return np.correlate(dy, w[::-1], mode="valid")


def as_conv_padded_on_the_left(dy, w):
    """At which ends of dy are zeros needed?"""
    return np.correlate(np.pad(dy, (2 * len(w) - 2, 0)), w[::-1], mode="valid")


def as_conv_with_dy_reversed(dy, w):
    """Which of the two has to be reversed?"""
    return np.correlate(np.pad(dy[::-1], len(w) - 1), w, mode="valid")


def kernel_turned_around(X, dY):
    """Which pixels did the kernel's top left entry meet?"""
    k = len(X) - len(dY) + 1
    dW = np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return dW[::-1, ::-1]


def kernel_with_dy_turned_around(X, dY):
    """Does dY slide over X as it is, or turned around? Try an X that is zero but for one pixel."""
    k, dY = len(X) - len(dY) + 1, dY[::-1, ::-1]
    return np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])


def kernel_transposed(X, dY):
    """Which index of the gradient moves along the rows of X?"""
    k = len(X) - len(dY) + 1
    return np.array([[np.sum(dY * X[v : v + len(dY), u : u + len(dY)]) for v in range(k)] for u in range(k)])


def kernel_averaged_over_positions(X, dY):
    """Is the gradient of a shared weight a mean over positions or a sum?"""
    k = len(X) - len(dY) + 1
    return np.array([[np.mean(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])


def kernel_of_the_last_position_only(X, dY):
    """The kernel is used at every position: what happens to the contributions of all of them?"""
    m, k = len(dY), len(X) - len(dY) + 1
    dW = np.zeros((k, k))
    for i in range(m):
        for j in range(m):
            dW = dY[i, j] * X[i : i + k, j : j + k]
    return dW


def kernel_as_large_as_dy(X, dY):
    """Which shape has the gradient of the kernel? Solve m = n - k + 1."""
    m, k = len(dY), len(X) - len(dY) + 1
    dW = np.zeros((m, m))
    for i in range(m):
        for j in range(m):
            patch = X[i : i + k, j : j + k]
            dW[i, j] = dY[i, j] * patch.sum()
    return dW


def kernel_moves_windows_by_k(X, dY):
    """By how many pixels does the kernel move from one output to the next?"""
    m, k = len(dY), len(X) - len(dY) + 1
    dW = np.zeros((k, k))
    for i in range(m):
        for j in range(m):
            patch = X[i * k : i * k + k, j * k : j * k + k]
            dW[: patch.shape[0], : patch.shape[1]] += dY[i, j] * patch
    return dW


def step_uphill(w, X, dY, lr):
    """In which direction does the loss fall?"""
    k = len(w)
    dW = np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return w + lr * dW


def step_without_learning_rate(w, X, dY, lr):
    """Which of the arguments does your result not depend on?"""
    k = len(w)
    dW = np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return w - dW


def step_alone(w, X, dY, lr):
    """Is the new w asked for, or only the change?"""
    k = len(w)
    dW = np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return -lr * dW


def step_averaged(w, X, dY, lr):
    """One step on one image: over what do you take a mean?"""
    k = len(w)
    dW = np.array([[np.mean(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return w - lr * dW


def step_in_place(w, X, dY, lr):
    """What is left of the old w after the call? An operator like -= works on the caller's array."""
    k = len(w)
    w -= lr * np.array([[np.sum(dY * X[u : u + len(dY), v : v + len(dY)]) for v in range(k)] for u in range(k)])
    return w


def patches_uphill(X, dY, lr):
    """w_new - w: in which direction does the step go?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[i : i + k, j : j + k] for i in range(m) for j in range(m)])
    return patches, lr * dY.ravel()


def patches_without_learning_rate(X, dY, lr):
    """Which of the arguments do your coefficients not depend on?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[i : i + k, j : j + k] for i in range(m) for j in range(m)])
    return patches, -dY.ravel()


def patches_as_a_weighted_average(X, dY, lr):
    """Must the coefficients of a linear combination add up to 1?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[i : i + k, j : j + k] for i in range(m) for j in range(m)])
    return patches, dY.ravel() / dY.sum()


def patches_column_by_column(X, dY, lr):
    """Row-major order: which patch is the second, the one to the right of the first or the one below?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[i : i + k, j : j + k] for j in range(m) for i in range(m)])
    return patches, -lr * dY.T.ravel()


def patches_and_coefficients_in_different_orders(X, dY, lr):
    """Does coefficient number i belong to patch number i?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[i : i + k, j : j + k] for i in range(m) for j in range(m)])
    return patches, -lr * dY.T.ravel()


def patches_already_scaled(X, dY, lr):
    """Multiply your patches by your coefficients: does dY come in twice?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([dY[i, j] * X[i : i + k, j : j + k] for i in range(m) for j in range(m)])
    return patches, -lr * dY.ravel()


def patches_as_large_as_dy(X, dY, lr):
    """How large is a patch that one output sees?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([X[u : u + m, v : v + m] for u in range(k) for v in range(k)])
    return patches, -lr * dY.ravel()


def patches_in_a_square(X, dY, lr):
    """One axis for the number of the patch: which shapes are asked for?"""
    m, k = len(dY), len(X) - len(dY) + 1
    patches = np.array([[X[i : i + k, j : j + k] for j in range(m)] for i in range(m)])
    return patches, -lr * dY


MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "conv1d_backward_x": named(
        dx_with_the_filter_reversed,
        dx_overwrites,
        dx_as_short_as_a_valid_convolution,
        dx_as_long_as_dy,
        dx_forgets_the_filter,
        dx_forgets_the_gradient_that_came,
        dx_averages,
        dx_lengthens_dy_in_place,
    ),
    "conv1d_backward_w": named(
        dw_reversed,
        dw_with_dy_reversed,
        dw_of_the_first_position_only,
        dw_of_the_last_position_only,
        dw_averaged_over_positions,
        dw_always_from_the_first_window,
        dw_one_entry_short,
        dw_of_full_length,
    ),
    "conv1d_backward_x_as_conv": named(
        as_conv_without_reversing,
        as_conv_padded_by_k,
        as_conv_without_padding,
        as_conv_padded_on_the_left,
        as_conv_with_dy_reversed,
    ),
    "kernel_gradient": named(
        kernel_turned_around,
        kernel_with_dy_turned_around,
        kernel_transposed,
        kernel_averaged_over_positions,
        kernel_of_the_last_position_only,
        kernel_as_large_as_dy,
        kernel_moves_windows_by_k,
    ),
    "sgd_step": named(step_uphill, step_without_learning_rate, step_alone, step_averaged, step_in_place),
    "conv2d_backward": CONV2D_BACKWARD,
    "patch_decomposition": named(
        patches_uphill,
        patches_without_learning_rate,
        patches_as_a_weighted_average,
        patches_column_by_column,
        patches_and_coefficients_in_different_orders,
        patches_already_scaled,
        patches_as_large_as_dy,
        patches_in_a_square,
    ),
}
