"""Notebook 02: mistakes worth naming in the matrices of a convolution.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of `im2col` and
`conv2d` are in `windows`.
"""

import numpy as np

from autograder.hidden.conv_as_matrix.windows import CONV2D, IM2COL
from autograder.hidden.named import named
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def matrix_transposed(w, n, stride=1, padding=0):
    """W acts on the vector from the left, W @ x: how many rows must it have?"""
    k, n_out = len(w), (n + 2 * padding - len(w)) // stride + 1
    W = np.zeros((n + 2 * padding, n_out))
    for i in range(n_out):
        W[i * stride : i * stride + k, i] = w
    return W


def matrix_flips_the_filter(w, n, stride=1, padding=0):
    """Multiply your matrix by x = (1, 0, 0, ...): which entry of the filter should meet the first of x?"""
    k, n_out = len(w), (n + 2 * padding - len(w)) // stride + 1
    W = np.zeros((n_out, n + 2 * padding))
    for i in range(n_out):
        W[i, i * stride : i * stride + k] = w[::-1]
    return W


def matrix_wraps_around(w, n, stride=1, padding=0):
    """Should the last rows begin again at the left?"""
    rows = (n + 2 * padding) // stride
    row = np.concatenate([w, np.zeros(n + 2 * padding - len(w))])
    return np.stack([np.roll(row, i * stride) for i in range(rows)])


def matrix_forgets_padding(w, n, stride=1, padding=0):
    """The matrix acts on the padded vector: how long is that?"""
    k, n_out = len(w), (n - len(w)) // stride + 1
    W = np.zeros((n_out, n))
    for i in range(n_out):
        W[i, i * stride : i * stride + k] = w
    return W


def matrix_drops_columns_of_padding(w, n, stride=1, padding=0):
    """Here the matrix acts on the padded vector, zeros and all: how many columns has it?"""
    k, n_out = len(w), (n + 2 * padding - len(w)) // stride + 1
    W = np.zeros((n_out, n + 2 * padding))
    for i in range(n_out):
        W[i, i * stride : i * stride + k] = w
    return W[:, padding : padding + n]


def matrix_pads_one_side(w, n, stride=1, padding=0):
    """At how many ends of the vector are zeros added?"""
    k, n_out = len(w), (n + padding - len(w)) // stride + 1
    W = np.zeros((n_out, n + padding))
    for i in range(n_out):
        W[i, i * stride : i * stride + k] = w
    return W


def matrix_ignores_stride(w, n, stride=1, padding=0):
    """Which of the arguments does your matrix not depend on?"""
    k, n_out = len(w), n + 2 * padding - len(w) + 1
    W = np.zeros((n_out, n + 2 * padding))
    for i in range(n_out):
        W[i, i : i + k] = w
    return W


def matrix_moves_by_one(w, n, stride=1, padding=0):
    """The shape is right; by how much does each row lie further to the right than the one above?"""
    k, n_out = len(w), (n + 2 * padding - len(w)) // stride + 1
    W = np.zeros((n_out, n + 2 * padding))
    for i in range(n_out):
        W[i, i : i + k] = w
    return W


