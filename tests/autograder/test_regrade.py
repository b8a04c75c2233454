"""Regrading: what changes and why is shown before anything is written; what people decided stays."""

import io
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from autograder import engine
from autograder.cli import main
from autograder.course import Course
from autograder.engine import Judged
from autograder.material import Material
from autograder.notebook import grade_id
from autograder.regrade import Regraded, changes_table, refuse_unreleased, regrade, write
from autograder.release import release
from autograder.submissions import Submission

NAME = "90_ordinary"
JUDGED = 18
TABLES = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")
STRICTER = "assert double(7) == ref.double(7)  # also an odd number"


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _dump(course: Course) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def _edit_source(course: Course, cell_name: str, edit: Callable[[nbformat.NotebookNode], None]) -> None:
    file = course.folder("source", NAME) / f"{NAME}.ipynb"
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        if grade_id(cell) == cell_name:
            edit(cell)
    nbformat.write(notebook, file)


def _ask_more(cell: nbformat.NotebookNode) -> None:
    cell.source = cell.source.replace("### END HIDDEN TESTS", f"{STRICTER}\n### END HIDDEN TESTS")


@pytest.fixture(scope="module")
def graded_class(grade_class, fill) -> Course:
    """Two graded students; eve's `double` is right for the numbers that are asked, and for no other."""
    lucky = "def double(x): return 2 * x if x in (2, 3, 1357986420) else 0"
    return grade_class(NAME, {"adam": fill(NAME), "eve": fill(NAME, {"double": lucky})}).course


