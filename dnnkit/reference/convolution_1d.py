"""Convolution of a vector, forward and backward: as a sliding filter and as a matrix.

Convolution means cross-correlation, as in every deep-learning library: the filter is not flipped.
"""

import numpy as np

from dnnkit.reference.arguments import floats, match_shapes
from dnnkit.reference.dimensions import output_sizes
from dnnkit.reference.windows import tap

__all__ = [
    "conv1d",
    "conv1d_backward_w",
    "conv1d_backward_x",
    "conv1d_backward_x_as_conv",
    "conv_matrix",
    "conv_vs_dense",
]


def conv1d(x: np.ndarray, w: np.ndarray, stride: int = 1, padding: int = 0, dilation: int = 1) -> np.ndarray:
    """Slide a filter along a zero-padded vector: y[i] = sum_j w[j] x[i*stride + j*dilation].

    x: (n,), w: (k,). Returns (n_out,).
    Raises ValueError when the filter is longer than the padded vector or an argument is out of range.

    >>> conv1d(np.array([1, 2, 3, 4]), np.array([1, 0, -1]))
    array([-2., -2.])
    >>> conv1d(np.array([1, 2, 3, 4]), np.array([1, 0, -1]), padding=1)
    array([-2., -2., -2.,  3.])
    """
    x, w = floats(x, w)
    n, k = match_shapes("conv1d", x=(x, "n"), w=(w, "k"))
    (n_out,) = output_sizes("conv1d", {"n": n}, {"k": k}, stride, padding, dilation)
    padded = np.zeros(n + 2 * padding, x.dtype)
    padded[padding : padding + n] = x
    y = np.zeros(n_out, x.dtype)
    for j in range(k):
        y += w[j] * padded[tap(j * dilation, n_out, stride)]
    return y


def conv1d_backward_x(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Gradient of ``conv1d(x, w)`` by the chain rule: y[i] holds w[j] x[i+j], so dx[i+j] gets w[j] dy[i].

    dy: (m,), w: (k,). Returns dx (n,) with n = m + k - 1.

    >>> conv1d_backward_x(np.array([1, 10]), np.array([1, 2, 3]))
    array([ 1., 12., 23., 30.])
    """
    dy, w = floats(dy, w)
    m, k = match_shapes("conv1d_backward_x", dy=(dy, "m"), w=(w, "k"))
    dx = np.zeros(m + k - 1, dy.dtype)
    for j in range(k):
        dx[tap(j, m)] += w[j] * dy
    return dx


def conv1d_backward_x_as_conv(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same gradient as a convolution: the reversed filter slides over dy with k - 1 zeros at either end.

    dy: (m,), w: (k,). Returns dx (n,) with n = m + k - 1.

    >>> conv1d_backward_x_as_conv(np.array([1, 10]), np.array([1, 2, 3]))
    array([ 1., 12., 23., 30.])
    """
    dy, w = floats(dy, w)
    _, k = match_shapes("conv1d_backward_x_as_conv", dy=(dy, "m"), w=(w, "k"))
    return np.correlate(np.pad(dy, k - 1), w[::-1], mode="valid")


def conv1d_backward_w(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of ``conv1d(x, w)`` by the chain rule: dw[j] = sum_i dy[i] x[i+j], dy sliding over x.

    dy: (m,), x: (n,). Returns dw (k,) with k = n - m + 1.
    Raises ValueError when dy is longer than x.

    >>> conv1d_backward_w(np.array([1, 10]), np.array([1, 2, 3, 4]))
    array([21., 32., 43.])
    """
    x, dy = floats(x, dy)
    m, n = match_shapes("conv1d_backward_w", dy=(dy, "m"), x=(x, "n"))
    if m > n:
        raise ValueError(f"conv1d_backward_w: got dy {dy.shape}, x {x.shape}; expected a dy no longer than x")
    return np.array([dy @ x[tap(j, m)] for j in range(n - m + 1)])


def conv_matrix(w: np.ndarray, n: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> np.ndarray:
    """The banded matrix W with conv1d(x, w) = W @ x_padded: each row is the filter, ``stride`` further on.

    w: (k,). Returns (n_out, n + 2*padding).
    Raises ValueError when the filter is longer than the padded vector or an argument is out of range.

    >>> conv_matrix(np.array([1, 2, 3]), n=4)
    array([[1., 2., 3., 0.],
           [0., 1., 2., 3.]])
    """
    (w,) = floats(w)
    (k,) = match_shapes("conv_matrix", w=(w, "k"))
    (n_out,) = output_sizes("conv_matrix", {"n": n}, {"k": k}, stride, padding, dilation)
    W = np.zeros((n_out, n + 2 * padding), w.dtype)
    for i in range(n_out):
        W[i, tap(i * stride, k, dilation)] = w
    return W


def conv_vs_dense(n: int, k: int, padding: int = 0) -> tuple[int, int, int]:
    """How sparse ``conv_matrix`` is at stride 1, and how often it says the same number.

    Returns (nonzeros, entries, distinct_parameters), for a filter without zeros.

    >>> conv_vs_dense(4, 3, padding=1)
    (12, 24, 3)
    """
    (n_out,) = output_sizes("conv_vs_dense", {"n": n}, {"k": k}, stride=1, padding=padding)
    return n_out * int(k), n_out * int(n + 2 * padding), int(k)
