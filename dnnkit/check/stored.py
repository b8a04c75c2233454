"""The visible cases: arguments, expected values and the values of known mistakes, from dnnkit/data/cases.

The files hold numbers and hints only, never code that computes an answer. Instructors rebuild them with
``python -m autograder.visible_cases``.
"""

import json
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from dnnkit.check.outcome import Case, Outcome, Step
from dnnkit.errors import CourseError

__all__ = ["Mistake", "StoredItem", "decode", "encode", "stored_item", "task_names"]


@dataclass(frozen=True)
class Mistake:
    """What one known mistake gives in the cases where it is wrong, and the hint for whoever made it."""

    hint: str
    wrong: dict[int, Outcome]


@dataclass(frozen=True)
class StoredItem:
    """One graded item as a student's check knows it.

    Where `form_only` is true the expected values only have the right form (kind, length, shape): by-hand
    answers, whose values are told after grading.
    """

    name: str
    cases: tuple[Case, ...]
    expected: tuple[Outcome, ...]
    mistakes: tuple[Mistake, ...]
    entries: bool
    form_only: bool


@cache
def stored_item(name: str) -> StoredItem:
    """The stored cases of an item. Raises CourseError for a name that no notebook asks for."""
    items = _all_items()
    if name not in items:
        raise CourseError(f"check({name!r}, ...): no task has this name; the tasks are {', '.join(task_names())}.")
    return decode(items[name])


def task_names() -> list[str]:
    """The names of all tasks that have visible cases."""
    return sorted(_all_items())


@cache
def _all_items() -> dict[str, Any]:
    folder = resources.files("dnnkit.data") / "cases"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return {name: item for file in files for name, item in json.loads(file.read_text("utf-8")).items()}


_CLASSES = {cls.__name__: cls for cls in (Case, Step, Outcome, Mistake, StoredItem)}


def encode(value: Any) -> Any:
    """A plain value, array or dataclass of this room as JSON data; exact, also for tuples and dtypes."""
    if isinstance(value, np.ndarray):
        return {"array": value.ravel().tolist(), "shape": list(value.shape), "dtype": str(value.dtype)}
    if isinstance(value, tuple):
        return {"tuple": [encode(entry) for entry in value]}
    if isinstance(value, list):
        return [encode(entry) for entry in value]
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(entry)] for key, entry in value.items()]}
    if type(value).__name__ in _CLASSES:
        told = (field for field in fields(value) if not _is_default(field, getattr(value, field.name)))
        return {type(value).__name__: {field.name: encode(getattr(value, field.name)) for field in told}}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be stored among the visible cases")


def _is_default(field: Field, value: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return type(value) is type(default) and value == default


def decode(data: Any) -> Any:
    """The inverse of `encode`.

    >>> decode(encode((1, np.ones((2, 0), "float32"))))
    (1, array([], shape=(2, 0), dtype=float32))
    """
    if isinstance(data, list):
        return [decode(entry) for entry in data]
    if not isinstance(data, dict):
        return data
    if "array" in data:
        return np.array(data["array"], dtype=data["dtype"]).reshape(data["shape"])
    ((kind, content),) = data.items()
    if kind == "tuple":
        return tuple(decode(entry) for entry in content)
    if kind == "dict":
        return {decode(key): decode(entry) for key, entry in content}
    return _CLASSES[kind](**{key: decode(entry) for key, entry in content.items()})
