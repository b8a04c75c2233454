"""Curves over steps: losses, norms, states."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dnnkit.figures.page import COLOURS, FAINT, INK, RULE, page

__all__ = ["curves"]

STYLES = ["-", "--", "-.", ":"]
LARGEST = 1e200  # on a logarithmic axis


def curves(
    panels: Mapping[str, Mapping[str, ArrayLike]], along: str, logarithmic: bool = False, first: int = 0
) -> Figure:
    """Curves over steps, one panel beside the other, all with the same two axes; the same names share one legend.

    panels: title of a panel -> name of a curve -> (n,), its values at the steps first, first + 1, ...
    along: what the steps are. logarithmic: whether the values stand on a logarithmic axis, which has no place for zero
        and none for what is beyond 1e200.
    Raises ValueError when there is no curve, or one that is not (n,).
    """
    drawn = {title: {name: np.asarray(y, float) for name, y in lines.items()} for title, lines in panels.items()}
    if not any(drawn.values()):
        raise ValueError("curves: no curves came; expected {title: {name: values}}")
    for title, lines in drawn.items():
        for name, values in lines.items():
            if values.ndim != 1:
                raise ValueError(f"curves: {name!r} in {title!r} has shape {values.shape}; expected (n,)")
    figure = page(max(5.2, 4.3 * len(drawn)), 3.2)
    grid = figure.subplots(1, len(drawn), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, lines) in zip(grid, drawn.items(), strict=True):
        _draw(axes, lines, first)
        if len(lines) > 1 and (axes is grid[-1] or any(list(lines) != list(others) for others in drawn.values())):
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8, frameon=False, labelcolor=INK)
        axes.set_title(title, fontsize=10, color=INK)
        axes.set_xlabel(along, fontsize=9, color=FAINT)
        axes.tick_params(labelleft=True)
    if logarithmic:
        _end_before_overflow(grid[0], [values for lines in drawn.values() for values in lines.values()])
        grid[0].set_yscale("log")
    figure.tight_layout()
    return figure


def _end_before_overflow(axes: Axes, curves: Sequence[np.ndarray]) -> None:
    """Let a logarithmic axis end where there are still floats beyond it, for its margins and ticks."""
    values = np.concatenate(curves)
    shown = values[(values > 0) & np.isfinite(values)]
    if shown.size and not 1 / LARGEST < shown.min() <= shown.max() < LARGEST:
        low, high = np.clip([shown.min(), shown.max()], 1 / LARGEST, LARGEST)
        axes.set_ylim(low / 10, high * 10)


def _draw(axes: Axes, lines: Mapping[str, np.ndarray], first: int) -> None:
    for i, (name, values) in enumerate(lines.items()):
        steps = np.arange(first, first + len(values))
        style = STYLES[i // len(COLOURS) % len(STYLES)]
        axes.plot(steps, values, color=COLOURS[i % len(COLOURS)], linestyle=style, linewidth=1.6, label=name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=8, colors=FAINT)
    axes.grid(color=RULE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE)
