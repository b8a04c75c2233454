"""The batch normalisation trace against PyTorch's module."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from dnnkit.trace import trace_batchnorm

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (2, 3, 4, 2)])
def test_equals_pytorch(shape, training):
    x, gamma, beta = RNG.normal(size=shape), RNG.normal(size=shape[-1]), RNG.normal(size=shape[-1])
    trace = trace_batchnorm(x, gamma, beta, 1e-5, training=training)
    module = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
    layer = module(shape[-1], eps=1e-5, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(gamma), "bias": torch.tensor(beta)}, strict=False)
    given = torch.tensor(np.moveaxis(x, -1, 1).copy(), requires_grad=True)
    y = layer(given)  # one batch in training, so that the running statistics have seen it
    if not training:
        y = layer.eval()(given)
    layer.zero_grad()
    y.backward(torch.tensor(np.moveaxis(trace.dy, -1, 1).copy()))
    assert_allclose(trace.y, np.moveaxis(y.detach().numpy(), 1, -1), atol=1e-12)
    assert_allclose(trace.dx, np.moveaxis(given.grad.numpy(), 1, -1), atol=1e-12)
    assert_allclose(trace.dgamma, layer.weight.grad.numpy(), atol=1e-12)
    assert_allclose(trace.dbeta, layer.bias.grad.numpy(), atol=1e-12)
    assert_allclose(trace.running_mean, layer.running_mean.numpy(), atol=1e-12)
    assert_allclose(trace.running_var, layer.running_var.numpy(), atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
def test_the_matrix_is_the_derivative_of_y(training):
    x, gamma, beta = RNG.normal(size=(2, 2, 3, 2)), RNG.normal(size=2), RNG.normal(size=2)
    trace = trace_batchnorm(x, gamma, beta, 0.3, training=training)
    running = None if training else [torch.tensor(trace.running_mean), torch.tensor(trace.running_var)]

    def forward(x):
        first = x.movedim(-1, 1)
        y = torch.nn.functional.batch_norm(
            first, *(running or [None, None]), torch.tensor(gamma), torch.tensor(beta), training, eps=0.3
        )
        return y.movedim(1, -1).flatten()

    expected = torch.autograd.functional.jacobian(forward, torch.tensor(x)).reshape(x.size, x.size)
    assert_allclose(trace.matrix(), expected.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        (np.ones(3), {}, r"expected \(N, D\)"),
        (np.ones((1, 3)), {}, "at least two"),
        (np.ones((2, 3)), {"gamma": np.ones(2)}, r"gamma has shape \(2,\); expected \(3,\)"),
        (np.ones((2, 3)), {"dy": np.ones(2)}, "dy has shape"),
    ],
)
def test_says_what_is_wrong(x, options, words):
    with pytest.raises(ValueError, match=words):
        trace_batchnorm(x, **options)
