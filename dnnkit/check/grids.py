"""Two small arrays beside each other as HTML tables, the first wrong number framed."""

from typing import Any

import numpy as np

__all__ = ["side_by_side"]

CELL = "border:1px solid var(--jp-border-color2,#bbb);padding:.1em .4em;text-align:right"
WRONG = CELL + ";outline:2px solid #d55e00;outline-offset:-2px;font-weight:bold"
LARGEST = 12


def side_by_side(got: Any, expected: Any, where: tuple[int, ...] | None) -> str:
    """The student's array and the right one; of more than two axes the plane with the wrong number at `where`.

    Empty where there is nothing to draw, or too much.
    """
    if not (_is_real(got) and _is_real(expected)):
        return ""
    at, place = _plane(expected.shape, where)
    planes = [(label, array[at], _marks(array, where)[at]) for label, array in (("yours", got), ("expected", expected))]
    if not all(1 <= np.squeeze(plane).ndim <= 2 and max(plane.shape) <= LARGEST for _, plane, _ in planes):
        return ""
    cells = "".join(
        f'<td style="padding-right:1.5em;text-align:left;vertical-align:top">{label}{place}{_grid(plane, marks)}</td>'
        for label, plane, marks in planes
    )
    return f'<table style="margin:.2em 0"><tr>{cells}</tr></table>'


def _marks(array: np.ndarray, where: tuple[int, ...] | None) -> np.ndarray:
    marks = np.zeros(array.shape, bool)
    if where is not None:
        marks[where] = True
    return marks


def _plane(shape: tuple[int, ...], where: tuple[int, ...] | None) -> tuple[Any, str]:
    """Index and name of the plane through `where` along two neighbouring axes, those with the most numbers.

    Of images that is height and width, of sequences time and units; of fewer axes it is the whole array.
    """
    if where is None or sum(n > 1 for n in shape) <= 2:
        return ..., ""
    first = max(range(len(shape) - 1), key=lambda axis: (shape[axis] * shape[axis + 1], axis))
    at = tuple(slice(None) if axis in (first, first + 1) else i for axis, i in enumerate(where))
    return at, f"[{', '.join(':' if isinstance(i, slice) else str(i) for i in at)}]"


def _is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf"


def _grid(array: np.ndarray, marks: np.ndarray) -> str:
    rows = zip(np.atleast_2d(np.squeeze(array)), np.atleast_2d(np.squeeze(marks)), strict=True)
    table = "".join("<tr>" + "".join(map(_cell, numbers, marked)) + "</tr>" for numbers, marked in rows)
    return f'<table style="border-collapse:collapse;margin:0">{table}</table>'


def _cell(number: Any, wrong: Any) -> str:
    return f'<td style="{WRONG if wrong else CELL}">{number:.4g}</td>'
