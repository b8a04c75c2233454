"""What is asked of a function, and what came of asking: the values that checks and judge compare."""

import builtins
import copy
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = [
    "MISSING",
    "STOPPED",
    "Case",
    "Outcome",
    "Step",
    "ask",
    "blanked",
    "call",
    "lookup",
    "perform",
    "read",
    "run",
    "same_values",
    "write",
]

STOPPED = "StudentStopped"
"""The error of a call that had to be ended; its message is the grader's own."""

MISSING = "is missing or None"
"""How the message ends of an entry that is not filled in."""


@dataclass(frozen=True)
class Step:
    """One thing done with an instance of a class, to what stands at the dotted `path`.

    `do` is "call", "perform" (call, and look at the result no further), "read" or "write".
    """

    do: str
    path: str
    args: tuple[Any, ...] = ()

    def take(self, instance: Any) -> Any:
        """Do it; returns what a call or a read gives.

        >>> read("1.real").take([1, 2 + 3j])
        2.0
        """
        *parents, last = (int(part) if part.isdigit() else part for part in self.path.split("."))
        for part in parents:
            instance = _part(instance, part)
        if self.do == "write":
            return setattr(instance, str(last), self.args[0])
        found = _part(instance, last)
        if self.do == "read":
            return found
        value = found(*self.args)
        return value if self.do == "call" else None

    def __str__(self) -> str:
        return f".{self.path}(...)" if self.do in ("call", "perform") else f".{self.path}"


def call(path: str, *args: Any) -> Step:
    """The step that calls a method."""
    return Step("call", path, args)


def perform(path: str, *args: Any) -> Step:
    """The step that calls a method whose result does not matter here."""
    return Step("perform", path, args)


def read(path: str) -> Step:
    """The step that reads an attribute, as in ``read("rnn.0.dW_ih")``."""
    return Step("read", path)


def write(path: str, value: Any) -> Step:
    """The step that sets an attribute."""
    return Step("write", path, (value,))


def _part(value: Any, part: int | str) -> Any:
    return value[part] if isinstance(part, int) else getattr(value, part)


@dataclass(frozen=True)
class Case:
    """One call: the arguments, and which property it tries, in words that a student may read.

    Of a class the call makes an instance, and the value of the case is what the `steps` give, a tuple.
    `untouched` asks in addition that no argument is changed in place. Where the call returns a tuple and `part`
    is given, only that entry of it counts.
    """

    tries: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    untouched: bool = False
    part: int | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the name and text of the error that came instead.

    `changed` names the array arguments that were changed in place, by position or keyword. `line` is the line of
    the student's code that raised, empty where it is not known. `helper` is the function that the answer called and
    that is not written yet, where it is for that that nothing came.
    """

    value: Any = None
    error: str | None = None
    message: str = ""
    changed: tuple[int | str, ...] = ()
    line: str = ""
    helper: str = ""


def lookup(answers: Any) -> Callable[..., Any]:
    """A dictionary of answers as a function of its keys, so that it is asked like any other.

    An entry that is a function is called with the further arguments.
    Raises LookupError for an entry that is missing or still None.

    >>> lookup({"plain": (28, 28, 1)})("plain")
    (28, 28, 1)
    >>> lookup({"double": lambda x: 2 * x})("double", 21)
    42
    """

    def entry(key: Any, *args: Any) -> Any:
        try:
            found = answers[key]
        except (LookupError, TypeError):
            found = None
        if found is None:
            raise LookupError(f"the entry {key!r} {MISSING}")
        return found(*args) if args else found

    return entry


def run(candidate: Callable[..., Any], case: Case) -> Outcome:
    """Call `candidate` in this process, on copies of the arguments.

    Errors become outcomes, `sys.exit()` too; what ends more than a call (an interrupt, a time limit) goes through.

    >>> run(divmod, Case("a call", (7, 2))).value
    (3, 1)
    >>> run(divmod, Case("a call", (7, 0))).error
    'ZeroDivisionError'
    """
    own = copy.deepcopy(case)
    try:
        value = ask(candidate, own)
    except (Exception, SystemExit) as error:
        line, helper = _raising_line(error, candidate), _unwritten_helper(error, candidate)
        return Outcome(error=_kind(error), message=str(error), line=line, helper=helper)
    before, after = _arguments(case), _arguments(own)
    return Outcome(value=value, changed=tuple(key for key in before if not same_values(before[key], after[key])))


def _kind(error: BaseException) -> str:
    """The name of the error's type or, where it is derived from a built-in one, of that: AxisError is a ValueError."""
    kinds = [kind for kind in type(error).__mro__[:-3] if vars(builtins).get(kind.__name__) is kind]
    return (kinds[0] if kinds else type(error)).__name__


def _raising_line(error: BaseException, candidate: Callable[..., Any]) -> str:
    """The line that raised, in the cell or file where the candidate is written, as it stands there."""
    written = getattr(
        getattr(candidate, "__init__", None) if isinstance(candidate, type) else candidate, "__code__", None
    )
    file = written.co_filename if written else __file__
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file != __file__]
    return lines[-1] or "" if lines else ""


def _unwritten_helper(error: BaseException, candidate: Any) -> str:
    """The function whose NotImplementedError this is, where that is neither `candidate` nor a method of its own."""
    if type(error) is not NotImplementedError:
        return ""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename != __file__]
    if not frames:
        return ""
    raising = frames[-1]
    owners = [frame.f_locals.get("self") for frame in (frames[0], raising)]
    is_own_method = owners[1] is not None and type(owners[0]) is type(owners[1])
    is_own = raising is frames[0] or raising.f_code.co_name == getattr(candidate, "__name__", "")
    return "" if is_own or is_own_method else raising.f_code.co_qualname.rpartition("<locals>.")[2]


def ask(candidate: Callable[..., Any], case: Case) -> Any:
    """The value of a case: what the call gives, or, of a class, what each of the steps gives."""
    made = candidate(*case.args, **case.kwargs)
    if not case.steps:
        return copy.deepcopy(made)
    # copied at once, because a later step may go on with the same array
    return tuple(copy.deepcopy(step.take(made)) for step in case.steps)


def _arguments(case: Case) -> dict[int | str, Any]:
    """All arguments of a case by position, keyword or step."""
    steps = {f"argument {i + 1} of {step}": arg for step in case.steps for i, arg in enumerate(step.args)}
    arguments: dict[int | str, Any] = dict(enumerate(case.args))
    arguments.update(case.kwargs)
    arguments.update(steps)
    return arguments


def same_values(a: Any, b: Any) -> bool:
    """Whether two arguments are equal to the last bit, arrays inside lists, tuples and dictionaries included.

    What cannot say whether it is equal, counts as equal.
    """
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
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(map(same_values, a.values(), b.values()))
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # a class of the student's own, handed on in a cache
        return True


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
