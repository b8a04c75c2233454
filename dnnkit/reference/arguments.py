"""What the reference asks of its arguments, and what it says when they make no sense."""

from typing import Any

import numpy as np

__all__ = ["floats", "match_shapes", "whole_number"]


def floats(*arrays: Any) -> tuple[np.ndarray, ...]:
    """Give all arguments one inexact type: float32 stays float32, integers become float64.

    >>> [a.dtype.name for a in floats(np.ones(2, np.float32), np.zeros(3, np.float32))]
    ['float32', 'float32']
    >>> floats([1, 2])[0].dtype.name
    'float64'
    """
    dtype = np.result_type(*[np.asarray(a) for a in arrays])
    if dtype.kind not in "fc":
        dtype = np.dtype(np.float64)
    return tuple(np.asarray(a, dtype) for a in arrays)


def match_shapes(function: str, **arguments: tuple[np.ndarray, str]) -> dict[str, int]:
    """Bind the letters of the course's shapes to sizes, each letter to one size.

    Each argument is ``name=(array, "letters of its axes")``; a number stands for itself.
    Raises ValueError when an array has other axes than its letters, or one letter two sizes.

    >>> x, w = np.zeros((2, 8, 6, 3)), np.zeros((5, 3, 3, 10))
    >>> match_shapes("conv2d", x=(x, "B H W C"), w=(w, "kh kw C F"))
    {'B': 2, 'H': 8, 'W': 6, 'C': 3, 'kh': 5, 'kw': 3, 'F': 10}
    >>> match_shapes("conv2d", x=(x, "B H W C"), w=(w[:, :, :2], "kh kw C F"))
    Traceback (most recent call last):
    ValueError: conv2d: w has shape (5, 3, 2, 10); expected (kh, kw, C, F) with C = 3, as in x (2, 8, 6, 3)
    """
    sizes: dict[str, int] = {}
    for name, (array, axes) in arguments.items():
        letters = axes.split()
        if len(letters) != array.ndim:
            raise ValueError(_shape_message(function, name, array, letters))
        for letter, size in zip(letters, array.shape, strict=True):
            if sizes.setdefault(letter, int(letter) if letter.isdecimal() else size) != size:
                owner = next((n, a) for n, (a, axes) in arguments.items() if letter in axes.split())
                raise ValueError(_shape_message(function, name, array, letters, letter, sizes[letter], owner))
    return sizes


def _shape_message(
    function: str,
    name: str,
    array: np.ndarray,
    letters: list[str],
    letter: str = "",
    size: int = 0,
    owner: tuple[str, np.ndarray] | None = None,
) -> str:
    message = f"{function}: {name} has shape {array.shape}; expected ({', '.join(letters)})"
    if owner is None or letter.isdecimal():
        return message
    if owner[0] == name:
        return f"{message} with one size for both {letter}"
    return f"{message} with {letter} = {size}, as in {owner[0]} {owner[1].shape}"


def whole_number(function: str, name: str, value: int, at_least: int) -> None:
    """Raise ValueError unless ``value`` is an int (NumPy's too) of at least ``at_least``."""
    if not isinstance(value, int | np.integer) or value < at_least:
        raise ValueError(f"{function}: {name} = {value!r}; expected an int of at least {at_least}")
