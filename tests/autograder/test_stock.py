"""Honest work gets the same marks from stock nbgrader, with its kernels, and from the engine: cell by cell."""

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder import engine
from autograder.course import create
from autograder.notebook import grade_id
from autograder.release import release

NAME = "90_plain"
SETUP = "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport numpy as np"
SOFTMAX = "def softmax(z):\n    e = np.exp(z - z.max(-1, keepdims=True))\n    return e / e.sum(-1, keepdims=True)"
MEAN = """\
class Mean:
    def __init__(self):
        self.values = []

    def add(self, x):
        self.values.append(x)
        return sum(self.values) / len(self.values)"""
QUESTIONS = {
    "relu": (2, "def relu(x):\n    return np.maximum(x, 0)", """\
assert relu(3) == 3
### BEGIN HIDDEN TESTS
x = np.array([[-1.0, 2.0], [0.5, -0.1]])
np.testing.assert_allclose(relu(x), [[0, 2], [0.5, 0]])
### END HIDDEN TESTS"""),
    "softmax": (3, SOFTMAX, """\
### BEGIN HIDDEN TESTS
p = softmax(np.arange(6.0).reshape(2, 3) * 100)
assert p.shape == (2, 3) and np.isfinite(p).all()
np.testing.assert_allclose(p.sum(axis=1), 1)
try:
    softmax(None)
except AttributeError:
    pass
### END HIDDEN TESTS"""),
    "sizes": (4, "sizes = {'valid': 3, 'same': 5}", """\
### BEGIN HIDDEN TESTS
score = 2 * (sizes.get("valid") == 3) + 1.5 * (sizes.get("same") == 5) + 0.5 * isinstance(sizes, dict)
### END HIDDEN TESTS
score"""),
    "Mean": (3, MEAN, """\
mean = Mean()
assert mean.add(2.0) == 2.0
### BEGIN HIDDEN TESTS
assert mean.add(4.0) == 3.0
assert mean.values == [2.0, 4.0]
assert Mean().add(1) == 1
### END HIDDEN TESTS"""),
}  # fmt: skip
ANSWERS = {name: answer for name, (_, answer, _) in QUESTIONS.items()}
STUDENTS = {
    "right": ANSWERS,
    "partly": ANSWERS
    | {
        "relu": "def relu(x):\n    x = np.array(x)\n    x[x < 0] = 0\n    return x",
        "sizes": "sizes = {'valid': 3, 'same': 4}",
        "Mean": "class Mean:\n    def add(self, x):\n        return x",
    },
    "slips": ANSWERS
    | {
        "softmax": "def softmax(z):\n    return np.exp(z / 100) / 6",
        "sizes": "sizes = [3, 5]",
        "Mean": "Mean = Meen",
    },
    "as-released": {},
}  # fmt: skip


def _marks(name: str, points: float | None = None, solution: bool = False) -> dict[str, object]:
    marks = {"grade_id": name, "schema_version": 3, "task": False, "locked": not solution, "solution": solution}
    return {"nbgrader": marks | ({"grade": False} if points is None else {"grade": True, "points": points})}


def _source() -> NotebookNode:
    cells = [new_code_cell(SETUP)]
    for name, (points, answer, test) in QUESTIONS.items():
        solved = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(new_code_cell(solved, metadata=_marks(f"{name}-solution", solution=True)))
        cells.append(new_code_cell(test, metadata=_marks(name, points)))
    cells.append(
        new_code_cell("### BEGIN SOLUTION\nplt.plot([1, 2])\n### END SOLUTION", metadata=_marks("plot", 2, True))
    )
    cells.append(new_markdown_cell("Because.", metadata=_marks("why", 2, solution=True)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _hand_in(root: Path) -> None:
    """Everybody's work, on the notebook that was released in `root`."""
    for student, answers in STUDENTS.items():
        notebook = nbformat.read(root / "release" / NAME / f"{NAME}.ipynb", 4)
        for cell in notebook.cells:
            name = (grade_id(cell) or "").removesuffix("-solution")
            if name in answers and cell.metadata.nbgrader.solution:
                cell.source = answers[name]
            elif name in ("plot", "why") and answers:
                cell.source = "My own words." if name == "why" else "plt.plot([2, 1]);"
        notebook.cells.insert(1, new_code_cell("print('hello')\n1 + 1"))
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")


def _scores(gradebook: Gradebook) -> dict[tuple[str, str], tuple]:
    return {
        (submission.student.id, grade.cell.name): (grade.auto_score, bool(grade.needs_manual_grade), grade.max_score)
        for submission in gradebook.assignment_submissions(NAME)
        for notebook in submission.notebooks
        for grade in notebook.grades
    }


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """The folder of source notebooks that both graders start from."""
    folder = tmp_path / "notebooks" / NAME
    folder.mkdir(parents=True)
    nbformat.write(_source(), folder / f"{NAME}.ipynb")
    return folder.parent


def _stock(root: Path, notebooks: Path) -> dict[tuple[str, str], tuple]:
    """The marks that plain nbgrader gives."""
    shutil.copytree(notebooks, root / "source")
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    for command in ("generate_assignment", "autograde"):
        done = subprocess.run(["nbgrader", command, NAME], cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        if command == "generate_assignment":
            _hand_in(root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return _scores(gradebook)


def test_honest_marks_are_stock_nbgrader_s(tmp_path: Path, notebooks: Path) -> None:
    wanted = _stock(tmp_path / "stock", notebooks)
    course = create(tmp_path / "ours", "ours", 0, notebooks)
    release(course, [NAME])
    _hand_in(course.root)
    engine.grade(course, NAME)
    with course.gradebook() as gradebook:
        found = _scores(gradebook)
    assert found == wanted
    assert len({score for score, _, _ in wanted.values()}) >= 5  # all, none, parts, and nothing yet
