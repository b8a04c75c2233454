"""Convolution of images, forward and backward: im2col and one matrix product.

Convolution means cross-correlation, as in every deep-learning library: the filter is not flipped.
With X the matrix of all windows (one in each row) and W the filters (one in each column)::

    Y = X W        dW = X^T dY        dX = dY W^T

and what dX says of each window is added to the pixels the window came from.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dnnkit.reference.arguments import expect_shape, floats, match_shapes
from dnnkit.reference.convolution_1d import conv_matrix
from dnnkit.reference.dimensions import output_sizes
from dnnkit.reference.windows import blocks, few_channels, fold, unfold

__all__ = [
    "conv2d",
    "conv2d_backward",
    "conv_matrix_2d",
    "im2col",
    "kernel_gradient",
    "patch_decomposition",
    "pointwise_conv",
    "sgd_step",
]


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


def im2col(x: np.ndarray, kh: int, kw: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> np.ndarray:
    """Every window of every image as one row of a matrix.

    x: (B, H, W, C). Returns (B*H'*W', kh*kw*C): rows by image, row, column of the output; columns by row,
    column, channel of the filter.
    Raises ValueError when the filter does not fit or an argument is out of range.

    >>> im2col(np.arange(6).reshape(1, 2, 3, 1), kh=2, kw=2)
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.]])
    """
    (x,) = floats(x)
    _, H, W, _ = match_shapes("im2col", x=(x, "B H W C"))
    rows, columns = output_sizes("im2col", {"H": H, "W": W}, {"kh": kh, "kw": kw}, stride, padding, dilation)
    return np.array(unfold(x, (rows, columns, kh, kw), stride, padding, dilation))


def conv2d(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> np.ndarray:
    """Convolve a batch of images with F filters: Y = X W + b with X = im2col(x), block by block.

    x: (B, H, W, C), w: (kh, kw, C, F), b: (F,) or None. Returns (B, H', W', F).
    Raises ValueError when the filter does not fit, channels differ or an argument is out of range.

    >>> conv2d(np.ones((2, 8, 6, 3)), np.ones((5, 3, 3, 10)), stride=2, padding=1).shape
    (2, 3, 3, 10)
    """
    x, w = floats(x, w)
    b = np.zeros(w.shape[-1:]) if b is None else np.asarray(b)
    B, H, W, C, kh, kw, F = match_shapes("conv2d", x=(x, "B H W C"), w=(w, "kh kw C F"), b=(b, "F"))
    rows, columns = output_sizes("conv2d", {"H": H, "W": W}, {"kh": kh, "kw": kw}, stride, padding, dilation)
    filters = w.reshape(kh * kw * C, F)
    bias = np.full((columns, F), b, x.dtype)
    y = np.empty((B, rows, columns, F), x.dtype)
    for block in blocks(B, rows * columns * filters[:, 0].nbytes):
        X = unfold(x[block], (rows, columns, kh, kw), stride, padding, dilation)
        Y = y[block]
        np.matmul(X, filters, out=Y.reshape(-1, F))
        Y += bias
    return y


def conv2d_backward(
    dy: np.ndarray, x: np.ndarray, w: np.ndarray, stride: int = 1, padding: int = 0, dilation: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of ``conv2d``: dW = X^T dY, dX = dY W^T folded back onto the image, db = sum of dY's rows.

    dy: (B, H', W', F), x: (B, H, W, C), w: (kh, kw, C, F). Returns dx, dw, db of the shapes of x, w and (F,).
    Raises ValueError when the filter does not fit or the shapes do not belong together.

    >>> x, w = np.ones((2, 8, 6, 3)), np.ones((5, 3, 3, 10))
    >>> [d.shape for d in conv2d_backward(np.ones((2, 3, 3, 10)), x, w, stride=2, padding=1)]
    [(2, 8, 6, 3), (5, 3, 3, 10), (10,)]
    """
    x, dy, w = floats(x, dy, w)
    B, H, W, C, kh, kw, F = match_shapes("conv2d_backward", x=(x, "B H W C"), w=(w, "kh kw C F"))
    rows, columns = output_sizes("conv2d_backward", {"H": H, "W": W}, {"kh": kh, "kw": kw}, stride, padding, dilation)
    expect_shape("conv2d_backward", "dy", dy, (B, rows, columns, F))
    filters = w.reshape(kh * kw * C, F)
    taps = w.swapaxes(2, 3).copy()  # (kh, kw, F, C): W^T tap by tap
    dx, dfilters = np.empty(x.shape, x.dtype), np.zeros(filters.shape, x.dtype)
    for block in blocks(B, rows * columns * filters[:, 0].nbytes):
        X = unfold(x[block], (rows, columns, kh, kw), stride, padding, dilation)
        dY = dy[block].reshape(-1, F)
        dfilters += X.T @ dY
        if few_channels(C):  # dX is the same either way, but for its order in memory
            dX = (filters @ dY.T.copy()).reshape(kh, kw, C, -1, rows, columns).transpose(0, 1, 3, 4, 5, 2)
        else:
            dX = (dY @ taps).reshape(kh, kw, -1, rows, columns, C)
        dx[block] = fold(dX, H, W, stride, padding, dilation)
    dY = dy.reshape(-1, F)
    db = np.ones(len(dY), dY.dtype) @ dY
    return dx, dfilters.reshape(w.shape), db


