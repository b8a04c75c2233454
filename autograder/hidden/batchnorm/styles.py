"""Notebook 05: other right answers, each complete in itself. All of them must get full points and no hint."""

from typing import Any

import numpy as np

from autograder.hidden.batchnorm.layer_styles import LAYERS

__all__ = ["STYLES"]


def norm_with_loops(x, gamma, beta, epsilon=1e-8):
    N, D = x.shape
    x_hat, y, inv_std = np.zeros((N, D)), np.zeros((N, D)), np.zeros(D)
    for d in range(D):
        mean = sum(x[n, d] for n in range(N)) / N
        var = sum((x[n, d] - mean) ** 2 for n in range(N)) / N
        inv_std[d] = 1 / np.sqrt(var + epsilon)
        for n in range(N):
            x_hat[n, d] = (x[n, d] - mean) * inv_std[d]
            y[n, d] = gamma[d] * x_hat[n, d] + beta[d]
    return y, (x_hat, gamma, inv_std)


def norm_with_var(x, gamma, beta, epsilon=1e-8):
    inv_std = (np.var(x, axis=0) + epsilon) ** -0.5
    x_hat = (x - np.mean(x, axis=0)) * inv_std
    return x_hat * gamma + beta, (x_hat, gamma, inv_std)


def norm_on_the_transpose(x, gamma, beta, epsilon=1e-8):
    rows = x.T - x.T.mean(axis=1, keepdims=True)
    inv_std = np.reciprocal(np.sqrt((rows**2).mean(axis=1) + epsilon))
    x_hat = rows * inv_std[:, None]
    return (gamma[:, None] * x_hat + beta[:, None]).T, [x_hat.T, gamma.copy(), inv_std]


def norm_with_einsum(x, gamma, beta, epsilon=1e-8):
    centred = x - np.einsum("nd->d", x) / len(x)
    inv_std = 1.0 / np.sqrt(np.einsum("nd,nd->d", centred, centred) / len(x) + epsilon)
    x_hat = np.einsum("nd,d->nd", centred, inv_std)
    return np.einsum("nd,d->nd", x_hat, gamma) + beta, (x_hat, gamma, inv_std)


def backward_with_loops(dy, cache):
    x_hat, gamma, inv_std = cache
    N, D = dy.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for d in range(D):
        for n in range(N):
            dgamma[d] += dy[n, d] * x_hat[n, d]
            dbeta[d] += dy[n, d]
        for n in range(N):
            taken_back = (dbeta[d] + x_hat[n, d] * dgamma[d]) / N
            dx[n, d] = gamma[d] * inv_std[d] * (dy[n, d] - taken_back)
    return dx, dgamma, dbeta


def backward_step_by_step(dy, cache):
    x_hat, gamma, inv_std = cache
    N = dy.shape[0]
    dx_hat = dy * gamma
    centred = x_hat / inv_std
    dvar = np.sum(dx_hat * centred, axis=0) * -0.5 * inv_std**3
    dmean = -np.sum(dx_hat * inv_std, axis=0) - 2 * dvar * np.mean(centred, axis=0)
    dx = dx_hat * inv_std + dvar * 2 * centred / N + dmean / N
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def backward_with_the_jacobian(dy, cache):
    x_hat, gamma, inv_std = cache
    N, D = dy.shape
    dx = np.empty((N, D), order="F")
    for d in range(D):
        jacobian = np.eye(N) - 1 / N - np.outer(x_hat[:, d], x_hat[:, d]) / N
        dx[:, d] = gamma[d] * inv_std[d] * jacobian @ dy[:, d]
    return [dx, np.diag(dy.T @ x_hat).copy(), np.ones(N) @ dy]


def backward_as_in_the_paper(dy, cache):
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    dx = inv_std * (dx_hat - dx_hat.mean(0) - x_hat * np.mean(dx_hat * x_hat, axis=0))
    return dx, np.einsum("nd,nd->d", dy, x_hat), dy.sum(0)


