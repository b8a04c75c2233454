"""What is the student's, seen from the instructor's side: functions, classes, instances, behind proxies.

Only plain values cross; everything else stays in the student's process and is named by its place there.
"""

import builtins
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from autograder.given import Given
from autograder.sandbox import CallFailed, Missing, StudentProcess, StudentStopped
from autograder.session import Session
from autograder.student.places import Place
from dnnkit.check.outcome import STOPPED, Case, Outcome, run

__all__ = ["Questions", "Remote", "StudentError", "student_error", "student_value"]

ENDS_A_LOOP = (StopIteration, StopAsyncIteration)  # in `all(map(f, xs))` they would pass for the end of xs
MAX_BYTES = 256 << 20  # of all that one answer gives, which is kept until it is judged

T = TypeVar("T")


class StudentError(Exception):
    """An error that the student's code raised; also of the built-in type it had, so that tests can expect it."""

    type_name = "an error of its own"

    def __str__(self) -> str:  # not the one of a KeyError, which quotes what is quoted already
        return str(self.args[0])


def student_error(type_name: str, message: str) -> StudentError:
    """A StudentError that is a `type_name` too, where that is one of Python's own exceptions.

    >>> isinstance(student_error("ValueError", "no"), ValueError)
    True
    >>> print(student_error("KeyError", "'a'"), student_error("UnicodeDecodeError", "no"))
    'a' no
    """
    kind = getattr(builtins, type_name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or kind in ENDS_A_LOOP:
        return StudentError(message)
    names = {"type_name": type_name}
    try:
        return type(type_name, (StudentError, kind), names)(message)
    except TypeError:  # a UnicodeDecodeError, say, is not made of a message alone
        return type(type_name, (StudentError,), names)(message)


class Remote:
    """A function, a class, an instance, or a part of one. Calls, attributes and keys work as on the real thing.

    A call of a class gives a Remote; any other call must give a plain value. Raises StudentStopped where the
    process had to be ended, and what the student's code raised as a StudentError.
    """

    __slots__ = ("_kind", "_place", "_session")

    def __init__(self, session: Session, place: Place, kind: str) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_place", tuple(place))
        object.__setattr__(self, "_kind", kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        session, place, makes = self._session, self._place, self._kind == "class"
        result = _ask(
            session,
            lambda process, seconds: process.call(place, args, kwargs, seconds, session.given, keep=makes),
        )
        session.changed += result.changed_arguments
        return Remote(session, (result.value,), "opaque") if makes else result.value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return student_value(self._session, (*self._place, name))
        except Missing:
            raise AttributeError(f"it has no attribute {name!r}") from None

    def __getitem__(self, key: str | int) -> Any:
        try:
            return student_value(self._session, (*self._place, key))
        except Missing:
            raise KeyError(key) from None

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("something came that is no plain value, so it cannot be handed to the grader")

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self._session, lambda process, seconds: process.set((*self._place, name), value))


def student_value(session: Session, place: Place) -> Any:
    """A copy of the plain value at a place of the student's, or a Remote for anything else. Raises Missing."""
    kind, value = _ask(session, lambda process, seconds: process.get(place))
    return value if kind == "value" else Remote(session, place, kind)


def _ask(session: Session, question: Callable[[StudentProcess, float], T]) -> T:
    try:
        return session.ask(question)
    except CallFailed as failure:
        raise student_error(failure.type_name, failure.message) from None


class Questions:
    """Asks one answer case by case. What had to be ended once is not asked again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stopped = ""
        self._bytes = 0

    def __call__(self, candidate: Callable[..., Any], case: Case, given: Sequence[Given] = ()) -> Outcome:
        """What `candidate`, a Remote or an ordinary function, gives on a case, helpers giving what is `given`."""
        if self._stopped:
            return Outcome(error=STOPPED, message=f"not tried, because an earlier call was ended: {self._stopped}")
        self._session.given, self._session.changed = given, []
        found = run(candidate, case)
        self._session.given = ()
        self._bytes += _size(found.value)
        if self._bytes > MAX_BYTES:
            found = Outcome(error=STOPPED, message=f"it returned more than {MAX_BYTES / 1e6:.0f} MB in all")
        if found.error == STOPPED:
            self._stopped = found.message
        return replace(found, changed=tuple(self._session.changed))

    def find(self, name: str, library: str) -> Any:
        """Another function of the student's notebook, None where there is none; `library` is not handed in."""
        try:
            return student_value(self._session, (name,))
        except (Missing, StudentError, StudentStopped):
            return None


def _size(value: Any) -> int:
    """The bytes of the arrays in a plain value.

    >>> import numpy as np
    >>> _size((np.zeros(3), [{"a": np.ones(2)}, 7]))
    40
    """
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(_size, value)) if isinstance(value, (tuple, list)) else getattr(value, "nbytes", 0)
