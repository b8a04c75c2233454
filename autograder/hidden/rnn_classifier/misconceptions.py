"""Notebook 07: mistakes worth naming in the cell and in the classifier.

Each is a class that differs from the right one in one method, so that the method reads beside its correction.
"""

import numpy as np

from autograder.hidden.named import named
from dnnkit.reference import RNNCell, RNNPhonemeClassifier

__all__ = ["MISCONCEPTIONS"]


class ForgetsInputBias(RNNCell):
    """How many biases does the cell have, and how many does your forward use?"""

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + h_prev_t @ self.W_hh.T + self.b_hh)


class ForgetsHiddenBias(RNNCell):
    """How many biases does the cell have, and how many does your forward use? Look at the one of the state."""

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + self.b_ih + h_prev_t @ self.W_hh.T)


class TransposesHiddenWeights(RNNCell):
    """W_hh is square, so both W_hh and its transpose fit: which of them does W_hh h become in rows?"""

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + self.b_ih + h_prev_t @ self.W_hh + self.b_hh)


class ForgetsTanh(RNNCell):
    """What does the cell do with the sum of the two affine maps?"""

    def forward(self, x, h_prev_t):
        return x @ self.W_ih.T + self.b_ih + h_prev_t @ self.W_hh.T + self.b_hh


class AddsTwoTanhs(RNNCell):
    """Is the tanh taken of each affine map, or of their sum?"""

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + self.b_ih) + np.tanh(h_prev_t @ self.W_hh.T + self.b_hh)


class ForgetsState(RNNCell):
    """What does the new state take from the old one?"""

    def forward(self, x, h_prev_t):
        return np.tanh(x @ self.W_ih.T + self.b_ih + self.b_hh)


class ZeroGradForgetsBiases(RNNCell):
    """Which gradients does zero_grad leave as they are?"""

    def zero_grad(self):
        self.dW_ih, self.dW_hh = np.zeros_like(self.W_ih), np.zeros_like(self.W_hh)
        if not hasattr(self, "db_ih"):
            self.db_ih, self.db_hh = np.zeros_like(self.b_ih), np.zeros_like(self.b_hh)


class StartsWithoutGradients(RNNCell):
    """What do the gradients hold before the first backward?"""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.dW_ih = self.dW_hh = self.db_ih = self.db_hh = None


class ForgetsTanhDerivative(RNNCell):
    """What does the gradient pass first on its way back through the cell?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        return _accumulate(self, delta, h_prev_l, h_prev_t)


class TakesTanhOfTheState(RNNCell):
    """h_t is a tanh already; what is the derivative of tanh in terms of its own value?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        return _accumulate(self, delta * (1 - np.tanh(h_t) ** 2), h_prev_l, h_prev_t)


class ForgetsTheAverage(RNNCell):
    """Are the gradients of the weights sums or means over the batch?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dz = delta * (1 - h_t**2)
        self.dW_ih += dz.T @ h_prev_l
        self.dW_hh += dz.T @ h_prev_t
        self.db_ih += dz.sum(axis=0)
        self.db_hh += dz.sum(axis=0)
        return dz @ self.W_ih, dz @ self.W_hh


class AveragesEverything(RNNCell):
    """Which of the gradients are averaged over the batch, and which belong to one example each?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dx, dh_prev_t = _accumulate(self, delta * (1 - h_t**2), h_prev_l, h_prev_t)
        return dx / len(delta), dh_prev_t / len(delta)


class OverwritesGradients(RNNCell):
    """The same cell serves many time steps: what happens to the gradient of the step before?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        self.zero_grad()
        return _accumulate(self, delta * (1 - h_t**2), h_prev_l, h_prev_t)


class ForgetsOneBiasGradient(RNNCell):
    """Both biases stand in the same sum; does each of them get a gradient?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dz = delta * (1 - h_t**2)
        self.dW_ih += dz.T @ h_prev_l / len(delta)
        self.dW_hh += dz.T @ h_prev_t / len(delta)
        self.db_ih += dz.mean(axis=0)
        return dz @ self.W_ih, dz @ self.W_hh


class TransposesOnTheWayBack(RNNCell):
    """Forward the state met the transpose of W_hh; what does the gradient meet on its way back?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dx, _ = _accumulate(self, delta * (1 - h_t**2), h_prev_l, h_prev_t)
        return dx, (delta * (1 - h_t**2)) @ self.W_hh.T


class UsesTheNewState(RNNCell):
    """Which state did W_hh meet in the forward pass: the new one or the one before?"""

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        return _accumulate(self, delta * (1 - h_t**2), h_prev_l, h_t)


def _accumulate(cell, dz, h_prev_l, h_prev_t):
    """The right backward behind the tanh."""
    cell.dW_ih += dz.T @ h_prev_l / len(dz)
    cell.dW_hh += dz.T @ h_prev_t / len(dz)
    cell.db_ih += dz.mean(axis=0)
    cell.db_hh += dz.mean(axis=0)
    return dz @ cell.W_ih, dz @ cell.W_hh


class FeedsEveryLayerTheInput(RNNPhonemeClassifier):
    """What does a layer above the first take as its input?"""

    def forward(self, x, h_0=None):
        return _run(self, x, h_0, below=lambda t, layer, new: x[:, t])


class FeedsLayersTheOldState(RNNPhonemeClassifier):
    """An upper layer's input comes from the layer below: from which time step?"""

    def forward(self, x, h_0=None):
        return _run(self, x, h_0, below=lambda t, layer, new: self.hiddens[t][layer - 1] if layer else x[:, t])


class ForgetsInitialStates(RNNPhonemeClassifier):
    """What is h_0 for, if your forward never looks at it?"""

    def forward(self, x, h_0=None):
        return _run(self, x, None)


