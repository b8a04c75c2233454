"""A right answer that calls other functions of the student's gets everything, also where those are wrong."""

import copy
import inspect

import numpy as np
import pytest

from autograder.given import helpers, known_result
from autograder.hidden.rnn_classifier.styles import ClassifierWithListsOfStates
from autograder.judge import verdict
from autograder.student.stand_in import asking
from dnnkit.check.outcome import run
from dnnkit.layers import Linear

CALLING = {
    "conv2d": """
def conv2d(x, w, b=None, stride=1, padding=0):
    kh, kw, C, F = w.shape
    y = im2col(x, kh, kw, stride, padding) @ w.reshape(-1, F)
    y = y.reshape(len(x), (x.shape[1] + 2 * padding - kh) // stride + 1, -1, F)
    return y if b is None else y + b
""",
    "conv_matrix_2d": """
def conv_matrix_2d(w, height, width):
    kh, kw = w.shape
    rows, columns = height - kh + 1, width - kw + 1
    W = np.zeros((rows, columns, height, width))
    for i in range(rows):
        for u in range(kh):
            W[i, :, i + u] = conv_matrix(w[u], width)
    return W.reshape(rows * columns, height * width)
""",
    "sgd_step": """
def sgd_step(w, X, dY, lr):
    return w - lr * kernel_gradient(X, dY)
""",
    "batchnorm_cnn": """
def batchnorm_cnn(x, gamma, beta, epsilon=1e-8):
    y, (x_hat, gamma, inv_std) = batchnorm(x.reshape(-1, x.shape[3]), gamma, beta, epsilon)
    return y.reshape(x.shape), (x_hat.reshape(x.shape), gamma, inv_std)
""",
    "batchnorm_cnn_backward": """
def batchnorm_cnn_backward(dy, cache):
    x_hat, gamma, inv_std = cache
    C = len(gamma)
    dx, dgamma, dbeta = batchnorm_backward(dy.reshape(-1, C), (x_hat.reshape(-1, C), gamma, inv_std))
    return dx.reshape(dy.shape), dgamma, dbeta
""",
    "BatchNorm2d": """
class BatchNorm2d:
    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.ones(channels)
        self.momentum, self.epsilon, self.training = momentum, epsilon, True

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.epsilon) + self.beta
        self.running_mean += self.momentum * (x.mean((0, 1, 2)) - self.running_mean)
        self.running_var += self.momentum * (x.var((0, 1, 2), ddof=1) - self.running_var)
        y, self.cache = batchnorm_cnn(x, self.gamma, self.beta, self.epsilon)
        return y

    def backward(self, dy):
        dx, self.dgamma, self.dbeta = batchnorm_cnn_backward(dy, self.cache)
        return dx
""",
    "rnn_forward": """
def rnn_forward(x, h0, Wx, Wh, b):
    state, h, cache = h0, [], []
    for t in range(x.shape[1]):
        state, step = rnn_step_forward(x[:, t], state, Wx, Wh, b)
        h.append(state)
        cache.append(step)
    return np.stack(h, axis=1), cache
""",
    "rnn_backward": """
def rnn_backward(dh, cache):
    dx, future, sums = [], 0, [0, 0, 0]
    for t in reversed(range(len(cache))):
        dx_t, future, *parts = rnn_step_backward(dh[:, t] + future, cache[t])
        dx.insert(0, dx_t)
        sums = [total + part for total, part in zip(sums, parts)]
    return np.stack(dx, axis=1), future, *sums
""",
}

WRONG_HELPERS = """
def im2col(x, kh, kw, stride=1, padding=0): return 1 / 0
def conv_matrix(w, n, stride=1, padding=0): return 1 / 0
def kernel_gradient(X, dY): return 1 / 0
def batchnorm(x, gamma, beta, epsilon=1e-8): return 1 / 0
def batchnorm_backward(dy, cache): return 1 / 0
def batchnorm_cnn(x, gamma, beta, epsilon=1e-8): return 1 / 0
def batchnorm_cnn_backward(dy, cache): return 1 / 0
def rnn_step_forward(x, prev_h, Wx, Wh, b): return 1 / 0
def rnn_step_backward(dnext_h, cache): return 1 / 0
"""


WRONG_CELL = """
class RNNCell:
    def __init__(self, input_size, hidden_size):
        pass

    def init_weights(self, W_ih, W_hh, b_ih, b_hh):
        self.dW_ih, self.dW_hh = np.zeros(W_ih.shape), np.zeros(W_hh.shape)
        self.db_ih, self.db_hh = np.zeros(b_ih.shape), np.zeros(b_hh.shape)

    def __call__(self, x, h_prev_t):
        return self.forward(x, h_prev_t)

    def forward(self, x, h_prev_t):
        return 1 / 0

    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        return 1 / 0
"""


def told(given):
    """Answers helpers as the grader does: with a copy of what is known of their arguments."""

    def ask(name, arguments):
        found = known_result(given, name, arguments)
        return None if found is None else (copy.deepcopy(found.result), found.adds)

    return ask


def judged_with_helpers(ready, namespace, name):
    """Verdicts on `name` of `namespace`: with right helpers, and left alone with those that are there."""
    helped = []
    for case, given in zip(ready.cases, ready.given, strict=True):
        with asking(namespace, helpers(given), told(given)):
            helped.append(run(namespace[name], case))
    return verdict(ready, helped), verdict(ready, [run(namespace[name], case) for case in ready.cases])


@pytest.mark.parametrize("name", CALLING)
def test_wrong_helper_costs_nothing(name, prepared):
    namespace = {"np": np}
    exec(WRONG_HELPERS, namespace)
    exec(CALLING[name], namespace)
    helped, alone = judged_with_helpers(prepared(name, 1), namespace, name)
    assert helped.earned == helped.points
    assert alone.earned < alone.points / 2


@pytest.mark.parametrize("name", ["RNNPhonemeClassifier", "RNNPhonemeClassifier-backward"])
def test_wrong_cell_does_not_cost_the_classifier(name, prepared):
    namespace = {"np": np, "Linear": Linear}
    exec(WRONG_CELL + inspect.getsource(ClassifierWithListsOfStates), namespace)
    helped, alone = judged_with_helpers(prepared(name, 1), namespace, "ClassifierWithListsOfStates")
    assert helped.earned == helped.points
    assert alone.earned == 0
