"""Strict comparison of what came with what was expected: kind, shape, dtype, finite, then value.

Used by the visible checks in a student's notebook and by the judge, so both mean the same by "right".
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from dnnkit.check.outcome import MISSING, STOPPED, Case, Outcome
from dnnkit.numeric import close

__all__ = ["Difference", "difference", "told_error", "value_difference"]

RESULT = "the result"
TOLD_ERRORS = ("MemoryError", "ModuleNotFoundError", "PermissionError", "NotImplementedError")
"""Errors that come of where the code runs, so that nobody meets them at home, and that of a question left open."""


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as expected.

    `shown` says it with all numbers, for visible cases. `told` is for hidden ones, and what it says goes to
    students. A function could spell its hidden arguments in whatever it is free to choose: values, how many are
    wrong and where, shapes, names of types and errors. So `told` is one of a few fixed sentences, with the entry of
    a tuple or the step that it is about.
    `where` is the index of the first wrong number of an array, and `entry` leads to that array: which entry of a
    tuple, which entry of that one.
    """

    kind: str
    told: str
    shown: str
    where: tuple[int, ...] | None = None
    entry: tuple[int, ...] = ()


class _Place(NamedTuple):
    """How a value is called where it is shown and where it is told."""

    shown: str
    told: str

    def entry(self, i: int, expected: Sequence[Any]) -> "_Place":
        """How entry `i` is called. It is told of a tuple only: a list may have many entries to choose from."""
        return _Place(f"{self.shown}[{i}]", f"{self.told}[{i}]" if isinstance(expected, tuple) else self.told)


def difference(got: Outcome, expected: Outcome, case: Case) -> Difference | None:
    """The first difference between two outcomes of `case`, or None where `got` is right."""
    if expected.error:
        return _error_difference(got, expected.error)
    if got.error:
        return _raised(got)
    if case.steps:
        found = _steps_difference(got.value, expected.value, case)
    else:
        found = value_difference(got.value, expected.value, part=case.part)
    if found is None and case.untouched and got.changed:
        names = ", ".join(_argument_name(key) for key in got.changed)
        text = "the value is right, but {} was changed in place; work on a copy"
        return Difference("changed", text.format("an argument"), text.format(names))
    return found


def value_difference(got: Any, expected: Any, name: str = RESULT, part: int | None = None) -> Difference | None:
    """The first difference between two plain values, or None; of tuples only in entry `part`, where given.

    Lists pass for tuples, NumPy scalars for Python numbers; an array passes for nothing but an array.

    >>> value_difference(np.int64(3), 3) is None
    True
    >>> value_difference(3.0, 3).kind
    'type'
    """
    return _difference_at(_Place(name, name), got, expected, part)


def _difference_at(place: _Place, got: Any, expected: Any, part: int | None = None) -> Difference | None:
    if expected is None:
        return None  # where nothing is due, anything may come
    if got is None:
        is_returned = place.shown == RESULT or place.shown.endswith("(...)")
        remark = ", so a return seems to be missing" if is_returned else f"; {_kind(expected)} was expected"
        return Difference("type", f"{place.told} is None{remark}", f"{place.shown} is None{remark}")
    if isinstance(expected, (tuple, list)):
        return _tuple_difference(place, got, expected, part)
    if isinstance(expected, np.ndarray):
        return _array_difference(place, got, expected)
    return _scalar_difference(place, got, expected)


def _steps_difference(got: Any, expected: Any, case: Case) -> Difference | None:
    if not isinstance(got, (tuple, list)) or len(got) != len(case.steps):
        text = "the instance was not asked step by step"
        return Difference("type", text, text)
    parts = (value_difference(g, e, str(step)) for g, e, step in zip(got, expected, case.steps, strict=True))
    return _first_entry(parts)


def _error_difference(got: Outcome, wanted: str) -> Difference | None:
    if got.error == wanted:
        return None
    if got.error:
        found = _raised(got)
        return Difference("error", f"{found.told}; a {wanted} was expected", f"{found.shown}; a {wanted} was expected")
    shown = f"it returned {_brief(got.value)} where a {wanted} was expected"
    return Difference("no error", f"it returned a value where a {wanted} was expected", shown)


def _raised(got: Outcome) -> Difference:
    if got.error == STOPPED:
        return Difference("stopped", got.message, got.message)
    if got.helper:
        shown = f"it calls {got.helper}, which is not filled in yet"
        return Difference("error", told_error(str(got.error)), shown)
    if got.error == "LookupError" and got.message.endswith(MISSING):
        return Difference("error", told_error(got.error), got.message)
    message = f": {got.message}" if got.message else ""
    line = f", at `{got.line}`" if got.line else ""
    return Difference("error", told_error(str(got.error)), f"it raised {got.error}{message}{line}")


def told_error(name: str) -> str:
    """What may be told of an error of this name that came in a hidden test.

    >>> told_error("MemoryError"), told_error("E17_5")
    ('it raised MemoryError', 'it raised an unexpected error')
    """
    return f"it raised {name}" if name in TOLD_ERRORS else "it raised an unexpected error"


