"""What the reference asks of its arguments, and what it says when they make no sense."""

from typing import Any

import numpy as np

__all__ = ["expect_shape", "floats", "match_shapes", "whole_numbers"]


def floats(*arrays: Any) -> tuple[np.ndarray, ...]:
    """Give all arguments the type of the first: float32 stays float32, integers become float64.

    >>> [a.dtype.name for a in floats(np.ones(2, np.float32), np.zeros(3))]
    ['float32', 'float32']
    >>> floats([1, 2])[0].dtype.name
    'float64'
    """
    first, *others = map(np.asarray, arrays)
    dtype = first.dtype if first.dtype.kind == "f" else np.dtype(np.float64)
    return tuple(array.astype(dtype, copy=False) for array in (first, *others))


def match_shapes(function: str, **arguments: tuple[np.ndarray, str]) -> tuple[int, ...]:
    """Bind the letters of the course's shapes to sizes, and return those in order of appearance.

    Each argument is ``name=(array, "letters of its axes")``.
    Raises ValueError when an array has other axes than its letters, or a letter two sizes or size 0.

    >>> x, w = np.zeros((2, 8, 6, 3)), np.zeros((5, 3, 3, 10))
    >>> match_shapes("conv2d", x=(x, "B H W C"), w=(w, "kh kw C F"))
    (2, 8, 6, 3, 5, 3, 10)
    >>> match_shapes("conv2d", x=(x, "B H W C"), w=(w[:, :, 1:], "kh kw C F"))
    Traceback (most recent call last):
    ValueError: conv2d: got x (2, 8, 6, 3), w (5, 3, 2, 10); expected x (B, H, W, C), w (kh, kw, C, F), \
but C is 3 and 2
    """
    sizes: dict[str, int] = {}
    for array, axes in arguments.values():
        letters = axes.split()
        if len(letters) != array.ndim:
            raise ValueError(_got_and_expected(function, arguments))
        for letter, size in zip(letters, array.shape, strict=True):
            if sizes.setdefault(letter, size) != size or size == 0:
                both = f", but {letter} is {sizes[letter]} and {size}" if size else f", but {letter} is 0"
                raise ValueError(_got_and_expected(function, arguments) + both)
    return tuple(sizes.values())


def expect_shape(function: str, name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless the array has just this shape, which the other arguments ask for.

    >>> expect_shape("conv2d_backward", "dy", np.zeros((2, 3)), (2, 4))
    Traceback (most recent call last):
    ValueError: conv2d_backward: got dy (2, 3); expected (2, 4)
    """
    if array.shape != shape:
        raise ValueError(f"{function}: got {name} {array.shape}; expected {shape}")


def whole_numbers(function: str, lowest: int, **arguments: int) -> None:
    """Raise ValueError unless every argument is a whole number, a NumPy one will do, of at least `lowest`.

    >>> whole_numbers("maxpool2d", 1, K=2, S=0)
    Traceback (most recent call last):
    ValueError: maxpool2d: S is 0; expected an int of at least 1
    """
    for name, value in arguments.items():
        if not isinstance(value, (int, np.integer)) or value < lowest:
            raise ValueError(f"{function}: {name} is {value!r}; expected an int of at least {lowest}")


def _got_and_expected(function: str, arguments: dict[str, tuple[np.ndarray, str]]) -> str:
    got = ", ".join(f"{name} {array.shape}" for name, (array, _) in arguments.items())
    expected = ", ".join(f"{name} ({', '.join(axes.split())})" for name, (_, axes) in arguments.items())
    return f"{function}: got {got}; expected {expected}"
