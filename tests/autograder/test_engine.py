"""What the master does for one submission does not depend on how many there are already."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbgrader.api import Base
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder import engine, submissions
from autograder.course import Course
from autograder.feedback import feedback
from autograder.grading import Graded
from autograder.judge import GroupVerdict, Verdict
from autograder.student.lock import NOBODY
from autograder.workers import Answer

NAME = "90_ordinary"
PICTURE = "iVBORw0KGgo" * 1000


class Instant:
    """Workers that give everybody full points and a large picture at once."""

    capacity = 1

    def submit(self, cells: str) -> Future[str]:
        verdicts = {
            name: Verdict(name, (GroupVerdict("the test", points, points),))
            for name, points in (("double", 3.0), ("scale", 4.0), ("guess", 5.0), ("share", 6.0))
        }
        outputs = {1: [{"output_type": "display_data", "data": {"image/png": PICTURE}, "metadata": {}}]}
        graded = Graded(outputs, {}, verdicts, dict.fromkeys(verdicts, 0.1))
        future: Future[str] = Future()
        future.set_result(Answer({NAME: graded}, "nothing").to_json())
        return future


@pytest.fixture
def class_of_twelve(course: Course, hand_in, fill, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course in which twelve students handed in, to be graded by Instant."""
    monkeypatch.setattr(engine, "start", lambda *_: contextlib.nullcontext(Instant()))
    notebook = fill(NAME)
    for number in range(12):
        hand_in(course, NAME, f"s{number}", notebook)
    return course


@contextlib.contextmanager
def _work_of_the_database() -> Iterator[Counter[str]]:
    """Counts statements, and the objects that are made of rows."""
    counted: Counter[str] = Counter()

    def statement(*_: object) -> None:
        counted["statements"] += 1

    def row(instance: object, _: object) -> None:
        counted[type(instance).__name__] += 1

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Base, "load", row, propagate=True)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Base, "load", row)


def test_the_database_works_no_more_for_the_last_than_for_the_second(class_of_twelve: Course) -> None:
    counts = []
    with _work_of_the_database() as counted:
        engine.grade(class_of_twelve, NAME, progress=lambda done, total: counts.append(counted.copy()))
    steps = [after - before for before, after in pairwise(counts)]
    statements = [step.pop("statements") for step in steps]  # SQLAlchemy puts them together in one way or another
    assert max(statements[-3:]) <= max(statements[:3]) + 2
    assert steps == [steps[0]] * 12
    assert steps[0]["GradeCell"] == 5


def test_a_result_keeps_no_outputs(class_of_twelve: Course) -> None:
    results = engine.grade(class_of_twelve, NAME)
    assert {result.verdicts[NAME]["share"].earned for result in results} == {6}
    assert PICTURE not in repr(results)


@pytest.fixture
def closed_to_us(class_of_twelve: Course, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """The class, of which some closed a file or a folder, seen by an account to which modes apply."""
    monkeypatch.setattr("autograder.course.jupyter_config_path", lambda: [])  # which are below the home of root
    course = class_of_twelve
    folders = [course.folder("submitted", NAME, f"s{number}") for number in range(4)]
    closed = [folders[0] / f"{NAME}.ipynb", folders[1], folders[2].parent, folders[3] / "timestamp.txt"]
    closed.append(folders[3] / "picture.png")
    for file in closed[-2:]:
        file.write_bytes(b"2026-10-01")
    with contextlib.ExitStack() as undo:
        if os.geteuid() == 0:
            for path in (course.root, *course.root.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            for path in [path for path in course.root.parents if not path.stat().st_mode & 0o001]:
                undo.callback(path.chmod, path.stat().st_mode & 0o7777)
                path.chmod(0o711)
            undo.callback(os.seteuid, 0)
            os.seteuid(NOBODY)
        for path in closed:
            path.chmod(0)
        yield course


def test_what_may_not_be_read_stops_nobody_else(closed_to_us: Course) -> None:
    results = {result.student: result for result in engine.grade(closed_to_us, NAME)}
    assert len(results) == 12
    assert {student for student, result in results.items() if result.problems} == {"s0", "s1", "s2"}
    for student in ("s0", "s1", "s2"):
        assert "may not be read by the account that grades" in results[student].problems[0]
    assert engine.grade(closed_to_us, NAME) == []
    assert [path.name for path in feedback(closed_to_us, NAME, "s3")] == [f"{NAME}.html"]
    closed_to_us.folder("submitted", NAME, "s1").chmod(0o755)
    assert [(result.student, result.problems) for result in engine.grade(closed_to_us, NAME)] == [("s1", ())]


def test_what_nobody_foresaw_stops_nobody_else(class_of_twelve: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    read = submissions.read

    def fails(file: Path) -> NotebookNode:
        if "s5" in file.parts:
            raise RuntimeError(f"a defect, in {file}")
        return read(file)

    monkeypatch.setattr(submissions, "read", fails)
    results = {result.student: result.problems for result in engine.grade(class_of_twelve, NAME)}
    assert {student for student, problems in results.items() if problems} == {"s5"}
    assert results["s5"] == ("Reading it failed unexpectedly (RuntimeError). Look at it by hand.",)
