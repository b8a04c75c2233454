"""What the student's helper functions are to give while a function that calls them is judged.

A function under judgment may call another of the student's functions. Were that one wrong, its mistake would be
charged twice. So the judge knows the right result of every helper's call that a right answer makes, and tells it to
a helper that is called with just these arguments (autograder.student.stand_in). What no helper was called with is
never told, so that a student's process holds no result that its code has not worked towards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.student.stand_in import Helper

__all__ = ["Given", "helpers", "known_result"]

RELATIVE, ABSOLUTE = 1e-5, 1e-8


@dataclass(frozen=True)
class Given:
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


def helpers(given: Iterable[Given]) -> list[Helper]:
    """The functions whose results are given, each once: their names and parameters, none of the results."""
    return list({one.name: Helper(one.name, list(one.arguments), one.defaults) for one in given}.values())


def known_result(given: Sequence[Given], name: str, arguments: Mapping[str, Any]) -> Given | None:
    """What a helper gives that was called with these arguments, None where it is not known."""
    with np.errstate(all="ignore"):
        return next((one for one in given if one.name == name and _same(one.arguments, arguments)), None)


def _same(known: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return known.keys() == asked.keys() and all(_alike(asked[name], value) for name, value in known.items())


def _alike(asked: Any, value: Any) -> bool:
    """Whether two arguments hold the same numbers, arrays inside tuples included."""
    if isinstance(value, (tuple, list)):
        return isinstance(asked, (tuple, list)) and len(asked) == len(value) and all(map(_alike, asked, value))
    try:
        asked, value = np.asarray(asked), np.asarray(value)
        if asked.shape != value.shape:
            return False
        return bool((abs(asked - value) <= ABSOLUTE + RELATIVE * abs(value)).all())
    except (TypeError, ValueError):  # no numbers
        return False
