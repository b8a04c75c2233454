"""What is asked of a function, and what came of asking: the values that checks and judge compare."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["STOPPED", "Case", "Outcome", "blanked", "lookup", "run", "same_values"]

STOPPED = "StudentStopped"
"""The error of a call that had to be ended; its message is the grader's own."""


@dataclass(frozen=True)
class Case:
    """One call: the arguments, and which property it tries, in words that a student may read.

    `untouched` asks in addition that no argument is changed in place.
    """

    tries: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    untouched: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the name and text of the error that came instead.

    `changed` names the array arguments that were changed in place, by position or keyword.
    """

    value: Any = None
    error: str | None = None
    message: str = ""
    changed: tuple[int | str, ...] = ()


def lookup(answers: Any) -> Callable[[Any], Any]:
    """A dictionary of answers as a function of its keys, so that it is asked like any other.

    Raises LookupError for an entry that is missing or still None.

    >>> lookup({"plain": (28, 28, 1)})("plain")
    (28, 28, 1)
    """

    def entry(key: Any) -> Any:
        if not isinstance(answers, Mapping):
            raise TypeError(f"a dictionary was expected, not {type(answers).__name__}")
        if answers.get(key) is None:
            raise LookupError(f"the entry {key!r} is missing or None")
        return answers[key]

    return entry


def run(candidate: Callable[..., Any], case: Case) -> Outcome:
    """Call `candidate` in this process, on copies of the arguments.

    >>> run(divmod, Case("a call", (7, 2))).value
    (3, 1)
    >>> run(divmod, Case("a call", (7, 0))).error
    'ZeroDivisionError'
    """
    args, kwargs = copy.deepcopy((list(case.args), dict(case.kwargs)))
    try:
        value = copy.deepcopy(candidate(*args, **kwargs))
    except Exception as error:
        return Outcome(error=type(error).__name__, message=str(error))
    pairs: list[tuple[int | str, Any, Any]] = [
        *((i, before, after) for i, (before, after) in enumerate(zip(case.args, args, strict=True))),
        *((key, before, kwargs[key]) for key, before in case.kwargs.items()),
    ]
    changed = tuple(name for name, before, after in pairs if not same_values(before, after))
    return Outcome(value=value, changed=changed)


def same_values(a: Any, b: Any) -> bool:
    """Whether two arguments are equal to the last bit, arrays inside lists and tuples included."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            isinstance(a, np.ndarray)
            and isinstance(b, np.ndarray)
            and a.shape == b.shape
            and a.dtype == b.dtype
            and a.tobytes() == b.tobytes()
        )
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same_values, a, b))
    return type(a) is type(b) and bool(a == b)


def blanked(value: Any) -> Any:
    """The form of a value: every number 0, every text empty, kinds, lengths and shapes kept.

    >>> blanked((28, 28.5, "valid"))
    (0, 0.0, '')
    """
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    if isinstance(value, (tuple, list)):
        return type(value)(blanked(entry) for entry in value)
    return type(value)() if isinstance(value, (int, float, str, np.generic)) else value
