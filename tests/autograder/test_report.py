"""The report's numbers are those of the gradebook, and nothing of a student's runs in it."""

import json
import statistics
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from reckoning import differences

from autograder.cli import main
from autograder.course import Course
from autograder.report import report
from autograder.report import statistics as numbers
from autograder.report.records import Submission
from dnnkit.errors import CourseError

NAME = "90_ordinary"
DUE = "2026-10-01 18:00:00 UTC"
PENALTY = """
from nbgrader.plugins import LateSubmissionPlugin


class QuarterPlugin(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 4


get_config().AssignLatePenalties.plugin_class = QuarterPlugin
"""
WRONG = "def {0}(x):\n    return x"


def _enrolled(course: Course) -> None:
    """A due date, a penalty, somebody who hands in late, and somebody who never does."""
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(PENALTY)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
        gradebook.update_or_create_student("missing")
    folder = course.folder("submitted", NAME, "late")
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-10-02 20:30:00 UTC")


def _grade(gradebook: Gradebook, student: str, item: str, **marks: float) -> None:
    grade = gradebook.find_grade(item, NAME, NAME, student)
    for name, value in marks.items():
        setattr(grade, name, value)
    grade.needs_manual_grade = False
    gradebook.db.commit()


@pytest.fixture(scope="module")
def graded(fill: Callable, blank: Callable, grade_class: Callable):
    """A small class: right, late, with mistakes, stopped, blank, no notebook; its written answers wait."""
    return grade_class(
        NAME,
        {
            "ada": fill(NAME),
            "ben": fill(NAME, {"double": WRONG.format("double")}),
            "blank": blank(NAME),
            "cleo": fill(NAME, {"scale": WRONG.format("scale"), "guess": "guess = 11"}),
            "dan": fill(NAME, {"scale": "def scale(x:\n    pass", "guess": "guess = 3"}),
            "eve": fill(NAME, {"double": WRONG.format("double"), "guess": "guess = 9"}),
            "late": fill(NAME),
            "torn": '{"cells": [',
        },
        _enrolled,
    )


@pytest.fixture(scope="module")
def marked(graded) -> Course:
    """The same class when a person has marked every written answer, and has changed marks of code."""
    with graded.course.gradebook() as gradebook:
        for student, score in {"ada": 2, "ben": 1, "cleo": 0.5, "dan": 0, "eve": 2, "late": 1}.items():
            _grade(gradebook, student, "why", manual_score=score)
        _grade(gradebook, "dan", "scale", manual_score=2.5, extra_credit=0.5)
    return graded.course


def test_written_answers_that_wait_are_no_zeros(graded) -> None:
    found, _ = report(graded.course, NAME)
    assert differences(graded.course.root, NAME) == []
    [why] = [item for item in found.items if item.name == "why"]
    assert (why.waiting, why.mean, why.discrimination) == (6, None, None)
    assert found.waiting[0].students == ("ada", "ben", "cleo", "dan", "eve", "late")


def test_numbers_are_those_of_the_gradebook(marked: Course) -> None:
    found, page = report(marked, NAME)
    assert differences(marked.root, NAME) == []
    assert found.missing == ("missing",)
    [late] = found.late
    assert (late.student, late.seconds, late.penalty) == ("late", 26.5 * 3600, pytest.approx(18 / 4))
    assert found.distribution.blank == 2
    text = page.read_text("utf-8")
    for said in ("1 d 2 h 30 min", "missing", "torn", "not valid JSON", f"{found.distribution.mean:.2f}"):
        assert said in text


_item_rest = numbers._item_rest


def _item_total(marks: list[float], rest: list[float], waiting: int) -> tuple[float | None, str]:
    return _item_rest(marks, [a + b for a, b in zip(marks, rest, strict=True)], waiting)


