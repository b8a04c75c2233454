"""Batch normalisation in training and in evaluation, forward and backward, for rows of features or for images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.conv import upstream
from dnnkit.trace.sliding import Floats

__all__ = ["BatchNormTrace", "trace_batchnorm"]


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
    training: bool


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
    x = np.asarray(x, float)
    if x.ndim not in (2, 4) or not x.size:
        raise ValueError(f"x has shape {x.shape}; expected (N, D) or (B, H, W, D)")
    axes, features = tuple(range(x.ndim - 1)), x.shape[-1]
    count = x.size // features
    if count < 2:
        raise ValueError(f"x has shape {x.shape}: each mean would be that of one number; give at least two")
    gamma = np.ones(features) if gamma is None else np.asarray(gamma, float)
    beta = np.zeros(features) if beta is None else np.asarray(beta, float)
    dy = upstream(x.shape) if dy is None else np.asarray(dy, float)
    for name, array, shape in (("gamma", gamma, (features,)), ("beta", beta, (features,)), ("dy", dy, x.shape)):
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}; expected {shape}")
    mean, var = x.mean(axis=axes), x.var(axis=axes)
    running_mean = momentum * mean
    running_var = (1 - momentum) + momentum * var * count / (count - 1)
    if not training:
        mean, var = running_mean, running_var
    std = np.sqrt(var + epsilon)
    x_hat = (x - mean) / std
    mean_dy, mean_dy_x_hat = dy.mean(axis=axes), (dy * x_hat).mean(axis=axes)
    dx = gamma / std * (dy - mean_dy - x_hat * mean_dy_x_hat if training else dy)
    return BatchNormTrace(
        x=x,
        x_hat=x_hat,
        y=gamma * x_hat + beta,
        dy=dy,
        dx=dx,
        gamma=gamma,
        beta=beta,
        mean=mean,
        var=var,
        std=std,
        dgamma=(dy * x_hat).sum(axis=axes),
        dbeta=dy.sum(axis=axes),
        mean_dy=mean_dy,
        mean_dy_x_hat=mean_dy_x_hat,
        running_mean=running_mean,
        running_var=running_var,
        training=training,
    )