def _tuple_difference(place: _Place, got: Any, expected: Sequence[Any], part: int | None) -> Difference | None:
    if isinstance(expected, list) and isinstance(got, np.ndarray):
        got = list(got)
    wanted = f"a tuple of {len(expected)}" if isinstance(expected, tuple) else "a list"
    told = f"{place.told} has the wrong form; {wanted} was expected"
    if not isinstance(got, (tuple, list)):
        return Difference("type", told, f"{place.shown} is {_kind(got)}; a tuple of {len(expected)} was expected")
    if len(got) != len(expected):
        shown = f"{place.shown} is a tuple of {len(got)}; {len(expected)} entries were expected"
        return Difference("type", told, shown)
    judged = [e if part in (None, i) else None for i, e in enumerate(expected)]
    return _first_entry(_difference_at(place.entry(i, expected), got[i], e) for i, e in enumerate(judged))


def _first_entry(differences: Iterable[Difference | None]) -> Difference | None:
    """The first of the differences of a tuple's entries, with its place."""
    found = ((i, difference) for i, difference in enumerate(differences) if difference is not None)
    return next((replace(difference, entry=(i, *difference.entry)) for i, difference in found), None)


def _array_difference(place: _Place, got: Any, expected: np.ndarray) -> Difference | None:
    name, told = place
    if not isinstance(got, np.ndarray):
        wanted = "a NumPy array was expected"
        return Difference("type", f"{told} has the wrong type; {wanted}", f"{name} is {_kind(got)}; {wanted}")
    if got.shape != expected.shape:
        shown = f"{name} has shape {got.shape}; {expected.shape} was expected"
        return Difference("shape", f"{told} has the wrong shape", shown)
    wrong_dtype = f"{told} has the wrong dtype; {expected.dtype} was expected"
    if got.dtype.kind not in "iuf":
        return Difference("dtype", wrong_dtype, f"{name} has dtype {got.dtype}; {expected.dtype} was expected")
    if not np.isfinite(got).all() and np.isfinite(expected).all():
        at = _first(~np.isfinite(got))
        shown = f"{name}{list(at)} is not a finite number"
        return Difference("not finite", f"some numbers of {told} are not finite", shown, at)
    wrong = ~close(got, expected)
    if not wrong.any():
        return None
    if got.dtype.kind in "iu" and expected.dtype.kind == "f":
        shown = f"{name} has dtype {got.dtype}, so fractions are cut off; use floats"
        return Difference("dtype", wrong_dtype, shown)
    at = _first(wrong)
    count = f"{int(wrong.sum())} of {wrong.size} numbers {'is' if wrong.sum() == 1 else 'are'} wrong"
    where = f"{name}{list(at)}" if at else name
    shown = f"{count}; the first is {where} = {_apart(got[at], expected[at])}"
    return Difference("value", f"some numbers of {told} are wrong", shown, at)


def _scalar_difference(place: _Place, got: Any, expected: Any) -> Difference | None:
    name, told = place
    if isinstance(got, np.generic):
        got = got.item()
    wanted = _kind(expected)
    if isinstance(expected, (bool, str)) or isinstance(got, (bool, str)):
        right_kind = type(got) is type(expected)
    elif isinstance(expected, int):
        right_kind = isinstance(got, int)
    else:
        right_kind = isinstance(got, (int, float))
    if not right_kind:
        blank = type(got) in (int, float, str) and not got  # of a form only the kind is looked at
        value = "" if blank else f", {_brief(got)}"
        shown = f"{name} is {_kind(got)}{value}; {wanted} was expected"
        return Difference("type", f"{told} has the wrong type; {wanted} was expected", shown)
    if got == expected or (isinstance(expected, float) and close(_as_float(got), expected)):
        return None
    return Difference("value", f"{told} is wrong", f"{name} is {_apart(got, expected)}")


def _as_float(number: int | float) -> float:
    """The number as a float; of an integer beyond all floats an infinity."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _argument_name(key: int | str) -> str:
    return f"argument {key + 1}" if isinstance(key, int) else f"`{key}`"


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array"
    if isinstance(value, str):
        return "a text (str)"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _apart(got: Any, expected: Any) -> str:
    """What came and what was expected, floats with as many digits as tell the two apart.

    >>> _apart(0.5, 0.25), _apart(1.00000012, 1.0)
    ('0.5, expected 0.25', '1.00000012, expected 1')
    """
    pairs = [(_brief(got, digits), _brief(expected, digits)) for digits in (6, 9, 17)]
    return ", expected ".join(next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1]))


def _brief(value: Any, digits: int = 6) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.{digits}g}"
    if isinstance(value, np.generic):
        value = value.item()
    try:
        text = repr(value)
    except Exception:  # a student's own class may raise anything, and an int of thousands of digits has no text
        text = f"{_kind(value)} that cannot be printed"
    return text if len(text) <= 60 else text[:57] + "..."
