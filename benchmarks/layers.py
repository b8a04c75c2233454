"""Pooling, batch normalisation and recurrent networks: dnnkit, PyTorch, and the form most textbooks give."""

from collections.abc import Callable
from itertools import product

import numpy as np
import torch

from benchmarks.rows import Goals, Row, measure_row
from dnnkit import reference as ref
from dnnkit.reference.windows import blocks

__all__ = ["batchnorm_rows", "pooling_rows", "rnn_rows"]

IMAGES = [(64, 32, 32, 32), (64, 16, 16, 64)]
POOLING = Goals(torch=1.7, torch_forward=1.0)
BATCHNORM = Goals(torch=2.3)
Call = Callable[[], object]
DTYPES = (np.float32, np.float64)


def both_types(goals: Goals) -> dict[str, Goals]:
    return {"float32": goals, "float64": goals}


def torch_calls(function: Callable, leaves: list[torch.Tensor], dy: torch.Tensor, layout: object = "") -> dict:
    def forward() -> None:
        with torch.no_grad():
            function(*leaves)

    def both() -> None:
        for leaf in leaves:
            leaf.grad = None
        function(*leaves).backward(dy)

    return {f"torch forward {layout}": forward, f"torch both {layout}": both}


def torch_on_images(function: Callable, x: np.ndarray, dy: np.ndarray, *more: np.ndarray) -> dict:
    """The calls in both layouts that PyTorch knows."""
    calls: dict[str, Call] = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        tx, tdy = (torch.from_numpy(a).permute(0, 3, 1, 2).contiguous(memory_format=layout) for a in (x, dy))
        leaves = [tx.requires_grad_(), *(torch.from_numpy(a.copy()).requires_grad_() for a in more)]
        calls |= torch_calls(function, leaves, tdy, layout)
    return calls


def pooling_rows(rounds: int) -> list[Row]:
    """Max pooling by 2×2 windows."""
    rows = []
    for shape, dtype in product(IMAGES, DTYPES):
        rng = np.random.default_rng(0)
        x = rng.normal(size=shape).astype(dtype)
        dy = rng.normal(size=ref.maxpool2d(x, 2, 2).shape).astype(dtype)

        def both(x=x, dy=dy) -> None:
            ref.maxpool2d(x, 2, 2)
            ref.maxpool2d_backward(dy, x, 2, 2)

        calls: dict[str, Call] = {
            "forward": lambda x=x: ref.maxpool2d(x, 2, 2),
            "both": both,
            **bare_pool(x, dy),
            "textbook": textbook_pool(x, dy),
        }
        calls |= torch_on_images(lambda x: torch.nn.functional.max_pool2d(x, 2), x, dy)
        rows.append(measure_row(f"max pool {times(shape)}, K2 S2", dtype, calls, rounds, both_types(POOLING)))
    return rows


def bare_pool(x: np.ndarray, dy: np.ndarray) -> dict[str, Call]:
    """The array operations alone, as if the four places of a window lay in four whole arrays."""
    X, dX = x.reshape(4, *dy.shape), np.empty_like(x).reshape(4, *dy.shape)
    y, winner = np.empty_like(dy), np.empty(dy.shape, bool)

    def maxima(part: slice) -> np.ndarray:
        Y = np.maximum(X[0, part], X[1, part], out=y[part])
        for place in X[2:, part]:
            np.maximum(Y, place, out=Y)
        return Y

    def forward() -> None:
        for part in blocks(len(x), x[0].nbytes):
            maxima(part)

    def both() -> None:
        forward()
        for part in blocks(len(x), x[0].nbytes):
            Y, won, unclaimed = maxima(part), winner[part], np.ones(dy[part].shape, bool)
            for place, gradient in zip(X[:3, part], dX[:3, part], strict=True):
                np.equal(place, Y, out=won)
                won &= unclaimed
                unclaimed ^= won
                np.multiply(dy[part], won, out=gradient)
            np.multiply(dy[part], unclaimed, out=dX[3, part])

    return {"bare forward": forward, "bare": both}


