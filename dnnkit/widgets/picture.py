"""Still pictures of arrays: small SVG text for where no widget can run, matplotlib for slides and print."""

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dnnkit.trace import Cell
from dnnkit.trace.sliding import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Plane", "as_figure", "as_image", "as_svg", "number"]

BLUE, ORANGE, INK, ACCENT = (74, 156, 214), (240, 140, 50), "#222", "#a0105c"
SHORT = Context(prec=3, rounding=ROUND_HALF_UP)
MANY = 600  # cells; a larger picture is drawn without numbers
READABLE = 26  # pixels of a cell with its number
LETTERS = 4  # of a number that fit at the usual size
SHADES = 16


@dataclass(frozen=True, eq=False)
class Plane:
    """A titled grid of numbers.

    values  (rows, columns); nan leaves a cell empty
    kinds   (rows, columns), :class:`dnnkit.trace.Cell`, or None where every cell is data
    marked  row and column slices with a frame around them, or None
    """

    title: str
    values: Floats
    kinds: Ints | None = None
    marked: tuple[slice, slice] | None = None


Columns = Sequence[Sequence[Plane]]


def number(value: float) -> str:
    """Whole numbers as they are, others with three significant digits; the same text as number() in format.js.

    >>> number(-2.0), number(0.123456), number(1.125), number(-123456.0)
    ('−2', '0.123', '1.13', '−1.23e5')
    """
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(float(value))
    if size.is_integer() and size < 1e5:
        text = f"{size:.0f}"
    else:
        short = float(SHORT.create_decimal(size))
        mantissa, exponent = f"{short:.2e}".split("e")
        text = f"{short:g}" if 1e-3 <= short < 1e5 else f"{float(mantissa):g}e{int(exponent)}"
    return f"−{text}" if value < 0 else text


def as_svg(columns: Columns, caption: str) -> str:
    """Planes stacked in columns, as SVG text of a few kilobytes."""
    cell = READABLE if sum(p.values.size for planes in columns for p in planes) <= MANY else 4
    parts, x, height = [], 10, 0
    for planes in columns:
        y = 24
        for plane in planes:
            parts.append(_plane_as_svg(plane, x, y, cell))
            y += cell * len(plane.values) + 34
        x += cell * max(plane.values.shape[1] for plane in planes) + 30
        height = max(height, y)
    width = max(x, 7 * len(caption))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="{INK}">'
        f'<path fill="#fff" d="M0 0h{width}v{height}H0z"/>'
        f'{"".join(parts)}<text x="10" y="{height - 8}" font-size="12">{escape(caption)}</text></svg>'
    )


