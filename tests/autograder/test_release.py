"""What students get holds nothing that answers a task, and releasing again is safe."""

import ast
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder import engine
from autograder.course import NOTEBOOKS, Course
from autograder.hidden import ASSIGNMENTS, items_of
from autograder.release import REPOSITORY, release
from dnnkit.check.outcome import blanked
from dnnkit.check.stored import decode
from dnnkit.errors import CourseError

LONG_ENOUGH = 28  # shorter lines, such as `padded = np.pad(x, padding)`, are in many honest files


@pytest.fixture(scope="module")
def bundle(released: Course) -> dict[str, bytes]:
    """Every file of the student bundle by name, those of the wheel too."""
    return dict(_unpacked((released.root / "bundle" / "dnnkit-course.zip").read_bytes(), ""))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of the source distribution by name."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        files = [member for member in archive if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in files}


@pytest.fixture(scope="module", params=["bundle", "sdist"])
def given(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """What students are given, in either form."""
    return request.getfixturevalue(request.param)


def _unpacked(data: bytes, prefix: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            yield prefix + name, content
            if name.endswith(".whl"):
                yield from _unpacked(content, f"{prefix}{name}/")


def _source_notebooks() -> list[nbformat.NotebookNode]:
    return [nbformat.read(file, 4) for file in sorted(NOTEBOOKS.glob("*/*.ipynb"))]


def _between(text: str, begin: str, end: str) -> str:
    return "\n".join(re.findall(rf"{begin}[^\n]*\n(.*?)\n[^\n]*{end}", text, re.DOTALL))


def _withheld_of_notebooks() -> set[str]:
    """Every line of a solution, of a hidden test, of a mark scheme and of a written model answer."""
    texts = []
    for notebook in _source_notebooks():
        for cell in notebook.cells:
            texts.append(_between(cell.source, "BEGIN SOLUTION", "END SOLUTION"))
            texts.append(_between(cell.source, "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"))
            texts.append(_between(cell.source, "BEGIN MARK SCHEME", "END MARK SCHEME"))
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("solution") and cell.cell_type == "markdown":
                texts.append(cell.source)
    return {line.strip() for text in texts for line in text.split("\n")}


def _bodies(source: str) -> set[str]:
    """The function bodies of a Python file in a form that names, comments and layout do not change."""
    bodies = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            text = "\n".join(map(ast.unparse, body))
            if len(text) > 2 * LONG_ENOUGH:
                bodies.add(text)
    return bodies


def _python(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Every piece of Python among the files: modules, and cells of notebooks."""
    for name, content in files.items():
        if name.endswith(".py"):
            yield name, content.decode()
        elif name.endswith(".ipynb"):
            for cell in nbformat.reads(content.decode(), 4).cells:
                if cell.cell_type == "code":
                    yield name, re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)


def _as_text(files: dict[str, bytes]) -> dict[str, str]:
    """Files as text; notebooks cell by cell, since JSON writes a quotation mark with a backslash."""
    texts = {}
    for name, content in files.items():
        if name.endswith(".ipynb"):
            texts[name] = "\n".join(cell.source for cell in nbformat.reads(content.decode(), 4).cells)
        elif not name.endswith((".whl", ".npz", ".png")):
            texts[name] = content.decode("utf-8", "replace")
    return texts


def test_there_is_something_to_withhold() -> None:
    lines = _withheld_of_notebooks()
    assert 'judge("conv1d", conv1d)' in lines
    assert "padded = np.pad(x, padding)" in lines
    assert any("at every position the same linear map" in line for line in lines)


def test_bundle_has_what_students_need(bundle: dict[str, bytes], released: Course) -> None:
    names = {name.removeprefix("dnnkit-course/") for name in bundle}
    assert {"README.md", "environment.yml"} <= names
    assert {f"notebooks/{name}/{name}.ipynb" for name in released.assignments} <= names
    wheels = [name for name in names if name.endswith(".whl")]
    assert len(wheels) == 1
    assert any(name.endswith("/dnnkit/check/__init__.py") for name in names)
    for text in ("README.md", "environment.yml"):
        assert wheels[0] in bundle[f"dnnkit-course/{text}"].decode()


def test_no_file_of_the_instructors(given: dict[str, bytes]) -> None:
    rooms = ("dnnkit/reference", "autograder", "tests/", "hidden", "benchmarks", "course.toml", "gradebook", "source/")
    assert [name for name in given if any(room in name for room in rooms)] == []


def test_no_line_of_a_solution_hidden_test_or_mark_scheme(given: dict[str, bytes]) -> None:
    withheld = {line for line in _withheld_of_notebooks() if len(line) >= LONG_ENOUGH or line.startswith("judge(")}
    # a line that says nothing, and one that the contract states and every docstring repeats
    withheld -= {"rng = np.random.default_rng()", "cache = (x, prev_h, Wx, Wh, next_h)"}
    found = [(name, line) for name, text in _as_text(given).items() for line in withheld if line in text]
    assert found == []


def test_no_function_of_the_reference_or_of_a_misconception(given: dict[str, bytes]) -> None:
    folders = (REPOSITORY / "dnnkit" / "reference", REPOSITORY / "autograder" / "hidden")
    withheld = set().union(*(_bodies(file.read_text()) for folder in folders for file in folder.rglob("*.py")))
    assert len(withheld) > 50
    assert [(name, body) for name, text in _python(given) for body in _bodies(text) & withheld] == []


def test_no_name_of_a_misconception(given: dict[str, bytes]) -> None:
    names = [
        m.name for assignment in ASSIGNMENTS for item in items_of(assignment).values() for m in item.misconceptions
    ]
    assert len(names) > 30
    pattern = re.compile(rf"\b({'|'.join(names)})\b")
    assert [(name, found) for name, text in _as_text(given).items() for found in pattern.findall(text)] == []


def test_by_hand_answers_have_only_their_form(given: dict[str, bytes]) -> None:
    by_hand = {
        name: item
        for file, content in given.items()
        if "/data/cases/" in file
        for name, data in json.loads(content).items()
        if (item := decode(data)).form_only
    }
    assert {"answers", "by_hand"} <= set(by_hand)
    for item in by_hand.values():
        assert item.mistakes == ()
        for outcome in item.expected:
            np.testing.assert_equal(outcome.value, blanked(outcome.value))


def test_released_notebooks_are_clean(bundle: dict[str, bytes]) -> None:
    notebooks = [nbformat.reads(text.decode(), 4) for name, text in bundle.items() if name.endswith(".ipynb")]
    assert notebooks
    for notebook in notebooks:
        assert set(notebook.metadata) <= {"kernelspec", "language_info"}
        for cell in notebook.cells:
            assert set(cell.metadata) <= {"nbgrader", "tags", "deletable", "editable"}
            if cell.cell_type == "code":
                assert (cell.outputs, cell.execution_count) == ([], None)
            if cell.metadata.get("nbgrader", {}).get("solution"):
                assert "TODO" in cell.source or cell.cell_type == "markdown"
                assert cell.metadata.deletable is False


def test_widget_state_and_outputs_of_the_source_stay_behind(course: Course) -> None:
    file = course.folder("source", "04_pooling") / "04_pooling.ipynb"
    source = nbformat.read(file, 4)
    source.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": "telling"}}}
    source.cells[1].outputs = [nbformat.v4.new_output("stream", text="telling")]
    source.cells[1].metadata.note = "telling"
    nbformat.write(source, file)
    release(course, ["04_pooling"])
    assert "telling" not in (course.folder("release", "04_pooling") / "04_pooling.ipynb").read_text()


def test_releasing_twice_gives_the_same_bytes(released: Course, course: Course) -> None:
    release(course, course.assignments)
    for file in ("bundle/dnnkit-course.zip", *(f"release/{name}/{name}.ipynb" for name in course.assignments)):
        assert (course.root / file).read_bytes() == (released.root / file).read_bytes(), file


def _state(course: Course) -> dict[str, bytes]:
    files = [*course.folder("release").rglob("*.ipynb"), *course.folder("bundle").iterdir()]
    return {str(file): file.read_bytes() for file in files} | {"gradebook": _dump(course)}


def _dump(course: Course) -> bytes:
    import sqlite3

    with sqlite3.connect(course.root / "gradebook.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    return dump.encode()


def _add_cell(notebook: nbformat.NotebookNode) -> None:
    marks = {"grade_id": "new", "grade": True, "solution": False, "locked": True, "points": 1, "schema_version": 3}
    notebook.cells.append(nbformat.v4.new_code_cell("assert True", metadata={"nbgrader": marks | {"task": False}}))


def test_releasing_after_grading(course: Course, hand_in, blank) -> None:
    hand_in(course, "90_ordinary", "eve", blank("90_ordinary"))
    engine.grade(course, "90_ordinary")
    file = course.folder("source", "90_ordinary") / "90_ordinary.ipynb"
    before = file.read_text()

    reworded = nbformat.reads(before, 4)
    reworded.cells[0].source += "\n# a new remark"
    nbformat.write(reworded, file)
    release(course, ["90_ordinary"])
    assert "a new remark" in (course.folder("release", "90_ordinary") / "90_ordinary.ipynb").read_text()

    for change, words in ((_add_cell, "added: new"), (lambda notebook: notebook.cells.pop(2), "removed: double")):
        changed = nbformat.reads(before, 4)
        change(changed)
        nbformat.write(changed, file)
        state = _state(course)
        with pytest.raises(CourseError, match=f"1 graded submission.*{words}.*another name"):
            release(course, course.assignments)  # the others come first, and must not be released either
        assert _state(course) == state


def _change(position: int, text: str):
    def change(notebook: nbformat.NotebookNode) -> None:
        notebook.cells[position].source = text

    return change


def _explore(position: int, text: str, after: str = ""):
    """Put a cell tagged `explore` into a notebook, and one without the tag after it."""

    def change(notebook: nbformat.NotebookNode) -> None:
        cell = nbformat.v4.new_code_cell(text, metadata={"tags": ["explore"]})
        notebook.cells[position:position] = [cell, nbformat.v4.new_code_cell(after)]

    return change


OF_EXPLORE = "`scale` is assigned in a cell tagged `explore`, and of such cells only imports and definitions run"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_explore(0, "scale = 3", "print(scale)"), f"does not run: cell 2 raised NameError.*{OF_EXPLORE}"),
        (_explore(0, "scale = 3\ndef f(x=scale): pass"), f"does not run: cell 1 raised NameError.*{OF_EXPLORE}"),
        (_explore(0, "other = 3", "print(scale)"), "does not run: cell 2 raised NameError.*from top to bottom"),
        (_explore(0, "scale = (", "print(scale)"), "does not run: cell 2 raised NameError.*from top to bottom"),
        (_change(0, "import no_such_module"), "does not run: cell 1 raised ModuleNotFoundError"),
        (_change(0, "def oops(:"), "does not run: cell 1 raised SyntaxError"),
        (_change(1, "def oops(:"), "does not run: cell 2 raised SyntaxError"),
        (_change(1, "def double(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"), "fails double"),
        (_change(2, "assert no_such_name(2) == 4"), "fails double: NameError"),
        (_change(2, "assert double(2 == 4"), "'double' of the source notebook is not valid Python"),
        (_change(2, 'judge("no_such_item", double)'), r"judge\('no_such_item', double\).*no such item"),
        (_change(2, "judge(item, double)"), r"calls `judge\(item, double\)`.*no such item"),
        (_change(2, "1.5"), "gets 1.5 points in double"),
        (_change(1, "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x"), "cannot be released"),
        (lambda notebook: notebook.cells[2].metadata.nbgrader.pop("points"), "cannot be released.*points"),
        (lambda notebook: notebook.cells[2].metadata.nbgrader.update(grade_id="scale"), "cannot be released.*scale"),
    ],
)
def test_source_notebook_that_cannot_be_released(course: Course, change, words: str) -> None:
    file = course.folder("source", "90_ordinary") / "90_ordinary.ipynb"
    notebook = nbformat.read(file, 4)
    change(notebook)
    file.write_text(json.dumps(notebook))
    state = _state(course)
    with pytest.raises(CourseError, match=words):
        release(course, ["90_ordinary"])
    assert _state(course) == state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [7]}'])
def test_source_notebook_that_is_no_notebook(course: Course, text: str) -> None:
    (course.folder("source", "90_ordinary") / "90_ordinary.ipynb").write_text(text)
    with pytest.raises(CourseError, match=r"90_ordinary\.ipynb cannot be read"):
        release(course, ["90_ordinary"])


def test_a_notebook_that_is_gone_from_source_is_told(course: Course, hand_in, fill) -> None:
    folder = course.folder("source", "90_ordinary")
    second = folder / "91_more.ipynb"
    second.write_text((folder / "90_ordinary.ipynb").read_text())
    release(course, ["90_ordinary"])
    hand_in(course, "90_ordinary", "eve", fill("90_ordinary"))
    text = second.read_text()
    second.unlink()
    with pytest.raises(CourseError, match=r"91_more of '90_ordinary' was released and is not in .*: put it back"):
        engine.grade(course, "90_ordinary")

    release(course, ["90_ordinary"])
    assert [(result.student, list(result.verdicts)) for result in engine.grade(course, "90_ordinary")] == [
        ("eve", ["90_ordinary"])
    ]
    second.write_text(text)
    for refused in (engine.outdated, lambda course, name: release(course, [name])):
        with pytest.raises(
            CourseError, match=r"91_more.*(was not released|added)|added: 91_more\. Put the notebooks back"
        ):
            refused(course, "90_ordinary")


def test_own_answers_must_get_full_points(course: Course) -> None:
    file = course.folder("source", "01_conv_dimensions") / "01_conv_dimensions.ipynb"
    file.write_text(file.read_text().replace("per_filter += 1", "per_filter += 2"))
    with pytest.raises(CourseError, match=r"own answer to conv_parameter_count does not get full points: .*is wrong"):
        release(course, ["01_conv_dimensions"])


def test_checkpoints_of_the_released_notebooks_stay_behind(course: Course) -> None:
    checkpoint = course.folder("release", "04_pooling") / ".ipynb_checkpoints" / "04_pooling-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("{}")
    with zipfile.ZipFile(release(course, ["90_ordinary"])) as archive:
        assert not any("checkpoint" in name for name in archive.namelist())


def test_repository_is_where_the_notebooks_are() -> None:
    assert (Path(REPOSITORY) / "notebooks").is_dir()
