"""Notebook 07: other right cells, each complete in itself."""

# mypy: no-check-untyped-defs

import numpy as np

__all__ = ["CELLS"]


class CellInColumns:
    """The equations as they are written, for columns, and einsum for the weights' gradients."""

    def __init__(self, input_size, hidden_size):
        self.W_ih = np.random.randn(hidden_size, input_size)
        self.W_hh = np.random.randn(hidden_size, hidden_size)
        self.b_ih = np.random.randn(hidden_size)
        self.b_hh = np.random.randn(hidden_size)
        self.zero_grad()

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = W_ih, W_hh, b_ih, b_hh

    def zero_grad(self):
        self.dW_ih = np.zeros(self.W_ih.shape)
        self.dW_hh = np.zeros(self.W_hh.shape)
        self.db_ih = np.zeros(self.b_ih.shape)
        self.db_hh = np.zeros(self.b_hh.shape)

    def __call__(self, x, h_prev_t):
        return self.forward(x, h_prev_t)

    def forward(self, x, h_prev_t):
        z = self.W_ih @ x.T + self.b_ih[:, None] + self.W_hh @ h_prev_t.T + self.b_hh[:, None]
        return np.tanh(z).T

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dz = delta * (1 + h_t) * (1 - h_t)
        B = dz.shape[0]
        self.dW_ih += np.einsum("bh,bd->hd", dz, h_prev_l) / B
        self.dW_hh += np.einsum("bh,bk->hk", dz, h_prev_t) / B
        self.db_ih += np.mean(dz, axis=0)
        self.db_hh += np.mean(dz, axis=0)
        return np.einsum("bh,hd->bd", dz, self.W_ih), np.einsum("bh,hk->bk", dz, self.W_hh)


class CellExampleByExample:
    """One example after the other, and both affine maps as one."""

    def __init__(self, input_size, hidden_size):
        shapes = (hidden_size, input_size), (hidden_size, hidden_size), hidden_size, hidden_size
        self.init_weights(*(np.random.uniform(-1, 1, shape) for shape in shapes))

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih, self.W_hh = np.array(W_ih), np.array(W_hh)
        self.b_ih, self.b_hh = np.array(b_ih), np.array(b_hh)
        self.zero_grad()

    def zero_grad(self):
        for name in ("W_ih", "W_hh", "b_ih", "b_hh"):
            setattr(self, "d" + name, 0 * getattr(self, name))

    def forward(self, x, h_prev_t):
        W = np.hstack([self.W_ih, self.W_hh])
        rows = [W @ np.concatenate(pair) + self.b_ih + self.b_hh for pair in zip(x, h_prev_t, strict=True)]
        return np.tanh(np.array(rows))

    __call__ = forward

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        B = len(delta)
        dx, dh = np.zeros(h_prev_l.shape), np.zeros(h_prev_t.shape)
        for b in range(B):
            dz = delta[b] * (1 - h_t[b] ** 2)
            self.dW_ih = self.dW_ih + np.outer(dz, h_prev_l[b]) / B
            self.dW_hh = self.dW_hh + np.outer(dz, h_prev_t[b]) / B
            self.db_ih = self.db_ih + dz / B
            self.db_hh = self.db_hh + dz / B
            dx[b], dh[b] = self.W_ih.T @ dz, self.W_hh.T @ dz
        return dx, dh


class CellWithMatrices:
    """A whole batch in a few matrix products."""

    def __init__(self, input_size, hidden_size):
        bound = hidden_size**-0.5
        self.W_ih = np.random.uniform(-bound, bound, (hidden_size, input_size))
        self.W_hh = np.random.uniform(-bound, bound, (hidden_size, hidden_size))
        self.b_ih = np.random.uniform(-bound, bound, hidden_size)
        self.b_hh = np.random.uniform(-bound, bound, hidden_size)
        self.zero_grad()

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.W_ih, self.W_hh = W_ih.copy(), W_hh.copy()
        self.b_ih, self.b_hh = b_ih.copy(), b_hh.copy()

    def zero_grad(self):
        self.dW_ih, self.dW_hh = np.zeros_like(self.W_ih), np.zeros_like(self.W_hh)
        self.db_ih, self.db_hh = np.zeros_like(self.b_ih), np.zeros_like(self.b_hh)

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + self.b_ih + h_prev_t @ self.W_hh.T + self.b_hh)

    def __call__(self, x, h_prev_t):
        return self.forward(x, h_prev_t)

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dz = delta * (1 - h_t**2)
        self.dW_ih += dz.T @ h_prev_l / len(dz)
        self.dW_hh += dz.T @ h_prev_t / len(dz)
        self.db_ih += dz.sum(axis=0) / len(dz)
        self.db_hh += dz.sum(axis=0) / len(dz)
        return dz @ self.W_ih, dz @ self.W_hh


class CellUnitByUnit:
    """Loops over examples and units, nothing else."""

    def __init__(self, input_size, hidden_size):
        self.D, self.H = input_size, hidden_size
        random = np.random.default_rng()
        self.W_ih, self.W_hh = random.normal(size=(self.H, self.D)), random.normal(size=(self.H, self.H))
        self.b_ih, self.b_hh = random.normal(size=self.H), random.normal(size=self.H)
        self.zero_grad()

    def init_weights(self, *weights):
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = weights

    def zero_grad(self):
        self.dW_ih, self.dW_hh = np.zeros((self.H, self.D)), np.zeros((self.H, self.H))
        self.db_ih, self.db_hh = np.zeros(self.H), np.zeros(self.H)

    def forward(self, x, h_prev_t):
        h_t = np.zeros((len(x), self.H))
        for n, i in np.ndindex(h_t.shape):
            z = self.b_ih[i] + self.b_hh[i]
            z += sum(self.W_ih[i, d] * x[n, d] for d in range(self.D))
            z += sum(self.W_hh[i, j] * h_prev_t[n, j] for j in range(self.H))
            h_t[n, i] = np.tanh(z)
        return h_t

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        B = len(delta)
        dx, dh_prev_t = np.zeros((B, self.D)), np.zeros((B, self.H))
        for n, i in np.ndindex(delta.shape):
            dz = delta[n, i] * (1 - h_t[n, i] * h_t[n, i])
            self.db_ih[i] += dz / B
            self.db_hh[i] += dz / B
            for d in range(self.D):
                self.dW_ih[i, d] += dz * h_prev_l[n, d] / B
                dx[n, d] += dz * self.W_ih[i, d]
            for j in range(self.H):
                self.dW_hh[i, j] += dz * h_prev_t[n, j] / B
                dh_prev_t[n, j] += dz * self.W_hh[i, j]
        return dx, dh_prev_t


CELLS = (CellInColumns, CellExampleByExample, CellWithMatrices, CellUnitByUnit)