def as_image(svg: str, description: str) -> str:
    """An HTML `<img>` that holds the SVG itself, so that it shows where scripts and widgets do not."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{escape(description)}" src="data:image/svg+xml;base64,{data}"/>'


def as_figure(columns: Columns, caption: str) -> "Figure":
    """The same planes as a matplotlib figure."""
    import matplotlib.pyplot as plt  # whose inline backend lets a notebook show the figure

    depth = max(len(planes) for planes in columns)
    widths = [max(plane.values.shape[1] for plane in planes) for planes in columns]
    rows = max(len(plane.values) for planes in columns for plane in planes)
    figure = plt.figure(
        figsize=(min(0.36 * sum(widths) + 2, 14), min(0.4 * rows * depth + 1.4, 14)), layout="constrained"
    )
    axes = figure.subplots(depth, len(columns), squeeze=False, width_ratios=widths)
    for ax in axes.flat:
        ax.set_axis_off()
    for column, planes in enumerate(columns):
        for row, plane in enumerate(planes):
            _plane_on_axes(plane, axes[row, column])
    figure.suptitle(caption, fontsize=11)
    plt.close(figure)
    return figure


def _colours(values: Floats) -> Ints:
    """Blue above zero, white at zero, orange below, in few steps that pack well: (rows, columns, 3), 0 to 255."""
    values = np.nan_to_num(values, posinf=0, neginf=0)
    share = np.rint(SHADES * np.abs(values) / (np.abs(values).max() or 1)) / SHADES
    hue = np.where((values < 0)[..., None], ORANGE, BLUE)
    return np.rint(255 + share[..., None] * (hue - 255.0)).astype(int)


def _plane_as_svg(plane: Plane, x: int, y: int, cell: int) -> str:
    title = f'<text x="{x}" y="{y - 7}">{escape(plane.title)}</text>'
    numbers = _numbers_as_svg(plane, x, y, cell) if cell == READABLE else ""
    return title + _pixels_as_svg(_colours(plane.values), x, y, cell) + numbers + _frame_as_svg(plane, x, y, cell)


def _pixels_as_svg(colours: Ints, x: int, y: int, cell: int) -> str:
    """Colours as an embedded PNG, one pixel for each cell."""
    rows, columns = colours.shape[:2]
    lines = np.pad(colours.reshape(rows, -1), ((0, 0), (1, 0)))  # each line begins with its filter type, 0

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    pixels = zlib.compress(lines.astype(np.uint8).tobytes(), 9)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return (
        f'<image x="{x}" y="{y}" width="{columns * cell}" height="{rows * cell}" '
        f'image-rendering="pixelated" href="data:image/png;base64,{base64.b64encode(png).decode()}"/>'
    )


def _numbers_as_svg(plane: Plane, x: int, y: int, cell: int) -> str:
    """The numbers of the plane and the lines between its cells; zeros that were put in are grey."""
    rows, columns = plane.values.shape
    kinds = np.zeros_like(plane.values) if plane.kinds is None else plane.kinds
    lines = "".join(f"M{x} {y + i * cell}h{columns * cell}" for i in range(rows + 1))
    lines += "".join(f"M{x + j * cell} {y}v{rows * cell}" for j in range(columns + 1))
    texts = []
    for (i, j), value in np.ndenumerate(plane.values):
        if not np.isnan(value):
            grey = "" if kinds[i, j] == Cell.DATA else ' fill="#777"'
            middle = f'x="{x + j * cell + cell // 2}" y="{y + i * cell + 17}"'
            words = number(value)
            small = f' font-size="{11 * LETTERS / len(words):.1f}"' if len(words) > LETTERS else ""
            texts.append(f"<text {middle}{grey}{small}>{words}</text>")
    return f'<path stroke="#bbb" d="{lines}"/><g text-anchor="middle">{"".join(texts)}</g>'


def _frame_as_svg(plane: Plane, x: int, y: int, cell: int) -> str:
    if plane.marked is None:
        return ""
    rows, columns = plane.marked
    width, height = (columns.stop - columns.start) * cell, (rows.stop - rows.start) * cell
    return (
        f'<path fill="none" stroke="{ACCENT}" stroke-width="3" '
        f'd="M{x + columns.start * cell} {y + rows.start * cell}h{width}v{height}h-{width}z"/>'
    )


def _plane_on_axes(plane: Plane, ax) -> None:  # type: ignore[no-untyped-def]
    from matplotlib.patches import Rectangle

    rows, columns = plane.values.shape
    ax.imshow(_colours(plane.values), aspect="equal")
    ax.set_title(plane.title, fontsize=10)
    if plane.values.size <= MANY:
        for (i, j), value in np.ndenumerate(plane.values):
            if not np.isnan(value):
                grey = plane.kinds is not None and plane.kinds[i, j] != Cell.DATA
                ax.text(j, i, number(value), ha="center", va="center", fontsize=8, color="#777" if grey else INK)
        ax.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color="#bbb", linewidth=0.6)
        ax.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color="#bbb", linewidth=0.6)
    if plane.marked is not None:
        down, across = plane.marked
        size = (across.stop - across.start, down.stop - down.start)
        corner = (across.start - 0.5, down.start - 0.5)
        ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=ACCENT, linewidth=2.5, clip_on=False))
