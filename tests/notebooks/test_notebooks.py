"""Every source notebook: in normal form, with the cells the contract asks for, right, and running."""

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from contract import CODE, GALLERY, MODULE, WRITTEN
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from autograder.hidden import items_of
from autograder.items import outcomes, prepare
from autograder.judge import verdict
from dnnkit import figures, widgets
from dnnkit.layers import Linear

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*/*.ipynb"))


REACHED = {"05_batchnorm": 95, "07_rnn_classifier": 90}  # percent of the test set, at least

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL)
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_task = pytest.mark.parametrize(
    ("assignment", "item"), [(assignment, item) for assignment, items in CODE.items() for item in items]
)
every_question = pytest.mark.parametrize(
    ("assignment", "item"), [(assignment, item) for assignment, items in WRITTEN.items() for item in items]
)


def read(assignment: str) -> NotebookNode:
    return nbformat.read(FOLDER / assignment / f"{assignment}.ipynb", as_version=4)


def cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that nbgrader knows, by their grade id."""
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def bound(item: str) -> str:
    """What an item is called in the notebook: a method that is graded by itself belongs to its class."""
    return item.partition("-")[0]


def role(cell: NotebookNode) -> dict[str, Any]:
    return {key: cell.metadata.nbgrader[key] for key in ("grade", "solution", "locked", "task")}


def explores(cell: NotebookNode) -> bool:
    return "explore" in cell.metadata.get("tags", [])


def test_every_notebook_is_in_the_contract() -> None:
    assert [path.stem for path in NOTEBOOKS] == [path.parent.name for path in NOTEBOOKS] == sorted(CODE)


@every_notebook
def test_normal_form(path: Path) -> None:
    text = path.read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert text == nbformat.writes(notebook) + "\n"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader", "tags"}
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@every_notebook
def test_ids_are_stable_and_readable(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell.id)
        if "nbgrader" in cell.metadata:
            assert cell.id == cell.metadata.nbgrader.grade_id.replace("_", "-").lower()


@every_notebook
def test_nbgrader_accepts_the_metadata(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        MetadataValidator().validate_cell(cell)


@every_notebook
def test_items_and_points_are_those_of_the_contract(path: Path) -> None:
    graded = {name: cell for name, cell in cells(read(path.stem)).items() if cell.metadata.nbgrader.grade}
    code = {n: c.metadata.nbgrader.points for n, c in graded.items() if c.cell_type == "code"}
    written = {n: c.metadata.nbgrader.points for n, c in graded.items() if c.cell_type == "markdown"}
    assert list(code.items()) == list(CODE[path.stem].items())
    assert list(written.items()) == list(WRITTEN[path.stem].items())


@every_task
def test_graded_cell_checks_and_judges(assignment: str, item: str) -> None:
    cell = cells(read(assignment))[item]
    assert role(cell) == {"grade": True, "solution": False, "locked": True, "task": False}
    assert cell.source == (
        f'check("{item}", {bound(item)})\n### BEGIN HIDDEN TESTS\njudge("{item}", {bound(item)})\n### END HIDDEN TESTS'
    )


@every_task
def test_solution_region_leaves_the_question_standing(assignment: str, item: str) -> None:
    cell = cells(read(assignment))[f"{item}-solution"]
    assert role(cell) == {"grade": False, "solution": True, "locked": False, "task": False}
    parts = re.split(r"^ *### (?:BEGIN|END) SOLUTION\n?", cell.source, flags=re.MULTILINE)
    question, solutions = "".join(parts[::2]), parts[1::2]
    assert solutions
    assert all(solution.strip() for solution in solutions)
    assert not parts[-1].strip()
    if f"{item} = {{" in question:
        entries = eval(question.replace(f"{item} = ", "", 1))
        assert entries
        assert set(entries.values()) == {None}
        assert question.rstrip().endswith("Then delete the next line.")  # which raises after release
    else:
        module = MODULE.get(bound(item)) or MODULE[assignment]
        assert re.match(rf"#\| export {module}\n(def|class) {bound(item)}\b", question)
        asked = define(question)[bound(item)]
        for function in filter(callable, vars(asked).values()) if isinstance(asked, type) else [asked]:
            assert "Returns" in function.__doc__ or function.__name__ == "__init__"
            assert described(function) == [name for name in inspect.signature(function).parameters if name != "self"]


def described(function: Callable[..., Any]) -> list[str]:
    """The arguments that a docstring describes, in its order."""
    _, _, details = (function.__doc__ or "").partition("\n\n")
    lines = re.findall(r"^ *([\w, ]+):", details, flags=re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]


@every_question
def test_question_hides_its_rubric(assignment: str, item: str) -> None:
    question, answer = cells(read(assignment))[f"{item}-question"], cells(read(assignment))[item]
    assert role(question) == {"grade": False, "solution": False, "locked": True, "task": False}
    assert role(answer) == {"grade": True, "solution": True, "locked": False, "task": False}
    asked, rubric, rest = re.split(r"^=== (?:BEGIN|END) MARK SCHEME ===$", question.source, flags=re.MULTILINE)
    assert "?" in asked
    assert rubric.count("**1 point**") == WRITTEN[assignment][item]
    assert not rest.strip()
    assert len(answer.source.split()) > 30


@every_notebook
def test_only_explore_cells_draw(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell is not first and not explores(cell):
            assert not re.search(r"\b(figures|widgets|plt|print)\b", cell.source), cell.id


@every_notebook
def test_every_import_is_used(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    nodes = list(ast.walk(ast.parse("\n".join(code).replace("%matplotlib inline", ""))))
    imported = [name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert {name.asname or name.name for name in imported} <= used


@every_task
def test_solution_earns_every_point(assignment: str, item: str) -> None:
    prepared = prepare(items_of(assignment)[item], seed=1)
    solved = define("\n".join(c.source for n, c in cells(read(assignment)).items() if n.endswith("-solution")))
    judged = verdict(prepared, outcomes(solved[bound(item)], prepared.cases))
    assert (judged.earned, judged.points) == (CODE[assignment][item], CODE[assignment][item]), judged


def define(source: str) -> dict[str, Callable[..., Any]]:
    names: dict[str, Any] = {"np": np, "Linear": Linear}
    names |= dict.fromkeys(re.findall(r"^class (\w+)\(\1\):", source, flags=re.MULTILINE), object)
    exec(source, names)
    return names


def test_gallery_only_explores_and_leaves_no_picture_out() -> None:
    notebook = read(GALLERY)
    shown = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not cells(notebook)
    assert all(explores(cell) for cell in shown)
    called = set(re.findall(r"^(?:figures\.)?(\w+)\(", "\n".join(cell.source for cell in shown), flags=re.MULTILINE))
    assert called >= {*figures.__all__, *widgets.__all__} - {"View"}


@pytest.mark.parametrize(
    ("path", "explore"),
    [
        pytest.param(path, explore, id=f"{path.stem}-{'everything' if explore else 'graded cells alone'}")
        for path in NOTEBOOKS
        for explore in (True, False)
        if explore or path.stem != GALLERY
    ],
)
def test_instructor_version_runs(path: Path, explore: bool, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not explore:
        notebook.cells = [cell for cell in notebook.cells if not explores(cell)]
    for cell in notebook.cells:
        cell.source = HIDDEN.sub("", cell.source)
    course = shutil.copytree(FOLDER, tmp_path / "course")
    subprocess.run([sys.executable, "-c", "from dnnkit.mytorch import gather; gather()"], cwd=course, check=True)
    executed = execute(notebook, course / path.stem)
    assert len(executed.cells) > len(CODE[path.stem])
    for cell in executed.cells:
        shown = [output.get("data", {}) for output in cell.outputs]
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.id
        if cell.source.splitlines()[-1].startswith("figures."):
            assert any("image/png" in data for data in shown), cell.id
    printed = "".join(output.get("text", "") for cell in executed.cells for output in cell.outputs)
    reached = [float(percent) for percent in re.findall(r"([\d.]+)% of the test", printed)]
    assert bool(reached) == (explore and path.stem in REACHED)
    assert all(percent >= REACHED[path.stem] for percent in reached)


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run a notebook from top to bottom in a kernel of its own, with no setting of the user's."""
    nbformat.write(notebook, folder / "in.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to=notebook", "--execute", "--output=out", "in.ipynb"]
    own = {name: str(folder) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    run = subprocess.run(command, cwd=folder, env=os.environ | own, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return nbformat.read(folder / "out.ipynb", as_version=4)
