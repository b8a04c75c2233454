"""Recurrent networks: unrolled in time, and one scalar step as a computational graph."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, RULE, SHADE, canvas, number

__all__ = ["step_graph", "unrolled"]

ORANGE = "#bf4d00"  # readable as text on white
STEP = 2.0  # from one time to the next
ROWS = {"y": 1.9, "h": 3.9, "x": 5.9}
PLACES = {  # where each value of a scalar step stands, and which it is worked out from by which operation
    "x": (1.2, 1.1),
    "wx": (1.2, 3.1),
    "prev_h": (1.2, 5.5),
    "wh": (1.2, 7.5),
    "p": (5.2, 2.1),
    "b": (5.2, 4.3),
    "q": (5.2, 6.5),
    "z": (8.9, 4.3),
    "next_h": (12.5, 4.3),
}
OPERATIONS = {
    "p": ("×", ("x", "wx")),
    "q": ("×", ("prev_h", "wh")),
    "z": ("+", ("p", "q", "b")),
    "next_h": ("tanh", ("z",)),
}


def unrolled(networks: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> Figure:
    """Recurrent networks unrolled in time, side by side: what comes in below, what goes out above.

    networks: title -> (inputs, outputs), each with one entry for every time, true where something comes in or goes out.
    Raises ValueError when there is no network, or its two sequences differ in length.
    """
    if not networks:
        raise ValueError("unrolled: no networks came; expected {title: (inputs, outputs)}")
    for title, (inputs, outputs) in networks.items():
        if not inputs or len(inputs) != len(outputs):
            raise ValueError(
                f"unrolled: {title!r} has {len(inputs)} inputs, {len(outputs)} outputs; expected one each at every time"
            )
    widths = [max(STEP * len(inputs), 0.28 * len(title)) + 1.2 for title, (inputs, _) in networks.items()]
    figure, axes = canvas(sum(widths), 7.0, cell_inches=0.38)
    left = 0.0
    for (title, (inputs, outputs)), width in zip(networks.items(), widths, strict=True):
        axes.text(left + width / 2, 0.6, title, ha="center", va="center", fontsize=11, color=INK)
        _network(axes, left + (width - STEP * (len(inputs) - 1)) / 2, inputs, outputs)
        left += width
    return figure


def _network(axes: Axes, start: float, inputs: Sequence[int], outputs: Sequence[int]) -> None:
    for i, (comes, goes) in enumerate(zip(inputs, outputs, strict=True)):
        column = start + STEP * i
        if comes:
            _unit(axes, column, "x", i + 1)
            _arrow(axes, (column, ROWS["x"] - 0.55), (column, ROWS["h"] + 0.55))
        if goes:
            _unit(axes, column, "y", i + 1)
            _arrow(axes, (column, ROWS["h"] - 0.55), (column, ROWS["y"] + 0.55))
        if i:
            _arrow(axes, (column - STEP + 0.55, ROWS["h"]), (column - 0.55, ROWS["h"]))
        _unit(axes, column, "h", i + 1)


def _unit(axes: Axes, column: float, name: str, time: int) -> None:
    face, edge = (SHADE, COLOURS[0]) if name == "h" else (PAPER, FAINT)
    corner = (column - 0.4, ROWS[name] - 0.4)
    axes.add_patch(FancyBboxPatch(corner, 0.8, 0.8, boxstyle="round,pad=0.1", facecolor=face, edgecolor=edge))
    axes.text(column, ROWS[name], f"${name}_{time}$", ha="center", va="center", fontsize=11, color=INK)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=0)
    arrow.set(color=FAINT, linewidth=1.2)
    axes.add_patch(arrow)


def step_graph(values: Mapping[str, float] | None = None, gradients: Mapping[str, float] | None = None) -> Figure:
    """One scalar step of a recurrent network as a graph: p = x wx, q = prev_h wh, z = p + q + b, next_h = tanh(z).

    values, gradients: numbers by name, for any of x, wx, prev_h, wh, b, p, q, z, next_h. Each value is written above
    its name's box, the loss's gradient with respect to it below, in orange.
    Raises ValueError when a name is none of these.
    """
    above, below = dict(values or {}), dict(gradients or {})
    for name in [*above, *below]:
        if name not in PLACES:
            raise ValueError(f"step_graph: there is no {name!r}; expected some of {', '.join(PLACES)}")
    figure, axes = canvas(13.7, 8.6, cell_inches=0.5)
    for name, (sign, sources) in OPERATIONS.items():
        _operation(axes, name, sign, sources)
    for name, (column, row) in PLACES.items():
        corner = (column - 0.7, row - 0.3)
        axes.add_patch(FancyBboxPatch(corner, 1.4, 0.6, boxstyle="round,pad=0.05", facecolor=SHADE, edgecolor=RULE))
        axes.text(column, row, name, ha="center", va="center", fontsize=10, family="monospace", color=INK)
        if name in above:
            axes.text(column, row - 0.6, number(above[name]), ha="center", va="center", fontsize=10, color=INK)
        if name in below:
            axes.text(column, row + 0.65, number(below[name]), ha="center", va="center", fontsize=10, color=ORANGE)
    return figure


def _operation(axes: Axes, name: str, sign: str, sources: Sequence[str]) -> None:
    column, row = PLACES[name][0] - 1.75, PLACES[name][1]
    for source in sources:
        _arrow(axes, (PLACES[source][0] + 0.8, PLACES[source][1]), (column - 0.45, row))
    _arrow(axes, (column + 0.45, row), (PLACES[name][0] - 0.78, row))
    axes.add_patch(Circle((column, row), 0.42, facecolor=PAPER, edgecolor=COLOURS[0], linewidth=1.5))
    axes.text(column, row, sign, ha="center", va="center", fontsize=12 if len(sign) == 1 else 8, color=INK)
