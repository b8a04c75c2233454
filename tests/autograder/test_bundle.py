"""The student bundle by itself: installed without the repository, its notebooks opened and filled in."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.demo.answers import styled
from autograder.notebook import grade_id

CONV, POOLING = "01_conv_dimensions", "04_pooling"

RUN = """\
import sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
notebook = nbformat.read(sys.argv[1], 4)
try:
    NotebookClient(notebook, timeout=120).execute()
except CellExecutionError:
    pass
nbformat.write(notebook, sys.argv[1])
"""


@pytest.fixture(scope="module")
def unpacked(released, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle unpacked, and its wheel installed into the folder `site` beside the notebooks."""
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(released.root / "bundle" / "dnnkit-course.zip") as archive:
        archive.extractall(folder)
    room = folder / "dnnkit-course"
    [wheel] = room.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*command, str(room / "site"), str(wheel)], check=True, capture_output=True)
    return room


def _environment(room: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(room / "site"), "IPYTHONDIR": str(room / "ipython")}


def _executed(room: Path, notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    file = room / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, file)
    command = [sys.executable, "-W", "ignore", "-c", RUN, str(file)]
    done = subprocess.run(command, cwd=room / "notebooks", env=_environment(room), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return nbformat.read(file, 4)


def test_the_wheel_has_no_answers_to_import(unpacked: Path) -> None:
    program = (
        "import dnnkit, importlib.util, json; print(json.dumps([dnnkit.__file__, "
        "importlib.util.find_spec('dnnkit.check') is not None, importlib.util.find_spec('dnnkit.reference') is None]))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=unpacked, env=_environment(unpacked), capture_output=True, text=True, check=True)
    file, has_check, has_no_reference = json.loads(done.stdout)
    assert Path(file).is_relative_to(unpacked / "site")
    assert (has_check, has_no_reference) == (True, True)


def test_the_wheel_s_command_runs(unpacked: Path) -> None:
    command = [sys.executable, "-m", "dnnkit.cli", "--help"]
    program = [sys.executable, "-c", "from dnnkit.cli import main; main(['doctor'])"]
    done = subprocess.run(program, cwd=unpacked, env=_environment(unpacked), capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert "WRONG" not in done.stdout


@pytest.mark.parametrize("assignment", [CONV, POOLING])
def test_released_notebook_stops_at_the_first_todo(unpacked: Path, blank, assignment: str) -> None:
    notebook = _executed(unpacked, blank(assignment), f"blank-{assignment}")
    errors = [
        (cell, output) for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"
    ]
    [(cell, error)] = errors
    first = next(cell for cell in notebook.cells if (grade_id(cell) or "").endswith("-solution"))
    assert (grade_id(cell) or "").removesuffix("-solution") == grade_id(first).removesuffix("-solution")
    assert "\n" not in error.evalue
    assert "TODO" in error.evalue or "is not filled in yet" in error.evalue
    if error.ename == "CheckFailed":
        assert error.traceback == [f"CheckFailed: {error.evalue}"]


@pytest.mark.parametrize("assignment", [CONV, POOLING])
def test_filled_notebook_runs_to_its_end(unpacked: Path, released, fill, assignment: str) -> None:
    source = released.sources(assignment)[assignment]
    given = styled(source, assignment, 0) if assignment == POOLING else None
    notebook = _executed(unpacked, fill(assignment, given), f"filled-{assignment}")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    for cell in code:
        assert [output for output in cell.outputs if output.output_type == "error"] == []
        if cell.metadata.get("nbgrader", {}).get("grade"):
            [report] = cell.outputs
            assert "✓" in report.data["text/html"]
            assert "✗" not in report.data["text/html"]
