"""Convolution (cross-correlation, as in every deep-learning library), forward beside backward."""

import numpy as np

from dnnkit.reference.arguments import floats, match_shapes
from dnnkit.reference.dimensions import conv_output_size
from dnnkit.reference.windows import tap

__all__ = ["conv1d", "pointwise_conv"]


def conv1d(x: np.ndarray, w: np.ndarray, stride: int = 1, padding: int = 0, dilation: int = 1) -> np.ndarray:
    """Slide a filter along a vector: y[i] = sum_j w[j] * x[i*stride + j*dilation], x zero-padded.

    x: (n,), w: (k,). Returns (n_out,).
    Raises ValueError when the filter is longer than the padded vector or an argument is out of range.

    >>> conv1d(np.array([1, 2, 3, 4]), np.array([1, 0, -1]))
    array([-2., -2.])
    >>> conv1d(np.array([1, 2, 3, 4]), np.array([1, 0, -1]), padding=1)
    array([-2., -2., -2.,  3.])
    """
    x, w = floats(x, w)
    n, k = match_shapes("conv1d", x=(x, "n"), w=(w, "k")).values()
    n_out = conv_output_size(n, k, stride, padding, dilation)
    padded = np.concatenate([np.zeros(padding, x.dtype), x, np.zeros(padding, x.dtype)])
    y = np.zeros(n_out, x.dtype)
    for j in range(k):
        y += w[j] * padded[tap(j * dilation, n_out, stride)]
    return y


def pointwise_conv(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """1x1 convolution: the same linear map of the channels at every pixel.

    x: (H, W, C), w: (C, F). Returns (H, W, F).
    Raises ValueError when the channels differ.

    >>> pointwise_conv(np.ones((4, 6, 3)), np.ones((3, 2))).shape
    (4, 6, 2)
    """
    x, w = floats(x, w)
    match_shapes("pointwise_conv", x=(x, "H W C"), w=(w, "C F"))
    return x @ w
