"""The change of a filter as a linear combination of image patches."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import DIVERGING, FAINT, INK, canvas, cell, number

__all__ = ["combination"]

GAP, TOP, MOST = 0.9, 1.6, 6
WIDTH, CELL = 8.6, 0.42  # inches, at most


def combination(patches: ArrayLike, coefficients: ArrayLike, total: ArrayLike, name: str = "sum") -> Figure:
    """Coefficients times patches, and what they add up to; of many patches those with the largest coefficients.

    patches: (n, k, k), coefficients: (n,), total: (k, k) the sum to draw, under `name`.
    Blue is above zero and orange below; where the page is too narrow for numbers the colours stand alone.
    Raises ValueError when the shapes do not go together.
    """
    patches, coefficients, total = (np.asarray(array, float) for array in (patches, coefficients, total))
    k = total.shape[-1] if total.ndim else 0
    if not coefficients.size or patches.shape != (coefficients.size, k, k) or total.shape != (k, k):
        raise ValueError(
            f"combination: patches {patches.shape}, coefficients {coefficients.shape}, total {total.shape}; "
            "expected (n, k, k), (n,) and (k, k)"
        )
    chosen = np.arange(len(patches))
    if len(patches) > MOST:
        chosen = np.argsort(-np.abs(coefficients), kind="stable")[:MOST]
    rest = len(patches) - len(chosen)
    columns = (len(chosen) + 1) * (k + GAP) + (3 + GAP if rest else 0)
    figure, axes = canvas(columns, TOP + k + 0.5, cell_inches=min(CELL, WIDTH / columns))
    written = columns * CELL <= WIDTH
    largest = np.abs(patches[chosen]).max()
    left = GAP / 2
    for place, index in enumerate(chosen):
        _table(axes, patches[index], left, f"{number(coefficients[index])} ·", largest, written)
        left += k + GAP
        _sign(axes, "+" if rest or place + 1 < len(chosen) else "=", left - GAP / 2, k)
    if rest:
        axes.text(left + 1.5, TOP + k / 2, f"{rest:,}\nmore", ha="center", va="center", fontsize=9, color=FAINT)
        left += 3 + GAP
        _sign(axes, "=", left - GAP / 2, k)
    _table(axes, total, left, name, np.abs(total).max(), written)
    return figure


def _table(axes: Axes, values: np.ndarray, left: float, title: str, largest: float, written: bool) -> None:
    """A square of colours under a title, with the numbers where they are to be written."""
    scale = Normalize(-1.5 * (largest or 1), 1.5 * (largest or 1))
    axes.text(left + len(values) / 2, TOP - 0.6, title, ha="center", va="center", fontsize=10, color=INK)
    for (row, column), value in np.ndenumerate(values):
        cell(axes, left + column, TOP + row, value if written else "", face=DIVERGING(scale(value)))


def _sign(axes: Axes, sign: str, middle: float, k: int) -> None:
    axes.text(middle, TOP + k / 2, sign, ha="center", va="center", fontsize=13, color=INK)
