"""Whole networks: the shape after every layer, and how far one output sees."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from dnnkit.figures.page import COLOURS, FAINT, INK, PAPER, RULE, canvas

__all__ = ["receptive_field", "shapes"]

FACES = ["#dcebf7", "#b9d7ee", "#8fbfe2"]  # front, top, side


def shapes(stack: Sequence[tuple[str, tuple[int, ...] | None]]) -> Figure:
    """The shape after every layer of a network, drawn as blocks: tall as H, deep as W, wide as C.

    stack: [(name, (H, W, C)), ...] from the input on; a shape of None draws a block with a question mark.
    Sides grow with the square root of the sizes, so that 1 and 120 fit one page.
    Raises ValueError when a shape has not three sizes.
    """
    for name, shape in stack:
        if shape is not None and len(shape) != 3:
            raise ValueError(f"shapes: the shape after {name!r} is {shape}; expected (H, W, C)")
    known = [shape for _, shape in stack if shape is not None] or [(1, 1, 1)]
    space, depth = max(max(s[:2]) for s in known), max(s[2] for s in known)
    figure, axes = canvas(3.0 * len(stack) + 0.4, 7.0, cell_inches=0.35)
    for i, (name, shape) in enumerate(stack):
        middle = 0.4 + 3.0 * (i + 0.5)
        if shape is None:
            _block(axes, middle, 1.6, 1.6, 1.6, label="?")
        else:
            height, width, channels = np.sqrt(np.array(shape) / [space, space, depth])
            _block(axes, middle, 3.0 * height, 1.4 * channels, 2.2 * width)
            axes.text(middle, 4.9, " × ".join(map(str, shape)), ha="center", fontsize=9, weight="bold", color=INK)
        axes.text(middle, 5.5, name, ha="center", va="top", fontsize=8.5, color=FAINT, linespacing=1.3)
    return figure


def _block(axes: Axes, middle: float, height: float, width: float, depth: float, label: str = "") -> None:
    """A box seen from the front, its depth drawn up and to the right, centred on (middle, 2.4)."""
    height, width, slant = max(height, 0.18), max(width, 0.12), max(0.45 * depth, 0.06)
    left, right = middle - (width + slant) / 2, middle + (width - slant) / 2
    bottom = 2.4 + (height + slant) / 2
    top = bottom - height
    front = [(left, bottom), (right, bottom), (right, top), (left, top)]
    lid = [(left, top), (right, top), (right + slant, top - slant), (left + slant, top - slant)]
    side = [(right, bottom), (right, top), (right + slant, top - slant), (right + slant, bottom - slant)]
    for corners, face in zip((front, lid, side), FACES, strict=True):
        axes.add_patch(Polygon(corners, facecolor=face, edgecolor=COLOURS[0], linewidth=0.8, joinstyle="round"))
    axes.text((left + right) / 2, (top + bottom) / 2, label, ha="center", va="center", fontsize=14, color=INK)


def receptive_field(layers: Sequence[tuple[int, int]]) -> Figure:
    """What one output of a stack of one-dimensional layers sees, down to the input.

    layers: [(k, stride), ...], layers[0] nearest the input. Empty dots are inputs that no filter reads.
    Raises ValueError when there is no layer, or a k or stride below 1.
    """
    if not layers or any(k < 1 or stride < 1 for k, stride in layers):
        raise ValueError(f"receptive_field: layers = {layers}; expected [(k, stride), ...], all at least 1")
    read = [{0}]
    for k, stride in reversed(layers):
        read.insert(0, {unit * stride + j for unit in read[0] for j in range(k)})
    inputs = range(max(read[0]) + 1)
    inches = min(0.42, 8.2 / (len(inputs) + 5))
    between = 0.84 / inches
    figure, axes = canvas(len(inputs) + 5, 1.6 + between * len(layers), inches)
    rows = 0.8 + between * np.arange(len(layers), -1, -1)
    size = 29 * inches
    for unit in set(inputs) - read[0]:
        axes.plot(4.5 + unit, rows[0], "o", markersize=size, color=PAPER, markeredgecolor=FAINT)
    places = {unit: 4.5 + unit for unit in inputs}
    for level, units in enumerate(read):
        if level:
            places = _connect(axes, layers[level - 1], units, places, rows[level - 1], rows[level])
        for unit in units:
            axes.plot(places[unit], rows[level], "o", markersize=size, color=COLOURS[0])
        name = "layer {}: k = {}, s = {}".format(level, *layers[level - 1]) if level else "input"
        axes.text(0.2, rows[level], name, va="center", fontsize=9, color=FAINT)
    return figure


def _connect(
    axes: Axes, layer: tuple[int, int], units: set[int], places: dict[int, float], below: float, row: float
) -> dict[int, float]:
    """Draw what each unit of a layer reads in the row below it; return the places of the units."""
    k, stride = layer
    middles = {}
    for unit in units:
        ends = [places[unit * stride + j] for j in range(k)]
        middles[unit] = float(np.mean(ends))
        for end in ends:
            axes.plot([middles[unit], end], [row, below], color=RULE, linewidth=1, zorder=1.5)
    return middles
