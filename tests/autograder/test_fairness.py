"""What one answer, or one submission, costs the others: nothing."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder import engine, grading, student_library
from autograder.course import Course, create
from autograder.grading import Cell, Graded, Grader
from autograder.release import release

NAME = "91_fair"
SETUP = """\
import time

import numpy as np

rng = np.random.default_rng(0)
shapes = [(2,), (3,)]
FIRST = 0.1257302210933933"""
QUESTIONS = {
    "same": ("def same(x):\n    return x", "x = rng.normal()\nassert x == FIRST and same(x) == ref.same(x)"),
    "size": ("def size(shape):\n    return shape[0]", "while shapes:\n    assert size(shapes[-1]) == shapes.pop()[0]"),
    "epochs": ("epochs = 2", "for _ in range(epochs):\n    time.sleep(0.01)\nassert epochs == ref.epochs"),
    "late": ("def late():\n    return 1", "assert late() == 1"),
}


def source() -> NotebookNode:
    """A notebook whose tests draw from a generator, use up a list, and loop as often as the student says."""
    cells = [new_code_cell(SETUP)]
    for name, (solution, test) in QUESTIONS.items():
        marks = {"grade_id": f"{name}-solution", "schema_version": 3, "task": False, "solution": True, "grade": False}
        text = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
        cells.append(new_code_cell(text, metadata={"nbgrader": {**marks, "locked": False}}))
        marks |= {"grade_id": name, "solution": False, "grade": True, "points": 1}
        text = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
        cells.append(new_code_cell(text, metadata={"nbgrader": {**marks, "locked": True}}))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("fair")
    (folder / "notebooks" / NAME).mkdir(parents=True)
    nbformat.write(source(), folder / "notebooks" / NAME / f"{NAME}.ipynb")
    course = create(folder / "course", "fair", 1, folder / "notebooks")
    release(course, [NAME])
    return course


def test_no_submission_sees_what_another_left_in_the_tests(fair: Course, hand_in) -> None:
    notebook = nbformat.read(fair.folder("release", NAME) / f"{NAME}.ipynb", 4)
    for number, size in enumerate((QUESTIONS["size"][0], QUESTIONS["size"][0], "def size(shape):\n    return 7")):
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix("-solution")
            if name in QUESTIONS and "solution" in cell.metadata.nbgrader.grade_id:
                cell.source = size if name == "size" else QUESTIONS[name][0]
        hand_in(fair, NAME, f"student-{number}", notebook)
    results = engine.grade(fair, NAME, jobs=1)
    lost = {
        result.student: {name for name, verdict in result.verdicts[NAME].items() if not verdict.earned}
        for result in results
    }
    assert lost == {"student-0": set(), "student-1": set(), "student-2": {"size"}}


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    library = student_library.build(tmp_path_factory.mktemp("library") / "library")
    with contextlib.closing(Grader(source(), NAME, 1, library)) as made:
        yield made


Graders = Callable[..., Graded]


@pytest.fixture
def graded(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> Graders:
    """A function that grades right answers but for those given, in a few seconds."""
    monkeypatch.setattr(grading, "SUBMISSION_SECONDS", 6.0)
    monkeypatch.setattr(grading, "DISPLAY_SECONDS", 2.0)

    def grade(**changed: str) -> Graded:
        cells = [Cell(0, SETUP)]
        for name, (solution, test) in QUESTIONS.items():
            cells.append(Cell(len(cells), changed.get(name, solution)))
            cells.append(Cell(len(cells), test if name != "same" else "assert same(3) == 3", name, 1.0))
        return grader.grade(cells)

    return grade


def lost(found: Graded) -> dict[str, str]:
    """The questions that lost their points, and why."""
    return {name: verdict.groups[0].reason for name, verdict in found.verdicts.items() if not verdict.earned}


def test_a_test_that_a_number_keeps_busy_is_ended(graded: Graders) -> None:
    assert lost(graded(epochs="epochs = 10**9")) == {"epochs": "the test did not end in time"}


def test_a_slow_answer_takes_no_other_s_time(graded: Graders) -> None:
    found = lost(graded(same="import time\ndef same(x):\n    time.sleep(4)"))
    assert found.keys() == {"same"}
    assert "took longer than 1.5" in found["same"] or found["same"] == "the notebook used up its time"


@pytest.mark.parametrize("swallow", ["Exception", "BaseException"])
def test_an_answer_cannot_keep_the_time_limit_from_the_test(graded: Graders, swallow: str) -> None:
    late = f"import time\ndef late():\n    try:\n        time.sleep(9)\n    except {swallow}:\n        time.sleep(9)"
    assert lost(graded(late=late)).keys() == {"late"}


def test_one_that_only_wastes_time_has_its_budget_and_no_more(graded: Graders) -> None:
    hang = "import threading\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
    started = time.monotonic()
    found = graded(same=hang, size=hang, epochs="epochs = 10**9", late="def late():\n    while True: pass")
    budget = grading.SUBMISSION_SECONDS + grading.DISPLAY_SECONDS + len(QUESTIONS) * grading.TEST_SECONDS
    assert time.monotonic() - started < budget + 5
    assert lost(found).keys() == QUESTIONS.keys()


def test_nothing_is_lost_where_nothing_is_wrong(graded: Graders, tmp_path: Path) -> None:
    assert lost(graded()) == {}