class ReadsTheBottomLayer(RNNPhonemeClassifier):
    """The logits come from one layer's last state: which layer's?"""

    def forward(self, x, h_0=None):
        _run(self, x, h_0)
        return self.output_layer.forward(self.hiddens[-1][0])


class ReadsTheFirstStep(RNNPhonemeClassifier):
    """The logits come from the top layer's state: at which time?"""

    def forward(self, x, h_0=None):
        _run(self, x, h_0)
        return self.output_layer.forward(self.hiddens[1][-1])


class NeverClearsHiddens(RNNPhonemeClassifier):
    """What is in hiddens when forward is called a second time?"""

    def forward(self, x, h_0=None):
        before = self.hiddens
        logits = _run(self, x, h_0)
        self.hiddens = before + self.hiddens
        return logits


class GoesOnFromTheLastSequence(RNNPhonemeClassifier):
    """Where does a new sequence start, if no h_0 is given?"""

    def forward(self, x, h_0=None):
        if h_0 is None and self.hiddens and self.hiddens[-1].shape[1] == len(x):
            h_0 = self.hiddens[-1]
        return _run(self, x, h_0)


def _run(network, x, h_0, below=None):
    """The right forward, but for what a layer above the first takes as its input."""
    L, B = len(network.rnn), len(x)
    network.x = x
    network.hiddens = [np.zeros((L, B, network.hidden_size)) if h_0 is None else h_0.copy()]
    for t in range(x.shape[1]):
        new = np.zeros_like(network.hiddens[t])
        for layer, cell in enumerate(network.rnn):
            right = x[:, t] if layer == 0 else new[layer - 1]
            taken = below(t, layer, new) if below else right
            fits = taken.shape[1] == cell.W_ih.shape[1]
            new[layer] = cell.forward(taken if fits else right, network.hiddens[t][layer])
        network.hiddens.append(new)
    return network.output_layer.forward(network.hiddens[-1][-1])


class ForgetsToDivideInitialStates(RNNPhonemeClassifier):
    """The initial states count as parameters: what is done with the gradient of a parameter in the end?"""

    def backward(self, delta):
        return _back(self, delta) * len(delta)


class KeepsTheGradientInItsLayer(RNNPhonemeClassifier):
    """The input of an upper layer is the state of the layer below: what happens to dx?"""

    def backward(self, delta):
        return _back(self, delta, hand_down=False)


class OverwritesTheLayerBelow(RNNPhonemeClassifier):
    """The layer below has a gradient already, from its own future: is dx put in its place or added?"""

    def backward(self, delta):
        return _back(self, delta, overwrite=True)


class ForgetsTheFuture(RNNPhonemeClassifier):
    """A state also feeds the next time step: what became of dh_prev_t?"""

    def backward(self, delta):
        return _back(self, delta, carry=False)


class StartsInEveryLayer(RNNPhonemeClassifier):
    """Which layer does the output layer look at, and so, where does the gradient come in?"""

    def backward(self, delta):
        return _back(self, delta, every_layer=True)


class PassesByTheOutputLayer(RNNPhonemeClassifier):
    """The output layer has weights of its own: who computes their gradients?"""

    def backward(self, delta):
        kept = self.output_layer.dW, self.output_layer.db
        dh_0 = _back(self, delta)
        self.output_layer.dW, self.output_layer.db = kept
        return dh_0


class MistakesTheStep(RNNPhonemeClassifier):
    """hiddens has one entry more than there are time steps: which entry is the state before step t?"""

    def backward(self, delta):
        return _back(self, delta, previous=1)


def _back(network, delta, hand_down=True, overwrite=False, carry=True, every_layer=False, previous=0):
    """The right backward, but for what an argument says."""
    dh = np.zeros_like(network.hiddens[0])
    dh[slice(None) if every_layer else -1] = network.output_layer.backward(delta)
    for t in reversed(range(network.x.shape[1])):
        for layer in reversed(range(len(network.rnn))):
            below = network.x[:, t] if layer == 0 else network.hiddens[t + 1][layer - 1]
            states = network.hiddens[t + 1][layer], below, network.hiddens[t + previous][layer]
            dx, carried = network.rnn[layer].backward(dh[layer].copy(), *states)
            dh[layer] = carried if carry or t == 0 else 0
            if layer > 0 and hand_down:
                dh[layer - 1] = dx if overwrite else dh[layer - 1] + dx
    return dh / len(delta)


MISCONCEPTIONS = {
    "RNNCell": named(
        ForgetsInputBias,
        ForgetsHiddenBias,
        TransposesHiddenWeights,
        ForgetsTanh,
        AddsTwoTanhs,
        ForgetsState,
        ZeroGradForgetsBiases,
        StartsWithoutGradients,
    ),
    "RNNCell-backward": named(
        ForgetsTanhDerivative,
        TakesTanhOfTheState,
        ForgetsTheAverage,
        AveragesEverything,
        OverwritesGradients,
        ForgetsOneBiasGradient,
        TransposesOnTheWayBack,
        UsesTheNewState,
    ),
    "RNNPhonemeClassifier": named(
        FeedsEveryLayerTheInput,
        FeedsLayersTheOldState,
        ForgetsInitialStates,
        ReadsTheBottomLayer,
        ReadsTheFirstStep,
        NeverClearsHiddens,
        GoesOnFromTheLastSequence,
    ),
    "RNNPhonemeClassifier-backward": named(
        ForgetsToDivideInitialStates,
        KeepsTheGradientInItsLayer,
        OverwritesTheLayerBelow,
        ForgetsTheFuture,
        StartsInEveryLayer,
        MistakesTheStep,
        PassesByTheOutputLayer,
    ),
}