def textbook_pool(x: np.ndarray, dy: np.ndarray) -> Call:
    """Windows side by side, argmax, and np.add.at on the way back."""
    B, rows, columns, C = dy.shape
    b, i, j, c = np.ogrid[:B, :rows, :columns, :C]

    def both() -> None:
        cells = x.reshape(B, rows, 2, columns, 2, C).transpose(0, 1, 3, 5, 2, 4).reshape(B, rows, columns, C, 4)
        cells.max(axis=-1)
        winner = cells.argmax(axis=-1)
        dx = np.zeros_like(x)
        np.add.at(dx, (b, 2 * i + winner // 2, 2 * j + winner % 2, c), dy)

    return both


def batchnorm_rows(rounds: int) -> list[Row]:
    """Batch normalisation of channels."""
    rows = []
    for shape, dtype in product(IMAGES, DTYPES):
        rng = np.random.default_rng(0)
        x, dy = (rng.normal(size=shape).astype(dtype) for _ in range(2))
        gamma, beta = (rng.normal(size=shape[-1]).astype(dtype) for _ in range(2))

        def both(x=x, gamma=gamma, beta=beta, dy=dy) -> None:
            _, cache = ref.batchnorm_cnn(x, gamma, beta)
            ref.batchnorm_cnn_backward(dy, cache)

        calls: dict[str, Call] = {
            "forward": lambda x=x, gamma=gamma, beta=beta: ref.batchnorm_cnn(x, gamma, beta),
            "both": both,
            "bare": bare_batchnorm(x, dy),
            "textbook": textbook_batchnorm(x, gamma, beta, dy),
        }
        calls |= torch_on_images(
            lambda x, g, b: torch.nn.functional.batch_norm(x, None, None, g, b, True, eps=1e-8), x, dy, gamma, beta
        )
        rows.append(measure_row(f"batch norm {times(shape)}", dtype, calls, rounds, both_types(BATCHNORM)))
    return rows


def bare_batchnorm(x: np.ndarray, dy: np.ndarray) -> Call:
    """Six operations each way, block by block, as if the sums were known as soon as a block comes into the cache."""
    x, dy = x.reshape(-1, 8192), dy.reshape(-1, 8192)
    x_hat, y, dx = (np.empty_like(x) for _ in range(3))
    row, ones = x[0].copy(), np.ones(len(x), x.dtype)
    parts = list(blocks(len(x), x[0].nbytes))

    def both() -> None:
        for part in parts:
            ones[part] @ x[part]
            h = np.subtract(x[part], row, out=x_hat[part])
            np.einsum("ij,ij->j", h, h)
            h *= row
            np.multiply(h, row, out=y[part])
            y[part] += row
        for part in parts:
            ones[part] @ dy[part]
            np.einsum("ij,ij->j", dy[part], x_hat[part])
            d = np.multiply(x_hat[part], row, out=dx[part])
            d += dy[part]
            d -= row
            d *= row

    return both


def textbook_batchnorm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, dy: np.ndarray) -> Call:
    """The formulas as they stand, with means over three axes."""
    axes = (0, 1, 2)

    def both() -> None:
        inv_std = 1 / np.sqrt(x.var(axis=axes) + 1e-8)
        x_hat = (x - x.mean(axis=axes)) * inv_std
        gamma * x_hat + beta
        dbeta, dgamma = dy.sum(axis=axes), (dy * x_hat).sum(axis=axes)
        N = x.size // x.shape[-1]
        gamma * inv_std * (dy - dbeta / N - x_hat * dgamma / N)

    return both


def rnn_rows(rounds: int) -> list[Row]:
    """Two recurrent layers over a whole sequence, and the phoneme classifier with its head."""
    rows, classifier = [], []
    for sizes, dtype in product([(64, 50, 40, 128), (4, 5, 3, 4)], DTYPES):
        N, T, D, H = sizes
        rng = np.random.default_rng(0)
        x, dh, delta = (rng.normal(size=s).astype(dtype) for s in ((N, T, D), (N, T, H), (N, 10)))
        weights = [[(rng.normal(size=s) / np.sqrt(H)).astype(dtype) for s in ((n, H), (H, H), (H,))] for n in (D, H)]
        net = torch.nn.RNN(D, H, num_layers=2, batch_first=True, dtype=torch.from_numpy(x).dtype)
        calls = {**recurrent_calls(x, dh, weights), **torch_rnn(net, x, dh, lambda h: h)}
        calls["bare"] = bare_rnn(x, dh, weights)
        goals = both_types(Goals(torch=0.5 if N > 4 else 0.2))
        rows.append(measure_row(f"RNN {times(sizes)}, 2 layers", dtype, calls, rounds, goals))
        linear = torch.nn.Linear(H, 10, dtype=torch.from_numpy(x).dtype)
        calls = {**classifier_calls(x, delta, weights), **torch_rnn(net, x, delta, lambda h, f=linear: f(h[:, -1]))}
        name = f"phoneme classifier {times(sizes)}"
        classifier.append(measure_row(name, dtype, calls, rounds, both_types(Goals())))
    return rows + classifier


def recurrent_calls(x: np.ndarray, dh: np.ndarray, weights: list) -> dict:
    h0 = np.zeros_like(dh[:, 0])

    def forward() -> list:
        h, caches = x, []
        for layer in weights:
            h, cache = ref.rnn_forward(h, h0, *layer)
            caches.append(cache)
        return caches

    def both() -> None:
        dx = dh
        for cache in reversed(forward()):
            dx, *_ = ref.rnn_backward(dx, cache)

    return {"forward": forward, "both": both}


def classifier_calls(x: np.ndarray, delta: np.ndarray, weights: list) -> dict:
    H, outputs = weights[0][1].shape[0], delta.shape[1]
    classifier = ref.RNNPhonemeClassifier(x.shape[2], H, outputs)
    head = np.ones((outputs, H), x.dtype), np.zeros(outputs, x.dtype)
    classifier.init_weights([(Wx.T, Wh.T, b, b) for Wx, Wh, b in weights], head)

    def both() -> None:
        classifier(x)
        classifier.backward(delta)

    return {"forward": lambda: classifier(x), "both": both}


def torch_rnn(net: torch.nn.RNN, x: np.ndarray, dy: np.ndarray, head: Callable) -> dict:
    tx, tdy = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dy)
    leaves = [tx, *net.parameters()]
    return torch_calls(lambda *_: head(net(tx)[0]), leaves, tdy)


def bare_rnn(x: np.ndarray, dh: np.ndarray, weights: list) -> Call:
    """The array operations of both layers alone: four products in one piece, and what has to go step by step."""
    dz = dh.reshape(-1, dh.shape[2])
    steps = np.ascontiguousarray(dh.swapaxes(0, 1)) / 8
    z, out = np.empty_like(steps[0]), np.empty_like(steps[0])

    def both() -> None:
        for Wx, Wh, _ in weights:
            X = x.reshape(-1, x.shape[2]) if len(Wx) == x.shape[2] else dz
            X @ Wx, X.T @ dz, dz.T @ dz, dz @ Wx.T
            for step in steps:
                np.dot(step, Wh, out=z)
                np.add(z, step, out=z)
                np.tanh(z, out=z)
            for step in steps:
                np.multiply(step, step, out=z)
                np.subtract(1, z, out=z)
                np.add(step, step, out=out)
                np.multiply(z, out, out=z)
                np.dot(z, Wh, out=out)

    return both


def times(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes))
