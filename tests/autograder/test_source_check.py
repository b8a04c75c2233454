"""A source notebook whose tests cannot be asked of a student's functions is refused before anybody gets it."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.source_check import check_source
from dnnkit.errors import CourseError

NAME = "92_own"


def notebook(solution: str, test: str) -> NotebookNode:
    """A notebook with one question."""
    marks = {"grade_id": "answer-solution", "schema_version": 3, "task": False, "solution": True, "grade": False}
    own = new_code_cell(f"import numpy as np\n{solution}", metadata={"nbgrader": {**marks, "locked": False}})
    marks |= {"grade_id": "answer", "solution": False, "grade": True, "points": 2}
    test = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
    return new_notebook(cells=[own, new_code_cell(test, metadata={"nbgrader": {**marks, "locked": True}})])


GOOD = {
    "a function": ("def answer(x): return 2 * x", "assert answer(3) == ref.answer(3) == 6"),
    "a class": ("class K:\n    def __init__(self): self.n = 1", "k = K()\nk.n = 5\nassert k.n == 5"),
    "a value": ("answer = {'a': 1}", "assert answer['a'] == 1 and len(answer) == 1"),
    "an error": (
        "def answer(x): return 1 / x",
        "try:\n    answer(0)\n    assert False\nexcept ZeroDivisionError:\n    pass",
    ),
}
AFAR = {
    "an argument changed in place": ("def answer(x): x[0] = 7.0", "x = np.zeros(2)\nanswer(x)\nassert x[0] == 7"),
    "an instance asked for its class": ("class K: pass", "assert isinstance(K(), K)"),
    "a length": ("class K:\n    def __len__(self): return 3", "assert len(K()) == 3"),
    "a function as argument": ("def answer(f, x): return f(x)", "assert answer(lambda x: x + 1, 1) == 2"),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_can_be_asked_from_afar_is_taken(case: str) -> None:
    check_source(notebook(*GOOD[case]), NAME, 1)


@pytest.mark.parametrize("case", AFAR)
def test_what_cannot_is_refused_in_words(case: str) -> None:
    with pytest.raises(CourseError, match=f"{NAME}: the notebook's own answer passes answer here, and loses points"):
        check_source(notebook(*AFAR[case]), NAME, 1)


DOUBLE, X = "def answer(x): return 2 * x", "x = np.arange(6.0).reshape(2, 3)\n"
LENIENT = {
    "a norm": "assert np.linalg.norm(answer(x) - ref.answer(x)) < 1e-6",
    "all differences": "assert np.all(np.abs(answer(x) - ref.answer(x)) < 1e-6)",
    "equal entries": "assert (answer(x) == ref.answer(x)).all()",
    "a sum": "2 if np.sum(np.abs(answer(x) - ref.answer(x))) < 1e-6 else 0",
    "a loop": "for got, wanted in zip(answer(x), ref.answer(x)): assert abs(got - wanted).max() < 1e-6",
}
STRICT = {
    "the shape first": "assert answer(x).shape == (2, 3)\n" + LENIENT["a norm"],
    "numpy.testing": "np.testing.assert_allclose(answer(x), ref.answer(x))",
    "allclose": "assert np.allclose(answer(x), ref.answer(x))",
    "a number": "assert abs(answer(2.0) - 4) < 1e-6",
    "an empty one that is due": "assert np.all(answer(np.zeros((0, 3))) == np.zeros((0, 3)))",
}


@pytest.mark.parametrize("test", LENIENT)
def test_a_test_that_empty_arrays_pass_is_refused(test: str) -> None:
    with pytest.raises(CourseError, match=f"{NAME}: the test answer gives full points to empty arrays"):
        check_source(notebook(DOUBLE, X + LENIENT[test]), NAME, 1)


def test_nor_may_a_test_take_its_arguments_from_the_student() -> None:
    with pytest.raises(CourseError, match="gives full points to empty arrays"):
        check_source(notebook(f"{DOUBLE}\n{X}", STRICT["numpy.testing"]), NAME, 1)


@pytest.mark.parametrize("test", STRICT)
def test_a_test_that_empty_arrays_fail_is_taken(test: str) -> None:
    check_source(notebook(DOUBLE, X + STRICT[test]), NAME, 1)


def test_what_fails_here_is_told_first() -> None:
    with pytest.raises(CourseError, match="fails answer: AssertionError"):
        check_source(notebook("answer = 3", "assert answer == 4"), NAME, 1)
