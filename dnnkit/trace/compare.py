"""A student's function beside the right numbers: what it returned, where it differs, or how it failed."""

import contextlib
import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnkit.trace.sliding import Floats

__all__ = ["Comparison", "compare", "effective_matrix"]

Student = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a student's function gave, and what was expected of it.

    expected    any shape
    found       the same shape; any other shape where `problem` says so; empty where there is nothing to show
    difference  found - expected; nan where they cannot be compared
    wrong       bool, the shape of expected
    problem     a sentence, empty where found can be compared number by number
    """

    expected: Floats
    found: Floats
    difference: Floats
    wrong: np.ndarray
    problem: str

    @property
    def agrees(self) -> bool:
        """Whether every number is right."""
        return not self.problem and not self.wrong.any()


def compare(expected: Floats, student: Student, *arguments: Any, **keywords: Any) -> Comparison:
    """Call the student's function on copies of the arguments and set its answer beside the expected one.

    Never raises for what the student's function does: an exception, a wrong shape and a wrong type
    each become the `problem` of the comparison.

    >>> compare(np.ones(2), lambda x: x, np.array([1.0, 3.0])).wrong
    array([False,  True])
    """
    name = getattr(student, "__name__", "your function")
    try:
        answer = _quietly(student, arguments, keywords)
    except Exception as error:
        return _failed(expected, f"{name} raised {_in_words(error)}")
    if answer is None:
        return _failed(expected, f"{name} returned None; is its return statement missing?")
    try:
        found = np.asarray(answer)
        if found.dtype.kind not in "biuf":
            raise TypeError
        found = found.astype(float)
    except (TypeError, ValueError):
        return _failed(expected, f"{name} returned {type(answer).__name__}; expected an array of numbers")
    if found.shape != expected.shape:
        words = f"{name} returned shape {found.shape}; expected {expected.shape}"
        return _failed(expected, words, found)
    with np.errstate(invalid="ignore"):
        difference = found - expected
    wrong = ~np.isclose(found, expected, rtol=1e-6, atol=1e-8)
    return Comparison(expected, found, difference, wrong, "")


def effective_matrix(student: Student, x: Floats, *others: Any, **keywords: Any) -> Floats | None:
    """The matrix by which the student's function acts on x, recovered from unit impulses.

    The function is called as student(x, *others, **keywords), with impulses in the place of x.
    Column n is f(e_n) - f(0), so a constant that the function adds drops out.
    Returns (outputs, x.size), or None where the function fails on an impulse.
    """
    zero = np.zeros_like(x)
    try:
        at_zero = np.asarray(_quietly(student, (zero, *others), keywords), float)
        columns = []
        for n in range(x.size):
            impulse = zero.copy()
            impulse.flat[n] = 1
            response = np.asarray(_quietly(student, (impulse, *others), keywords), float)
            columns.append((response - at_zero).ravel())
    except Exception:  # whatever the student's code raises: compare() has told it
        return None
    matrix = np.stack(columns, axis=1)
    return matrix if matrix.size else None


def _quietly(student: Student, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call on copies, with what the function prints thrown away."""
    copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    with contextlib.redirect_stdout(io.StringIO()):
        return student(*copies, **keywords)


def _failed(expected: Floats, problem: str, found: Floats | None = None) -> Comparison:
    """A comparison in which every number counts as wrong."""
    nothing = np.full(expected.shape, np.nan)
    wrong = np.ones(expected.shape, bool)
    return Comparison(expected, np.empty(0) if found is None else found, nothing, wrong, problem)


def _in_words(error: Exception) -> str:
    """The error's type, message and the line of the student's code that raised it."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    where = f", in line {frames[-1].lineno} of {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
