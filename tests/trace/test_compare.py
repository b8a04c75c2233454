"""Whatever a student's function does becomes a comparison, never an exception."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dnnkit.check.compare import value_difference
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
        (lambda x: "four", "returned a str; expected a NumPy array"),
        (lambda x: [0.0, 1, 2, 3], "returned a list; expected a NumPy array"),
        (lambda x: 3, "returned an int; expected a NumPy array"),
        (lambda x: x > 1, "returned an array of dtype bool; expected an array of numbers"),
        (lambda x: x.astype(complex), "dtype complex128"),
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


ANSWERS = {
    "right": X,
    "whole numbers": X.astype(int),
    "bools": X.astype(bool),
    "float32": X.astype(np.float32),
    "a list": [0.0, 1, 2, 3],
    "a tuple of numbers": (0.0, 1.0, 2.0, 3.0),
    "nothing": None,
    "a number": 3.0,
    "another shape": X[None],
    "nan": np.array([0, np.nan, 2, 3]),
    **{f"off by {off}": X + off for off in (1e-12, 2e-9, 2e-8, 2e-7, 1e-6)},
    **{f"off by a factor of {off}": X * off for off in (1 + 0.5e-7, 1 + 3e-7, 1 + 9e-7)},
}


@pytest.mark.parametrize("scale", [1, 1e6])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_widget_agrees_where_the_check_does(answer, scale):
    came = ANSWERS[answer] * scale if isinstance(ANSWERS[answer], np.ndarray) else ANSWERS[answer]
    assert compare(X * scale, lambda: came).agrees == (value_difference(came, X * scale) is None)


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
