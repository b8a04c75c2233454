"""Batch normalisation, of features and of channels, forward beside backward.

A feature's mean and variance come from the batch, so every example's output depends on every example's input.
That is where the two extra terms of the backward come from::

    y  = gamma x_hat + beta                         x_hat = (x - mean(x)) inv_std
    dx = gamma inv_std (dy - mean(dy) - x_hat mean(dy x_hat))

Sums over the batch are the work here. They run over long rows, several examples side by side, as one product
with a vector of ones; and what takes several steps goes through them block by block, while a block is in the cache.
"""

import numpy as np

from dnnkit.reference.arguments import expect_shape, floats, match_shapes, whole_numbers
from dnnkit.reference.windows import blocks

__all__ = ["BatchNorm2d", "batchnorm", "batchnorm_backward", "batchnorm_cnn", "batchnorm_cnn_backward"]

Cache = tuple[np.ndarray, np.ndarray, np.ndarray]


def batchnorm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-8) -> tuple[np.ndarray, Cache]:
    """Bring every feature to mean 0 and variance 1 over the batch, then scale and shift it.

    x: (N, D), gamma: (D,), beta: (D,). Returns y (N, D) and cache = (x_hat, gamma, inv_std), with
    inv_std = 1/sqrt(var + epsilon) of shape (D,) and the population variance.
    Raises ValueError when the shapes do not match or epsilon is negative.

    >>> y, (x_hat, gamma, inv_std) = batchnorm(np.array([[1.0], [3.0]]), np.array([2.0]), np.array([5.0]))
    >>> y.round(3), inv_std.shape
    (array([[3.],
           [7.]]), (1,))
    """
    x, gamma, beta = floats(x, gamma, beta)
    N, D = match_shapes("batchnorm", x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    _expect_epsilon("batchnorm", epsilon)
    X = _long_rows(x)
    x_hat = X - _repeat(_sum(X, D) / N, X)
    var = _sum_of_products(x_hat, x_hat, D) / N
    inv_std = 1 / np.sqrt(var + float(epsilon))
    scales, gammas, betas = (_repeat(feature, X) for feature in (inv_std, gamma, beta))
    y = np.empty(X.shape, X.dtype)
    for block in blocks(len(X), X[0].nbytes):
        x_hat[block] *= scales
        np.multiply(gammas, x_hat[block], out=y[block])
        y[block] += betas
    return y.reshape(N, D), (x_hat.reshape(N, D), gamma, inv_std)


def batchnorm_backward(dy: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of ``batchnorm``: what dy says of an example, less what the mean and the variance take back.

    dy: (N, D), cache: (x_hat (N, D), gamma (D,), inv_std (D,)). Returns dx (N, D), dgamma (D,), dbeta (D,).
    Raises ValueError when the shapes do not match.
    Ioffe and Szegedy, Batch Normalization (2015), section 3, simplified.

    >>> _, cache = batchnorm(np.array([[1.0], [2.0], [6.0]]), np.ones(1), np.zeros(1))
    >>> dx, dgamma, dbeta = batchnorm_backward(np.array([[1.0], [0.0], [0.0]]), cache)
    >>> float(dx.sum().round(9)), dbeta
    (0.0, array([1.]))
    """
    dy, x_hat, gamma, inv_std = floats(dy, *cache)
    N, D = match_shapes(
        "batchnorm_backward",
        dy=(dy, "N D"),
        x_hat=(x_hat, "N D"),
        gamma=(gamma, "D"),
        inv_std=(inv_std, "D"),
    )
    dY, X_hat = _long_rows(dy), _long_rows(x_hat)
    dbeta, dgamma = _sum(dY, D), _sum_of_products(dY, X_hat, D)
    means, slopes, scales = (_repeat(feature, dY) for feature in (dbeta / N, dgamma / N, gamma * inv_std))
    dx = np.empty(dY.shape, dY.dtype)
    for block in blocks(len(dY), dY[0].nbytes):
        dX = np.multiply(X_hat[block], slopes, out=dx[block])
        np.subtract(dY[block], dX, out=dX)
        dX -= means
        dX *= scales
    return dx.reshape(N, D), dgamma, dbeta


def batchnorm_cnn(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-8
) -> tuple[np.ndarray, Cache]:
    """Normalise every channel over all images and positions: each pixel counts as an example.

    x: (B, H, W, C), gamma: (C,), beta: (C,). Returns y (B, H, W, C) and cache = (x_hat (B, H, W, C), gamma (C,),
    inv_std (C,)).
    Raises ValueError when the shapes do not match or epsilon is negative.

    >>> y, _ = batchnorm_cnn(np.arange(16.0).reshape(2, 2, 2, 2), gamma=np.ones(2), beta=np.zeros(2))
    >>> y.mean(axis=(0, 1, 2)).round(9) + 0, y.std(axis=(0, 1, 2)).round(6)
    (array([0., 0.]), array([1., 1.]))
    """
    x, gamma, beta = floats(x, gamma, beta)
    *_, C = match_shapes("batchnorm_cnn", x=(x, "B H W C"), gamma=(gamma, "C"), beta=(beta, "C"))
    _expect_epsilon("batchnorm_cnn", epsilon)
    y, (x_hat, gamma, inv_std) = batchnorm(x.reshape(-1, C), gamma, beta, epsilon)
    return y.reshape(x.shape), (x_hat.reshape(x.shape), gamma, inv_std)


def batchnorm_cnn_backward(dy: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of ``batchnorm_cnn``, by reshaping.

    dy: (B, H, W, C), cache: (x_hat (B, H, W, C), gamma (C,), inv_std (C,)).
    Returns dx (B, H, W, C), dgamma (C,), dbeta (C,).
    Raises ValueError when the shapes do not match.

    >>> _, cache = batchnorm_cnn(np.arange(16.0).reshape(2, 2, 2, 2), gamma=np.ones(2), beta=np.zeros(2))
    >>> [d.shape for d in batchnorm_cnn_backward(np.ones((2, 2, 2, 2)), cache)]
    [(2, 2, 2, 2), (2,), (2,)]
    """
    dy, x_hat, gamma, inv_std = floats(dy, *cache)
    *_, C = match_shapes(
        "batchnorm_cnn_backward",
        dy=(dy, "B H W C"),
        x_hat=(x_hat, "B H W C"),
        gamma=(gamma, "C"),
        inv_std=(inv_std, "C"),
    )
    dx, dgamma, dbeta = batchnorm_backward(dy.reshape(-1, C), (x_hat.reshape(-1, C), gamma, inv_std))
    return dx.reshape(dy.shape), dgamma, dbeta


class BatchNorm2d:
    """Batch normalisation of channels as a layer, with running statistics for evaluation, as PyTorch's.

    Attributes: gamma, beta, running_mean, running_var (C,) and training; after ``backward`` dgamma, dbeta (C,).
    While training, running = (1 - momentum) * running + momentum * batch, with the unbiased variance; the batch
    itself is normalised with the population variance.
    Raises ValueError when there are no channels or epsilon is negative.

    >>> layer = BatchNorm2d(channels=3)
    >>> layer.forward(np.ones((2, 4, 5, 3))).shape, layer.running_mean
    ((2, 4, 5, 3), array([0.1, 0.1, 0.1]))
    """

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        whole_numbers("BatchNorm2d", 1, channels=channels)
        _expect_epsilon("BatchNorm2d", epsilon)
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.ones(channels)
        self.momentum, self.epsilon = momentum, epsilon
        self.training = True
        self._cache: Cache | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Normalise by the batch's statistics while training, by the running ones in evaluation.

        x: (B, H, W, C). Returns (B, H, W, C).
        Raises ValueError when channels differ, or while training with one value per channel.
        """
        (x,) = floats(x)
        match_shapes("BatchNorm2d.forward", x=(x, "B H W C"), gamma=(self.gamma, "C"), beta=(self.beta, "C"))
        gamma, beta = self.gamma.astype(x.dtype), self.beta.astype(x.dtype)
        self._by_batch = self.training
        if self.training:
            self._track(x)
            y, self._cache = batchnorm_cnn(x, gamma, beta, self.epsilon)
            return y
        inv_std = (1 / np.sqrt(self.running_var + self.epsilon)).astype(x.dtype)
        x_hat = (x - self.running_mean.astype(x.dtype)) * inv_std
        self._cache = x_hat, gamma, inv_std
        return gamma * x_hat + beta

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Gradient of the last ``forward``. In evaluation the statistics are constants, so only the scale is left.

        dy: (B, H, W, C). Returns dx (B, H, W, C); sets dgamma and dbeta.
        Raises ValueError before the first ``forward``, or when dy has another shape than its x.
        """
        if self._cache is None:
            raise ValueError("BatchNorm2d.backward: nothing to go back through; call forward first")
        (dy,) = floats(dy)
        x_hat, gamma, inv_std = self._cache
        expect_shape("BatchNorm2d.backward", "dy", dy, x_hat.shape)
        dx, self.dgamma, self.dbeta = batchnorm_cnn_backward(dy, self._cache)
        if self._by_batch:
            return dx
        return dy * (gamma * inv_std)

    def _track(self, x: np.ndarray) -> None:
        N = x.size // x.shape[-1]
        if N < 2:
            raise ValueError(f"BatchNorm2d.forward: got x {x.shape}; expected more than one value per channel")
        mean, unbiased_var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2), ddof=1)
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * unbiased_var


