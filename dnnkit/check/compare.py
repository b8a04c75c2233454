"""Strict comparison of what came with what was expected: kind, shape, dtype, finite, then value.

Used by the visible checks in a student's notebook and by the judge, so both mean the same by "right".
"""

import builtins
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dnnkit.check.outcome import STOPPED, Case, Outcome

__all__ = ["Difference", "difference", "value_difference"]

RELATIVE = 1e-7
ABSOLUTE = 1e-9  # times the largest expected magnitude, where that is above 1
RESULT = "the result"


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as expected.

    `shown` says it with all numbers, for visible cases. `told` is for hidden ones: no expected value, and
    nothing of what came back either, because a function could hand its hidden arguments back.
    `where` is the index of the first wrong number of an array, and `entry` leads to that array: which entry of a
    tuple, which entry of that one.
    """

    kind: str
    told: str
    shown: str
    where: tuple[int, ...] | None = None
    entry: tuple[int, ...] = ()


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
        text = f"the value is right, but {names} was changed in place; work on a copy"
        return Difference("changed", text, text)
    return found


def value_difference(got: Any, expected: Any, name: str = RESULT, part: int | None = None) -> Difference | None:
    """The first difference between two plain values, or None; of tuples only in entry `part`, where given.

    Lists pass for tuples, NumPy scalars for Python numbers; an array passes for nothing but an array.

    >>> value_difference(np.int64(3), 3) is None
    True
    >>> value_difference(3.0, 3).kind
    'type'
    """
    if expected is None:
        return None  # where nothing is due, anything may come
    if got is None:
        is_returned = name == RESULT or name.endswith("(...)")
        remark = ", so a return seems to be missing" if is_returned else f"; {_kind(expected)} was expected"
        return _same_text("type", f"{name} is None{remark}")
    if isinstance(expected, (tuple, list)):
        return _tuple_difference(got, expected, name, part)
    if isinstance(expected, np.ndarray):
        return _array_difference(got, expected, name)
    return _scalar_difference(got, expected, name)


def _steps_difference(got: Any, expected: Any, case: Case) -> Difference | None:
    if not isinstance(got, (tuple, list)) or len(got) != len(case.steps):
        return _same_text("type", "the instance was not asked step by step")
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
        return _same_text("stopped", got.message)
    name = got.error if got.error in vars(builtins) else "an error"
    message = f": {got.message}" if got.message else ""
    line = f", at `{got.line}`" if got.line else ""
    return Difference("error", f"it raised {name}", f"it raised {got.error}{message}{line}")


def _tuple_difference(got: Any, expected: Sequence[Any], name: str, part: int | None) -> Difference | None:
    if isinstance(expected, list) and isinstance(got, np.ndarray):
        got = list(got)
    if not isinstance(got, (tuple, list)):
        return _same_text("type", f"{name} is {_kind(got)}; a tuple of {len(expected)} was expected")
    if len(got) != len(expected):
        return Difference(
            "type",
            f"{name} is a tuple of the wrong length",
            f"{name} is a tuple of {len(got)}; {len(expected)} entries were expected",
        )
    wanted = [e if part in (None, i) else None for i, e in enumerate(expected)]
    return _first_entry(value_difference(got[i], e, f"{name}[{i}]") for i, e in enumerate(wanted))


def _first_entry(differences: Iterable[Difference | None]) -> Difference | None:
    """The first of the differences of a tuple's entries, with its place."""
    found = ((i, difference) for i, difference in enumerate(differences) if difference is not None)
    return next((replace(difference, entry=(i, *difference.entry)) for i, difference in found), None)


def _array_difference(got: Any, expected: np.ndarray, name: str) -> Difference | None:
    if not isinstance(got, np.ndarray):
        return _same_text("type", f"{name} is {_kind(got)}; a NumPy array was expected")
    if got.shape != expected.shape:
        shown = f"{name} has shape {got.shape}; {expected.shape} was expected"
        return Difference("shape", f"{name} has the wrong shape: {_wrong_axis(got, expected)}", shown)
    if got.dtype.kind not in "iuf":
        return _same_text("dtype", f"{name} has dtype {got.dtype}; {expected.dtype} was expected")
    if not np.isfinite(got).all() and np.isfinite(expected).all():
        at = _first(~np.isfinite(got))
        text = f"{name}{list(at)} is not a finite number"
        return Difference("not finite", text, text, at)
    wrong = ~_close(got, expected)
    if not wrong.any():
        return None
    if got.dtype.kind in "iu" and expected.dtype.kind == "f":
        return _same_text("dtype", f"{name} has dtype {got.dtype}, so fractions are cut off; use floats")
    at = _first(wrong)
    count = f"{int(wrong.sum())} of {wrong.size} numbers {'is' if wrong.sum() == 1 else 'are'} wrong"
    where = f"{name}{list(at)}" if at else name
    shown = f"{count}; the first is {where} = {_apart(got[at], expected[at])}"
    return Difference("value", f"{count}; the first is {where}", shown, at)


def _scalar_difference(got: Any, expected: Any, name: str) -> Difference | None:
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
        shown = f"{name} is {_kind(got)}, {_brief(got)}; {wanted} was expected"
        return Difference("type", f"{name} is {_kind(got)}; {wanted} was expected", shown)
    if got == expected or (isinstance(expected, float) and _close(_as_float(got), expected)):
        return None
    return Difference("value", f"{name} is wrong", f"{name} is {_apart(got, expected)}")


def _wrong_axis(got: np.ndarray, expected: np.ndarray) -> str:
    if got.ndim != expected.ndim:
        return f"too {'many' if got.ndim > expected.ndim else 'few'} axes"
    axis = next(a for a in range(got.ndim) if got.shape[a] != expected.shape[a])
    return f"axis {axis} is too {'long' if got.shape[axis] > expected.shape[axis] else 'short'}"


def _close(got: Any, expected: Any) -> Any:
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))))
    with np.errstate(over="ignore"):
        return np.isclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE * scale, equal_nan=True)


def _as_float(number: int | float) -> float:
    """The number as a float; of an integer beyond all floats an infinity."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _same_text(kind: str, text: str) -> Difference:
    return Difference(kind, text, text)


def _argument_name(key: int | str) -> str:
    return f"argument {key + 1}" if isinstance(key, int) else f"`{key}`"


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array"
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
