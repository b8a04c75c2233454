"""A filter that slides along a vector."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, SHADE, canvas, cell, number

__all__ = ["sliding"]

LEFT, TOP, RIGHT = 3.2, 1.0, 4.0


def sliding(
    x: ArrayLike,
    w: ArrayLike,
    y: ArrayLike | None = None,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Figure:
    """A filter at all its positions on a zero-padded vector, one row for each output.

    x: (n,), w: (k,), y: (n_out,) the outputs to write beside the positions, question marks without it.
    Padding is shaded; entries that no position reads are crossed out.
    Raises ValueError when the filter does not fit, or y has not one entry for each position.
    """
    x, w = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(w, float))
    padded = np.pad(x, padding)
    positions = (start + dilation * np.arange(len(w)) for start in range(0, len(padded), stride))
    reads = [taps for taps in positions if taps[-1] < len(padded)]
    if not reads:
        raise ValueError(f"sliding: the filter spans more than the {len(padded)} entries of the padded vector")
    if y is not None and np.shape(y) != (len(reads),):
        raise ValueError(
            f"sliding: y has shape {np.shape(y)}; expected ({len(reads)},), an entry for each position of w"
        )
    figure, axes = canvas(LEFT + len(padded) + RIGHT, TOP + 1.6 + 1.25 * len(reads))
    _draw_input(axes, padded, padding, unread=set(range(len(padded))) - set(np.concatenate(reads).tolist()))
    for i, taps in enumerate(reads):
        _draw_position(axes, TOP + 1.5 + 1.25 * i, i, taps, w, "?" if y is None else number(np.asarray(y)[i]))
    return figure


def _draw_input(axes: Axes, padded: np.ndarray, padding: int, unread: set[int]) -> None:
    axes.text(LEFT - 0.4, TOP + 0.5, "padded x" if padding else "x", ha="right", va="center", fontsize=11, color=INK)
    for column, value in enumerate(padded):
        inside = padding <= column < len(padded) - padding
        cell(axes, LEFT + column, TOP, value, face=PAPER if inside else SHADE, hatch=None if inside else "////")
        axes.text(LEFT + column + 0.5, TOP - 0.3, str(column), ha="center", va="center", fontsize=8, color=FAINT)
        if column in unread:
            axes.plot([LEFT + column + 0.1, LEFT + column + 0.9], [TOP + 0.9, TOP + 0.1], color=FAINT, linewidth=1.2)


def _draw_position(axes: Axes, top: float, i: int, taps: np.ndarray, w: np.ndarray, result: str) -> None:
    colour = COLOURS[i % len(COLOURS)]
    name = rf"$w$ at {taps[0]}"
    axes.text(LEFT - 0.4, top + 0.5, name, ha="right", va="center", fontsize=10, color=FAINT)
    axes.plot([LEFT + taps[0] + 0.5, LEFT + taps[-1] + 0.5], [top + 0.5] * 2, color=colour, linewidth=1.5, zorder=0)
    for column, weight in zip(taps, w, strict=True):
        cell(axes, LEFT + column, top, weight, face=PAPER, edge=colour, linewidth=2)
    axes.text(
        axes.get_xlim()[1] - RIGHT + 0.6,
        top + 0.5,
        f"$y_{{{i}}}$ = {result}",
        va="center",
        fontsize=11,
        color=INK,
    )