def _expect_epsilon(function: str, epsilon: float) -> None:
    if not epsilon >= 0:
        raise ValueError(f"{function}: epsilon is {epsilon!r}; expected a number of at least 0")


def _long_rows(x: np.ndarray) -> np.ndarray:
    """Lay several examples side by side: (N, D) -> (N/k, k*D).

    Rows of 8192 numbers NumPy takes as they are, shorter ones it copies before it combines a vector with each of
    them. In a small array a vector as long as that would be work of its own.
    """
    N, D = x.shape
    k = max(1, (8192 if x.size > 2**16 else 512) // D)
    while N % k:
        k -= 1
    return x.reshape(N // k, k * D)


def _sum(rows: np.ndarray, D: int) -> np.ndarray:
    """Sum over all examples, of every feature: (N/k, k*D) -> (D,)."""
    side_by_side = (np.ones(len(rows), rows.dtype) @ rows).reshape(-1, D)
    return np.ones(len(side_by_side), rows.dtype) @ side_by_side


def _sum_of_products(a: np.ndarray, b: np.ndarray, D: int) -> np.ndarray:
    """``_sum(a * b, D)`` without an array of the products."""
    return _sum(np.einsum("ij,ij->j", a, b)[None], D)


def _repeat(feature: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """One number for every feature, as long as a row: (D,) -> (k*D,)."""
    return np.tile(feature, rows.shape[1] // len(feature))
