"""What stands in nbgrader's gradebook: manual grades, grading again, late hand-ins, and runs that were ended."""

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from autograder import engine
from autograder.course import Course
from autograder.submissions import submissions

NAME = "90_ordinary"
JUDGED = 18
DEADLINE = 90.0

TABLES = ("grade", "comment", "submitted_notebook", "submitted_assignment", "base_cell", "grade_cells")


def _dump(course: Course) -> dict[str, list[tuple]]:
    """All that the gradebook holds of marks, row by row."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


def _scores(course: Course, assignment: str = NAME) -> dict[str, dict[str, tuple]]:
    with course.gradebook() as gradebook:
        return {
            submission.student.id: {
                grade.cell.name: (grade.auto_score, bool(grade.needs_manual_grade))
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(assignment)
        }


def _total(course: Course, student: str) -> float:
    with course.gradebook() as gradebook:
        return gradebook.find_submission(NAME, student).score


def test_manual_grades_survive_and_a_new_version_is_looked_at_again(course: Course, hand_in, fill) -> None:
    for student in ("adam", "eve"):
        hand_in(course, NAME, student, fill(NAME))
    assert [result.student for result in engine.grade(course, NAME)] == ["adam", "eve"]
    assert _total(course, "eve") == JUDGED
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, "eve")
        assert grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.find_comment("why", NAME, NAME, "eve").manual_comment = "Well said."
        gradebook.db.commit()
    assert _total(course, "eve") == JUDGED + 1.5

    before = _dump(course)
    assert engine.grade(course, NAME) == []
    assert _dump(course) == before
    assert len(engine.grade(course, NAME, force=True)) == 2
    assert _dump(course) == before

    hand_in(course, NAME, "eve", fill(NAME, {"double": "def double(x): return x"}))
    assert [result.student for result in engine.grade(course, NAME)] == ["eve"]
    assert _scores(course)["eve"]["why"] == (None, True)
    assert _total(course, "eve") == JUDGED - 3 + 1.5
    assert _scores(course)["adam"]["why"] == (None, True)
    assert _total(course, "adam") == JUDGED


def test_late_hand_ins_get_the_course_s_penalty(course: Course, hand_in, fill) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 10, 1, 12))
    for student, text in (("early", "2026-10-01 11:59:00 UTC"), ("late", "2026-10-01 12:01:00 UTC"), ("odd", "soon")):
        hand_in(course, NAME, student, fill(NAME))
        hand_in(course, NAME, student, text, name="timestamp.txt")
    engine.grade(course, NAME)
    with course.gradebook() as gradebook:
        found = {s.student.id: (s.score, s.late_submission_penalty) for s in gradebook.assignment_submissions(NAME)}
    assert found == {"early": (JUDGED, 0), "late": (JUDGED, JUDGED), "odd": (JUDGED, 0)}
    before = _dump(course)
    engine.grade(course, NAME, student="late", force=True)
    assert _dump(course) == before


def test_a_damaged_graded_copy_is_made_anew(course: Course, hand_in, fill) -> None:
    hand_in(course, NAME, "eve", fill(NAME))
    engine.grade(course, NAME)
    copy = course.folder("autograded", NAME, "eve") / f"{NAME}.ipynb"
    before = _dump(course)
    [submission] = submissions(course, NAME)
    for damage in ("", "[]", '{"metadata": {}}'):
        copy.write_text(damage)
        assert not submission.is_graded(NAME, [])
    assert len(engine.grade(course, NAME)) == 1
    assert submission.is_graded(NAME, [])
    assert _dump(course) == before


# runs that were ended

STUDENTS = {f"s{number}": f"def double(x): return {number + 1} * x" for number in range(7)}
SLOW = "import time\ntime.sleep(0.3)\n"


@pytest.fixture
def class_of_seven(course: Course, hand_in, fill) -> Course:
    """A course in which seven students handed in, of whom one is right; each takes a second."""
    for student, text in STUDENTS.items():
        hand_in(course, NAME, student, fill(NAME, {"double": SLOW + text}))
    return course


def _expected() -> dict[str, dict[str, tuple]]:
    rest = {"scale": (4.0, False), "guess": (5.0, False), "share": (6.0, False), "why": (None, True)}
    return {student: {"double": (3.0 if student == "s1" else 0.0, False), **rest} for student in STUDENTS}


def _grading(course: Course) -> subprocess.Popen:
    command = ["autograder", "grade", NAME, "--course", str(course.root), "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _graded(course: Course) -> int:
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return database.execute("SELECT COUNT(*) FROM submitted_assignment").fetchone()[0]


def _wait_for(condition, what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def _end_after_some(course: Course, count: int, number: signal.Signals) -> tuple[int, str]:
    """Start grading, send a signal when `count` are graded, and see that nothing goes on; status and messages."""
    grading = _grading(course)
    _wait_for(lambda: _graded(course) >= count or grading.poll() is not None, "nothing was graded")
    family = psutil.Process(grading.pid).children(recursive=True)
    assert family
    scratch = [Path(path) for path in _scratch_folders(family)]
    assert scratch
    if number == signal.SIGINT:
        os.killpg(grading.pid, number)
    else:
        os.kill(grading.pid, number)
    _, messages = grading.communicate(timeout=DEADLINE)
    _wait_for(lambda: not any(process.is_running() for process in family), "a process was left behind")
    assert not any(folder.exists() for folder in scratch)
    return grading.returncode, messages


def _scratch_folders(family: list[psutil.Process]) -> set[str]:
    """The temporary folders that the processes' command lines name."""
    words = [word for process in family for word in _command(process)]
    return {str(Path(*Path(word).parts[:3])) for word in words if word.startswith("/tmp/dnnkit-")}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_whatever_ends_a_run_what_was_graded_stays(class_of_seven: Course) -> None:
    course = class_of_seven
    status, _ = _end_after_some(course, 1, signal.SIGKILL)
    assert status == -signal.SIGKILL
    killed = _scores(course)
    assert 1 <= len(killed) < len(STUDENTS)

    status, messages = _end_after_some(course, len(killed) + 1, signal.SIGINT)
    assert status == 130
    assert "the same command goes on from there" in messages
    assert "Traceback" not in messages
    stopped = _scores(course)
    assert len(killed) < len(stopped) < len(STUDENTS)
    assert stopped == {student: _expected()[student] for student in stopped}

    rest = engine.grade(course, NAME, jobs=2)
    assert _scores(course) == _expected()
    assert len(rest) <= len(STUDENTS) - len(stopped) + 1  # one may have been written and its copy not
    assert engine.grade(course, NAME) == []


def _worker() -> psutil.Process:
    return next(child for child in psutil.Process().children() if "autograder.workers.worker" in _command(child))


def _warm_process() -> psutil.Process:
    """What students' processes are forked from; behind bubblewrap only the innermost process is Python."""
    found = [child for child in _worker().children(recursive=True) if "autograder.student.warm" in str(_command(child))]
    return next(child for child in found if child.name() != "bwrap")


@pytest.mark.parametrize("victim", [_worker, _warm_process])
def test_a_process_that_is_killed_costs_nobody_anything(class_of_seven: Course, victim) -> None:
    killed: list[psutil.Process] = []

    def kill(done: int, total: int) -> None:
        if done == 1:
            killed.append(victim())
            killed[0].kill()

    results = engine.grade(class_of_seven, NAME, jobs=2, progress=kill)
    assert killed
    assert sorted(result.student for result in results) == sorted(STUDENTS)
    assert _scores(class_of_seven) == _expected()
    assert not any("autograder.workers" in " ".join(_command(child)) for child in psutil.Process().children())
