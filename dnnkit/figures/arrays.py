"""Small arrays as numbers on colours."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import DIVERGING, INK, canvas, cell

__all__ = ["arrays"]

GAP = 1.2


def arrays(named: dict[str, ArrayLike]) -> Figure:
    """Small arrays side by side under their names, every entry written on its cell.

    named: name -> array of shape (n,), drawn as one row, or (rows, columns).
    Blue is above zero and orange below; all arrays share one scale, so colours compare.
    Raises ValueError when there is no array, or one of more than two axes.
    """
    tables = {name: _table(name, values) for name, values in named.items()}
    if not tables:
        raise ValueError("arrays: no arrays came; expected a dictionary from names to arrays")
    height = max(len(table) for table in tables.values())
    slots = [max(table.shape[1], 0.24 * len(name)) for name, table in tables.items()]
    figure, axes = canvas(sum(slots) + GAP * len(slots), height + 1.7)
    largest = max(np.abs(table[np.isfinite(table)]).max(initial=0) for table in tables.values()) or 1
    left = GAP / 2
    for (name, table), slot in zip(tables.items(), slots, strict=True):
        rows, columns = table.shape
        axes.text(left + slot / 2, 0.6, name, ha="center", va="center", fontsize=11, color=INK)
        _draw(axes, table, left + (slot - columns) / 2, 1.2 + (height - rows) / 2, largest)
        left += slot + GAP
    return figure


def _table(name: str, values: ArrayLike) -> np.ndarray:
    table = np.asarray(values, float)
    if table.ndim not in (1, 2):
        raise ValueError(f"arrays: {name!r} has shape {table.shape}; expected (n,) or (rows, columns)")
    return np.atleast_2d(table)


def _draw(axes: Axes, table: np.ndarray, left: float, top: float, largest: float) -> None:
    scale = Normalize(-1.5 * largest, 1.5 * largest)  # stops short of the darkest colours, so that ink reads
    for (row, column), value in np.ndenumerate(table):
        cell(axes, left + column, top + row, value, face=DIVERGING(scale(value)))
