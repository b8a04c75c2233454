"""A student's functions in a widget: what they gave beside what was expected, and where to look first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnkit.trace import Comparison, effective_matrix
from dnnkit.trace.sliding import Floats

__all__ = ["LARGEST_MATRIX", "Answer", "Part", "beside", "first_wrong", "matrices"]

LARGEST_MATRIX = 128  # inputs; recovering a matrix calls the student's function once for each

Look = dict[str, Any]
"""Traits of a widget by name: what is looked at."""


@dataclass(frozen=True, eq=False)
class Part:
    """One array of a student's answer.

    name        y, dx, ...: what the front end calls it
    comparison  with the expected array
    drawn       lays an array of the expected shape out as (rows, columns, planes)
    look        what to look at to see number (row, column, plane) of that
    """

    name: str
    comparison: Comparison
    drawn: Callable[[np.ndarray], np.ndarray]
    look: Callable[[int, int, int], Look]

    def first_wrong(self) -> Look:
        """What to look at to see the first wrong number, or what came instead of numbers; empty where all is right."""
        if self.comparison.problem:
            return {"panel": "yours"} | self.look(0, 0, 0)
        looks = (self.look(*map(int, place)) for place in np.argwhere(self.drawn(self.comparison.wrong)))
        first = min(looks, key=lambda look: look["step"], default=None)
        return {} if first is None else {"panel": "yours"} | first

    def arrays(self) -> dict[str, Floats]:
        """The numbers for the front end: of an answer that cannot be compared only what came."""
        compared = self.comparison
        if compared.problem:
            return {f"found.{self.name}": _drawable(compared.found)}
        names = ("found", "expected", "difference", "wrong")
        return {f"{name}.{self.name}": self.drawn(getattr(compared, name)) for name in names}


@dataclass(frozen=True)
class Answer:
    """What one of the student's functions gave.

    whose  "function" or "backward"
    where  what its numbers are together
    """

    whose: str
    where: str
    parts: Sequence[Part]

    def lines(self) -> list[dict[str, Any]]:
        """What the front end says about it: one line for all, or one for each part that is wrong."""
        if all(part.comparison.agrees for part in self.parts):
            count = sum(part.comparison.wrong.size for part in self.parts)
            text = f"Your {self.whose} agrees: all {count} numbers of {self.where} are right."
            return [{"parts": [part.name for part in self.parts], "agrees": True, "text": text, "look": {}}]
        lines: dict[str, dict[str, Any]] = {}
        for part in self.parts:
            compared = part.comparison
            where = self.where if len(self.parts) == 1 else part.name
            text = (
                compared.problem
                or f"{compared.wrong.sum()} of {compared.wrong.size} numbers of {where} differ from yours."
            )
            if not compared.agrees:
                line = lines.setdefault(text, {"parts": [], "agrees": False, "text": text, "look": part.first_wrong()})
                line["parts"].append(part.name)
        return list(lines.values())


def beside(answers: Sequence[Answer], arrays: dict[str, Any]) -> dict[str, Any] | None:
    """The verdict on the answers, None without one; their numbers join `arrays`."""
    if not answers:
        return None
    parts = [part for answer in answers for part in answer.parts]
    for part in parts:
        arrays |= part.arrays()
    agrees = all(part.comparison.agrees for part in parts)
    lines = [line for answer in answers for line in answer.lines()]
    return {"agrees": agrees, "parts": [part.name for part in parts], "lines": lines}


def first_wrong(answers: Sequence[Answer]) -> Look:
    """What to look at to see the first wrong number of all answers; empty where none can be compared and is wrong."""
    for answer in answers:
        for part in answer.parts:
            if not part.comparison.problem and not part.comparison.agrees:
                return part.first_wrong()
    return {}


def matrices(
    part: str, expected: Floats, student: Callable[..., Any], *arguments: Any, **keywords: Any
) -> dict[str, Floats]:
    """The student's effective matrix beside the right one, for the front end; empty where it cannot be recovered."""
    found = effective_matrix(student, *arguments, **keywords)
    return {} if found is None else {f"matrix.found.{part}": found, f"matrix.expected.{part}": expected}


def _drawable(found: Floats) -> Floats:
    """An array of any shape as (rows, columns, planes), the first image of a batch; empty where it has no picture."""
    while found.ndim > 3:
        found = found[0] if len(found) else found.reshape(0)
    if found.ndim == 3:
        return found
    return np.atleast_2d(found)[..., None]
