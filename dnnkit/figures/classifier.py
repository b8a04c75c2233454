"""Layers of recurrent cells through time, with a linear layer on the last state."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, SHADE, canvas

__all__ = ["stacked"]

ACROSS, UP = 2.7, 2.2  # from one time, and from one layer, to the next
LEFT = 1.5

Place = tuple[float, float]


def stacked(layers: int, steps: int, backward: bool = False) -> Figure:
    """A classifier unrolled: time runs to the right, layers upwards, the output layer on the last state.

    backward: draw the ways of the gradients instead, from the loss back to h_0.
    Raises ValueError when there is no layer or no step.
    """
    if layers < 1 or steps < 1:
        raise ValueError(f"stacked: got {layers} layers, {steps} steps; expected at least 1 of each")
    figure, axes = canvas(LEFT + ACROSS * (steps + 1) + 1.6, UP * layers + 2.0, cell_inches=0.4)
    below = UP * layers + 1

    def place(layer: int, time: int) -> Place:
        return LEFT + ACROSS * time, below - UP * (layer + 1)

    for time in range(steps + 1):
        if time:
            _box(axes, (place(0, time)[0], below), f"$x_{{{time}}}$", PAPER)
        for layer in range(layers):
            _box(axes, place(layer, time), f"$h_{{{time},{layer}}}$", SHADE if time else PAPER)
            if time:
                under = place(layer - 1, time) if layer else (place(0, time)[0], below)
                _arrow(axes, under, place(layer, time), backward and layer > 0, backward)
                _arrow(axes, place(layer, time - 1), place(layer, time), backward, backward)
    top = place(layers - 1, steps)
    output = (top[0] + ACROSS, top[1])
    _box(axes, output, "logits", PAPER)
    _arrow(axes, top, output, backward, backward)
    return figure


def _box(axes: Axes, place: Place, text: str, face: str) -> None:
    edge = COLOURS[0] if face == SHADE else FAINT
    corner = (place[0] - 0.65, place[1] - 0.4)
    axes.add_patch(FancyBboxPatch(corner, 1.3, 0.8, boxstyle="round,pad=0.08", facecolor=face, edgecolor=edge))
    axes.text(*place, text, ha="center", va="center", fontsize=11 if "$" in text else 9.5, color=INK)


def _arrow(axes: Axes, start: Place, end: Place, reverse: bool, pale: bool) -> None:
    """From one box to another; in reverse in orange, and what has no reverse is pale."""
    wide, high = 0.78 * (end[0] > start[0]), 0.52 * (end[1] < start[1])
    start, end = (start[0] + wide, start[1] - high), (end[0] - wide, end[1] + high)
    colour = COLOURS[1] if reverse else FAINT
    axes.add_patch(
        FancyArrowPatch(
            *((end, start) if reverse else (start, end)),
            arrowstyle="-|>",
            mutation_scale=11,
            shrinkA=0,
            shrinkB=0,
            linewidth=1.6 if reverse else 1.2,
            color=colour,
            alpha=0.35 if pale and not reverse else 1,
        )
    )
