"""Pooling windows over one channel."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, RULE, canvas, cell, ring

__all__ = ["windows"]


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
    figure, axes = canvas(W + 2.5 + shape[1] + 0.8, max(H, shape[0]) + 1.8)
    left, top = W + 3.0, 1.2 + max(0, (H - shape[0]) / 2)
    for middle, name in ((0.5 + W / 2, "x"), (left + shape[1] / 2, "y")):
        axes.text(middle, 0.6, name, ha="center", va="center", fontsize=11, color=INK)
    for (i, j), value in np.ndenumerate(x):
        read = i < rows[-1] + K and j < columns[-1] + K
        cell(axes, 0.5 + j, 1.2 + i, value, face=PAPER if read else RULE)
    axes.annotate(
        "",
        (left - 0.5, top + shape[0] / 2),
        (W + 1.0, top + shape[0] / 2),
        arrowprops={"arrowstyle": "->", "color": FAINT},
    )
    for index, (p, q) in enumerate(np.ndindex(shape)):
        colour = COLOURS[index % len(COLOURS)]
        result = "?" if y is None else float(np.asarray(y)[p, q])
        cell(axes, left + q, top + p, result, face=to_rgba(colour, 0.25), edge=colour, linewidth=1.5)
        _outline(axes, x, rows[p], columns[q], K, colour, inset=0.06 + (0.07 * (index % 4) if K > S else 0))
        if y is not None:
            for u, v in np.argwhere(x[rows[p] : rows[p] + K, columns[q] : columns[q] + K] == result):
                ring(axes, 0.5 + columns[q] + v, 1.2 + rows[p] + u, colour, radius=0.42 - 0.05 * (index % 4))
    return figure


def _outline(axes: Axes, x: np.ndarray, row: int, column: int, K: int, colour: str, inset: float) -> None:
    """The frame of one window, drawn `inset` inside its edge so that overlapping frames stay visible."""
    corner = (0.5 + column + inset, 1.2 + row + inset)
    size = K - 2 * inset
    axes.add_patch(
        Rectangle(
            corner, size, size, facecolor=to_rgba(colour, 0.13), edgecolor=colour, linewidth=2, zorder=1.5
        )
    )
