"""The student's array beside the right one, laid out for drawing: coloured squares with their numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Plane", "Square", "planes"]

WIDTH, HEIGHT = 56, 30


@dataclass(frozen=True)
class Square:
    """One number at its place. `share` is its size as a part of the largest one in the figure."""

    x: int
    y: int
    text: str
    share: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def sign(self) -> str:
        """The class of its colour."""
        return "below" if self.text.startswith("−") else "above"


@dataclass(frozen=True)
class Plane:
    """A titled grid of squares; `framed` is the square of the first wrong number, if there is one."""

    title: str
    columns: int
    rows: int
    squares: list[Square]
    framed: Square | None

    @property
    def width(self) -> int:
        return self.columns * WIDTH

    @property
    def height(self) -> int:
        return self.rows * HEIGHT

    @property
    def words(self) -> str:
        """The same for who cannot see it."""
        texts = [square.text for square in self.squares]
        lines = [" ".join(texts[i : i + self.columns]) for i in range(0, len(texts), self.columns)]
        return f"{self.title}: {'; '.join(lines)}"


def planes(kept: Sequence[dict[str, Any]]) -> list[Plane]:
    """Lay out what `autograder.outputs.report_output` kept of arrays, all on one scale.

    >>> [plane] = planes([{"title": "yours", "part": "[0, :]", "rows": [["2", "-1"]], "framed": [0, 1]}])
    >>> plane.words
    'yours[0, :]: 2 −1'
    >>> plane.framed
    Square(x=56, y=0, text='−1', share=0.5, width=56, height=30)
    """
    largest = max((_size(number) for plane in kept for row in plane["rows"] for number in row), default=0.0)
    return [_plane(plane, largest or 1.0) for plane in kept]


def _plane(kept: dict[str, Any], largest: float) -> Plane:
    grid = [
        [
            Square(column * WIDTH, row * HEIGHT, number.replace("-", "−"), _size(number) / largest)
            for column, number in enumerate(numbers)
        ]
        for row, numbers in enumerate(kept["rows"])
    ]
    framed = grid[kept["framed"][0]][kept["framed"][1]] if kept["framed"] else None
    squares = [square for row in grid for square in row]
    return Plane(kept["title"] + kept["part"], len(grid[0]), len(grid), squares, framed)


def _size(number: str) -> float:
    """How large a number is; 0 for one that is not finite."""
    size = abs(float(number))
    return size if math.isfinite(size) else 0.0
