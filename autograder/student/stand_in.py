"""For the time of one call, the student's helper functions give the right result where it is known.

A function under judgment may call another of the student's functions. Were that one wrong, its mistake would be
charged twice; so the judge sends along what the helper gives for the arguments that this call needs.
"""

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np


class Given(NamedTuple):
    """The right result of one call of a helper.

    `name` is a global function or, as in "RNNCell.backward", a method; `args` are all of its arguments in order,
    without self. `adds` says what a method adds to attributes of its instance.
    """

    name: str
    args: tuple[Any, ...]
    result: Any
    adds: dict[str, Any] | None = None


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
        asked = _in_order(own, args, kwargs)
        for helper in known:
            skipped = 1 if "." in helper.name else 0
            if asked is not None and _alike(asked[skipped:], helper.args):
                for attribute, amount in (helper.adds or {}).items():
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


def _in_order(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """All arguments of a call in the order of the signature, defaults included; None where they do not fit."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return tuple(bound.arguments.values())


def _alike(asked: Any, arguments: Any) -> bool:
    """Whether two arguments hold the same numbers; of tuples and lists, such as caches, entry by entry."""
    if isinstance(asked, (tuple, list)) and isinstance(arguments, (tuple, list)):
        return len(asked) == len(arguments) and all(map(_alike, asked, arguments))
    try:
        return np.shape(asked) == np.shape(arguments) and bool(np.allclose(asked, arguments))
    except (TypeError, ValueError):
        return False
