"""Notebook 07: other right answers, each complete in itself. All of them must get full points and no hint.

The cells are in `cell_styles`.
"""

from itertools import pairwise

import numpy as np

from autograder.hidden.rnn_classifier.cell_styles import CELLS
from dnnkit.layers import Linear
from dnnkit.reference import RNNCell

__all__ = ["STYLES"]


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


class ClassifierWithListsOfStates:
    """A list of the layers' states, stacked after every step."""

    def __init__(self, input_size, hidden_size, output_size, num_layers=2):
        self.rnn = []
        for layer in range(num_layers):
            self.rnn.append(RNNCell(hidden_size if layer > 0 else input_size, hidden_size))
        self.output_layer = Linear(hidden_size, output_size)
        self.hidden_size, self.hiddens = hidden_size, []

    def init_weights(self, rnn_weights, linear_weights):
        for layer in range(len(self.rnn)):
            self.rnn[layer].init_weights(*rnn_weights[layer])
        W, b = linear_weights
        self.output_layer.W, self.output_layer.b = W, np.reshape(b, (-1, 1))

    def forward(self, x, h_0=None):
        if h_0 is None:
            h_0 = np.zeros((len(self.rnn), len(x), self.hidden_size))
        self.x, states, self.hiddens = x, list(h_0), [np.array(h_0)]
        for x_t in x.swapaxes(0, 1):
            below = x_t
            for layer, cell in enumerate(self.rnn):
                below = states[layer] = cell(below, states[layer])
            self.hiddens.append(np.stack(states))
        return self.output_layer.forward(below)

    __call__ = forward

    def backward(self, delta):
        carried = [0.0] * len(self.rnn)
        carried[-1] = self.output_layer.backward(delta)
        for t in reversed(range(self.x.shape[1])):
            from_above = 0.0
            for layer in reversed(range(len(self.rnn))):
                new, old = self.hiddens[t + 1], self.hiddens[t]
                below = new[layer - 1] if layer > 0 else self.x[:, t, :]
                total = np.zeros_like(new[layer]) + carried[layer] + from_above
                from_above, carried[layer] = self.rnn[layer].backward(total, new[layer], below, old[layer])
        return np.array(carried) / delta.shape[0]


class ClassifierByRecursion:
    """The gradient of a state asks for those of the states that it feeds."""

    def __init__(self, input_size, hidden_size, output_size, num_layers=2):
        sizes = [input_size] + [hidden_size] * num_layers
        self.rnn = [RNNCell(below, above) for below, above in pairwise(sizes)]
        self.output_layer = Linear(hidden_size, output_size)
        self.hiddens = []

    def init_weights(self, rnn_weights, linear_weights):
        for cell, (W_ih, W_hh, b_ih, b_hh) in zip(self.rnn, rnn_weights, strict=True):
            cell.init_weights(W_ih, W_hh, b_ih, b_hh)
        self.output_layer.W, self.output_layer.b = linear_weights[0], linear_weights[1].reshape(-1, 1)

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def forward(self, x, h_0=None):
        B, T, _ = x.shape
        L, H = len(self.rnn), self.rnn[0].W_hh.shape[0]
        self.x = x
        self.hiddens = [np.zeros((L, B, H)) for _ in range(T + 1)]
        self.hiddens[0] += 0 if h_0 is None else h_0
        for t, layer in np.ndindex(T, L):
            below = self.hiddens[t + 1][layer - 1] if layer else x[:, t]
            self.hiddens[t + 1][layer] = self.rnn[layer].forward(below, self.hiddens[t][layer])
        return self.output_layer.forward(self.hiddens[T][L - 1])

    def backward(self, delta):
        T, L = self.x.shape[1], len(self.rnn)
        known = {}

        def through_cell(t, layer):
            """Gradients of what went into the cell: (below, before)."""
            if (t, layer) not in known:
                below = self.hiddens[t + 1][layer - 1] if layer else self.x[:, t]
                inputs = self.hiddens[t + 1][layer], below, self.hiddens[t][layer]
                known[t, layer] = self.rnn[layer].backward(of_state(t, layer), *inputs)
            return known[t, layer]

        def of_state(t, layer):
            total = np.zeros(self.hiddens[0][0].shape)
            if t == T - 1 and layer == L - 1:
                total = total + self.output_layer.backward(delta)
            if t < T - 1:
                total = total + through_cell(t + 1, layer)[1]
            if layer < L - 1:
                total = total + through_cell(t, layer + 1)[0]
            return total

        return np.stack([through_cell(0, layer)[1] for layer in range(L)]) / len(delta)


CLASSIFIERS = (
    ClassifierWithOneArrayOfStates,
    ClassifierLayerByLayer,
    ClassifierWithListsOfStates,
    ClassifierByRecursion,
)

STYLES = {
    "RNNCell": CELLS,
    "RNNCell-backward": CELLS,
    "RNNPhonemeClassifier": CLASSIFIERS,
    "RNNPhonemeClassifier-backward": CLASSIFIERS,
}