@pytest.fixture
def graded(graded_class: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of that course, in which releasing makes no bundle."""
    monkeypatch.setattr("autograder.release.bundle", lambda course: course.root)
    shutil.copytree(graded_class.root, tmp_path / "course")
    return Course.open(tmp_path / "course")


def test_a_stricter_hidden_test_is_shown_and_then_written(graded: Course) -> None:
    with graded.gradebook() as gradebook:
        why = gradebook.find_grade("why", NAME, NAME, "eve")
        why.manual_score, why.needs_manual_grade = 1.5, False
        scale = gradebook.find_grade("scale", NAME, NAME, "eve")
        scale.manual_score = 3.0
        gradebook.find_comment("why", NAME, NAME, "eve").manual_comment = "Well said."
        gradebook.db.commit()
    _edit_source(graded, "double", _ask_more)
    before, place = _dump(graded), ("--course", graded.root)
    early = _run("regrade", NAME, *place)
    assert early.exit_code == 2
    assert "double (text)" in early.stderr
    assert f"autograder release {NAME}" in early.stderr
    release(graded, [NAME])

    told = _run("grade", NAME, *place)
    assert "Graded 0 submissions now" in told.output
    assert "2 submissions graded before the release, a hidden test or the seed changed" in told.output
    assert f"`autograder regrade {NAME}` shows what that changes" in told.output
    copy = graded.folder("autograded", NAME, "eve") / f"{NAME}.ipynb"
    text = copy.read_text()

    shown = _run("regrade", NAME, *place)
    assert shown.exit_code == 0
    assert "Regraded 2 submissions: the marks of 1 change." in shown.output
    assert "Nothing was written." in shown.output
    words = " ".join(re.findall(r"[^\s│]+", shown.output))
    assert "eve double 3 0 1" in words
    assert "1 double: the test: a hidden test failed (was: right)" in words
    assert "eve total 18.5 15.5" in words
    assert "adam" not in shown.output
    assert _dump(graded) == before
    assert copy.read_text() == text

    written = _run("regrade", NAME, *place, "--yes")
    assert "Written." in written.output
    with graded.gradebook() as gradebook:
        marks = {grade.cell.name: grade.score for grade in gradebook.find_submission_notebook(NAME, NAME, "eve").grades}
        assert gradebook.find_comment("why", NAME, NAME, "eve").manual_comment == "Well said."
        assert not gradebook.find_grade("why", NAME, NAME, "eve").needs_manual_grade
    assert marks == {"double": 0, "scale": 3, "guess": 5, "share": 6, "why": 1.5}
    assert "a hidden test failed" in copy.read_text()
    again = _run("grade", NAME, *place)
    assert "regrade" not in again.output


def test_a_total_that_changes_alone_is_the_late_penalty_s(graded: Course) -> None:
    judged = Judged(Submission(graded, NAME, "eve"), [], {}, "")
    with Console(record=True, file=io.StringIO()) as console:
        console.print(changes_table(NAME, [Regraded(judged, 14, 0, ())]))
    assert re.findall(r"[^\s│]+", console.export_text().split("eve")[1])[:5] == ["total", "14", "0", "late", "penalty"]


def test_a_mark_by_hand_stays_and_is_asked_about(graded: Course) -> None:
    with graded.gradebook() as gradebook:
        gradebook.find_grade("double", NAME, NAME, "eve").manual_score = 2.5
        gradebook.db.commit()
    _edit_source(graded, "double", _ask_more)
    release(graded, [NAME])
    [_, eve] = regrade(graded, NAME, jobs=2)
    [change] = eve.changes
    assert (eve.before, eve.after) == (JUDGED - 0.5, JUDGED - 0.5)
    assert (change.before.automatic, change.after.automatic) == (3, 0)
    assert change.reasons[-1] == "the 2.5 given by hand stays, and waits to be looked at again"
    write(graded, [eve])
    with graded.gradebook() as gradebook:
        grade = gradebook.find_grade("double", NAME, NAME, "eve")
        assert (grade.score, grade.auto_score, grade.needs_manual_grade) == (2.5, 0, True)


def test_other_points_are_told_with_the_late_penalty(graded: Course, hand_in) -> None:
    config = graded.root / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with graded.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 10, 1, 12))
        grade = gradebook.find_grade("why", NAME, NAME, "adam")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    hand_in(graded, NAME, "eve", "2026-10-01 12:01:00 UTC", name="timestamp.txt")
    _edit_source(graded, "double", lambda cell: cell.metadata.nbgrader.update(points=6))
    _edit_source(graded, "why", lambda cell: cell.metadata.nbgrader.update(points=1))
    with pytest.raises(Exception, match=r"double \(points\), why \(points\)"):
        regrade(graded, NAME)
    release(graded, [NAME])
    [adam, eve] = regrade(graded, NAME, jobs=2)
    assert (adam.before, adam.after) == (JUDGED + 2, JUDGED + 3 + 2)
    assert (eve.before, eve.after) == (JUDGED, 0)  # she was late, which counts from now on
    assert {change.cell: change.reasons[0] for change in adam.changes}["double"] == "worth 6 points, was 3"
    assert any("more than the 1 points" in reason for change in adam.changes for reason in change.reasons)


def test_cells_that_came_or_went_are_told_with_the_way_out(graded: Course) -> None:
    before = _dump(graded)
    _edit_source(graded, "share", lambda cell: cell.metadata.nbgrader.update(grade_id="portion"))
    refused = _run("regrade", NAME, "--course", graded.root)
    assert refused.exit_code == 2
    assert "added: portion. removed: share. Put the cells back" in refused.stderr
    assert "release the new notebook as an assignment of another name" in refused.stderr
    assert _dump(graded) == before


def test_another_seed_is_noticed_and_nothing_graded_is_told(graded: Course, hand_in, fill) -> None:
    file = graded.root / "course.toml"
    file.write_text(re.sub(r"seed = \d+", "seed = 8", file.read_text()))
    course = Course.open(graded.root)
    assert engine.outdated(course, NAME) == ["adam", "eve"]
    hand_in(course, NAME, "eve", fill(NAME))
    assert engine.outdated(course, NAME) == ["adam"]
    refused = _run("regrade", NAME, "--student", "eve", "--course", course.root)
    assert refused.exit_code == 2
    assert "something newer was handed in" in refused.stderr
    [adam] = regrade(course, NAME)
    assert (adam.student, adam.changes) == ("adam", ())
    write(course, [adam])
    assert engine.outdated(course, NAME) == []


def test_a_source_is_as_it_was_released(released: Course) -> None:
    with released.gradebook() as gradebook:
        for assignment in released.assignments:
            refuse_unreleased(Material.of(gradebook, released, assignment))
