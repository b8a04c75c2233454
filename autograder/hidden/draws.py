"""Drawing hidden cases: sizes and numbers that do not coincide by accident."""

import numpy as np

__all__ = ["axis_length", "integer", "numbers"]


def integer(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(rng.integers(low, high + 1))


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of both signs, all different, none of them close to zero."""
    size = int(np.prod(shape))
    magnitudes = 0.5 + rng.permutation(size) / size + rng.uniform(0, 0.5 / size, size)
    return (magnitudes * rng.choice([-1.0, 1.0], size)).reshape(shape)


def axis_length(k: int, stride: int, steps: int, rest: int = 0, padding: int = 0) -> int:
    """Length of an axis on which a filter of length k takes `steps` steps and leaves `rest` entries over."""
    return k + steps * stride + rest - 2 * padding
