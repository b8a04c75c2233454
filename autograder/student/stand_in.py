"""For the time of one call, the student's helper functions ask the grader what they are to give.

The grader tells the right result where it knows it for just these arguments (autograder.given); else the student's
own helper runs.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

Ask = Callable[[str, dict[str, Any]], tuple[Any, dict[str, Any]] | None]
"""Name and arguments of a helper in; its result, and what it adds to attributes, out, or None."""


class Helper(NamedTuple):
    """A global function or, as in "RNNCell.backward", a method; the names of its parameters, without self."""

    name: str
    parameters: list[str]
    defaults: dict[str, Any]


@contextlib.contextmanager
def asking(namespace: dict[str, Any], helpers: Sequence[Helper], ask: Ask) -> Iterator[None]:
    """Put stand-ins for the helpers that `namespace` defines, and take them out again."""
    with contextlib.ExitStack() as undo:
        for helper in helpers:
            owner, own = _find(namespace, helper.name)
            if callable(own):
                _put(owner, helper.name, _stand_in(own, helper, ask))
                undo.callback(_put, owner, helper.name, own)
        yield


def _stand_in(own: Callable[..., Any], helper: Helper, ask: Ask) -> Callable[..., Any]:
    """The student's function or method, but for the calls whose result is known."""

    @functools.wraps(own)
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        arguments = _by_name(helper, args[1:] if "." in helper.name else args, kwargs)
        told = None if arguments is None else ask(helper.name, arguments)
        if told is None:
            return own(*args, **kwargs)
        result, adds = told
        for attribute, amount in adds.items():
            setattr(args[0], attribute, getattr(args[0], attribute) + amount)
        return result

    return stand_in


def _by_name(helper: Helper, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """All arguments of a call, however they are written; None where they are not the helper's."""
    if len(args) > len(helper.parameters):
        return None
    arguments = helper.defaults | dict(zip(helper.parameters, args, strict=False)) | kwargs
    return arguments if arguments.keys() == set(helper.parameters) else None


def _find(namespace: dict[str, Any], name: str) -> tuple[Any, Any]:
    """What holds a function or method, and the function itself; None where it is not there."""
    owner, _, method = name.rpartition(".")
    if not owner:
        return namespace, namespace.get(name)
    holder = namespace.get(owner)
    return holder, getattr(holder, method, None) if isinstance(holder, type) else None


def _put(owner: Any, name: str, function: Callable[..., Any]) -> None:
    if isinstance(owner, dict):
        owner[name] = function
    else:
        setattr(owner, name.rpartition(".")[2], function)
