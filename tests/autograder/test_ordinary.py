"""Ordinary hidden tests, without judge(): what they give, and that nothing of them gets out."""

import json
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.feedback import feedback

SECRET = "1357986420"  # an argument of a hidden test of the ordinary notebook

LEAKS = {
    "in-an-error": "raise ValueError(repr(x))",
    "in-an-error-type": "raise type('Leak' + str(x), (Exception,), {})(x)",
    "as-a-known-error": "raise type('ValueError', (ValueError,), {})('got ' + repr(x))",
    "as-a-group": "raise ExceptionGroup(repr(x), [ValueError(x)])",
    "printed": "print(x); return 2 * x",
    "displayed": "from IPython.display import display; display(x); return 2 * x",
    "warned": "import warnings; warnings.warn(repr(x)); return 2 * x",
    "logged": "import logging; logging.error('%s', x); return 2 * x",
    "returned": "return x",
    "returned-as-text": "return f'got {x}'",
    "in-a-key": "return {str(x): x}",
    "in-a-dtype": "return np.zeros(1, dtype=[(f'got_{x}', float)])",
    "in-a-class": "return type('Leak' + str(x), (), {})()",
    "kept": "SEEN.append(x); return 2 * x",
    "on-disk": "open('seen', 'a').write(repr(x)); return 2 * x",
    "in-a-later-function": "np.abs = lambda _: exec('raise ValueError(repr(x))', {'x': x}); return 2 * x",
    "in-the-answer": "globals()['guess'] = f'got {x}'; return 2 * x",
    "in-a-name": "globals().pop('guess', None); raise NameError(repr(x), name=repr(x))",
    "by-exit": "raise SystemExit(repr(x))",
    "by-interrupt": "raise KeyboardInterrupt(repr(x))",
}


def _leaking(notebook: NotebookNode) -> NotebookNode:
    notebook.cells.insert(1, new_code_cell("SEEN = []"))
    for show in ("print(SEEN)", "import os\nprint(os.path.exists('seen') and open('seen').read())", "SEEN"):
        notebook.cells.append(new_code_cell(show))
    return notebook


@pytest.fixture(scope="module")
def ordinary_class(fill, grade_class):
    """The notebook of an instructor's own, with one answer changed for each student, and leaking ones."""
    changed: dict[str, dict[str, str]] = {
        "right": {},
        "never": {"double": "def double(x): return 5"},
        "only-visible": {"double": "def double(x): return 4"},
        "raises": {"double": "def double(x): raise KeyError(x)"},
        "syntax": {"double": "def double(x: return"},
        "missing": {"double": "pass"},
        "exits": {"double": "import os\ndef double(x): os._exit(0)"},
        "no-function": {"double": "double = 4"},
        "class": {"double": "class double(int): pass"},
        "shape": {"scale": "def scale(x): return x.ravel()"},
        "empty": {"scale": "def scale(x): return x[:0]"},
        "scalar": {"scale": "def scale(x): return 1.0"},
        "text": {"scale": "def scale(x): return 'x'"},
        "close": {"guess": "guess = 9"},
        "far": {"guess": "guess = 3"},
        "blank": {"guess": "guess = None"},
        "equal-to-all": {"guess": "class Yes(int):\n    __rsub__ = lambda a, b: 0\nguess = Yes(77)"},
        "nan-guess": {"guess": "guess = float('nan')"},
        **{
            f"share-{value}": {"share": f"def share(): return {value}"} for value in ("3", "600", "-1", "False", "True")
        },
        "share-nan": {"share": "def share(): return float('nan')"},
        "share-inf": {"share": "def share(): return float('-inf')"},
    }
    students = {student: fill("90_ordinary", given) for student, given in changed.items()}
    for name, body in LEAKS.items():
        students[name] = _leaking(fill("90_ordinary", {"double": f"def double(x):\n    {body}"}))
    graded = grade_class("90_ordinary", students)
    feedback(graded.course, "90_ordinary")
    return graded


def _pages(graded, student: str) -> list[Path]:
    return list(graded.course.folder("feedback", graded.assignment, student).glob("*.html"))


@pytest.mark.parametrize("student", LEAKS)
def test_no_hidden_argument_gets_out(ordinary_class, student: str) -> None:
    [page] = _pages(ordinary_class, student)
    assert SECRET not in page.read_text()
    # in the graded copy it stands in the test itself, and nowhere else
    for cell in ordinary_class.notebook(student).cells:
        assert SECRET not in json.dumps([cell.get("outputs"), cell.metadata])
    result = ordinary_class.results[student]
    assert SECRET not in str(result)


def test_the_leaks_were_tried(ordinary_class) -> None:
    assert ordinary_class.points("kept")["double"] == 3
    assert ordinary_class.points("in-an-error")["double"] == 0
    assert ordinary_class.points("in-a-later-function")["scale"] == 0


# ordinary hidden tests, without judge()


FULL = {"double": 3, "scale": 4, "guess": 5, "share": 6}


@pytest.mark.parametrize(
    ("student", "item", "points"),
    [
        ("right", "double", 3),
        ("only-visible", "double", 0),
        ("raises", "double", 0),
        ("syntax", "double", 0),
        ("missing", "double", 0),
        ("exits", "double", 0),
        ("no-function", "double", 0),
        ("class", "double", 0),
        ("shape", "scale", 0),
        ("empty", "scale", 0),
        ("scalar", "scale", 0),
        ("text", "scale", 0),
        ("close", "guess", 2.5),
        ("far", "guess", 0),
        ("blank", "guess", 0),
        ("equal-to-all", "guess", 0),
        ("nan-guess", "guess", 0),
        ("share-3", "share", 3),
        ("share-600", "share", 6),
        ("share--1", "share", 0),
        ("share-False", "share", 0),
        ("share-True", "share", 6),
        ("share-nan", "share", 0),
        ("share-inf", "share", 0),
    ],
)
def test_ordinary_hidden_tests(ordinary_class, student: str, item: str, points: float) -> None:
    found = ordinary_class.points(student)
    assert {name: found[name] for name in FULL} == FULL | {item: points}


def test_reasons_of_ordinary_tests_quote_nothing(ordinary_class) -> None:
    reasons = {
        "only-visible": "a hidden test failed",
        "raises": "it raised an unexpected error",
        "missing": "double is not defined in the notebook",
        "text": "a hidden test failed",
    }
    for student, reason in reasons.items():
        verdicts = ordinary_class.results[student].verdicts["90_ordinary"]
        assert reason in [group.reason for verdict in verdicts.values() for group in verdict.groups]


def test_a_failed_visible_test_says_so(ordinary_class) -> None:
    [group] = ordinary_class.results["never"].verdicts["90_ordinary"]["double"].groups
    assert group.reason == "a visible test failed"
    outputs = ordinary_class.notebook("never").cells[2].outputs
    assert [output.get("ename") for output in outputs] == ["AssertionError", None, None]
