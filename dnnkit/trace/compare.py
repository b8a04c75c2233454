"""A student's function beside the right numbers: what it returned, where it differs, or how it failed."""

import contextlib
import copy
import io
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnkit.numeric import close
from dnnkit.trace.sliding import Floats

__all__ = ["Comparison", "compare", "compare_each", "effective_matrix"]

Student = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a student's function gave, and what was expected of it.

    expected    any shape
    found       the same shape; any other shape where `problem` says so; empty where there is nothing to show
    difference  found - expected where that is wrong, else 0; nan where they cannot be compared
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
    answer, problem = _answer(name, student, arguments, keywords)
    return _failed(expected, problem) if problem else _beside(expected, answer, name)


def compare_each(
    expected: Mapping[str, Floats], student: Student, *arguments: Any, **keywords: Any
) -> dict[str, Comparison]:
    """The same for a function that returns several arrays, of which the first are expected, by name.

    Where one is expected, an array that comes alone will do.

    >>> found = compare_each({"a": np.ones(2), "b": np.zeros(1)}, lambda: (np.array([1, 2]), np.zeros(1), "cache"))
    >>> found["a"].wrong, found["b"].agrees
    (array([False,  True]), True)
    """
    name = getattr(student, "__name__", "your function")
    answer, problem = _answer(name, student, arguments, keywords)
    if len(expected) == 1 and not isinstance(answer, tuple):
        answer = (answer,)
    if not problem and (not isinstance(answer, tuple | list) or len(answer) < len(expected)):
        came = f"{len(answer)} values" if isinstance(answer, tuple | list) else _kind(answer)
        problem = f"{name} returned {came}; expected {', '.join(expected)}"
    if problem:
        return {part: _failed(array, problem) for part, array in expected.items()}
    called = name if len(expected) == 1 else f"{name} ({{}})"
    return {
        part: _beside(array, answer[place], called.format(part)) for place, (part, array) in enumerate(expected.items())
    }


def effective_matrix(student: Student, x: Floats, *others: Any, **keywords: Any) -> Floats | None:
    """The matrix by which the student's function acts on x, recovered from unit impulses.

    The function is called as student(x, *others, **keywords), with impulses in the place of x; of a tuple the first
    entry counts.
    Column n is f(e_n) - f(0), so a constant that the function adds drops out.
    Returns (outputs, x.size), or None where the function fails on an impulse.
    """
    zero = np.zeros_like(x)
    try:
        at_zero = _first(_quietly(student, (zero, *others), keywords))
        columns = []
        for n in range(x.size):
            impulse = zero.copy()
            impulse.flat[n] = 1
            response = _first(_quietly(student, (impulse, *others), keywords))
            columns.append((response - at_zero).ravel())
    except Exception:  # whatever the student's code raises: compare() has told it
        return None
    matrix = np.stack(columns, axis=1)
    return matrix if matrix.size else None


def _answer(name: str, student: Student, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, str]:
    """What the student's function returned, and a sentence where it returned nothing."""
    try:
        answer = _quietly(student, arguments, keywords)
    except NotImplementedError:
        return None, f"{name} is not filled in yet"
    except Exception as error:
        return None, f"{name} raised {_in_words(error)}"
    return answer, f"{name} returned None; is its return statement missing?" if answer is None else ""


def _beside(expected: Floats, answer: Any, name: str) -> Comparison:
    """An answer and what was expected, number by number; it agrees where dnnkit.check finds no difference."""
    if not isinstance(answer, np.ndarray):
        return _failed(expected, f"{name} returned {_kind(answer)}; expected a NumPy array")
    if answer.dtype.kind not in "iuf":
        return _failed(expected, f"{name} returned an array of dtype {answer.dtype}; expected an array of numbers")
    found = answer.astype(float)
    if found.shape != expected.shape:
        words = f"{name} returned shape {found.shape}; expected {expected.shape}"
        return _failed(expected, words, found)
    wrong = ~close(found, expected)
    difference = np.subtract(found, expected, out=np.zeros(expected.shape), where=wrong)
    return Comparison(expected, found, difference, wrong, "")


def _kind(answer: Any) -> str:
    name = "array" if isinstance(answer, np.ndarray) else type(answer).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _first(answer: Any) -> Floats:
    return np.asarray(answer[0] if isinstance(answer, tuple) else answer, float)


def _quietly(student: Student, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call on copies, with what the function prints thrown away."""
    copies = copy.deepcopy(arguments)
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