def conv_matrix_2d(w: np.ndarray, height: int, width: int) -> np.ndarray:
    """The doubly blocked Toeplitz matrix of a filter: W @ image.ravel() is the convolved image, raveled.

    w: (kh, kw). Returns (H'*W', height*width). Block (i, i + u) is ``conv_matrix(w[u], width)``: the filter's
    row u meets the image's row i + u.
    Raises ValueError when the filter does not fit.

    >>> conv_matrix_2d(np.array([[1, 2]]), height=2, width=3)
    array([[1., 2., 0., 0., 0., 0.],
           [0., 1., 2., 0., 0., 0.],
           [0., 0., 0., 1., 2., 0.],
           [0., 0., 0., 0., 1., 2.]])
    """
    (w,) = floats(w)
    kh, kw = match_shapes("conv_matrix_2d", w=(w, "kh kw"))
    rows, columns = output_sizes("conv_matrix_2d", {"height": height, "width": width}, {"kh": kh, "kw": kw}, stride=1)
    W = np.zeros((rows, columns, height, width), w.dtype)
    for u in range(kh):
        for i in range(rows):
            W[i, :, i + u, :] = conv_matrix(w[u], width)
    return W.reshape(rows * columns, height * width)


def kernel_gradient(X: np.ndarray, dY: np.ndarray) -> np.ndarray:
    """Gradient of one kernel on one image: dw[h, l] = sum_ij X[i+h, j+l] dY[i, j], dY sliding over X.

    X: (n, n), dY: (m, m). Returns (k, k) with k = n - m + 1. Worksheet problem 3 (d), equation 11.
    Raises ValueError when dY is larger than X.

    >>> kernel_gradient(np.arange(9).reshape(3, 3), np.eye(2))
    array([[ 4.,  6.],
           [10., 12.]])
    """
    X, dY = floats(X, dY)
    m, _ = _sizes("kernel_gradient", X, dY)
    return np.tensordot(sliding_window_view(X, (m, m)), dY, axes=2)


def sgd_step(w: np.ndarray, X: np.ndarray, dY: np.ndarray, lr: float) -> np.ndarray:
    """One step of gradient descent on one image: w - lr * dw.

    w: (k, k), X: (n, n), dY: (m, m) with k = n - m + 1. Returns (k, k).
    Raises ValueError when dY is larger than X, or w has another size.

    >>> sgd_step(np.ones((2, 2)), np.ones((3, 3)), np.ones((2, 2)), lr=0.1)
    array([[0.6, 0.6],
           [0.6, 0.6]])
    """
    X, w, dY = floats(X, w, dY)
    _, k = _sizes("sgd_step", X, dY)
    expect_shape("sgd_step", "w", w, (k, k))
    return w - float(lr) * kernel_gradient(X, dY)


def patch_decomposition(X: np.ndarray, dY: np.ndarray, lr: float) -> tuple[np.ndarray, np.ndarray]:
    """The same step as a linear combination of image patches: w_new - w = sum_i coefficients[i] patches[i].

    X: (n, n), dY: (m, m). Returns patches (m*m, k, k) in row-major order and coefficients (m*m,), with
    k = n - m + 1. The coefficients may be negative and need not add to 1.
    Raises ValueError when dY is larger than X.

    >>> patches, coefficients = patch_decomposition(np.arange(9).reshape(3, 3), np.eye(2), lr=0.5)
    >>> patches.shape, coefficients
    ((4, 2, 2), array([-0.5, -0. , -0. , -0.5]))
    """
    X, dY = floats(X, dY)
    m, k = _sizes("patch_decomposition", X, dY)
    return np.array(sliding_window_view(X, (k, k))).reshape(m * m, k, k), -float(lr) * dY.ravel()


def _sizes(function: str, X: np.ndarray, dY: np.ndarray) -> tuple[int, int]:
    """m and k = n - m + 1, where dY (m, m) slides over X (n, n). Raises ValueError when dY is larger than X."""
    n, m = match_shapes(function, X=(X, "n n"), dY=(dY, "m m"))
    if m > n:
        raise ValueError(f"{function}: got X {X.shape}, dY {dY.shape}; expected a dY no larger than X")
    return m, n - m + 1
