"""The hostile class: an assignment with every kind of graded cell, and what the text files beside this one make of it.

A text file says in its first line what it tries and in its second what it earns: "nothing" (its notebook has no
answers) or "all" (it has all right ones), "all but" what it replaces, "less" what loses some of its points. Behind
`# %% NAME` stand the answer to a question, or a cell to put `first`, `last`, or first with the tag `explore`.
"""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import NOTEBOOKS
from autograder.demo import answers
from autograder.demo.students import ATTACKS
from autograder.notebook import grade_id

HERE = Path(__file__).parent
NAME = "04_pooling"  # whose hidden cases the judged questions have
POINTS = {"double": 3, "scale": 4, "shift": 3, "Tally": 3, "guess": 5, "maxpool2d": 4, "maxpool2d_backward": 6}
LIMITS = {"cell_seconds": 1.5, "call_seconds": 1.5, "memory_mb": 1024, "file_mb": 8}
SECRETS = ("1357986420", "2715972840", "0.135798642", "1.135798642", "2.135798642")
"""Hidden arguments and expected values of the ordinary tests below."""

NESTED, MANY = "-" * 100_000 + "1", "many = %time 1\n" * 1000
SETUP = "import numpy as np\n\nfrom dnnkit.check import check, judge"
QUESTIONS = {
    "double": ("def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION", """\
assert double(2) == 4
### BEGIN HIDDEN TESTS
for secret_number in (3, 1357986420):
    assert double(secret_number) == ref.double(secret_number), "a secret message"
### END HIDDEN TESTS"""),
    "scale": ("def scale(x):\n    ### BEGIN SOLUTION\n    return x / np.max(np.abs(x))\n    ### END SOLUTION", """\
### BEGIN HIDDEN TESTS
for x in (np.arange(1.0, 7.0).reshape(2, 3) + 0.1357986420, np.array([1.0, -4.0, 2.0])):
    np.testing.assert_allclose(scale(x), ref.scale(x))
### END HIDDEN TESTS"""),
    "shift": ("def shift(x):\n    ### BEGIN SOLUTION\n    return x - np.mean(x)\n    ### END SOLUTION", """\
### BEGIN HIDDEN TESTS
for x in (np.array([1.0, -4.0, 2.0]), np.arange(1.0, 7.0).reshape(2, 3) ** 2):
    assert np.allclose(shift(x), ref.shift(x))
### END HIDDEN TESTS"""),
    "Tally": ("""\
class Tally:
    ### BEGIN SOLUTION
    def __init__(self, start):
        self.total = start

    def add(self, value):
        self.total += value
        return self.total
    ### END SOLUTION""", """\
tally, right = Tally(2.0), ref.Tally(2.0)
assert tally.total == 2.0
### BEGIN HIDDEN TESTS
for value in (0.1357986420, 5.5):
    assert tally.add(value) == right.add(value) == tally.total
### END HIDDEN TESTS"""),
    "guess": ("guess = None\n### BEGIN SOLUTION\nguess = 10\n### END SOLUTION", """\
### BEGIN HIDDEN TESTS
off = abs(guess - ref.guess)
### END HIDDEN TESTS
5 if off == 0 else 2.5 if off < 2 else 0"""),
}  # fmt: skip


def source() -> NotebookNode:
    """The instructor's notebook: ordinary tests, a class, a partial score, and two questions of notebook 04."""
    pooling = nbformat.read(NOTEBOOKS / NAME / f"{NAME}.ipynb", 4).cells
    cells = [new_code_cell(SETUP)]
    for name, points in POINTS.items():
        solution, test = QUESTIONS.get(name) or (_of(pooling, f"{name}-solution"), _of(pooling, name))
        cells.append(new_code_cell(solution, metadata=_marks(f"{name}-solution", solution=True)))
        cells.append(new_code_cell(test, metadata=_marks(name, points)))
    cells.append(new_markdown_cell("Because.", metadata=_marks("why", 2, solution=True)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "limits": LIMITS})


def _of(cells: list[NotebookNode], name: str) -> str:
    return next(cell.source for cell in cells if grade_id(cell) == name)


def _marks(name: str, points: float | None = None, solution: bool = False) -> dict[str, Any]:
    marks = {"grade_id": name, "schema_version": 3, "task": False}
    marks |= {"grade": points is not None, "solution": solution, "locked": not solution}
    return {"nbgrader": marks | ({"points": points} if points is not None else {})}


@dataclass(frozen=True)
class Attack:
    """A text file: what it tries, what it earns, its cells by place."""

    tries: str
    earns: str
    cells: dict[str, str]


def attacks() -> dict[str, Attack]:
    """All text files by name of the student, and the attacks of the demo, which earn nothing."""
    found = {f"{file.parent.name}-{file.stem}": _read(file) for file in HERE.glob("*/*.txt")}
    return found | {f"demo-{f.stem}": Attack("", "nothing", {"first": f.read_text()}) for f in ATTACKS.glob("*.txt")}


def _read(file: Path) -> Attack:
    head, *parts = file.read_text("utf-8").split("# %% ")
    tries, earns = head.strip().split("\n")
    cells = dict(part.split("\n", 1) for part in parts)
    return Attack(tries.removeprefix("# "), earns.removeprefix("# earns: "), cells)


def expected(earns: str) -> tuple[dict[str, float], set[str]]:
    """The points that a line such as "all but double less scale" promises, and what must have lost some."""
    everything, _, less = earns.partition(" less ")
    everything, _, lost = everything.partition(" but ")
    unknown = {*lost.split(), *less.split()} - POINTS.keys()
    if everything not in ("nothing", "all") or unknown:
        raise ValueError(f"not understood: {earns}")
    full = {name: 0.0 if everything == "nothing" or name in lost.split() else p for name, p in POINTS.items()}
    return full, set(less.split())


def right(released: NotebookNode) -> NotebookNode:
    """The released notebook with every answer right."""
    return _filled(released, answers.right(source()), "In my own words.")


def attacking(released: NotebookNode, attack: Attack, paths: dict[str, str]) -> NotebookNode:
    """What an attack hands in; it is even told the paths that it wants."""
    texts = dict.fromkeys(POINTS, "pass") if attack.earns == "nothing" else answers.right(source())
    notebook = _filled(released, texts | {name: attack.cells[name] for name in POINTS if name in attack.cells}, None)
    if "explore" in attack.cells:
        notebook.cells.insert(0, new_code_cell(attack.cells["explore"], metadata={"tags": ["explore"]}))
    if "first" in attack.cells:
        notebook.cells.insert(0, new_code_cell(attack.cells["first"]))
    if "last" in attack.cells:
        notebook.cells.append(new_code_cell(attack.cells["last"]))
    for cell in notebook.cells:
        for name, text in (paths | {"nested": NESTED, "many": MANY}).items():
            cell.source = cell.source.replace(f"{{{name}}}", text)
    return notebook


def _filled(released: NotebookNode, texts: dict[str, str], words: str | None) -> NotebookNode:
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        name = (grade_id(cell) or "").removesuffix(answers.SOLUTION)
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade", False) and name in texts:
            cell.source = texts[name]
        elif name == "why" and words is not None:
            cell.source = words
    return notebook


def as_json(notebook: NotebookNode) -> dict[str, Any]:
    """The notebook as plain dicts, for `damaged`."""
    return json.loads(nbformat.writes(notebook, split_lines=False))
