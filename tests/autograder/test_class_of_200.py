"""A simulated class of 200, half in Canvas and half in Moodle, on the whole way from zip files to marks."""

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from reckoning import differences, scores

from autograder import engine
from autograder.collect import Collected, collect
from autograder.course import NOTEBOOKS, Course, create
from autograder.demo import task_of, wrong_hints, wrong_marks
from autograder.demo.classroom import BROKEN, DUE, Pupil, simulated_class
from autograder.demo.lms import canvas_zip, moodle_zip
from autograder.demo.students import Task
from autograder.export import export
from autograder.feedback import feedback
from autograder.release import release
from autograder.report import report
from autograder.report.contents import Report

POOLING = "04_pooling"
SIZE, SEED = 200, 0
PENALTY = "get_config().LateSubmissionPlugin.penalty_method = 'zero'\n"


@dataclass
class Classroom:
    """The course after everything is done, and what was planted in it."""

    course: Course
    task: Task
    pupils: list[Pupil]
    in_canvas: list[Pupil]
    collected: list[Collected]
    results: dict[str, engine.Result]
    pages: list[Path]
    found: Report

    @property
    def handed_in(self) -> list[Pupil]:
        return [pupil for pupil in self.pupils if pupil.handin]

    def students(self, *kinds: str) -> set[str]:
        return {pupil.student for pupil in self.pupils if pupil.kind in kinds}


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """Enrolled, collected, graded, given feedback, reported."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copytree(NOTEBOOKS / POOLING, folder / "notebooks" / POOLING)
    course = create(folder / "course", "class", 182, folder / "notebooks")
    release(course, [POOLING])
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(PENALTY)
    task = task_of(course, POOLING)
    pupils = simulated_class(task, SIZE, SEED)
    in_canvas, in_moodle = pupils[: SIZE // 2], pupils[SIZE // 2 :]
    _enrol(course, pupils)
    canvas_zip(in_canvas, folder / "canvas.zip")
    moodle_zip(in_moodle, folder / "moodle.zip")
    collected = [collect(course, POOLING, folder / name) for name in ("canvas.zip", "moodle.zip")]
    results = {result.student: result for result in engine.grade(course, POOLING, jobs=2)}
    pages = feedback(course, POOLING)
    found, _ = report(course, POOLING)
    return Classroom(course, task, pupils, in_canvas, collected, results, pages, found)


def _enrol(course: Course, pupils: list[Pupil]) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(POOLING, duedate=DUE.replace(tzinfo=None))
        for pupil in pupils:
            told = {"first_name": pupil.first, "last_name": pupil.last, "lms_user_id": str(pupil.number)}
            gradebook.update_or_create_student(pupil.student, **told)


def test_the_class_is_mixed(classroom: Classroom) -> None:
    assert len(classroom.pupils) == SIZE
    assert simulated_class(classroom.task, 30, 1) == simulated_class(classroom.task, 30, 1)
    assert simulated_class(classroom.task, 30, 1) != simulated_class(classroom.task, 30, 2)
    kinds = {pupil.kind for pupil in classroom.pupils}
    assert kinds == {"missing", "blank", "unfinished", "not a notebook", "copy", "mistaken", "right", *BROKEN}
    assert any(pupil.first_try for pupil in classroom.in_canvas)
    assert len({p.handin.mistakes[item].name for p in classroom.handed_in for item in p.handin.mistakes}) > 25


def test_everything_was_collected(classroom: Classroom) -> None:
    for one in classroom.collected:
        assert {row.result for row in one.rows} <= {"taken", "taken in place of an older one"}
    again = {row.student for one in classroom.collected for row in one.rows if row.result != "taken"}
    assert again == {pupil.student for pupil in classroom.in_canvas if pupil.first_try}
    assert {row.student for one in classroom.collected for row in one.rows} == set(classroom.results)
    assert set(classroom.collected[-1].missing) == classroom.students("missing") == set(classroom.found.missing)
    assert len(classroom.found.missing) == 8


def test_every_mark_and_every_hint_is_what_it_must_be(classroom: Classroom) -> None:
    with classroom.course.gradebook() as gradebook:
        wrong = [line for pupil in classroom.handed_in for line in wrong_marks(gradebook, classroom.task, pupil.handin)]
    for pupil in classroom.handed_in:
        wrong += wrong_hints(classroom.results[pupil.student], classroom.task, pupil.handin)
    assert wrong == []


def test_the_report_s_numbers_are_those_of_the_gradebook(classroom: Classroom) -> None:
    assert differences(classroom.course.root, POOLING) == []
    assert classroom.found.distribution.n == len(classroom.handed_in) == 192


def test_mistakes_are_counted_by_hint(classroom: Classroom) -> None:
    planted: dict[tuple[str, str], set[str]] = {}
    for pupil in classroom.handed_in:
        for item, mistake in pupil.handin.mistakes.items():
            planted.setdefault((item, mistake.name), set()).add(pupil.student)
    found = {(entry.item, entry.name): set(entry.students) for entry in classroom.found.misunderstandings}
    for mistake, students in planted.items():
        assert students <= found[mistake], mistake


def test_failures_name_who_broke_what(classroom: Classroom) -> None:
    found: dict[str, set[str]] = {}
    for failure in classroom.found.failures:
        found.setdefault(failure.kind, set()).add(failure.student)
    assert found["file"] == classroom.students("not a notebook")
    for kind in BROKEN:
        assert found[kind] == classroom.students(kind), kind


def test_only_those_who_copied_are_worth_a_look(classroom: Classroom) -> None:
    student = {pupil.number: pupil.student for pupil in classroom.pupils}
    planted = {
        tuple(sorted(student[number] for number in (pupil.number, *pupil.friends)))
        for pupil in classroom.pupils
        if pupil.friends
    }
    assert sorted(map(len, planted)) == [2, 2, 3]
    assert {likeness.students for likeness in classroom.found.alike} == planted


def test_late_is_what_canvas_calls_late(classroom: Classroom) -> None:
    late = {pupil.student for pupil in classroom.in_canvas if pupil.handin and pupil.at > DUE}
    assert late == {entry.student for entry in classroom.found.late}
    assert len(late) > 2


def test_everybody_gets_feedback(classroom: Classroom) -> None:
    assert {page.parts[-3] for page in classroom.pages} == set(classroom.results)
    for pupil in classroom.handed_in:
        for mistake in pupil.handin.mistakes.values():
            [page] = [page for page in classroom.pages if page.parts[-3] == pupil.student]
            assert mistake.hint.split("<")[0].split("&")[0].split("'")[0][:20] in page.read_text("utf-8")


def test_exported_marks_are_those_of_the_gradebook(classroom: Classroom) -> None:
    marks = scores(classroom.course.root, POOLING)
    exported = export(classroom.course, [POOLING], "canvas")
    rows = list(csv.DictReader(exported.file.read_text("utf-8-sig").splitlines()))
    given = {f"u{row['ID']}": row[POOLING] for row in rows if row["ID"]}
    assert set(given) == {pupil.student for pupil in classroom.pupils}
    assert {student: float(mark) for student, mark in given.items() if mark} == pytest.approx(marks, abs=0.005)


def test_again_changes_nothing(classroom: Classroom) -> None:
    course = classroom.course
    files = [course.root / "report" / f"{POOLING}.{kind}" for kind in ("html", "json")]
    before = [file.read_bytes() for file in files]
    again = collect(course, POOLING, course.root.parent / "canvas.zip")
    assert {row.result for row in again.rows} == {"as before"}
    assert engine.grade(course, POOLING, jobs=2) == []
    report(course, POOLING)
    assert [file.read_bytes() for file in files] == before
    assert json.loads(before[1])["assignment"] == POOLING
