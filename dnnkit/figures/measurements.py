"""Measured numbers over a size, on logarithmic axes."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from dnnkit.figures.page import COLOURS, FAINT, INK, RULE, page

__all__ = ["measured"]

MARKS = ["o", "s", "^", "D"]


def measured(panels: Mapping[str, Mapping[str, Mapping[int, float]]], along: str) -> Figure:
    """Measured numbers over a size, both on logarithmic axes, each series under its own name.

    panels: what was measured -> name of the series -> {size: value}; one panel each, side by side.
    along: what the sizes are. Values of zero and below have no place on such an axis and are left out.
    Raises ValueError when there is nothing to draw.
    """
    if not any(series for lines in panels.values() for series in lines.values()):
        raise ValueError("measured: no values came; expected {what: {name: {size: value}}}")
    figure = page(4.3 * len(panels), 3.2)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (what, lines) in zip(grid, panels.items(), strict=True):
        _draw(axes, lines)
        axes.set_title(what, fontsize=10, color=INK)
        axes.set_xlabel(along, fontsize=9, color=FAINT)
    figure.tight_layout()
    return figure


def _draw(axes: Axes, lines: Mapping[str, Mapping[int, float]]) -> None:
    sizes = sorted({size for series in lines.values() for size in series})
    for i, (name, series) in enumerate(lines.items()):
        places = [(size, value) for size, value in series.items() if value > 0]
        xs, ys = zip(*places, strict=True) if places else ((), ())
        colour, mark = COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)]
        axes.plot(xs, ys, color=colour, marker=mark, markersize=5, linewidth=1.6, label=name)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=8, colors=FAINT)
    axes.grid(color=RULE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE)
    if len(lines) > 1:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)
