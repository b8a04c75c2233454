"""For the time of one call, the student's helper functions give the right result where it is known.

A function under judgment may call another of the student's functions. Were that one wrong, its mistake would be
charged twice; so the judge sends along what the helper gives for the arguments that this call needs.
"""

import contextlib
import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np


class Given(NamedTuple):
    """The right result of one call of a helper.

    `name` is a global function or, as in "RNNCell.backward", a method. `arguments` are all of them by name, in
    order and without self; `defaults` are those that a call may leave out. `adds` says what a method adds to
    attributes of its instance.
    """

    name: str
    arguments: dict[str, Any]
    result: Any
    defaults: dict[str, Any]
    adds: dict[str, Any]


@contextlib.contextmanager
def given_results(namespace: dict[str, Any], given: Sequence[Given]) -> Iterator[None]:
    """Put stand-ins for the helpers that `namespace` defines, and take them out again."""
    with contextlib.ExitStack() as undo:
        for name in dict.fromkeys(helper.name for helper in given):
            owner, own = _find(namespace, name)
            if callable(own):
                stand_in = _stand_in(own, [helper for helper in given if helper.name == name])
                _put(owner, name, stand_in)
                undo.callback(_put, owner, name, own)
        yield


def _stand_in(own: Callable[..., Any], known: list[Given]) -> Callable[..., Any]:
    """The student's function or method, but for the calls whose result is given."""

    @functools.wraps(own)
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        for helper in known:
            own_args = args[1:] if "." in helper.name else args
            if _is_asked(helper, own_args, kwargs):
                for attribute, amount in helper.adds.items():
                    setattr(args[0], attribute, getattr(args[0], attribute) + amount)
                return copy.deepcopy(helper.result)
        return own(*args, **kwargs)

    return stand_in


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


def _is_asked(helper: Given, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call is the one whose result is known, however its arguments are written."""
    if len(args) > len(helper.arguments):
        return False
    asked = helper.defaults | dict(zip(helper.arguments, args, strict=False)) | kwargs
    if asked.keys() != helper.arguments.keys():
        return False
    return all(_alike(asked[name], value) for name, value in helper.arguments.items())


def _alike(asked: Any, value: Any) -> bool:
    """Whether two arguments hold the same numbers, arrays inside tuples included."""
    if isinstance(value, (tuple, list)):
        return isinstance(asked, (tuple, list)) and len(asked) == len(value) and all(map(_alike, asked, value))
    try:
        return np.shape(asked) == np.shape(value) and bool(np.allclose(asked, value))
    except (TypeError, ValueError):
        return False
