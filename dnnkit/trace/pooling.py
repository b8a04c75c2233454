"""Max and average pooling of one image, forward and backward, window by window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.conv import upstream
from dnnkit.trace.sliding import Axis, Floats, Ints

__all__ = ["PoolTrace", "trace_pooling"]

KINDS = ("max", "average")


@dataclass(frozen=True, eq=False)
class PoolTrace:
    """One pooling in numbers.

    x        (H, W, C)
    y        (H', W', C)
    dy       (H', W', C)
    windows  (H', W', C, K, K), what each window reads
    ties     (H', W', C), how many numbers of a window equal its maximum; 1 throughout for averages
    winners  (H', W', C, 2), row and column in x of the first maximum in row-major order; -1 for averages
    shares   (H', W', C, K, K), d y / d (each number of the window): 1 for the winner or 1/K² for all
    dx       (H, W, C), dy times the shares, added up where windows overlap
    readers  (H, W), how many windows read each number
    shape    the shape of y in the terms of the arguments
    """

    kind: str
    rows: Axis
    columns: Axis
    x: Floats
    y: Floats
    dy: Floats
    windows: Floats
    ties: Ints
    winners: Ints
    shares: Floats
    dx: Floats
    readers: Ints
    shape: tuple[int, ...]

    def matrix(self) -> Floats:
        """The derivative of the flattened y with respect to the flattened x: (H'*W'*C, H*W*C).

        For an average it is the pooling itself; for a maximum it picks each window's winner.
        """
        matrix = np.zeros((*self.y.shape, *self.x.shape))
        for i, down in enumerate(self.rows.windows()):
            for j, across in enumerate(self.columns.windows()):
                for c in range(self.x.shape[2]):
                    matrix[i, j, c][:, :, c][np.ix_(down, across)] = self.shares[i, j, c]
        return matrix.reshape(self.y.size, self.x.size)


def trace_pooling(x: ArrayLike, K: int, S: int, kind: str = "max", dy: ArrayLike | None = None) -> PoolTrace:
    """Every number of a pooling with windows of K x K, S apart, and of its gradient.

    x   (H, W), (H, W, C) or (1, H, W, C)
    dy  the shape of y; :func:`upstream` where it is not given

    >>> trace_pooling([[1, 5], [3, 2]], 2, 2).dx[..., 0] != 0
    array([[False,  True],
           [False, False]])

    Raises:
        ValueError: the kind is unknown, the shape is not one image's, or the window does not fit.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(map(repr, KINDS))}")
    given = np.asarray(x, float)
    if given.ndim not in (2, 3, 4) or (given.ndim == 4 and len(given) != 1) or not given.size:
        raise ValueError(f"x has shape {given.shape}; expected one image, (H, W), (H, W, C) or (1, H, W, C)")
    image = given[..., None] if given.ndim == 2 else given.reshape(given.shape[-3:])
    rows, columns = Axis(image.shape[0], K, S), Axis(image.shape[1], K, S)
    size = (rows.size, columns.size, image.shape[2])
    shape = {2: size[:2], 3: size, 4: (1, *size)}[given.ndim]
    gradient = upstream(shape) if dy is None else np.asarray(dy, float)
    if gradient.shape != shape:
        raise ValueError(f"dy has shape {gradient.shape}; expected the shape of y, {shape}")
    return _pool(kind, rows, columns, image, gradient.reshape(size), shape)


def _pool(kind: str, rows: Axis, columns: Axis, x: Floats, dy: Floats, shape: tuple[int, ...]) -> PoolTrace:
    k = rows.k
    y, windows = np.empty(dy.shape), np.empty((*dy.shape, k, k))
    shares = np.full(windows.shape, 1 / k**2)
    winners = np.full((*dy.shape, 2), -1)
    ties = np.ones(dy.shape, int)
    dx, readers = np.zeros_like(x), np.zeros(x.shape[:2], int)
    for i, down in enumerate(rows.windows()):
        for j, across in enumerate(columns.windows()):
            at = np.ix_(down, across)
            readers[at] += 1
            for c in range(x.shape[2]):
                window = windows[i, j, c] = x[..., c][at]
                y[i, j, c] = window.max() if kind == "max" else window.mean()
                if kind == "max":
                    first = np.unravel_index(window.argmax(), window.shape)
                    shares[i, j, c] = 0
                    shares[i, j, c][first] = 1
                    winners[i, j, c] = down[first[0]], across[first[1]]
                    ties[i, j, c] = (window == window.max()).sum()
                dx[(*at, c)] += shares[i, j, c] * dy[i, j, c]
    return PoolTrace(kind, rows, columns, x, y, dy, windows, ties, winners, shares, dx, readers, shape)
