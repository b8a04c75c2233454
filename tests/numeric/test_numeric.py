"""The checks must find what is wrong: each one is shown a wrong gradient too."""

import numpy as np
import pytest

from dnnkit.numeric import adjoint_error, numerical_gradient, numerical_gradient_of_batch, relative_error


def test_gradient_of_a_smooth_function() -> None:
    x = np.array([[0.3, -1.2], [2.0, 0.0]])
    dy = np.array([[1.0, -2.0], [0.5, 3.0]])
    right = dy * np.cos(x)
    assert relative_error(numerical_gradient(np.sin, x, dy), right) < 1e-9
    assert relative_error(numerical_gradient(np.sin, x, dy), -right) > 0.1


def test_gradient_of_a_number_and_of_integers() -> None:
    gradient = numerical_gradient(lambda x: np.sum(x**2), np.array([1, 2, 3]))
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, [2, 4, 6], rtol=1e-8)


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (1,), (4,)])
def test_dy_is_not_broadcast(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"numerical_gradient: got dy \(.*\), and f\(x\) is \(3,\); expected a dy of"):
        numerical_gradient(lambda x: 2 * x, np.zeros(3), np.ones(shape))


def test_a_large_step_is_exact_for_a_linear_function() -> None:
    rng = np.random.default_rng(0)
    A, x, dy = (rng.normal(size=shape) for shape in ((5, 4), (4,), (5,)))
    assert relative_error(numerical_gradient(lambda x: A @ x, x, dy, h=1.0), A.T @ dy) < 1e-13


def test_x_is_left_as_it_was() -> None:
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    numerical_gradient(np.sin, x, np.ones(2))
    numerical_gradient_of_batch(np.sin, x[None], np.ones((1, 2)))


def test_batch_form_agrees_and_calls_once() -> None:
    rng = np.random.default_rng(0)
    A, x, dy = rng.normal(size=(3 * 2, 5)), rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 5))
    calls = 0

    def f(x: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return np.tanh(x.reshape(-1, 6) @ A)

    batched = numerical_gradient_of_batch(f, x, dy)
    assert calls == 1
    assert relative_error(batched, numerical_gradient(f, x, dy)) < 1e-8


def test_batch_form_needs_one_output_for_each_example() -> None:
    with pytest.raises(ValueError, match=r"f made \(1, 2\) of a batch \(12, 2\); expected \(12, 2\)"):
        numerical_gradient_of_batch(lambda x: x[:1], np.ones((3, 2)), np.ones((3, 2)))


def test_batch_form_needs_one_dy_for_each_example() -> None:
    with pytest.raises(ValueError, match=r"got x \(3, 3\) and dy \(1, 3\); expected as many dy as examples"):
        numerical_gradient_of_batch(lambda x: 2 * x, np.zeros((3, 3)), np.ones((1, 3)))


def test_relative_error_is_measured_against_the_largest_entry() -> None:
    a = np.array([1e-9, 4.0])
    assert relative_error(a, np.array([0.0, 4.0])) == 2.5e-10
    assert relative_error(a, np.array([1e-9, 3.0])) == 0.25
    assert relative_error(np.zeros(2), np.zeros(2)) == 0
    assert np.isnan(relative_error(np.array([np.nan, 1.0]), np.ones(2)))


@pytest.mark.parametrize(("kind", "error"), [(np.uint8, 0.5), (np.int8, 0.5), (bool, 0.0)])
def test_relative_error_computes_in_floats(kind: type, error: float) -> None:
    assert relative_error(np.array([1], kind), np.array([2], kind)) == error
    assert relative_error(np.array([True, False]), np.array([False, False])) == 1


def test_relative_error_does_not_broadcast() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) and \(3, 1\)"):
        relative_error(np.ones(3), np.ones((3, 1)))


def test_adjoint_tells_the_transpose_from_a_wrong_one() -> None:
    rng = np.random.default_rng(0)
    A, B, x, y = (rng.normal(size=shape) for shape in ((5, 4), (5, 4), (4,), (5,)))
    assert adjoint_error(lambda x: A @ x, lambda y: A.T @ y, x, y) < 1e-15
    assert adjoint_error(lambda x: A @ x, lambda y: B.T @ y, x, y) > 0.01
    assert np.isnan(adjoint_error(lambda x: A @ x, lambda y: A.T @ y * np.nan, x, y))
    with pytest.raises(ValueError, match=r"backward \(5,\) of \(5,\); expected \(5,\) and \(4,\)"):
        adjoint_error(lambda x: A @ x, lambda y: y, x, y)
