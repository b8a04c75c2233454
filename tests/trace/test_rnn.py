"""The RNN trace against PyTorch's autograd, its parts against their sums."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from dnnkit.trace import spectral_radius, trace_rnn

RNG = np.random.default_rng(0)
WEIGHTS = [
    (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)) / 2, RNG.normal(size=3)),
    (RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)) / 2, RNG.normal(size=3)),
]
X = RNG.normal(size=(5, 2))


def by_autograd(weights, x, dh, linear=False, truncate=None):
    """Hidden states of every layer and the gradients of the weights, by PyTorch."""
    tensors = [[torch.tensor(w, requires_grad=True) for w in layer] for layer in weights]
    read, states = list(torch.tensor(x)), []
    for Wx, Wh, b in tensors:
        h, out = torch.zeros(len(b), dtype=torch.float64), []
        for t, row in enumerate(read):
            if truncate and t % truncate == 0:
                h = h.detach()
            z = row @ Wx + h @ Wh + b
            h = z if linear else torch.tanh(z)
            out.append(h)
        states.append(torch.stack(out))
        read = out
    (states[-1] * torch.tensor(dh)).sum().backward()
    return [s.detach().numpy() for s in states], [[w.grad.numpy() for w in layer] for layer in tensors]


@pytest.mark.parametrize("options", [{}, {"linear": True}, {"truncate": 2}, {"many_to_one": True}])
def test_states_and_weight_gradients_equal_autograd(options):
    trace = trace_rnn(WEIGHTS, X, **options)
    wanted = {name: value for name, value in options.items() if name != "many_to_one"}
    states, gradients = by_autograd(WEIGHTS, X, trace.dh, **wanted)
    for layer, state, (dWx, dWh, db) in zip(trace.layers, states, gradients, strict=True):
        assert_allclose(layer.h, state, atol=1e-12)
        assert_allclose(layer.dWx.sum(0), dWx, atol=1e-12)
        assert_allclose(layer.dWh.sum(0), dWh, atol=1e-12)
        assert_allclose(layer.dz.sum(0), db, atol=1e-12)


def test_the_parts_add_up():
    for layer in trace_rnn(WEIGHTS, X).layers:
        assert_allclose(layer.p + layer.q + layer.b, layer.z)
        assert_allclose(layer.from_above + layer.from_future, layer.dh)
        assert_allclose(layer.dh * layer.slope, layer.dz)


def test_many_to_one_keeps_the_last_gradient_only():
    trace = trace_rnn(WEIGHTS[:1], X, many_to_one=True, dh=np.ones((5, 3)))
    assert trace.dh.sum(1).tolist() == [0, 0, 0, 0, 3]


def test_norms_are_those_of_the_numerical_jacobian():
    layer = trace_rnn(WEIGHTS[:1], X).layers[0]

    def last(h, t):
        for row in X[t + 1 :]:
            h = np.tanh(row @ layer.Wx + h @ layer.Wh + layer.b)
        return h

    for t in range(5):
        steps = np.eye(3) * 1e-6
        jacobian = np.array([(last(layer.h[t] + e, t) - last(layer.h[t] - e, t)) / 2e-6 for e in steps])
        assert layer.norms[t] == pytest.approx(np.linalg.norm(jacobian, 2), rel=1e-5)


def test_spectral_radius_sees_complex_eigenvalues():
    assert spectral_radius([[0, -3], [3, 0]]) == pytest.approx(3)


@pytest.mark.parametrize(
    ("weights", "x", "options", "words"),
    [
        (WEIGHTS, np.ones((1, 5, 2)), {}, "one sequence"),
        (WEIGHTS, np.ones((5, 3)), {}, "layer 0 reads 3 numbers"),
        (WEIGHTS, X, {"truncate": 0}, "at least 1"),
        (WEIGHTS, X, {"dh": np.ones(3)}, "last layer's h"),
    ],
)
def test_says_what_is_wrong(weights, x, options, words):
    with pytest.raises(ValueError, match=words):
        trace_rnn(weights, x, **options)