@pytest.mark.parametrize(
    ("where", "name", "wrong"),
    [
        (numbers, "stdev", statistics.pstdev),
        (numbers, "median", statistics.mean),
        (numbers, "mean", statistics.median),
        (numbers, "_item_rest", _item_total),
        (Submission, "score", property(lambda s: sum(mark.score or 0.0 for mark in s.marks.values()))),
        (Submission, "blank", False),
    ],
    ids=["population", "mean for median", "median for mean", "item-total", "no penalty", "blanks correlate"],
)
def test_wrong_formulas_are_noticed(
    marked: Course, monkeypatch: pytest.MonkeyPatch, where: object, name: str, wrong: object
) -> None:
    monkeypatch.setattr(where, name, wrong)
    report(marked, NAME)
    assert differences(marked.root, NAME) != []


def test_the_same_gradebook_gives_the_same_bytes(marked: Course) -> None:
    _, page = report(marked, NAME)
    first = page.read_bytes(), page.with_suffix(".json").read_bytes()
    report(marked, NAME)
    assert (page.read_bytes(), page.with_suffix(".json").read_bytes()) == first
    with marked.gradebook() as gradebook:
        _grade(gradebook, "ada", "why", manual_score=1.25)
    report(marked, NAME)
    assert page.with_suffix(".json").read_bytes() != first[1]
    assert sorted(path.name for path in page.parent.iterdir()) == [f"{NAME}.html", f"{NAME}.json"]


def test_a_damaged_graded_copy_is_told(marked: Course) -> None:
    copy = marked.folder("autograded", NAME, "eve") / f"{NAME}.ipynb"
    text = copy.read_text()
    try:
        for damaged in ("", "{}", '{"metadata": {"dnnkit": {"problem": ""}}, "cells": [{"metadata": {"dnnkit": 1}}]}'):
            copy.write_text(damaged)
            found, _ = report(marked, NAME)
            [failure] = [failure for failure in found.failures if failure.student == "eve"]
            assert failure.kind == "file"
            assert "grade it again with --force" in failure.message
    finally:
        copy.write_text(text)


def test_command(marked: Course, released: Course) -> None:
    result = CliRunner().invoke(main, ["report", NAME, "--course", str(marked.root)])
    assert result.exit_code == 0
    assert "8 graded, mean" in result.output
    assert "Nothing was handed in by missing." in result.output
    assert str(marked.root / "report" / f"{NAME}.html") in result.output
    for arguments, words in (
        (["no_such"], "no assignment 'no_such'"),
        ([NAME], "Nothing is graded yet for '90_ordinary'"),
        (["00_explore"], "No cell of '00_explore' gives points"),
    ):
        refused = CliRunner().invoke(main, ["report", *arguments, "--course", str(released.root)])
        assert refused.exit_code == 2
        assert words in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert not (released.root / "report").exists()


def test_a_report_that_cannot_be_written(marked: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Course, "folder", lambda self, step, *rest: self.root.joinpath(
        "course.toml" if step == "report" else step, *reversed(rest)))  # fmt: skip
    refused = CliRunner().invoke(main, ["report", NAME, "--course", str(marked.root)])
    assert refused.exit_code == 2
    assert "course.toml cannot be read or written: " in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_an_item_that_left_the_source_notebook(marked: Course) -> None:
    found, _ = report(marked, NAME)
    file = marked.folder("source", NAME) / f"{NAME}.ipynb"
    text = file.read_text()
    notebook = json.loads(text)
    notebook["cells"] = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "share"]
    try:
        file.write_text(json.dumps(notebook))
        without, _ = report(marked, NAME)
        assert differences(marked.root, NAME) == []
    finally:
        file.write_text(text)
    names = [item.name for item in found.items]
    assert names.index("share") < len(names) - 1
    assert [item.name for item in without.items] == [*(name for name in names if name != "share"), "share"]


def test_never_released(course: Course) -> None:
    with course.gradebook() as gradebook:
        gradebook.remove_assignment(NAME)
    with pytest.raises(CourseError, match="release it first"):
        report(course, NAME)
