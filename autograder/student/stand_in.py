"""For the time of one call, the student's helper functions give the right result where it is known.

A function under judgment may call another of the student's functions. Were that one wrong, its mistake would be
charged twice; so the judge sends along what the helper gives for the arguments that this call needs.
"""

import contextlib
import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Given = tuple[str, tuple[Any, ...], Any]  # name of the helper, all of its arguments in order, its result


class StandIn:
    """A student's function, but for the calls whose result is given."""

    def __init__(self, own: Callable[..., Any], results: list[tuple[tuple[Any, ...], Any]]) -> None:
        self._own = own
        self._results = results

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        asked = _in_order(self._own, args, kwargs)
        for arguments, value in self._results:
            if asked is not None and _alike(asked, arguments):
                return copy.deepcopy(value)
        return self._own(*args, **kwargs)


@contextlib.contextmanager
def given_results(namespace: dict[str, Any], given: list[Given]) -> Iterator[None]:
    """Put stand-ins into `namespace` for the helpers that it defines, and take them out again."""
    own = {name: namespace[name] for name, _, _ in given if callable(namespace.get(name))}
    for name, function in own.items():
        namespace[name] = StandIn(function, [(args, value) for helper, args, value in given if helper == name])
    try:
        yield
    finally:
        namespace.update(own)


def _in_order(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
    """All arguments of a call in the order of the signature, defaults included; None where they do not fit."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return tuple(bound.arguments.values())


def _alike(asked: tuple[Any, ...], arguments: tuple[Any, ...]) -> bool:
    if len(asked) != len(arguments):
        return False
    try:
        return all(np.shape(a) == np.shape(b) and np.allclose(a, b) for a, b in zip(asked, arguments, strict=True))
    except (TypeError, ValueError):
        return False
