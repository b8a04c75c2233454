"""Notebook 07: other right answers, each complete in itself. All of them must get full points and no hint."""

import numpy as np

from dnnkit.layers import Linear
from dnnkit.reference import RNNCell

__all__ = ["STYLES"]


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


class ClassifierWithOneArrayOfStates:
    """All states in one array (T + 1, L, B, H)."""

    def __init__(self, input_size, hidden_size, output_size, num_layers=2):
        self.sizes = num_layers, hidden_size
        self.rnn = [RNNCell(hidden_size if layer else input_size, hidden_size) for layer in range(num_layers)]
        self.output_layer = Linear(hidden_size, output_size)
        self.hiddens = []

    def init_weights(self, rnn_weights, linear_weights):
        for i, weights in enumerate(rnn_weights):
            self.rnn[i].init_weights(*weights)
        self.output_layer.W = linear_weights[0]
        self.output_layer.b = linear_weights[1].reshape(-1, 1)

    def __call__(self, x, h_0=None):
        return self.forward(x, h_0)

    def forward(self, x, h_0=None):
        B, T, _ = x.shape
        L, H = self.sizes
        states = np.zeros((T + 1, L, B, H))
        if h_0 is not None:
            states[0] = h_0
        for t in range(T):
            inputs = x[:, t, :]
            for layer in range(L):
                inputs = self.rnn[layer].forward(inputs, states[t, layer])
                states[t + 1, layer] = inputs
        self.x, self.hiddens = x, list(states)
        return self.output_layer.forward(states[T, L - 1])

    def backward(self, delta):
        T, B = self.x.shape[1], len(delta)
        dh = np.zeros(self.hiddens[0].shape)
        dh[-1] = self.output_layer.backward(delta)
        for t in range(T - 1, -1, -1):
            for layer in range(len(self.rnn) - 1, -1, -1):
                below = self.hiddens[t + 1][layer - 1] if layer else self.x[:, t]
                states = self.hiddens[t + 1][layer], below, self.hiddens[t][layer]
                dx, dh[layer] = self.rnn[layer].backward(dh[layer], *states)
                if layer:
                    dh[layer - 1] = dh[layer - 1] + dx
        return dh / B


class ClassifierLayerByLayer:
    """The whole sequence through one layer, then through the next; back the same way."""

    def __init__(self, input_size, hidden_size, output_size, num_layers=2):
        self.hidden_size = hidden_size
        self.rnn = [RNNCell(input_size, hidden_size)]
        self.rnn += [RNNCell(hidden_size, hidden_size) for _ in range(num_layers - 1)]
        self.output_layer = Linear(hidden_size, output_size)
        self.hiddens = []

    def init_weights(self, rnn_weights, linear_weights):
        for cell, weights in zip(self.rnn, rnn_weights, strict=True):
            cell.init_weights(*weights)
        self.output_layer.W, self.output_layer.b = linear_weights[0], linear_weights[1].reshape(-1, 1)

    def __call__(self, x, h_0=None):
        return self.forward(x, h_0)

    def forward(self, x, h_0=None):
        B, T = x.shape[:2]
        if h_0 is None:
            h_0 = np.zeros((len(self.rnn), B, self.hidden_size))
        self.inputs = [x[:, t] for t in range(T)]
        layers, sequence = [], self.inputs
        for cell, h in zip(self.rnn, h_0, strict=True):
            states = [h]
            for x_t in sequence:
                states.append(cell(x_t, states[-1]))
            layers.append(states)
            sequence = states[1:]
        self.hiddens = [np.stack([states[t] for states in layers]) for t in range(T + 1)]
        return self.output_layer.forward(sequence[-1])

    def backward(self, delta):
        T, B = len(self.inputs), len(delta)
        from_above = [0.0] * (T - 1) + [self.output_layer.backward(delta)]
        dh_0 = np.zeros(self.hiddens[0].shape)
        for layer in reversed(range(len(self.rnn))):
            carried = np.zeros(dh_0[0].shape)
            to_below = [0.0] * T
            for t in reversed(range(T)):
                below = self.hiddens[t + 1][layer - 1] if layer > 0 else self.inputs[t]
                states = self.hiddens[t + 1][layer], below, self.hiddens[t][layer]
                to_below[t], carried = self.rnn[layer].backward(from_above[t] + carried, *states)
            dh_0[layer], from_above = carried, to_below
        return dh_0 / B


STYLES = {
    "RNNCell": (CellInColumns, CellExampleByExample),
    "RNNCell-backward": (CellInColumns, CellExampleByExample),
    "RNNPhonemeClassifier": (ClassifierWithOneArrayOfStates, ClassifierLayerByLayer),
    "RNNPhonemeClassifier-backward": (ClassifierWithOneArrayOfStates, ClassifierLayerByLayer),
}
