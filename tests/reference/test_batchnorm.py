"""Batch normalisation against PyTorch, numerical gradients and its own definition."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import numerical_gradient, relative_error

sweep = settings(max_examples=60)
shapes = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6), st.integers(1, 9)).filter(
    lambda shape: shape[0] * shape[1] * shape[2] > 1
)


def draw(shape: tuple[int, ...], dtype: type = np.float64) -> list[np.ndarray]:
    """x, gamma, beta, dy."""
    rng = np.random.default_rng(0)
    sizes = (shape, shape[-1], shape[-1], shape)
    return [rng.normal(loc=1, scale=2, size=size).astype(dtype) for size in sizes]


def torch_batchnorm(torch: ModuleType, x, gamma, beta, dy, epsilon: float) -> list[np.ndarray]:
    """y, dx, dgamma, dbeta of PyTorch, channels last."""
    tx, tgamma, tbeta = (torch.from_numpy(a).requires_grad_() for a in (x, gamma, beta))
    channels_first = tx.movedim(-1, 1)
    y = torch.nn.functional.batch_norm(channels_first, None, None, tgamma, tbeta, training=True, eps=epsilon)
    y.movedim(1, -1).backward(torch.from_numpy(dy))
    return [a.detach().numpy() for a in (y.movedim(1, -1), tx.grad, tgamma.grad, tbeta.grad)]


@sweep
@given(shape=shapes, dtype=st.sampled_from([np.float32, np.float64]), epsilon=st.sampled_from([1e-8, 1e-3]))
@example(shape=(9, 30, 25, 24), dtype=np.float64, epsilon=1e-8)  # long rows, more than one block of them
@example(shape=(1, 1, 4099, 17), dtype=np.float32, epsilon=1e-8)  # large, but the number of examples is prime
def test_forward_and_backward(torch: ModuleType, shape: tuple, dtype: type, epsilon: float) -> None:
    x, gamma, beta, dy = draw(shape, dtype)
    expected = torch_batchnorm(torch, x, gamma, beta, dy, epsilon)
    y, cache = ref.batchnorm_cnn(x, gamma, beta, epsilon)
    cnn = [y, *ref.batchnorm_cnn_backward(dy, cache)]
    rows, drows = x.reshape(-1, shape[-1]), dy.reshape(-1, shape[-1])
    y, cache = ref.batchnorm(rows, gamma, beta, epsilon)
    dx, dgamma, dbeta = ref.batchnorm_backward(drows, cache)
    features = [y.reshape(shape), dx.reshape(shape), dgamma, dbeta]
    for of_cnn, of_features, theirs in zip(cnn, features, expected, strict=True):
        assert of_cnn.dtype == of_features.dtype == dtype
        np.testing.assert_array_equal(of_cnn, of_features)
        scale = 1 + np.abs(theirs).max()  # with two examples dx is 0 but for rounding
        np.testing.assert_allclose(of_cnn, theirs, rtol=0, atol=scale * (1e-10 if dtype == np.float64 else 3e-4))


def test_cache_is_what_the_course_says() -> None:
    x, gamma, beta, _ = draw((30, 4))
    _, (x_hat, cached_gamma, inv_std) = ref.batchnorm(x, gamma, beta, epsilon=0.5)
    np.testing.assert_allclose(inv_std, 1 / np.sqrt(x.var(axis=0) + 0.5))
    np.testing.assert_allclose(x_hat, (x - x.mean(axis=0)) * inv_std)
    np.testing.assert_array_equal(cached_gamma, gamma)
    images = x.reshape(5, 3, 2, 4)
    _, (x_hat, _, inv_std) = ref.batchnorm_cnn(images, gamma, beta, epsilon=0.5)
    assert (x_hat.shape, inv_std.shape) == ((5, 3, 2, 4), (4,))


def test_backward_is_the_numerical_gradient() -> None:
    x, gamma, beta, dy = draw((3, 4, 5, 2))
    dx, dgamma, dbeta = ref.batchnorm_cnn_backward(dy, ref.batchnorm_cnn(x, gamma, beta)[1])
    assert relative_error(dx, numerical_gradient(lambda x: ref.batchnorm_cnn(x, gamma, beta)[0], x, dy)) < 1e-8
    assert relative_error(dgamma, numerical_gradient(lambda g: ref.batchnorm_cnn(x, g, beta)[0], gamma, dy)) < 1e-8
    assert relative_error(dbeta, numerical_gradient(lambda b: ref.batchnorm_cnn(x, gamma, b)[0], beta, dy)) < 1e-8


def test_variance_survives_a_large_mean_in_float32() -> None:
    x = (100 + np.random.default_rng(0).normal(size=(1000, 3))).astype(np.float32)
    _, (_, _, inv_std) = ref.batchnorm(x, np.ones(3, np.float32), np.zeros(3, np.float32))
    np.testing.assert_allclose(inv_std, 1 / x.astype(float).std(axis=0), rtol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layer_follows_pytorch_through_training_and_evaluation(torch: ModuleType, dtype: type) -> None:
    ours, theirs = ref.BatchNorm2d(3), torch.nn.BatchNorm2d(3, dtype=torch.float64)
    rng = np.random.default_rng(0)
    gamma, beta = rng.normal(size=3), rng.normal(size=3)
    ours.gamma, ours.beta = gamma, beta
    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(gamma))
        theirs.bias.copy_(torch.from_numpy(beta))
    tolerance = {"rtol": 1e-9, "atol": 1e-10} if dtype == np.float64 else {"rtol": 1e-3, "atol": 1e-4}
    for training in (True, True, True, False, False, True):
        ours.training = training
        theirs.train(training)
        x, dy = rng.normal(loc=2, size=(4, 5, 6, 3)).astype(dtype), rng.normal(size=(4, 5, 6, 3)).astype(dtype)
        tx = torch.from_numpy(x.astype(float)).requires_grad_()
        ty = theirs(tx.movedim(-1, 1)).movedim(1, -1)
        theirs.zero_grad()
        ty.backward(torch.from_numpy(dy.astype(float)))
        y, dx = ours.forward(x), ours.backward(dy)
        assert y.dtype == dx.dtype == dtype
        np.testing.assert_allclose(y, ty.detach().numpy(), **tolerance)
        np.testing.assert_allclose(dx, tx.grad.numpy(), **tolerance)
        np.testing.assert_allclose(ours.dgamma, theirs.weight.grad.numpy(), **tolerance)
        np.testing.assert_allclose(ours.dbeta, theirs.bias.grad.numpy(), **tolerance)
        np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), **tolerance)
        np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), **tolerance)


def test_layer_starts_as_pytorch_and_takes_its_momentum() -> None:
    layer = ref.BatchNorm2d(2, momentum=0.25, epsilon=3.0)
    for name, start in (("gamma", 1), ("beta", 0), ("running_mean", 0), ("running_var", 1)):
        np.testing.assert_array_equal(getattr(layer, name), np.full(2, start))
    x = np.stack([np.zeros((1, 3, 2)), np.full((1, 3, 2), 4.0)])
    y = layer.forward(x)
    np.testing.assert_allclose(layer.running_mean, 0.25 * 2)
    np.testing.assert_allclose(layer.running_var, 0.75 + 0.25 * x.var(ddof=1, axis=(0, 1, 2)))
    np.testing.assert_allclose(y[1], 2 / np.sqrt(4 + 3.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, g: ref.batchnorm(x, g, g), r"batchnorm: got x \(2, 3, 3, 4\), .* expected x \(N, D\)"),
        (lambda x, g: ref.batchnorm_cnn(x, g[1:], g), "batchnorm_cnn: got .* but C is 4 and 3"),
        (lambda x, g: ref.batchnorm_backward(x[0, 0], (x[0, 0, :2], g, g)), "but N is 3 and 2"),
        (lambda x, g: ref.batchnorm_cnn_backward(x[:1], (x, g, g)), "but B is 1 and 2"),
        (lambda x, g: ref.BatchNorm2d(3).forward(x), "BatchNorm2d.forward: got .* but C is 4 and 3"),
        (lambda x, g: ref.BatchNorm2d(4).forward(x[:1, :1, :1]), "more than one value per channel"),
        (lambda x, g: ref.BatchNorm2d(4).backward(x), r"BatchNorm2d.backward: .* forward"),
        (lambda x, g: ref.batchnorm_cnn_backward(x, (x, g[1:], g)), r"^batchnorm_cnn_backward: got dy \(2, 3, 3, 4\)"),
        (lambda x, g: ref.batchnorm_cnn_backward(x, (x, g, g[1:])), r"^batchnorm_cnn_backward: got .* C is 4 and 3"),
        (
            lambda x, g: ((layer := ref.BatchNorm2d(4)).forward(x), layer.backward(x[:1])),
            r"^BatchNorm2d.backward: got dy \(1, 3, 3, 4\); expected \(2, 3, 3, 4\)",
        ),
        (lambda x, g: (setattr(layer := ref.BatchNorm2d(4), "beta", g[1:]), layer.forward(x)), "^BatchNorm2d.forward"),
        (lambda x, g: ref.BatchNorm2d(0), "^BatchNorm2d: channels is 0; expected an int of at least 1"),
        (lambda x, g: ref.BatchNorm2d(4, epsilon=-1), "^BatchNorm2d: epsilon is -1; expected a number of at least 0"),
        (lambda x, g: ref.batchnorm(x[0, 0], g, g, epsilon=-1), "^batchnorm: epsilon is -1"),
        (lambda x, g: ref.batchnorm_cnn(x, g, g, epsilon=np.nan), "^batchnorm_cnn: epsilon is nan"),
    ],
)
def test_nonsense_is_refused_in_words(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.ones((2, 3, 3, 4)), np.ones(4))
