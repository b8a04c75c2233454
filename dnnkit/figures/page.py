"""What all figures share: an opaque light page, the same in both themes; colours; cells with numbers."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

__all__ = [
    "COLOURS",
    "DIVERGING",
    "FAINT",
    "INK",
    "PAPER",
    "RULE",
    "SHADE",
    "canvas",
    "cell",
    "number",
    "page",
    "ring",
]

DPI = 110
PAPER, SHADE, RULE, FAINT, INK = "#ffffff", "#eceef1", "#c3c8d0", "#6b7280", "#1c2330"

# Okabe and Ito's palette, told apart with any kind of colour vision; yellow is left out, too pale for lines.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

# Blue above zero, white at zero, orange below, as in the widgets: no kind of colour vision mixes these up.
DIVERGING = LinearSegmentedColormap.from_list("diverging", ["#bf4d00", "#f4b183", "#ffffff", "#8fc1e3", "#0a5a94"])


def page(width: float, height: float) -> Figure:
    """An empty figure of width x height inches."""
    return Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER)


def canvas(columns: float, rows: float, cell_inches: float = 0.42) -> tuple[Figure, Axes]:
    """A figure measured in square cells: x runs right from 0 to `columns`, y runs down from 0 to `rows`."""
    figure = page(columns * cell_inches, rows * cell_inches)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.axis("off")
    return figure, axes


def cell(
    axes: Axes,
    column: float,
    row: float,
    value: float | str,
    face: Any = PAPER,
    edge: str = RULE,
    linewidth: float = 0.8,
    hatch: str | None = None,
) -> None:
    """One unit square with its upper left corner at (column, row) and a number or text in it."""
    corner = (column, row)
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor=edge, linewidth=linewidth, hatch=hatch))
    text = value if isinstance(value, str) else number(value)
    size = 10 if len(text) <= 4 else 44 / len(text)
    axes.text(column + 0.5, row + 0.52, text, ha="center", va="center", fontsize=size, color=INK)


def ring(axes: Axes, column: float, row: float, colour: str, radius: float) -> None:
    """A circle around what stands in the cell at (column, row)."""
    middle = (column + 0.5, row + 0.5)
    axes.add_patch(Circle(middle, radius, fill=False, edgecolor=colour, linewidth=2))


def number(value: float) -> str:
    """A number as it is written by hand, with three digits and a true minus sign.

    >>> number(-0.0625), number(3.0), number(0.0), number(-2)
    ('−0.0625', '3', '0', '−2')
    """
    value = float(value)
    return f"{value if value else 0.0:.3g}".replace("-", "−") if np.isfinite(value) else str(value)
