"""Convolution: dnnkit, PyTorch, loops, im2col with np.add.at, and the bare matrix products."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from benchmarks.rows import Goals, Row, measure_row
from dnnkit import reference as ref
from dnnkit.reference.windows import blocks, few_channels, fold, unfold

__all__ = ["convolution_rows", "pieces"]

Arrays = tuple[np.ndarray, ...]
Call = Callable[[], object]


@dataclass(frozen=True)
class Workload:
    name: str
    batch: int
    size: int
    channels: int
    K: int
    filters: int
    stride: int
    goals: dict[str, Goals]

    @property
    def padding(self) -> int:
        return self.K // 2

    def arrays(self, dtype: type) -> Arrays:
        """x, w, b, dy."""
        rng = np.random.default_rng(0)
        x = rng.normal(size=(self.batch, self.size, self.size, self.channels)).astype(dtype)
        w = rng.normal(size=(self.K, self.K, self.channels, self.filters)).astype(dtype)
        b = rng.normal(size=self.filters).astype(dtype)
        y = ref.conv2d(x, w, b, self.stride, self.padding)
        return x, w, b, rng.normal(size=y.shape).astype(dtype)


COURSE = {"float32": Goals(torch=0.7), "float64": Goals(torch=1.1)}
WORKLOADS = [
    Workload("conv 2×8×8×1, K3, 1 filter", 2, 8, 1, 3, 1, 1, COURSE),
    Workload("conv 4×16×16×3, K3, 8 filters", 4, 16, 3, 3, 8, 1, COURSE),
    Workload("the same, stride 2", 4, 16, 3, 3, 8, 2, COURSE),
    Workload(
        "conv 8×32×32×3, K5, 10 filters", 8, 32, 3, 5, 10, 1,
        {"float32": Goals(torch=1.3), "float64": Goals(torch=0.9)},
    ),
    Workload(
        "A: conv 64×32×32×3, K5, 32 filters", 64, 32, 3, 5, 32, 1,
        {"float32": Goals(torch=1.3, products=1.5), "float64": Goals(torch=0.6, products=1.1)},
    ),
    Workload(
        "B: conv 64×16×16×32, K3, 64 filters", 64, 16, 32, 3, 64, 1,
        {"float32": Goals(torch=1.3, products=1.2), "float64": Goals(torch=0.6, products=1.1)},
    ),
    Workload(
        "B, stride 2", 64, 16, 32, 3, 64, 2,
        {"float32": Goals(torch=1.3, products=1.6), "float64": Goals(torch=0.85, products=1.1)},
    ),
]  # fmt: skip


def convolution_rows(rounds: int) -> list[Row]:
    """Forward, and forward with backward, of every workload in both types."""
    rows = []
    for workload, dtype in product(WORKLOADS, (np.float32, np.float64)):
        x, w, b, dy = workload.arrays(dtype)
        how = workload.stride, workload.padding

        def forward(x=x, w=w, b=b, how=how) -> None:
            ref.conv2d(x, w, b, *how)

        def both(x=x, w=w, b=b, dy=dy, how=how) -> None:
            ref.conv2d(x, w, b, *how)
            ref.conv2d_backward(dy, x, w, *how)

        calls = {
            "forward": forward,
            "both": both,
            "bare": bare_products(x, w, dy, *how),
            "textbook": add_at_im2col(x, w, b, dy, *how),
            **torch_convolution(x, w, b, dy, *how),
        }
        one = loops(x[:1], w, b, dy[:1], *how)
        rows.append(measure_row(workload.name, dtype, calls, rounds, workload.goals, loops=(one, len(x))))
    return rows


def torch_convolution(x: np.ndarray, w: np.ndarray, b: np.ndarray, dy: np.ndarray, s: int, p: int) -> dict:
    calls: dict[str, Call] = {}
    for layout in (torch.contiguous_format, torch.channels_last):
        tx, tw, tdy = (
            torch.from_numpy(a).permute(*axes).contiguous(memory_format=layout)
            for a, axes in ((x, (0, 3, 1, 2)), (w, (3, 2, 0, 1)), (dy, (0, 3, 1, 2)))
        )
        leaves = [tx.requires_grad_(), tw.requires_grad_(), torch.from_numpy(b.copy()).requires_grad_()]

        def forward(leaves=leaves) -> None:
            with torch.no_grad():
                torch.conv2d(*leaves, stride=(s, s), padding=(p, p))

        def both(leaves=leaves, tdy=tdy) -> None:
            for leaf in leaves:
                leaf.grad = None
            torch.conv2d(*leaves, stride=(s, s), padding=(p, p)).backward(tdy)

        calls |= {f"torch forward {layout}": forward, f"torch both {layout}": both}
    return calls


def bare_products(x: np.ndarray, w: np.ndarray, dy: np.ndarray, s: int, p: int) -> Call:
    """What no im2col can avoid: Y = X W, dW = X^T dY, dX = dY W^T, each in one piece."""
    X = np.ascontiguousarray(ref.im2col(x, w.shape[0], w.shape[1], s, p))
    W, dY = w.reshape(X.shape[1], -1), dy.reshape(len(X), -1)

    def products() -> None:
        X @ W
        X.T @ dY
        dY @ W.T

    return products


def add_at_im2col(x: np.ndarray, w: np.ndarray, b: np.ndarray, dy: np.ndarray, s: int, p: int) -> Call:
    """The form most courses teach: images (B, C, H, W), index arrays, np.add.at with a tuple on the way back."""
    x, dy = (np.ascontiguousarray(a.transpose(0, 3, 1, 2)) for a in (x, dy))
    W = np.ascontiguousarray(w.transpose(3, 2, 0, 1)).reshape(w.shape[3], -1)
    kh, kw, C, F = w.shape
    B, _, rows, columns = dy.shape
    channel = np.repeat(np.arange(C), kh * kw)[:, None]
    i = np.tile(np.repeat(np.arange(kh), kw), C)[:, None] + s * np.repeat(np.arange(rows), columns)
    j = np.tile(np.arange(kw), kh * C)[:, None] + s * np.tile(np.arange(columns), rows)

    def both() -> None:
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        X = padded[:, channel, i, j].transpose(1, 2, 0).reshape(C * kh * kw, -1)
        (W @ X + b[:, None]).reshape(F, rows, columns, B).transpose(3, 0, 1, 2)
        dY = dy.transpose(1, 2, 3, 0).reshape(F, -1)
        dY.sum(axis=1), dY @ X.T
        dX = (W.T @ dY).reshape(C * kh * kw, -1, B).transpose(2, 0, 1)
        dx = np.zeros_like(padded)
        np.add.at(dx, (slice(None), channel, i, j), dX)

    return both


def loops(x: np.ndarray, w: np.ndarray, b: np.ndarray, dy: np.ndarray, s: int, p: int) -> Call:
    """The definition, one number of the output at a time."""
    kh, kw = w.shape[:2]

    def both() -> None:
        padded = np.pad(x, [(0, 0), (p, p), (p, p), (0, 0)])
        y, dx, dw, db = np.zeros_like(dy), np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
        for n, r, c, f in np.ndindex(dy.shape):
            window = padded[n, s * r : s * r + kh, s * c : s * c + kw]
            y[n, r, c, f] = np.sum(window * w[..., f]) + b[f]
            dx[n, s * r : s * r + kh, s * c : s * c + kw] += w[..., f] * dy[n, r, c, f]
            dw[..., f] += window * dy[n, r, c, f]
            db[f] += dy[n, r, c, f]

    return both


def pieces(workload_name: str, dtype: type) -> dict[str, Call]:
    """The parts that a forward and backward is made of, block by block as the reference runs them."""
    workload = next(w for w in WORKLOADS if w.name == workload_name)
    x, w, _, dy = workload.arrays(dtype)
    (B, rows, columns, F), (kh, kw, C, _) = dy.shape, w.shape
    window = rows, columns, kh, kw
    how = workload.stride, workload.padding, 1
    parts = list(blocks(B, rows * columns * w[..., 0].nbytes))
    X = unfold(x[parts[0]], window, *how)
    W, dY, taps = w.reshape(-1, F), dy[parts[0]].reshape(len(X), F), w.swapaxes(2, 3).copy()
    if few_channels(C):
        dX = (W @ dY.T).reshape(kh, kw, C, -1, rows, columns).transpose(0, 1, 3, 4, 5, 2)
    else:
        dX = (dY @ taps).reshape(kh, kw, -1, rows, columns, C)
    scale = range(len(parts))

    def copy_windows() -> None:
        for block in parts + parts:
            unfold(x[block], window, *how)

    def multiply() -> None:
        for _ in scale:
            X @ W
            X.T @ dY
            W @ dY.T if few_channels(C) else dY @ taps

    def add_back() -> None:
        for _ in scale:
            fold(dX, workload.size, workload.size, *how)

    return {"copying windows, twice": copy_windows, "matrix products": multiply, "adding back": add_back}
