"""What the master does for one submission does not depend on how many there are already."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise

import pytest
from nbgrader.api import Base
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder import engine
from autograder.course import Course
from autograder.grading import Graded
from autograder.judge import GroupVerdict, Verdict
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
