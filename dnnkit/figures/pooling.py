"""Pooling windows over one channel."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, RULE, canvas, cell, ring

__all__ = ["windows"]

LEFT, TOP = 0.5, 1.2


def windows(x: ArrayLike, K: int, S: int, y: ArrayLike | None = None) -> Figure:
    """Pooling windows over an image, each in its colour, beside the outputs in the same colours.

    x: (H, W), y: (H', W') the outputs to write, question marks without it. Entries of a window that equal
    its output are ringed in its colour; entries that no window reads stand in grey.
    Raises ValueError when no window fits, or y has not one entry for each window.
    """
    x = np.asarray(x, float)
    rows, columns = ([start for start in range(0, size, S) if start + K <= size] for size in x.shape)
    if not rows or not columns:
        raise ValueError(f"windows: a {K} × {K} window does not fit into x of shape {x.shape}")
    shape = (len(rows), len(columns))
    if y is not None and np.shape(y) != shape:
        raise ValueError(f"windows: y has shape {np.shape(y)}; there are {shape[0]} × {shape[1]} windows")
    H, W = x.shape
    figure, axes = canvas(W + 3.3 + shape[1], max(H, shape[0]) + 1.8)
    left, top = W + 3.0, TOP + max(0, (H - shape[0]) / 2)
    for centre, name in ((LEFT + W / 2, "x"), (left + shape[1] / 2, "y")):
        axes.text(centre, 0.6, name, ha="center", va="center", fontsize=11, color=INK)
    read = {(i + u, j + v) for i in rows for j in columns for u in range(K) for v in range(K)}
    for place, value in np.ndenumerate(x):
        cell(axes, LEFT + place[1], TOP + place[0], value, face=PAPER if place in read else RULE)
    middle = top + shape[0] / 2
    axes.annotate("", (left - 0.5, middle), (W + 1, middle), arrowprops={"arrowstyle": "->", "color": FAINT})
    for index, (p, q) in enumerate(np.ndindex(shape)):
        colour = COLOURS[index % len(COLOURS)]
        result = "?" if y is None else float(np.asarray(y)[p, q])
        cell(axes, left + q, top + p, result, face=to_rgba(colour, 0.25), edge=colour, linewidth=1.5)
        layer = index % 4 if K > S else 0
        _outline(axes, rows[p], columns[q], K, colour, inset=0.06 + 0.07 * layer)
        for u, v in np.argwhere(x[rows[p] : rows[p] + K, columns[q] : columns[q] + K] == result):
            ring(axes, LEFT + columns[q] + v, TOP + rows[p] + u, colour, radius=0.42 - 0.05 * layer)
    return figure


def _outline(axes: Axes, row: int, column: int, K: int, colour: str, inset: float) -> None:
    """The frame of one window, drawn `inset` inside its edge so that overlapping frames stay visible."""
    corner, side = (LEFT + column + inset, TOP + row + inset), K - 2 * inset
    face = to_rgba(colour, 0.13)
    axes.add_patch(Rectangle(corner, side, side, facecolor=face, edgecolor=colour, linewidth=2, zorder=1.5))
