"""Misconceptions written as plain functions: the function's name is theirs, its docstring is the hint."""

import inspect
from collections.abc import Callable
from typing import Any

from autograder.items import Misconception

__all__ = ["named"]


def named(*wrong: Callable[..., Any]) -> tuple[Misconception, ...]:
    """Turn wrong implementations into misconceptions.

    >>> def forgets_one(n, k):
    ...     '''Count the positions of a filter as long as the input.'''
    ...     return n - k
    >>> named(forgets_one)[0].name, named(forgets_one)[0].hint
    ('forgets_one', 'Count the positions of a filter as long as the input.')

    Raises ValueError for a function without a docstring: a mistake worth naming is worth a hint.
    """
    return tuple(Misconception(answer.__name__, _hint(answer), answer) for answer in wrong)


def _hint(answer: Callable[..., Any]) -> str:
    hint = " ".join((inspect.getdoc(answer) or "").split())
    if not hint:
        raise ValueError(f"{answer.__qualname__} has no docstring; its hint to the student is due there")
    return hint
