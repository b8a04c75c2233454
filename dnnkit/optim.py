"""Stochastic gradient descent, as the notebooks' trainings use it."""

from collections.abc import Sequence

import numpy as np

__all__ = ["SGD"]


class SGD:
    """Gradient descent with momentum, as PyTorch's: v = momentum v + gradient, parameter -= lr v.

    parameters: arrays that ``step`` changes in place; nothing else of dnnkit does that.

    >>> w = np.array([1.0])
    >>> optimizer = SGD([w], lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.step([np.array([1.0])])
    >>> w
    array([0.75])
    """

    def __init__(self, parameters: Sequence[np.ndarray], lr: float, momentum: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.lr, self.momentum = lr, momentum
        self.velocities = [np.zeros_like(parameter) for parameter in self.parameters]

    def step(self, gradients: Sequence[np.ndarray]) -> None:
        """Take one step. gradients: one for each parameter, of its shape. Raises ValueError when they are not."""
        got, expected = [g.shape for g in gradients], [p.shape for p in self.parameters]
        if got != expected:
            raise ValueError(f"SGD.step: got gradients of shapes {got}; expected {expected}")
        for parameter, velocity, gradient in zip(self.parameters, self.velocities, gradients, strict=True):
            velocity *= self.momentum
            velocity += gradient
            parameter -= self.lr * velocity
