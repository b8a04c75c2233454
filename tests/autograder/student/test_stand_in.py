"""Helpers that give the right result while a function that calls them is judged."""

from typing import Any

import numpy as np
import pytest

from autograder.student.stand_in import Given, given_results

NOTEBOOK = """
def size(n, k, stride=1):
    return -1

class Cell:
    def __init__(self):
        self.db = 0.0
    def backward(self, delta):
        self.db += 100.0
        return 5

def user():
    cell = Cell()
    return size(5, 3), size(k=3, n=5), size(5, 4), cell.backward(2.0), cell.backward(1.0), cell.db
"""
WRONG = (-1, -1, -1, 5, 5, 200.0)
SIZE = Given("size", {"n": 5, "k": 3, "stride": 1}, 3, {"stride": 1}, {})


@pytest.fixture
def notebook() -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(NOTEBOOK, namespace)
    return namespace


def test_known_calls_give_the_known_result_and_all_others_their_own(notebook: dict[str, Any]) -> None:
    backward = Given("Cell.backward", {"delta": 1.0}, 7, {}, {"db": 2.0})
    given = [SIZE, backward, Given("absent", {"n": 1}, 2, {}, {})]
    with given_results(notebook, given):
        assert notebook["user"]() == (3, 3, -1, 5, 7, 102.0)
    assert notebook["user"]() == WRONG


def test_the_student_may_have_another_signature(notebook: dict[str, Any]) -> None:
    notebook["size"] = lambda *args, **kwargs: None
    with given_results(notebook, [SIZE]):
        assert (notebook["size"](5, 3), notebook["size"](5, k=3, stride=1), notebook["size"](5)) == (3, 3, None)


def test_helpers_come_back_after_an_error(notebook: dict[str, Any]) -> None:
    with pytest.raises(ZeroDivisionError), given_results(notebook, [SIZE]):
        raise ZeroDivisionError
    assert notebook["user"]() == WRONG


def test_arrays_are_compared_by_value_and_handed_out_as_copies(notebook: dict[str, Any]) -> None:
    x, w = np.arange(4.0), np.ones(2)
    given = [Given("size", {"n": x, "k": w, "stride": 1}, np.zeros(3), {"stride": 1}, {})]
    with given_results(notebook, given):
        first = notebook["size"](x.copy(), [1.0, 1.0])
        first += 1
        np.testing.assert_array_equal(notebook["size"](x, w), np.zeros(3))
        assert notebook["size"](x[:3], w) == -1
        assert notebook["size"]("what", None) == -1
