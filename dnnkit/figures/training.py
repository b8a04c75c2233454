"""What training did: histograms of activations, and which classes are taken for which."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import COLOURS, FAINT, INK, RULE, page

__all__ = ["confusion", "histograms"]

BINS = 50


def histograms(rows: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """How numbers are spread: one row of panels for each entry, all panels over the same range.

    rows: name of a row -> title of a panel -> any array. The range holds all but the outermost 1 % of every panel,
    which is drawn at its ends; the mean and the standard deviation stand in the panel.
    Raises ValueError when there is nothing to draw.
    """
    drawn = {name: {title: np.ravel(values) for title, values in panels.items()} for name, panels in rows.items()}
    columns = max((len(panels) for panels in drawn.values()), default=0)
    if not columns or not all(values.size for panels in drawn.values() for values in panels.values()):
        raise ValueError("histograms: a row or panel is empty; expected {row: {title: values}}")
    ends = [np.percentile(values, (1, 99)) for panels in drawn.values() for values in panels.values()]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    figure = page(8.6, 1.75 * len(drawn) + 0.3)
    grid = figure.subplots(len(drawn), columns, squeeze=False, sharex=True)
    for i, (name, panels) in enumerate(drawn.items()):
        for axes, (title, values) in zip(grid[i], panels.items(), strict=False):
            _histogram(axes, np.clip(values, low, high), (low, high), COLOURS[i % len(COLOURS)])
            axes.set_title(f"{title}\n{_spread(values)}", fontsize=9, color=INK)
        grid[i, 0].set_ylabel(name, fontsize=9, color=INK)
        for axes in grid[i, len(panels) :]:
            axes.axis("off")
    figure.tight_layout()
    return figure


def _spread(values: np.ndarray) -> str:
    """Mean ± standard deviation, both to the places that make two digits of the deviation."""
    mean, deviation = float(values.mean()), float(values.std())
    places = max(0, 1 - math.floor(math.log10(deviation))) if deviation else 2
    return f"{round(mean, places) + 0.0:.{places}f} ± {deviation:.{places}f}".replace("-", "−")


def _histogram(axes: Axes, values: np.ndarray, ends: tuple[float, float], colour: str) -> None:
    axes.hist(values, bins=BINS, range=ends, color=colour)
    axes.axvline(0, color=FAINT, linewidth=0.8, linestyle=":")
    axes.tick_params(labelsize=8, colors=FAINT, left=False, labelleft=False, labelbottom=True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(RULE)


def confusion(counts: ArrayLike, names: Sequence[str]) -> Figure:
    """Which class was taken for which: a row for each true class, a column for each answer, counts in the cells.

    counts: (O, O) whole numbers, counts[i, j] examples of class i that were called j; names: of the O classes.
    The diagonal is blue and the mistakes orange, darker where they are a larger part of their row.
    Raises ValueError when counts is not (O, O).
    """
    table = np.asarray(counts)
    if table.shape != (len(names), len(names)):
        raise ValueError(f"confusion: counts has shape {table.shape}; expected {(len(names), len(names))}")
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    colours = np.ones((*table.shape, 4))
    for place, part in np.ndenumerate(share):
        colour = COLOURS[0] if place[0] == place[1] else COLOURS[1]
        colours[place] = to_rgba(colour, 0.15 + 0.45 * part) if part else (1, 1, 1, 1)
    inches, margin = 0.36 * len(names), 0.5 + 0.09 * max(map(len, names))
    side = inches + margin + 0.2
    figure = page(side, side)
    axes = figure.add_axes((margin / side, 0.1 / side, inches / side, inches / side))
    axes.imshow(colours)
    for (row, column), count in np.ndenumerate(table):
        if count:
            axes.text(column, row, f"{count:d}", ha="center", va="center", fontsize=8, color=INK)
    axes.set_xticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_xlabel("answered", fontsize=9, color=FAINT)
    axes.set_ylabel("true", fontsize=9, color=FAINT)
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_color(RULE)
    return figure
