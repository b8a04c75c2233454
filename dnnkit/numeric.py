"""Checks that need no derivation: numerical gradients, relative error, the adjoint test.

A numerical gradient of sum(f(x) * dy) is what a backward function must return for dy. Central differences of a
linear function are exact for any step, so there a large step leaves only rounding; for smooth functions the
error is of order h^2.

What counts as the same number is said here too, once for the checks and for the widgets.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["adjoint_error", "close", "numerical_gradient", "numerical_gradient_of_batch", "relative_error"]

RELATIVE = 1e-7
ABSOLUTE = 1e-9  # times the largest expected magnitude, where that is above 1

Function = Callable[[np.ndarray], np.ndarray]


def numerical_gradient(f: Function, x: np.ndarray, dy: np.ndarray | float = 1.0, h: float = 1e-5) -> np.ndarray:
    """Gradient of sum(f(x) * dy), by central differences: two calls of f for each entry of x.

    x: any shape, dy: the shape of f(x), or one number for all of it. Returns the shape of x.
    Raises ValueError when dy has another shape.

    >>> numerical_gradient(lambda x: x**2, np.array([1.0, 3.0]), dy=np.array([1.0, 10.0])).round(6)
    array([ 2., 60.])
    """
    x = np.array(x, dtype=np.float64)
    dx = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        difference = np.asarray(f(x + step) - f(x - step))
        if np.ndim(dy) and np.shape(dy) != difference.shape:
            raise ValueError(
                f"numerical_gradient: got dy {np.shape(dy)}, and f(x) is {difference.shape}; "
                "expected a dy of the same shape, or one number"
            )
        dx[index] = np.sum(difference * dy) / (2 * h)
    return dx


def numerical_gradient_of_batch(f: Function, x: np.ndarray, dy: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The same in one call of f, for an f that treats every example of a batch by itself.

    x: (B, ...), dy: the shape of f(x), (B, ...). Returns the shape of x. Every entry of an example is moved in a
    copy of it, and all copies go through f as one batch; all examples take part at once.
    Raises ValueError when f does not give one output for each example, or dy is not one for each.

    >>> f = lambda x: x[:, 1:] - x[:, :-1]
    >>> numerical_gradient_of_batch(f, np.zeros((2, 3)), dy=np.array([[1.0, 0.0], [2.0, 5.0]]), h=1.0)
    array([[-1.,  1.,  0.],
           [-2., -3.,  5.]])
    """
    x = np.asarray(x, dtype=np.float64)
    B, entries = len(x), x[0].size
    if len(dy) != B:
        raise ValueError(
            f"numerical_gradient_of_batch: got x {x.shape} and dy {dy.shape}; expected as many dy as examples"
        )
    steps = h * np.eye(entries).reshape(entries, 1, *x.shape[1:])
    moved = np.concatenate([x + steps, x - steps]).reshape(2 * entries * B, *x.shape[1:])
    y = f(moved)
    if y.shape != (len(moved), *dy.shape[1:]):
        raise ValueError(
            f"numerical_gradient_of_batch: f made {y.shape} of a batch {moved.shape}; "
            f"expected {(len(moved), *dy.shape[1:])}, one output like dy's for each example"
        )
    plus, minus = y.reshape(2, entries, B, -1)
    slopes = np.einsum("ebj,bj->be", plus - minus, dy.reshape(B, -1)) / (2 * h)
    return slopes.reshape(x.shape)


def close(got: Any, expected: Any) -> Any:
    """Where numbers are the expected ones, but for rounding; nan is close to nan.

    got, expected: arrays of one shape, or numbers. Returns bools of that shape.

    >>> close(np.array([1.0, 1.0]), np.array([1 + 1e-12, 1.001]))
    array([ True, False])
    """
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))))
    with np.errstate(over="ignore"):
        return np.isclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE * scale, equal_nan=True)


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference between two arrays, measured against their largest entry; 0 when both are 0.

    Raises ValueError when the shapes differ.

    >>> relative_error(np.array([1.0, 200.0]), np.array([1.0, 202.0]))
    0.009900990099009901
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"relative_error: got shapes {a.shape} and {b.shape}; expected the same shape")
    difference = np.abs(a - b).max(initial=0)
    return 0.0 if difference == 0 else float(difference / max(np.abs(a).max(), np.abs(b).max()))


def adjoint_error(forward: Function, backward: Function, x: np.ndarray, y: np.ndarray) -> float:
    """How far a linear function and its backward are from <forward(x), y> = <x, backward(y)>.

    x: any shape, y: the shape of forward(x). Returns the difference relative to what the sums could at most be.
    Raises ValueError when forward(x) and y, or backward(y) and x, differ in shape.

    >>> A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> adjoint_error(lambda x: A @ x, lambda y: A.T @ y, np.ones(2), np.ones(3))
    0.0
    """
    Ax, ATy = forward(x), backward(y)
    if Ax.shape != y.shape or ATy.shape != x.shape:
        raise ValueError(
            f"adjoint_error: forward made {Ax.shape} of {x.shape} and backward {ATy.shape} of {y.shape}; "
            f"expected {y.shape} and {x.shape}"
        )
    difference = abs(np.vdot(Ax, y) - np.vdot(x, ATy))
    scale = max(np.linalg.norm(Ax) * np.linalg.norm(y), np.linalg.norm(x) * np.linalg.norm(ATy))
    return 0.0 if difference == 0 else float(difference / scale)
