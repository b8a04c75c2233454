"""Pooling: each window of each channel becomes one number, its maximum or its mean.

Windows are K by K and S apart; they may overlap (K > S), leave gaps (K < S) and leave a rest at the
lower and right edge. Both layers walk over the K*K places in a window, not over the windows: entry
(u, v) of every window at once is one strided slice of the image.
"""

from collections.abc import Iterator

import numpy as np

from dnnkit.reference.arguments import expect_shape, floats
from dnnkit.reference.dimensions import pool_sizes
from dnnkit.reference.windows import blocks, tap

__all__ = ["avgpool2d", "avgpool2d_backward", "maxpool2d", "maxpool2d_backward", "pool_by_hand"]


def maxpool2d(x: np.ndarray, K: int, S: int) -> np.ndarray:
    """Largest entry of every window, channel by channel.

    x: (B, H, W, C). Returns (B, H', W', C).
    Raises ValueError when the window does not fit.

    >>> maxpool2d(np.arange(16.0).reshape(1, 4, 4, 1), K=2, S=2)[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    (x,) = floats(x)
    output_shape, places = _places("maxpool2d", x.shape, K, S)
    y = np.empty(output_shape, x.dtype)
    for block in blocks(len(x), x[0].nbytes):
        X = x[block]
        _maximum([X[place] for place in places], out=y[block])
    return y


def maxpool2d_backward(dy: np.ndarray, x: np.ndarray, K: int, S: int) -> np.ndarray:
    """Gradient of ``maxpool2d``: each dy goes to the entry that was its window's maximum.

    dy: (B, H', W', C), x: (B, H, W, C). Returns dx (B, H, W, C).
    Where windows overlap, gradients add up. Among equal maxima the first in row-major order takes all.

    >>> x = np.array([[1.0, 4.0], [4.0, 2.0]]).reshape(1, 2, 2, 1)
    >>> maxpool2d_backward(np.full((1, 1, 1, 1), 7.0), x, K=2, S=2)[0, :, :, 0]
    array([[0., 7.],
           [0., 0.]])
    """
    x, dy = floats(x, dy)
    output_shape, places = _places("maxpool2d_backward", x.shape, K, S)
    expect_shape("maxpool2d_backward", "dy", dy, output_shape)
    tiled = K <= S and dy.size * K * K == x.size  # every pixel lies in just one window
    dx = np.empty(x.shape, x.dtype)
    for block in blocks(len(x), x[0].nbytes):
        X, dX, dY = x[block], dx[block], dy[block]
        if not tiled:
            dX[...] = 0
        for place, winner in zip(places, _winners([X[place] for place in places]), strict=True):
            if tiled:
                np.multiply(dY, winner, out=dX[place])
            else:
                dX[place] += dY * winner
    return dx


def avgpool2d(x: np.ndarray, K: int, S: int) -> np.ndarray:
    """Mean of every window, channel by channel.

    x: (B, H, W, C). Returns (B, H', W', C).
    Raises ValueError when the window does not fit.

    >>> avgpool2d(np.arange(16.0).reshape(1, 4, 4, 1), K=2, S=2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    (x,) = floats(x)
    output_shape, (first, *others) = _places("avgpool2d", x.shape, K, S)
    y = np.empty(output_shape, x.dtype)
    for block in blocks(len(x), x[0].nbytes):
        X, Y = x[block], y[block]
        Y[...] = X[first]
        for place in others:
            Y += X[place]
        Y /= K * K
    return y


def avgpool2d_backward(dy: np.ndarray, input_shape: tuple[int, ...], K: int, S: int) -> np.ndarray:
    """Gradient of ``avgpool2d``: each dy is spread evenly over its window.

    dy: (B, H', W', C), input_shape: (B, H, W, C). Returns dx (B, H, W, C).
    Where windows overlap, gradients add up.

    >>> avgpool2d_backward(np.full((1, 1, 1, 1), 8.0), (1, 2, 2, 1), K=2, S=2)[0, :, :, 0]
    array([[2., 2.],
           [2., 2.]])
    """
    (dy,) = floats(dy)
    output_shape, places = _places("avgpool2d_backward", input_shape, K, S)
    expect_shape("avgpool2d_backward", "dy", dy, output_shape)
    dx = np.empty(input_shape, dy.dtype)
    for block in blocks(len(dx), dx[0].nbytes):
        dX, share = dx[block], dy[block] / (K * K)
        dX[...] = 0
        for place in places:
            dX[place] += share
    return dx


def pool_by_hand(X: np.ndarray, dY: np.ndarray) -> dict[str, np.ndarray]:
    """Worksheet (f): the gradient dX of one 2x2 window under either pooling.

    X: (2, 2), dY: (1, 1). Returns {"max": (2, 2), "average": (2, 2)}.

    >>> pool_by_hand(np.array([[1, 2], [5, 3]]), np.array([[8]]))["max"]
    array([[0., 0.],
           [8., 0.]])
    """
    X, dY = floats(X, dY)
    expect_shape("pool_by_hand", "X", X, (2, 2))
    expect_shape("pool_by_hand", "dY", dY, (1, 1))
    x, dy = X[None, :, :, None], dY[None, :, :, None]
    return {
        "max": maxpool2d_backward(dy, x, K=2, S=2)[0, :, :, 0],
        "average": avgpool2d_backward(dy, x.shape, K=2, S=2)[0, :, :, 0],
    }


def _maximum(entries: list[np.ndarray], out: np.ndarray | None = None) -> np.ndarray:
    """Largest entry of every window; entries: one array for each place."""
    Y = np.maximum(entries[0], entries[-1], out=out)
    for entry in entries[1:-1]:
        np.maximum(Y, entry, out=Y)
    return Y


def _winners(entries: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Place by place, the windows whose maximum it holds; the first one of equals, and the last if no other does."""
    Y = _maximum(entries)
    unclaimed = np.ones(Y.shape, bool)
    for entry in entries[:-1]:
        winner = entry == Y
        winner &= unclaimed
        unclaimed ^= winner
        yield winner
    yield unclaimed


def _places(
    function: str, input_shape: tuple[int, ...], K: int, S: int
) -> tuple[tuple[int, int, int, int], list[tuple[slice, slice, slice]]]:
    """Shape of the output, and for every place (u, v) in the window, row-major, its index in all windows at once.

    Raises ValueError when the window does not fit.
    """
    if len(input_shape) != 4 or min(input_shape) < 1:
        raise ValueError(f"{function}: the input has shape {tuple(input_shape)}; expected (B, H, W, C), none of them 0")
    B, H, W, C = input_shape
    rows, columns = pool_sizes(function, {"H": H, "W": W}, K, S)
    images = slice(None)
    places = [(images, tap(u, rows, S), tap(v, columns, S)) for u in range(K) for v in range(K)]
    return (B, rows, columns, C), places