def cnn_over_three_axes(x, gamma, beta, epsilon=1e-8):
    mean, var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    inv_std = 1 / np.sqrt(var + epsilon)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def cnn_by_reshaping(x, gamma, beta, epsilon=1e-8):
    rows = x.reshape(-1, x.shape[-1])
    centred = rows - rows.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + epsilon)
    x_hat = (centred * inv_std).reshape(x.shape)
    return x_hat * gamma + beta, (x_hat, gamma, inv_std)


def cnn_channel_by_channel(x, gamma, beta, epsilon=1e-8):
    x_hat, y, inv_std = np.empty(x.shape), np.empty(x.shape), []
    for c in range(x.shape[-1]):
        channel = x[..., c]
        inv_std.append(1 / np.sqrt(channel.var() + epsilon))
        x_hat[..., c] = (channel - channel.mean()) * inv_std[-1]
        y[..., c] = gamma[c] * x_hat[..., c] + beta[c]
    return y, (x_hat, gamma, np.array(inv_std))


def cnn_channels_first(x, gamma, beta, epsilon=1e-8):
    x = np.moveaxis(x, -1, 0)
    rows = x.reshape(len(x), -1)
    inv_std = 1 / np.sqrt(rows.var(axis=1) + epsilon)
    x_hat = ((rows - rows.mean(axis=1)[:, None]) * inv_std[:, None]).reshape(x.shape)
    y = gamma[:, None, None, None] * x_hat + beta[:, None, None, None]
    return np.moveaxis(y, 0, -1), (np.moveaxis(x_hat, 0, -1), gamma, inv_std)


def cnn_backward_over_three_axes(dy, cache):
    x_hat, gamma, inv_std = cache
    axes = (0, 1, 2)
    dgamma, dbeta = np.sum(dy * x_hat, axis=axes), np.sum(dy, axis=axes)
    pixels = dy.size // len(gamma)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / pixels), dgamma, dbeta


def cnn_backward_by_reshaping(dy, cache):
    x_hat, gamma, inv_std = cache
    shape = dy.shape
    dy, x_hat = dy.reshape(-1, shape[-1]), x_hat.reshape(-1, shape[-1])
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dx = gamma * inv_std / len(dy) * (len(dy) * dy - dbeta - x_hat * dgamma)
    return dx.reshape(shape), dgamma, dbeta


def cnn_backward_channel_by_channel(dy, cache):
    x_hat, gamma, inv_std = cache
    dx, dgamma, dbeta = np.zeros_like(dy), np.zeros_like(gamma), np.zeros_like(gamma)
    for c in range(len(gamma)):
        d, h = dy[..., c], x_hat[..., c]
        dgamma[c], dbeta[c] = (d * h).sum(), d.sum()
        dx[..., c] = gamma[c] * inv_std[c] * (d - d.mean() - h * (d * h).mean())
    return dx, dgamma, dbeta


def cnn_backward_with_einsum(dy, cache):
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = np.einsum("bijc,bijc->c", dy, x_hat), np.einsum("bijc->c", dy)
    n = np.prod(dy.shape[:3])
    dx = dy - dbeta / n - np.einsum("bijc,c->bijc", x_hat, dgamma / n)
    return np.einsum("bijc,c,c->bijc", dx, gamma, inv_std), dgamma, dbeta


STYLES: dict[str, tuple[Any, ...]] = {
    "batchnorm": (norm_with_loops, norm_with_var, norm_on_the_transpose, norm_with_einsum),
    "batchnorm_backward": (
        backward_with_loops,
        backward_step_by_step,
        backward_with_the_jacobian,
        backward_as_in_the_paper,
    ),
    "batchnorm_cnn": (cnn_over_three_axes, cnn_by_reshaping, cnn_channel_by_channel, cnn_channels_first),
    "batchnorm_cnn_backward": (
        cnn_backward_over_three_axes,
        cnn_backward_by_reshaping,
        cnn_backward_channel_by_channel,
        cnn_backward_with_einsum,
    ),
    "BatchNorm2d": LAYERS,
}
