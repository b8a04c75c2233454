"""Running an answer: on copies, with every error caught and every changed argument noticed."""

import sys

import numpy as np
import pytest

from autograder.sandbox import NotStarted
from dnnkit.check.limit import TimeIsUp
from dnnkit.check.outcome import Case, blanked, call, lookup, run, same_values


def test_the_case_keeps_its_arguments_whatever_the_answer_does():
    def empties(x, layers):
        x *= 0
        layers.clear()
        return x

    case = Case("a call", (np.ones(3),), {"layers": [(3, 1)]})
    outcome = run(empties, case)
    assert outcome.changed == (0, "layers")
    assert case.args[0].tolist() == [1, 1, 1]
    assert case.kwargs == {"layers": [(3, 1)]}


def test_the_value_is_a_copy_of_what_the_answer_keeps():
    kept = np.zeros(2)
    outcome = run(lambda: kept, Case("a call"))
    kept += 1
    assert outcome.value.tolist() == [0, 0]


def test_fortran_order_reaches_the_answer():
    case = Case("a call", (np.asfortranarray(np.ones((2, 3))),))
    assert run(lambda x: bool(x.flags.f_contiguous and not x.flags.c_contiguous), case).value is True


@pytest.mark.parametrize("answer", [7, None, "text", lambda: 1])
def test_what_cannot_be_called_like_this_is_an_error(answer):
    assert run(answer, Case("a call", (1,))).error == "TypeError"


def leaves(x):
    sys.exit("enough")


def test_leaving_python_is_an_error_as_any_other():
    outcome = run(leaves, Case("a call", (1,)))
    assert (outcome.error, outcome.message, outcome.line) == ("SystemExit", "enough", 'sys.exit("enough")')


@pytest.mark.parametrize("ends", [KeyboardInterrupt, TimeIsUp, NotStarted])
def test_what_ends_more_than_a_call_goes_through(ends):
    def raises(x):
        raise ends

    with pytest.raises(ends):
        run(raises, Case("a call", (1,)))


def test_endless_recursion_is_an_error():
    def endless(x):
        return endless(x)

    assert run(endless, Case("a call", (1,))).error == "RecursionError"


@pytest.mark.parametrize("answers", [{"plain": None}, {}, None, [3], 7])
def test_a_missing_entry_is_an_error(answers):
    outcome = run(lookup(answers), Case("plain", ("plain",)))
    assert (outcome.error, outcome.message) == ("LookupError", "the entry 'plain' is missing or None")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (np.arange(3), np.arange(3), True),
        (np.arange(3), np.arange(3.0), False),
        (np.zeros(1), -np.zeros(1), False),
        (np.zeros((2, 1)), np.zeros((1, 2)), False),
        ([np.ones(2), (3, 1)], [np.ones(2), (3, 1)], True),
        ([np.ones(2)], [np.zeros(2)], False),
        ([1, 2], [1], False),
        (1, 1.0, False),
        ({"x": np.ones(2)}, {"x": np.ones(2)}, True),
        ({"x": np.ones(2)}, {"x": np.zeros(2)}, False),
        ({"x": 1}, {"y": 1}, False),
        (np.ones(1), 1.0, False),
    ],
)
def test_same_values(a, b, same):
    assert same_values(a, b) is same


def test_blanked_keeps_the_form_and_no_value():
    blank = blanked(((28, np.int64(3), "same", 2.5), [np.full((2, 1), 7.0)]))
    assert blank[0] == (0, 0, "", 0.0)
    assert [type(entry) for entry in blank[0]] == [int, np.int64, str, float]
    assert blank[1][0].tolist() == [[0.0], [0.0]]


class Cell:
    def __init__(self, size):
        self.size = size

    def forward(self, x):
        return self.size / int(x)


def reads(x):
    return x[9]


@pytest.mark.parametrize(
    ("candidate", "case", "line"),
    [
        (Cell, Case("a class", (3,), steps=(call("forward", "?"),)), "return self.size / int(x)"),
        (reads, Case("a function", ("short",)), "return x[9]"),
        (Cell, Case("too few arguments"), ""),
        (lookup({}), Case("an entry", ("plain",)), ""),
        (divmod, Case("a function without a source", (1, 0)), ""),
    ],
)
def test_the_line_that_raised(candidate, case, line):
    assert run(candidate, case).line == line
