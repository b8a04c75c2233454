"""One released course that every test may copy, and what it takes to hand in and grade."""

import copy
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import engine
from autograder.course import Course, create
from autograder.demo import answers
from autograder.notebook import grade_id
from autograder.release import release

ORDINARY = "90_ordinary"
SEED = 7
OWN_WORDS = "In my own words."

SETUP = "import numpy as np\nfrom dnnkit.check import check, judge"
DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
DOUBLE_TEST = """\
assert double(2) == 4
### BEGIN HIDDEN TESTS
for secret_number in (3, 1357986420):
    assert double(secret_number) == ref.double(secret_number), "a secret message"
### END HIDDEN TESTS"""
SCALE = "def scale(x):\n    ### BEGIN SOLUTION\n    return x / np.max(np.abs(x))\n    ### END SOLUTION"
SCALE_TEST = """\
### BEGIN HIDDEN TESTS
for x in (np.array([1.0, -4.0, 2.0]), np.arange(1.0, 7.0).reshape(2, 3)):
    np.testing.assert_allclose(scale(x), ref.scale(x))
### END HIDDEN TESTS"""
GUESS = "guess = None\n### BEGIN SOLUTION\nguess = 10\n### END SOLUTION"
GUESS_TEST = """\
### BEGIN HIDDEN TESTS
off = abs(guess - ref.guess)
### END HIDDEN TESTS
5 if off == 0 else 2.5 if off < 2 else 0"""
SHARE = "def share():\n    ### BEGIN SOLUTION\n    return 6\n    ### END SOLUTION"


def _marks(name: str, points: float | None = None, solution: bool = False) -> dict[str, object]:
    data = {"grade_id": name, "schema_version": 3, "task": False}
    data |= {"grade": points is not None, "solution": solution, "locked": not solution}
    return {"nbgrader": data | ({"points": points} if points is not None else {})}


def ordinary_notebook() -> NotebookNode:
    """A notebook of an instructor's own, with ordinary hidden tests and no item in autograder/hidden."""
    cells = [new_code_cell(SETUP)]
    for name, solution, test, points in (
        ("double", DOUBLE, DOUBLE_TEST, 3),
        ("scale", SCALE, SCALE_TEST, 4),
        ("guess", GUESS, GUESS_TEST, 5),
        ("share", SHARE, "share()", 6),
    ):
        cells.append(new_code_cell(solution, metadata=_marks(f"{name}-solution", solution=True)))
        cells.append(new_code_cell(test, metadata=_marks(name, points)))
    cells.append(new_code_cell("tried = double(21)\nprint(tried)", metadata={"tags": ["explore"]}))
    cells.append(new_markdown_cell("Because.", metadata=_marks("why", 2, solution=True)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="session", autouse=True)
def programs_on_path() -> Iterator[None]:
    """The commands of this environment, and one BLAS thread, for whatever a test starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with every assignment released. Shared: copy it before changing anything."""
    course = create(tmp_path_factory.mktemp("released") / "course", "tried", SEED)
    folder = course.folder("source", ORDINARY)
    folder.mkdir()
    nbformat.write(ordinary_notebook(), folder / f"{ORDINARY}.ipynb")
    release(course, course.assignments)
    return course


@pytest.fixture
def course(released: Course, tmp_path: Path) -> Course:
    """A released course of the test's own."""
    shutil.copytree(released.root, tmp_path / "course")
    return Course.open(tmp_path / "course")


Fill = Callable[..., NotebookNode]


@pytest.fixture(scope="session")
def fill(released: Course) -> Fill:
    """A function that fills a released notebook: right answers but for those given, and words where words are due."""

    def filled(assignment: str, given: dict[str, str] | None = None, words: str | None = OWN_WORDS) -> NotebookNode:
        texts = answers.right(released.sources(assignment)[assignment]) | (given or {})
        notebook = nbformat.read(released.folder("release", assignment) / f"{assignment}.ipynb", 4)
        for cell in notebook.cells:
            name = grade_id(cell) or ""
            if name.endswith(answers.SOLUTION):
                cell.source = texts[name.removesuffix(answers.SOLUTION)]
            elif cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "markdown" and words is not None:
                cell.source = words
        return notebook

    return filled


@pytest.fixture(scope="session")
def blank(released: Course) -> Callable[[str], NotebookNode]:
    """A function that gives an assignment's notebook as it was released."""
    return lambda name: nbformat.read(released.folder("release", name) / f"{name}.ipynb", 4)


HandIn = Callable[..., Path]


@pytest.fixture(scope="session")
def hand_in() -> HandIn:
    """A function that puts a notebook, or any text, into a student's folder."""

    def put(course: Course, assignment: str, student: str, what: NotebookNode | str | bytes, name: str = "") -> Path:
        folder = course.folder("submitted", assignment, student)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / (name or f"{assignment}.ipynb")
        if isinstance(what, dict):
            what = nbformat.writes(copy.deepcopy(what))
        file.write_bytes(what if isinstance(what, bytes) else what.encode())
        return file

    return put


class GradedClass:
    """A class that was graded in one run: results, marks and graded notebooks by student."""

    def __init__(self, course: Course, assignment: str, handed_in: dict[str, object], hand_in: HandIn) -> None:
        self.course, self.assignment = course, assignment
        for student, what in handed_in.items():
            hand_in(course, assignment, student, what)
        self.results = {result.student: result for result in engine.grade(course, assignment, jobs=2)}

    def grades(self, student: str) -> dict[str, object]:
        """nbgrader's grade entries by graded cell, detached from the database."""
        with self.course.gradebook() as gradebook:
            submission = gradebook.find_submission(self.assignment, student)
            return {
                grade.cell.name: (grade.auto_score, bool(grade.needs_manual_grade))
                for notebook in submission.notebooks
                for grade in notebook.grades
            }

    def points(self, student: str) -> dict[str, float | None]:
        """The automatic scores by graded cell."""
        return {name: score for name, (score, _) in self.grades(student).items()}

    def notebook(self, student: str) -> NotebookNode:
        """The graded copy."""
        return nbformat.read(self.course.folder("autograded", self.assignment, student) / f"{self.assignment}.ipynb", 4)

    def text(self, student: str) -> str:
        """The graded copy's file."""
        return (self.course.folder("autograded", self.assignment, student) / f"{self.assignment}.ipynb").read_text()


@pytest.fixture(scope="session")
def grade_class(
    released: Course, tmp_path_factory: pytest.TempPathFactory, hand_in: HandIn
) -> Callable[..., GradedClass]:
    """A function that grades hand-ins by student in a course of their own."""

    def graded(
        assignment: str, handed_in: dict[str, object], before: Callable[[Course], None] = lambda course: None
    ) -> GradedClass:
        root = tmp_path_factory.mktemp("graded") / "course"
        shutil.copytree(released.root, root)
        before(Course.open(root))
        return GradedClass(Course.open(root), assignment, handed_in, hand_in)

    return graded
