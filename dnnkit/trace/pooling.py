"""Max and average pooling of one image, forward and backward, window by window."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.conv import upstream
from dnnkit.trace.sliding import Axis, Floats, Ints

__all__ = ["PoolTrace", "pool_axes", "trace_pooling"]

POOLS: dict[str, Callable[..., Floats]] = {"max": np.max, "average": np.mean}


@dataclass(frozen=True, eq=False)
class PoolTrace:
    """One pooling in numbers.

    x        (H, W, C)
    y        (H', W', C)
    dy       (H', W', C)
    windows  (H', W', C, K, K), what each window reads
    ties     (H', W', C), how many numbers of a window equal its maximum; 1 throughout for averages
    shares   (H', W', C, K, K), d y / d (each number of the window): 1 for the winner (of equal ones
             the first in row-major order) or 1/K² for all
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
    if kind not in POOLS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(map(repr, POOLS))}")
    given = np.asarray(x, float)
    if given.ndim not in (2, 3, 4) or (given.ndim == 4 and len(given) != 1) or not given.size:
        raise ValueError(f"x has shape {given.shape}; expected one image, (H, W), (H, W, C) or (1, H, W, C)")
    image = given[..., None] if given.ndim == 2 else given.reshape(given.shape[-3:])
    rows, columns = pool_axes(image.shape[0], image.shape[1], K, S)
    size = (rows.size, columns.size, image.shape[2])
    shape = {2: size[:2], 3: size, 4: (1, *size)}[given.ndim]
    gradient = upstream(shape) if dy is None else np.asarray(dy, float)
    if gradient.shape != shape:
        raise ValueError(f"dy has shape {gradient.shape}; expected the shape of y, {shape}")
    return _pool(kind, rows, columns, image, gradient.reshape(size), shape)


def pool_axes(height: int, width: int, K: int, S: int) -> tuple[Axis, Axis]:
    """The windows of K x K, S apart, down and across an image.

    >>> [axis.size for axis in pool_axes(4, 7, K=3, S=2)]
    [1, 3]

    Raises:
        ValueError: K or S is below 1, or the window does not fit.
    """
    for name, value in (("K", K), ("S", S)):
        if value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    if min(height, width) < K:
        raise ValueError(f"a window of K = {K} does not fit on an image of {height} x {width}; take a smaller K")
    return Axis(height, K, S), Axis(width, K, S)


def _pool(kind: str, rows: Axis, columns: Axis, x: Floats, dy: Floats, shape: tuple[int, ...]) -> PoolTrace:
    windows = np.empty((*dy.shape, rows.k, rows.k))
    places = {(i, j): np.ix_(r, c) for i, r in enumerate(rows.windows()) for j, c in enumerate(columns.windows())}
    for at, place in places.items():
        windows[at] = x[place].transpose(2, 0, 1)
    y = POOLS[kind](windows, axis=(-2, -1))
    shares, ties = _shares(kind, windows), np.ones(dy.shape, int)
    if kind == "max":
        ties = (windows == y[..., None, None]).sum(axis=(-2, -1))
    dx, readers = np.zeros_like(x), np.zeros(x.shape[:2], int)
    for at, place in places.items():
        dx[place] += (shares[at] * dy[at][:, None, None]).transpose(1, 2, 0)
        readers[place] += 1
    return PoolTrace(kind, rows, columns, x, y, dy, windows, ties, shares, dx, readers, shape)


def _shares(kind: str, windows: Floats) -> Floats:
    """d y / d (each number of its window), by moving that number a little up and down.

    The numbers are replaced by their ranks, of equal ones the first in row-major order the highest: the same number
    wins, by at least 1, so that a small step up or down gives the exact derivative.
    """
    flat = windows.reshape(*windows.shape[:-2], -1)
    order = np.argsort(-flat, axis=-1, kind="stable")
    ranks = -np.argsort(order, axis=-1).astype(float)
    shares, step = np.empty_like(flat), 0.25
    for place in range(flat.shape[-1]):
        move = step * (np.arange(flat.shape[-1]) == place)
        shares[..., place] = (POOLS[kind](ranks + move, axis=-1) - POOLS[kind](ranks - move, axis=-1)) / (2 * step)
    return shares.reshape(windows.shape)
