"""Helpers that ask what they are to give while a function that calls them is judged."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograder.given import Given, helpers, known_result
from autograder.hidden import items_of
from autograder.items import prepare
from autograder.sandbox import StudentProcess, WarmProcess
from autograder.student.stand_in import asking

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
BACKWARD = Given("Cell.backward", {"delta": 1.0}, 7, {}, {"db": 2.0})
KNOWN = [SIZE, BACKWARD, Given("absent", {"n": 1}, 2, {}, {})]


@pytest.fixture
def notebook() -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(NOTEBOOK, namespace)
    return namespace


def told(given: list[Given]) -> Callable[..., Any]:
    """Answers as the grader does."""

    def ask(name: str, arguments: dict[str, Any]) -> Any:
        found = known_result(given, name, arguments)
        return None if found is None else (found.result, found.adds)

    return ask


def test_known_calls_give_the_known_result_and_all_others_their_own(notebook: dict[str, Any]) -> None:
    with asking(notebook, helpers(KNOWN), told(KNOWN)):
        assert notebook["user"]() == (3, 3, -1, 5, 7, 102.0)
    assert notebook["user"]() == WRONG


def test_a_helper_of_another_process_is_told_as_well(plain: StudentProcess) -> None:
    plain.run_cell(NOTEBOOK)
    assert plain.call("user", (), {}, given=KNOWN).value == (3, 3, -1, 5, 7, 102.0)
    assert plain.call("user", (), {}).value == WRONG


def test_the_student_may_have_another_signature(notebook: dict[str, Any]) -> None:
    notebook["size"] = lambda *args, **kwargs: None
    with asking(notebook, helpers([SIZE]), told([SIZE])):
        assert (notebook["size"](5, 3), notebook["size"](5, k=3, stride=1), notebook["size"](5)) == (3, 3, None)
        assert notebook["size"](5, 3, 1, 1) is None
        assert notebook["size"](5, 3, what=1) is None


def test_helpers_come_back_after_an_error(notebook: dict[str, Any]) -> None:
    with pytest.raises(ZeroDivisionError), asking(notebook, helpers([SIZE]), told([SIZE])):
        raise ZeroDivisionError
    assert notebook["user"]() == WRONG


def test_arrays_are_compared_by_value() -> None:
    x, w = np.arange(4.0), np.ones(2)
    given = [Given("size", {"n": x, "k": w, "stride": (1, x)}, np.zeros(3), {"stride": 1}, {})]
    right = {"n": x.copy(), "k": [1.0, 1.0], "stride": [1, x]}
    assert known_result(given, "size", right) is given[0]
    for other in ({"n": x[:3]}, {"n": x + 1e-3}, {"n": "what"}, {"k": None}, {"stride": 1}, {"stride": (1,)}):
        assert known_result(given, "size", right | other) is None
    assert known_result(given, "other", right) is None


@pytest.mark.parametrize("arguments", ["[1]", "object()", "{'n': object()}", "'text'"])
def test_a_question_that_makes_no_sense_ends_nothing_but_itself(plain: StudentProcess, arguments: str) -> None:
    plain.run_cell(f"def size(n, k, stride=1): return -1\ndef user(): return size({arguments}, 3)")
    assert plain.call("user", (), {}, given=[SIZE]).value == -1


# what is known is told only to whoever has worked out the arguments

SPY = """
import gc
import sys

import numpy as np


def held():
    frame, found = sys._getframe(1), []
    while frame:
        found += list(frame.f_locals.values())
        frame = frame.f_back
    return found + gc.get_objects()


def arrays(values, depth=0):
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, dict) and depth < 8:
            yield from arrays(list(value.values()), depth + 1)
        elif isinstance(value, (tuple, list)) and depth < 8:
            yield from arrays(value, depth + 1)


def {name}(*args, **kwargs):
    own = [array for array in arrays([args, kwargs])]
    return [a for a in arrays(held()) if a.dtype == float and 1 < a.size < 1000 and not any(a is b for b in own)][:500]
"""
WITH_HELPERS = [
    ("05_batchnorm", "batchnorm_cnn"),
    ("05_batchnorm", "batchnorm_cnn_backward"),
    ("06_vanilla_rnn", "rnn_forward"),
    ("06_vanilla_rnn", "rnn_backward"),
    ("03_conv_backward", "sgd_step"),
]


@pytest.fixture(scope="module")
def spied(plain_warm: WarmProcess) -> Iterator[StudentProcess]:
    with plain_warm.fork() as process:
        yield process


def test_the_spy_finds_what_is_there(spied: StudentProcess) -> None:
    secret = np.array([0.5, 1.5, 2.5])
    spied.run_cell(SPY.replace("{name}", "spy") + "\nkept = {}\ndef keep(x): kept['deep'] = (x, [x])")
    spied.call("keep", (secret,), {})
    assert any(np.array_equal(secret, array) for array in spied.call("spy", (), {}).value)


@pytest.mark.parametrize(("assignment", "name"), WITH_HELPERS)
def test_no_result_is_in_the_process_that_was_not_worked_out(spied: StudentProcess, assignment: str, name: str) -> None:
    item = prepare(items_of(assignment)[name], 1)
    assert any(item.given)
    spied.run_cell(SPY.replace("{name}", name))
    for case, given in zip(item.cases, item.given, strict=True):
        found = spied.call(name, case.args, dict(case.kwargs), given=given).value
        secret = [a for one in given for a in _arrays([one.result])]
        handed = _arrays([case.args, dict(case.kwargs)])
        for array in secret:
            known = any(array.shape == a.shape and np.allclose(array, a) for a in handed)
            assert known or not any(array.shape == a.shape and np.allclose(array, a) for a in found)


def _arrays(values: Any) -> list[np.ndarray]:
    found = []
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, np.ndarray):
            found.append(value)
        elif isinstance(value, (tuple, list, dict)):
            found += _arrays(value)
    return found
