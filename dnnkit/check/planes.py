"""The part of an array that a person looks at: one plane of it, around the first wrong number."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

__all__ = ["Plane", "plane"]

LARGEST = 10  # rows and columns; of a larger plane the part around the wrong number is kept


@dataclass(frozen=True)
class Plane:
    """Numbers as texts, row by row.

    `part` is the index of them as one writes it, empty where nothing is left out. `framed` is the row and column of
    the wrong number, None where there is not one.
    """

    title: str
    part: str
    rows: list[list[str]]
    framed: list[int] | None


def plane(title: str, array: np.ndarray, where: tuple[int, ...] | None) -> Plane:
    """The plane through the index `where`, or through the first number.

    Of axes longer than 1 it runs along the two neighbours with the most numbers: of images that is height and
    width, of sequences time and units.

    >>> plane("yours", np.arange(24).reshape(4, 3, 2), (1, 2, 0))
    Plane(title='yours', part='[:, :, 0]', rows=[['0', '2', '4'], ['6', '8', '10'], ... framed=[1, 2])
    """
    at, shape = where or (0,) * array.ndim, array.shape
    drawn = _drawn(shape)
    index = tuple(_around(i, n) if axis in drawn else i for axis, (i, n) in enumerate(zip(at, shape, strict=True)))
    numbers = np.atleast_2d(array[index])
    framed = [0, 0, *(i - part.start for i, part in zip(at, index, strict=True) if isinstance(part, slice))]
    return Plane(
        title=title,
        part="" if numbers.size == array.size else _text(index, shape),
        rows=[[f"{number:.4g}" for number in row] for row in numbers],
        framed=None if where is None else framed[-2:],
    )


def _drawn(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of a plane; of planes with as many numbers that without an axis of length 1 between, then the last.

    >>> _drawn((1, 5, 4, 3)), _drawn((2, 2, 1, 2)), _drawn((2, 3, 2))
    ((1, 2), (0, 1), (1, 2))
    """
    long = [axis for axis, n in enumerate(shape) if n > 1]
    if len(long) < 2:
        return tuple(long)
    ranked = ((shape[first] * shape[second], first - second, first) for first, second in pairwise(long))
    _, apart, first = max(ranked)
    return first, first - apart


def _around(i: int, length: int) -> slice:
    """At most LARGEST places of an axis, that of i among them."""
    start = max(0, min(i - LARGEST // 2, length - LARGEST))
    return slice(start, min(start + LARGEST, length))


def _text(index: tuple[int | slice, ...], shape: tuple[int, ...]) -> str:
    """An index as one writes it.

    >>> _text((0, slice(0, 4), slice(3, 13), 2), (2, 4, 20, 3))
    '[0, :, 3:13, 2]'
    """
    whole = [slice(0, length) for length in shape]
    texts = [
        str(part) if isinstance(part, int) else ":" if part == full else f"{part.start}:{part.stop}"
        for part, full in zip(index, whole, strict=True)
    ]
    return f"[{', '.join(texts)}]"
