"""The given layers and SGD, against numerical gradients and PyTorch's formulas."""

import numpy as np
import pytest

from dnnkit.layers import Linear, flatten, flatten_backward, relu, relu_backward, softmax_cross_entropy
from dnnkit.numeric import numerical_gradient, relative_error
from dnnkit.optim import SGD


def test_linear_follows_its_formula_and_averages_over_the_batch() -> None:
    rng = np.random.default_rng(0)
    layer = Linear(3, 2)
    x, delta = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    W, b = layer.W, layer.b
    assert (W.shape, b.shape) == ((2, 3), (2, 1))
    np.testing.assert_allclose(layer.forward(x), x @ W.T + b[:, 0])
    dx = layer.backward(delta)
    assert relative_error(dx, numerical_gradient(layer.forward, x, delta)) < 1e-8
    dW = numerical_gradient(lambda W: x @ W.T + b.T, W, delta) / 5
    db = numerical_gradient(lambda b: x @ W.T + b.T, b, delta) / 5
    layer.forward(x)
    layer.backward(delta)  # not for the first time: gradients are set, not added up
    assert relative_error(layer.dW, dW) < 1e-8
    assert relative_error(layer.db, db) < 1e-8


def test_linear_refuses_other_shapes() -> None:
    layer = Linear(3, 2)
    with pytest.raises(ValueError, match=r"Linear.forward: got x \(5, 4\); expected \(B, I\) with I = 3"):
        layer.forward(np.ones((5, 4)))
    with pytest.raises(ValueError, match=r"Linear.backward: .* forward"):
        layer.backward(np.ones((5, 2)))
    layer.forward(np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"Linear.backward: got delta \(2, 5\); expected \(5, 2\)"):
        layer.backward(np.ones((2, 5)))


def test_relu() -> None:
    x, dy = np.array([[-2.0, 3.0], [0.5, -0.1]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(relu(x), [[0, 3], [0.5, 0]])
    assert relative_error(relu_backward(dy, x), numerical_gradient(relu, x, dy)) < 1e-9
    assert relu(x.astype(np.float32)).dtype == relu_backward(*np.float32([dy, x])).dtype == np.float32


def test_flatten_is_row_major_and_goes_back() -> None:
    x = np.arange(24.0).reshape(2, 2, 3, 2)
    np.testing.assert_array_equal(flatten(x)[1], np.arange(12, 24))
    np.testing.assert_array_equal(flatten_backward(flatten(x), x.shape), x)


def test_softmax_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])
    loss, delta = softmax_cross_entropy(logits, labels)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert loss == pytest.approx(-np.log(p[range(5), labels]).mean())
    mean_loss = numerical_gradient(lambda z: np.asarray(softmax_cross_entropy(z, labels)[0]), logits)
    assert relative_error(delta / 5, mean_loss) < 1e-8
    loss, delta = softmax_cross_entropy(np.array([[1000.0, -1000.0]]), np.array([1]))
    assert loss == 2000
    np.testing.assert_array_equal(delta, [[1, -1]])


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        ((5, 4), [0, 1], r"got logits \(5, 4\), labels \(2,\); expected \(B, O\), \(B,\)"),
        ((0, 4), np.zeros(0, int), r"got logits \(0, 4\), labels \(0,\); expected \(B, O\), \(B,\), neither of them 0"),
        ((2, 0), [0, 0], r"got logits \(2, 0\), .* neither of them 0"),
        ((2, 4), [0.0, 3.0], r"softmax_cross_entropy: got labels of dtype float64; expected ints"),
        ((2, 4), [False, True], r"got labels of dtype bool; expected ints"),
        ((2, 4), [0, 4], r"labels run from 0 to 4; expected 0..3"),
        ((2, 4), [-1, 0], r"labels run from -1 to 0; expected 0..3"),
    ],
)
def test_softmax_cross_entropy_refuses_other_labels(logits: tuple, labels: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(np.zeros(logits), np.array(labels))


def test_sgd_follows_its_formula_in_place() -> None:
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(2, 3)), rng.normal(size=2)
    expected, velocity = [W.copy(), b.copy()], [np.zeros((2, 3)), np.zeros(2)]
    optimizer = SGD([W, b], lr=0.1, momentum=0.9)
    for _ in range(4):
        gradients = [rng.normal(size=(2, 3)), rng.normal(size=2)]
        velocity = [0.9 * v + g for v, g in zip(velocity, gradients, strict=True)]
        expected = [p - 0.1 * v for p, v in zip(expected, velocity, strict=True)]
        optimizer.step(gradients)
    np.testing.assert_allclose(W, expected[0])
    np.testing.assert_allclose(b, expected[1])


def test_sgd_refuses_gradients_of_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"got gradients of shapes \[\(1,\)\]; expected \[\(2,\)\]"):
        SGD([np.ones(2)], lr=0.1).step([np.ones(1)])