def matrix_keeps_incomplete_windows(w, n, stride=1, padding=0):
    """What happens to a last window that is not complete?"""
    k, columns = len(w), n + 2 * padding
    n_out = -(-(columns - k) // stride) + 1
    W = np.zeros((n_out, columns + stride))
    for i in range(n_out):
        W[i, i * stride : i * stride + k] = w
    return W[:, :columns]


def matrix_lengthens_the_filter_in_place(w, n, stride=1, padding=0):
    """The numbers are right, but what has become of w after the call?"""
    n_out = (n + 2 * padding - len(w)) // stride + 1
    w.resize(n + 2 * padding, refcheck=False)
    return np.stack([np.roll(w, i * stride) for i in range(n_out)])


def counts_without_columns_of_padding(n, k, padding=0):
    """How many columns has the matrix that acts on the padded vector?"""
    n_out = n + 2 * padding - k + 1
    return n_out * k, n_out * n, k


def counts_padding_once(n, k, padding=0):
    """At how many ends of the vector are zeros added?"""
    n_out = n + padding - k + 1
    return n_out * k, n_out * (n + padding), k


def counts_one_row_too_few(n, k, padding=0):
    """How many positions has a filter as long as the vector?"""
    n_out = n + 2 * padding - k
    return n_out * k, n_out * (n + 2 * padding), k


def counts_a_filter_for_every_column(n, k, padding=0):
    """In how many rows does the filter stand?"""
    N = n + 2 * padding
    return N * k, (N - k + 1) * N, k


def counts_a_square_matrix(n, k, padding=0):
    """Has the matrix as many rows as columns?"""
    N = n + 2 * padding
    return (N - k + 1) * k, N * N, k


def counts_only_what_meets_the_vector(n, k, padding=0):
    """Entries that stand in a column of the padding are entries, too."""
    N = n + 2 * padding
    inside = sum(padding <= i + j < padding + n for i in range(N - k + 1) for j in range(k))
    return inside, (N - k + 1) * N, k


def counts_every_nonzero_as_parameter(n, k, padding=0):
    """How many different numbers stand in the matrix, zeros aside?"""
    N = n + 2 * padding
    return (N - k + 1) * k, (N - k + 1) * N, (N - k + 1) * k


def counts_zero_as_a_parameter(n, k, padding=0):
    """Is zero one of the numbers that are learnt?"""
    N = n + 2 * padding
    return (N - k + 1) * k, (N - k + 1) * N, k + 1


def counts_in_another_order(n, k, padding=0):
    """In which order are the three numbers asked for?"""
    N = n + 2 * padding
    return (N - k + 1) * N, (N - k + 1) * k, k


def toeplitz_column_major(w, height, width):
    """Row-major flattening: which pixel comes second, the one to the right of the first or the one below?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        W[j * rows + i, (j + v) * height + i + u] = w[u, v]
    return W


def toeplitz_output_column_major(w, height, width):
    """Your columns are flattened row by row; are your rows, too?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        W[j * rows + i, (i + u) * width + j + v] = w[u, v]
    return W


def toeplitz_filter_in_one_piece(w, height, width):
    """After flattening, the second row of a window does not follow its first row at once. How far away is it?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i, j in np.ndindex(rows, columns):
        start = i * width + j
        W[i * columns + j, start : start + kh * kw] = w.ravel()
    return W


def toeplitz_runs_over_the_edge(w, height, width):
    """Two rows of W that follow each other: is the second always one place further, also at the image's edge?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for r in range(rows * columns):
        for u in range(kh):
            W[r, r + u * width : r + u * width + kw] = w[u]
    return W


def toeplitz_swaps_height_and_width(w, height, width):
    """How long is a row of the image, height or width?"""
    kh, kw = w.shape
    rows, columns = width - kh + 1, height - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        W[i * columns + j, (i + u) * height + j + v] = w[u, v]
    return W


def toeplitz_flips_the_filter(w, height, width):
    """Which entry of the filter meets the top left pixel of a window?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows * columns, height * width))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        W[i * columns + j, (i + u) * width + j + v] = w[kh - 1 - u, kw - 1 - v]
    return W


def toeplitz_transposed(w, height, width):
    """W acts on the flattened image from the left: how many rows must it have?"""
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((height * width, rows * columns))
    for i, j, u, v in np.ndindex(rows, columns, kh, kw):
        W[(i + u) * width + j + v, i * columns + j] = w[u, v]
    return W


MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "conv_matrix": named(
        matrix_transposed,
        matrix_flips_the_filter,
        matrix_wraps_around,
        matrix_forgets_padding,
        matrix_drops_columns_of_padding,
        matrix_pads_one_side,
        matrix_ignores_stride,
        matrix_moves_by_one,
        matrix_keeps_incomplete_windows,
        matrix_lengthens_the_filter_in_place,
    ),
    "conv_vs_dense": named(
        counts_without_columns_of_padding,
        counts_padding_once,
        counts_one_row_too_few,
        counts_a_filter_for_every_column,
        counts_a_square_matrix,
        counts_only_what_meets_the_vector,
        counts_every_nonzero_as_parameter,
        counts_zero_as_a_parameter,
        counts_in_another_order,
    ),
    "im2col": IM2COL,
    "conv2d": CONV2D,
    "conv_matrix_2d": named(
        toeplitz_column_major,
        toeplitz_output_column_major,
        toeplitz_filter_in_one_piece,
        toeplitz_runs_over_the_edge,
        toeplitz_swaps_height_and_width,
        toeplitz_flips_the_filter,
        toeplitz_transposed,
    ),
}
