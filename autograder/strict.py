"""NumPy's comparisons as graded cells get them: strict about the form of what a student's function returned.

NumPy lets arrays of different shapes meet, so an empty array is close to everything, and one number to an array
that repeats it. In a graded cell both sides must have the same shape, hold numbers of the same kind (real, complex,
truth values), and not be empty unless both are. Only a single number on the right may stand for a whole array.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["strict_comparisons"]

ASSERTIONS = (
    "assert_allclose",
    "assert_almost_equal",
    "assert_approx_equal",
    "assert_array_almost_equal",
    "assert_array_equal",
    "assert_array_less",
    "assert_equal",
)
QUESTIONS = ("allclose", "array_equiv", "isclose")
KINDS = {"b": "truth values", "i": "numbers", "u": "numbers", "f": "numbers", "c": "complex numbers"}


@contextlib.contextmanager
def strict_comparisons() -> Iterator[None]:
    """Until the end of the block `numpy.testing` raises, and `np.allclose` and its like are false, over a wrong form.

    >>> with strict_comparisons():
    ...     np.allclose(np.ones((0, 3)), np.ones(3)), np.allclose(np.ones(3), 1)
    (np.False_, True)
    """
    replaced = [(np.testing, name, _raising) for name in ASSERTIONS] + [(np, name, _asking) for name in QUESTIONS]
    with contextlib.ExitStack() as undo:
        for module, name, strict in replaced:
            own = getattr(module, name)
            undo.callback(setattr, module, name, own)
            setattr(module, name, strict(own))
        yield


def _raising(compare: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(compare)

    @functools.wraps(compare)
    def strict(*args: Any, **kwargs: Any) -> Any:
        if wrong := _wrong_form(*_sides(signature, args, kwargs)):
            raise AssertionError(wrong)
        return compare(*args, **kwargs)

    return strict


def _asking(compare: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(compare)

    @functools.wraps(compare)
    def strict(*args: Any, **kwargs: Any) -> Any:
        return np.False_ if _wrong_form(*_sides(signature, args, kwargs)) else compare(*args, **kwargs)

    return strict


def _sides(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The two values to compare, however they were handed over."""
    return list(signature.bind(*args, **kwargs).arguments.values())[:2]


def _wrong_form(got: Any, wanted: Any) -> str:
    """What is wrong with the form of `got`, "" where nothing is, or where either holds no numbers."""
    try:
        left, right = np.asarray(got), np.asarray(wanted)
    except ValueError:  # unlike arrays in a tuple, which NumPy compares entry by entry
        both = isinstance(got, (tuple, list)) and isinstance(wanted, (tuple, list))
        return next(filter(None, map(_wrong_form, got, wanted)), "") if both else ""
    if left.dtype.kind not in KINDS or right.dtype.kind not in KINDS:
        return ""
    if KINDS[left.dtype.kind] != KINDS[right.dtype.kind]:
        return f"{KINDS[left.dtype.kind]} came; {KINDS[right.dtype.kind]} were expected"
    one_for_all = right.ndim == 0 and left.size > 0
    if left.shape != right.shape and not one_for_all:
        return f"shape {left.shape} came; {right.shape} was expected"
    return ""
