"""Batch normalisation in training and in evaluation, forward and backward, for rows of features or for images.

The gradients come from the forward pass alone: a number moves a little, and what the loss does is looked at. The
moves are imaginary, so that no digit is lost however small they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.conv import upstream
from dnnkit.trace.sliding import Floats

__all__ = ["BatchNormTrace", "normalise", "trace_batchnorm"]

TINY = 1e-30


@dataclass(frozen=True, eq=False)
class BatchNormTrace:
    """One batch normalisation in numbers. D is the last axis of x: numbers with the same place on it share a mean.

    x, x_hat, y, dy, dx  the shape of x
    gamma, beta          (D,)
    mean, var, std       (D,), that x was normalised with: var is the population's in training; std holds epsilon
    dgamma, dbeta        (D,)
    mean_dy              (D,), mean of dy over the numbers that share a mean
    mean_dy_x_hat        (D,), mean of dy times x_hat over them
    running_mean         (D,), after this batch: (1 - momentum) * old + momentum * batch
    running_var          (D,), the same with the unbiased variance
    epsilon              that was added to the variance
    training             whether the batch's own statistics were used
    """

    x: Floats
    x_hat: Floats
    y: Floats
    dy: Floats
    dx: Floats
    gamma: Floats
    beta: Floats
    mean: Floats
    var: Floats
    std: Floats
    dgamma: Floats
    dbeta: Floats
    mean_dy: Floats
    mean_dy_x_hat: Floats
    running_mean: Floats
    running_var: Floats
    epsilon: float
    training: bool

    def matrix(self) -> Floats:
        """The derivative of the flattened y with respect to the flattened x: (x.size, x.size)."""
        rows, statistics = self.x.reshape(-1, len(self.mean)), None if self.training else (self.mean, self.var)
        matrix = np.empty((rows.size, rows.size))
        for n in range(rows.size):
            moved = rows.astype(complex)
            moved.flat[n] += 1j * TINY
            y = normalise(moved, self.gamma, self.beta, self.epsilon, statistics)
            matrix[:, n] = y.imag.ravel() / TINY
        return matrix


def trace_batchnorm(
    x: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    epsilon: float = 1e-8,
    *,
    training: bool = True,
    momentum: float = 0.1,
    dy: ArrayLike | None = None,
) -> BatchNormTrace:
    """Every number of a batch normalisation and of its gradients.

    x            (N, D) or (B, H, W, D)
    gamma, beta  (D,), ones and zeros where they are not given
    dy           the shape of x; small whole numbers where it is not given

    The running statistics start at 0 and 1, see this batch once and serve where `training` is false.

    >>> trace_batchnorm([[1.0], [3.0]]).y.round(3).ravel()
    array([-1.,  1.])

    Raises:
        ValueError: a shape does not fit, or a batch of one number has no variance.
    """
    x, gamma, beta, dy = _checked(x, gamma, beta, dy)
    features, count = x.shape[-1], x.size // x.shape[-1]
    rows, dy_rows = x.reshape(count, features), dy.reshape(count, features)
    mean, var = _statistics(rows)
    running_mean, running_var = momentum * mean, (1 - momentum) + momentum * var * count / (count - 1)
    statistics = None if training else (running_mean, running_var)
    if not training:
        mean, var = running_mean, running_var

    def forward(rows: Any = rows, gamma: Any = gamma, beta: Any = beta) -> Any:
        return normalise(rows, gamma, beta, epsilon, statistics)

    x_hat = forward(gamma=1.0, beta=0.0)
    return BatchNormTrace(
        x=x,
        x_hat=x_hat.reshape(x.shape),
        y=forward().reshape(x.shape),
        dy=dy,
        dx=_slopes(forward, rows, dy_rows).reshape(x.shape),
        gamma=gamma,
        beta=beta,
        mean=mean,
        var=var,
        std=np.sqrt(var + epsilon),
        dgamma=_effect(forward(gamma=gamma + 1j * TINY), dy_rows),
        dbeta=_effect(forward(beta=beta + 1j * TINY), dy_rows),
        mean_dy=dy_rows.mean(axis=0),
        mean_dy_x_hat=(dy_rows * x_hat).mean(axis=0),
        running_mean=running_mean,
        running_var=running_var,
        epsilon=epsilon,
        training=training,
    )


def normalise(rows: Any, gamma: Any, beta: Any, epsilon: float, statistics: Any = None) -> Any:
    """Normalise each column of rows (M, D) with its own mean and variance, or with those of `statistics`."""
    mean, var = statistics or _statistics(rows)
    return gamma * (rows - mean) / np.sqrt(var + epsilon) + beta


def _checked(x: Any, gamma: Any, beta: Any, dy: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """The arguments as arrays that go together."""
    x = np.asarray(x, float)
    if x.ndim not in (2, 4) or not x.size:
        raise ValueError(f"x has shape {x.shape}; expected (N, D) or (B, H, W, D)")
    features = x.shape[-1]
    if x.size < 2 * features:
        raise ValueError(f"x has shape {x.shape}: each mean would be that of one number; give at least two")
    gamma = np.ones(features) if gamma is None else np.asarray(gamma, float)
    beta = np.zeros(features) if beta is None else np.asarray(beta, float)
    dy = upstream(x.shape) if dy is None else np.asarray(dy, float)
    for name, array, shape in (("gamma", gamma, (features,)), ("beta", beta, (features,)), ("dy", dy, x.shape)):
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}; expected {shape}")
    return x, gamma, beta, dy


def _statistics(rows: Any) -> tuple[Any, Any]:
    """Mean and population variance of each column, of complex numbers too."""
    mean = rows.mean(axis=0)
    return mean, ((rows - mean) ** 2).mean(axis=0)


def _effect(moved: Any, dy: Floats) -> Floats:
    """What an imaginary move of length TINY did to sum(y * dy), for each column: (D,)."""
    effect: Floats = (moved.imag * dy).sum(axis=0) / TINY
    return effect


def _slopes(forward: Callable[[Any], Any], rows: Floats, dy: Floats) -> Floats:
    """d sum(y * dy) / d (each number), by moving it a little; numbers of different columns do not meet."""
    slopes = np.empty_like(rows)
    for n in range(len(rows)):
        moved = rows.astype(complex)
        moved[n] += 1j * TINY
        slopes[n] = _effect(forward(moved), dy)
    return slopes
