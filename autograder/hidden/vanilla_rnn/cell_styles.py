"""Notebook 06: other right networks and graphs, each complete in itself."""

import numpy as np

__all__ = ["GRADIENTS", "NETWORKS"]


class NetworkWithDot:
    """np.dot, and everything drawn uniform."""

    def __init__(self, input_size, hidden_size, output_size):
        self.W_xh = np.random.uniform(-1, 1, (hidden_size, input_size))
        self.W_hh = np.random.uniform(-1, 1, (hidden_size, hidden_size))
        self.W_hy = np.random.uniform(-1, 1, (output_size, hidden_size))
        self.Bh = np.random.uniform(-1, 1, hidden_size)
        self.By = np.random.uniform(-1, 1, output_size)
        self.hidden_state = np.zeros(hidden_size)

    def forward(self, x):
        z = np.dot(self.W_hh, self.hidden_state) + np.dot(self.W_xh, x) + self.Bh
        self.hidden_state = np.tanh(z)
        self.output = np.dot(self.W_hy, self.hidden_state) + self.By
        return self.output


class NetworkInRows:
    """Rows times transposed weights, and tanh from exponentials."""

    def __init__(self, input_size, hidden_size, output_size):
        rng = np.random.default_rng(0)
        self.W_xh = rng.standard_normal((hidden_size, input_size))
        self.W_hh = rng.standard_normal((hidden_size, hidden_size))
        self.W_hy = rng.standard_normal((output_size, hidden_size))
        self.Bh, self.By = np.zeros(hidden_size), np.zeros(output_size)
        self.hidden_state = np.zeros(hidden_size)

    def forward(self, x):
        z = x @ self.W_xh.T + self.hidden_state @ self.W_hh.T + self.Bh
        e = np.exp(2 * z)
        self.hidden_state = (e - 1) / (e + 1)
        return self.hidden_state @ self.W_hy.T + self.By


class NetworkUnitByUnit:
    """One hidden unit after the other."""

    def __init__(self, input_size, hidden_size, output_size):
        self.W_xh = 0.1 * np.random.randn(hidden_size, input_size)
        self.W_hh = 0.1 * np.random.randn(hidden_size, hidden_size)
        self.W_hy = 0.1 * np.random.randn(output_size, hidden_size)
        self.Bh = 0.1 * np.random.randn(hidden_size)
        self.By = 0.1 * np.random.randn(output_size)
        self.hidden_state = np.zeros(hidden_size)

    def forward(self, x):
        new = np.zeros(len(self.Bh))
        for i in range(len(new)):
            new[i] = np.tanh(np.sum(self.W_hh[i] * self.hidden_state) + np.sum(self.W_xh[i] * x) + self.Bh[i])
        self.hidden_state = new
        return np.array([np.sum(row * new) + bias for row, bias in zip(self.W_hy, self.By, strict=True)])


class NetworkOfOneMatrix:
    """State and input in one vector, their weights in one matrix."""

    def __init__(self, input_size, hidden_size, output_size):
        weights = np.random.normal(size=(hidden_size, hidden_size + input_size))
        self.W_hh, self.W_xh = weights[:, :hidden_size], weights[:, hidden_size:]
        self.W_hy = np.random.normal(size=(output_size, hidden_size))
        self.Bh, self.By = np.random.normal(size=hidden_size), np.random.normal(size=output_size)
        self.hidden_state = np.zeros(hidden_size)

    def forward(self, x):
        weights = np.concatenate([self.W_hh, self.W_xh], axis=1)
        self.hidden_state = np.tanh(np.einsum("ij,j->i", weights, np.r_[self.hidden_state, x]) + self.Bh)
        return np.einsum("ij,j->i", self.W_hy, self.hidden_state) + self.By


NETWORKS = (NetworkWithDot, NetworkInRows, NetworkUnitByUnit, NetworkOfOneMatrix)

GRADIENTS = (
    {
        "mul_x": lambda x, wx: [wx, x],
        "mul_h": lambda prev_h, wh: (np.float64(wh), np.float64(prev_h)),
        "add": lambda p, q, b: (1, 1, 1),
        "tanh": lambda z: 1 / np.cosh(z) ** 2,
    },
)
