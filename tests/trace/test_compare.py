"""Whatever a student's function does becomes a comparison, never an exception."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dnnkit.trace import compare, effective_matrix, trace_conv

X = np.arange(4.0)


def test_right_numbers_agree():
    assert compare(2 * X, lambda x: 2 * x, X).agrees


def test_wrong_numbers_are_located():
    found = compare(X, lambda x: np.where(x == 2, 5.0, x), X)
    assert found.wrong.tolist() == [False, False, True, False]
    assert_allclose(found.difference, [0, 0, 3, 0])
    assert not found.agrees


def test_rounding_is_no_difference():
    found = compare(X, lambda x: x * (1 + 1e-12), X)
    assert found.agrees
    assert not found.difference.any()


def test_nan_is_wrong():
    assert compare(X, lambda x: np.full(4, np.nan), X).wrong.all()


def wrong_shape(x):
    return x[:2]


def failing(x):
    raise IndexError("too far")


def blank(x):
    raise NotImplementedError("TODO")


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (blank, "^blank is not filled in yet$"),
        (wrong_shape, r"returned shape \(2,\); expected \(4,\)"),
        (failing, "raised IndexError: too far, in line .* of failing"),
        (lambda x: None, "None"),
        (lambda x: "four", "array of numbers"),
        (lambda x: [[1], [1, 2]], "array of numbers"),
        (lambda: 0, "TypeError"),
    ],
)
def test_failures_become_a_sentence(student, words):
    found = compare(X, student, X)
    assert not found.agrees
    assert found.wrong.all()
    assert np.isnan(found.difference).all()
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(found.problem)


def test_wrong_shape_keeps_what_was_found():
    assert compare(X, wrong_shape, X).found.shape == (2,)


def test_arguments_stay_as_they_are_and_print_is_swallowed(capsys):
    def careless(x):
        print("debugging")
        x += 1
        return x

    compare(X, careless, X)
    assert X[0] == 0
    assert capsys.readouterr().out == ""


def test_effective_matrix_of_a_convolution_is_the_traced_one():
    w = np.array([1.0, 2, 3])
    trace = trace_conv(X, w)
    by_impulses = effective_matrix(lambda x, w: np.correlate(x, w) + 7, X, w)
    assert_allclose(by_impulses, trace.matrix())
    flipped = effective_matrix(lambda x, w: np.convolve(x, w, "valid"), X, w)
    assert not np.allclose(flipped, trace.matrix())


def test_effective_matrix_of_a_failing_function_is_none():
    assert effective_matrix(lambda x, w: failing(x), X, X) is None
