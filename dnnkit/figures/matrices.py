"""Matrices: a small one at work on a vector, a large one as a pattern."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import DIVERGING, FAINT, INK, PAPER, RULE, SHADE, canvas, cell, page

__all__ = ["pattern", "product"]

LEFT, TOP, GAP = 0.5, 1.2, 1.2
SIDE = 6.0  # inches, at most


def product(
    W: ArrayLike,
    x: ArrayLike,
    y: ArrayLike | None = None,
    padding: int = 0,
    names: tuple[str, str, str] = ("W", "x", "y"),
) -> Figure:
    """A matrix times a vector, every entry written; zeros of the matrix stand back.

    W: (m, n), x: (n,), y: (m,) the product to write, question marks without it.
    padding: how many entries at each end of x are padding and are hatched.
    names: what the matrix, the vector and the product are called.
    Raises ValueError when the shapes do not go together.
    """
    W, x = np.asarray(W, float), np.asarray(x, float)
    if W.ndim != 2 or x.shape != W.shape[1:]:
        raise ValueError(f"product: W has shape {W.shape} and x {x.shape}; expected (m, n) and (n,)")
    m, n = W.shape
    if y is not None and np.shape(y) != (m,):
        raise ValueError(f"product: y has shape {np.shape(y)}; expected ({m},), an entry for each row of W")
    height = max(m, n)
    figure, axes = canvas(2 * LEFT + n + 2 * GAP + 2, TOP + height + 0.5)
    top = TOP + (height - m) / 2
    _name(axes, names[0], LEFT + n / 2, top)
    _draw(axes, W, top)
    left = LEFT + n + GAP
    _name(axes, f"padded {names[1]}" if padding else names[1], left + 0.5, TOP + (height - n) / 2)
    for row, value in enumerate(x):
        inside = padding <= row < n - padding
        face, hatch = (PAPER, None) if inside else (SHADE, "////")
        cell(axes, left, TOP + (height - n) / 2 + row, value, face=face, hatch=hatch)
    _sign(axes, "·", left - GAP / 2, height)
    _sign(axes, "=", left + 1 + GAP / 2, height)
    _name(axes, names[2], left + 1 + GAP + 0.5, top)
    for row in range(m):
        cell(axes, left + 1 + GAP, top + row, "?" if y is None else float(np.asarray(y)[row]))
    return figure


def _name(axes: Axes, name: str, middle: float, top: float) -> None:
    axes.text(middle, top - 0.45, name, ha="center", va="center", fontsize=11, color=INK)


def _sign(axes: Axes, sign: str, middle: float, height: float) -> None:
    axes.text(middle, TOP + height / 2, sign, ha="center", va="center", fontsize=15, color=INK)


def _draw(axes: Axes, W: np.ndarray, top: float) -> None:
    largest = np.abs(W).max(initial=0) or 1
    scale = Normalize(-1.5 * largest, 1.5 * largest)
    for (row, column), value in np.ndenumerate(W):
        if value:
            cell(axes, LEFT + column, top + row, value, face=DIVERGING(scale(value)))
        else:
            cell(axes, LEFT + column, top + row, "", edge=SHADE)
            axes.text(LEFT + column + 0.5, top + row + 0.52, "0", ha="center", va="center", fontsize=9, color=RULE)


def pattern(W: ArrayLike, blocks: tuple[int, int] | None = None) -> Figure:
    """A matrix as a pattern of colours: blue above zero, orange below, white where it is zero.

    W: (m, n). blocks: rows and columns of one block, around which lines are drawn.
    Raises ValueError when W is no matrix or has no entry.
    """
    W = np.asarray(W, float)
    if W.ndim != 2 or not W.size:
        raise ValueError(f"pattern: W has shape {W.shape}; expected (m, n) with at least one entry")
    m, n = W.shape
    width, height = SIDE * min(1, n / m), SIDE * min(1, m / n)
    figure = page(width + 0.4, height + 0.5)
    inches = np.array([0.2, 0.1, width, height])
    axes = figure.add_axes(tuple(inches / np.tile(figure.get_size_inches(), 2)))
    largest = np.abs(W).max() or 1
    axes.imshow(W, cmap=DIVERGING, vmin=-1.2 * largest, vmax=1.2 * largest, interpolation="nearest")
    axes.set(xlim=(-0.5, n - 0.5), ylim=(m - 0.5, -0.5), xticks=[], yticks=[])
    axes.set_title(f"{m} × {n}", fontsize=10, color=INK, pad=5)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    if blocks is not None:
        axes.hlines(np.arange(blocks[0], m, blocks[0]) - 0.5, -0.5, n - 0.5, color=RULE, linewidth=0.6)
        axes.vlines(np.arange(blocks[1], n, blocks[1]) - 0.5, -0.5, m - 0.5, color=RULE, linewidth=0.6)
    return figure
