"""The authoring guide, followed word for word in a copy of the repository: a new question, graded."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from guides import DOCS, ROOT, Block, Shell, blocks
from nbformat.v4 import new_code_cell, new_notebook

NAME = "08_upsampling"
KINDS = {"Autograded answer": {"solution": True}, "Autograder tests": {"grade": True, "locked": True}}
CELL = re.compile(r"A cell of the kind \*(?P<kind>.+?)\*, with the id `(?P<id>.+?)`(?: and (?P<points>\d+) points)?:")
FILE = re.compile(r"`(?P<path>[\w/]+\.py)`:")
MISTAKE = "def upsample(x, K):\n    return np.tile(x, (1, K, K, 1))"


def _cell(block: Block) -> nbformat.NotebookNode:
    """A cell as nbgrader's panel makes it of what the guide says in front of the block."""
    cell = new_code_cell(block.text.rstrip("\n"))
    named = CELL.fullmatch(block.before)
    if named:
        marks = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        marks |= KINDS[named["kind"]] | {"grade_id": named["id"]}
        cell.metadata.nbgrader = marks | ({"points": int(named["points"])} if named["points"] else {})
    return cell


@pytest.fixture
def copy_of_repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    unwanted = shutil.ignore_patterns("__pycache__", ".*", "screenshots")
    for folder in ("autograder", "dnnkit", "docs"):
        shutil.copytree(ROOT / folder, root / folder, ignore=unwanted)
    for file in ("pyproject.toml", "README.md", "LICENSE", "environment.yml"):
        shutil.copy(ROOT / file, root)
    return root


def _follow(guide: list[Block], root: Path) -> None:
    """Write the guide's notebook and files, and apply its change."""
    cells = []
    for block in guide:
        file = FILE.fullmatch(block.before)
        if block.kind == "diff":
            outside = os.environ | {"GIT_CEILING_DIRECTORIES": str(root.parent)}  # as if in no repository
            apply = ["git", "apply", "--recount", "-"]
            subprocess.run(apply, cwd=root, env=outside, input=block.text, text=True, check=True)
        elif block.kind == "python" and file:
            path = root / file["path"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.kind == "python":
            cells.append(_cell(block))
    folder = root / "notebooks" / NAME
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / f"{NAME}.ipynb")


def test_the_worked_example_works(copy_of_repository: Path) -> None:
    guide = blocks(DOCS / "authoring.md")
    _follow(guide, copy_of_repository)
    shell = Shell(copy_of_repository, PYTHONPATH=str(copy_of_repository), OPENBLAS_NUM_THREADS="1")
    for command, shown in [line for block in guide if block.kind == "console" for line in block.commands]:
        if command.startswith("autograder grade"):
            _hand_in(shell.folder)
        shell.run(command, shown)

    graded = nbformat.read(shell.folder / "autograded" / "ann" / NAME / f"{NAME}.ipynb", 4)
    [verdict] = [cell.metadata["dnnkit"]["verdict"] for cell in graded.cells if "dnnkit" in cell.metadata]
    assert {group["name"]: group["earned"] for group in verdict["groups"]} == {
        "images twice as large": 0,
        "other factors": 0,
        "arguments left as they are": 0,
    }
    assert verdict["hints"] == ["Take the row 1, 2 and K = 2: is it 1, 2, 1, 2 that you want?"]
    cases = json.loads((copy_of_repository / "dnnkit" / "data" / "cases" / f"{NAME}.json").read_text("utf-8"))
    assert list(cases) == ["upsample"]


def _hand_in(course: Path) -> None:
    notebook = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", 4)
    [answer] = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    answer.source = MISTAKE
    folder = course / "submitted" / "ann" / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
