"""The demo: every mark of the simulated class is what it must be, and it would notice if one were not."""

import dataclasses
import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from autograder import demo
from autograder.course import NOTEBOOKS, Course, create
from autograder.demo.students import Handin, Task, honest_class

POOLING = "04_pooling"


@pytest.fixture
def told() -> Console:
    """A console that keeps what it is told."""
    return Console(file=io.StringIO(), width=200)


def test_every_mark_is_what_it_must_be(tmp_path: Path, told: Console) -> None:
    assert demo.run(tmp_path / "demo", told), told.file.getvalue()
    text = told.file.getvalue()
    assert "Every mark is what it must be." in text
    assert "not as it must be" not in text
    course = Course.open(tmp_path / "demo")
    for assignment in course.assignments:
        handed_in = {folder.parent.name for folder in course.folder("submitted").glob(f"*/{assignment}")}
        with course.gradebook() as gradebook:
            assert {s.student.id for s in gradebook.assignment_submissions(assignment)} == handed_in
        pages = {page.parts[-3] for page in course.folder("feedback").glob(f"*/{assignment}/{assignment}.html")}
        assert pages == handed_in
        assert (course.root / "report" / f"{assignment}.html").is_file() == bool(handed_in)
        if assignment in demo.HOSTILE:
            assert len(handed_in) >= 12
    assert (course.root / "bundle" / "dnnkit-course.zip").is_file()


def _wrongly_expected(task: Task) -> list[Handin]:
    """Some of the honest students, with marks expected that they must not get."""
    students = {handin.student: handin for handin in honest_class(task)}
    ada, carl, blank = (students[name] for name in ("ada_as_taught", "carl_typical_mistakes", "blank"))
    item, mistake = next(iter(carl.mistakes.items()))
    other = next(name for name in task.judged if name not in carl.mistakes)
    return [
        dataclasses.replace(blank, student="too_little", zero=blank.zero - {item}),
        dataclasses.replace(ada, student="too_much", zero=frozenset({item})),
        dataclasses.replace(ada, student="no_mistake", mistakes={item: mistake}),
        dataclasses.replace(ada, student="waits", waits=False),
        dataclasses.replace(carl, student="hint", mistakes=carl.mistakes | {other: mistake}),
    ]


def test_a_wrong_mark_is_noticed(tmp_path: Path, told: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(NOTEBOOKS / POOLING, tmp_path / "notebooks" / POOLING)
    monkeypatch.setattr(demo, "create", lambda *arguments: create(*arguments, tmp_path / "notebooks"))
    monkeypatch.setattr(demo, "honest_class", _wrongly_expected)
    monkeypatch.setattr(demo, "hostile_class", lambda task: [])
    assert not demo.run(tmp_path / "demo", told)
    lines = [line for line in told.file.getvalue().split("\n") if line.startswith("not as it must be")]
    for student in ("too_little", "too_much", "no_mistake", "waits", "hint"):
        assert any(f", {student}, " in line for line in lines), student
    assert f"{len(lines)} marks are wrong." in told.file.getvalue()
