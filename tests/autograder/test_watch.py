"""`autograder grade --watch`: what comes in is graded once it has come to rest."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import submissions as submissions_module
from autograder import watch
from autograder.cli import main
from autograder.course import Course
from autograder.notebook import content_digest, read
from autograder.submissions import submissions

NAME = "90_ordinary"
DEADLINE = 90.0


class Clock:
    """Stands in for the module `time`; things happen while somebody sleeps. Ends with KeyboardInterrupt."""

    def __init__(self, happenings: dict[float, Callable[[], object]], end: float) -> None:
        self._now = 0.0
        self._happenings = sorted(happenings.items())
        self._end = end

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds
        while self._happenings and self._happenings[0][0] <= self._now:
            self._happenings.pop(0)[1]()
        if self._now > self._end:
            raise KeyboardInterrupt


def _arrivals(course: Course, monkeypatch: pytest.MonkeyPatch, happenings: dict[float, Callable[[], object]]) -> list:
    """Who arrived, and when, by the clock."""
    clock = Clock(happenings, end=40.0)
    monkeypatch.setattr(watch, "time", clock)
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        for arrived in watch.arrivals(course, NAME):
            found += [(submission.student, round(clock.monotonic())) for submission in arrived]
    return found


def test_nothing_is_taken_before_it_is_at_rest(course: Course, hand_in, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(student: str, text: str, name: str = "") -> Callable[[], object]:
        return lambda: hand_in(course, NAME, student, text, name)

    hand_in(course, NAME, "there", "{}")
    happenings = {
        **{float(second): put("slow", "x" * second) for second in range(1, 10)},
        20.5: put("there", "[]"),
        25.5: put("there", "picture", "drawing.png"),
    }
    still = watch.STILL_SECONDS
    assert _arrivals(course, monkeypatch, happenings) == [
        ("there", still),
        ("slow", 9 + still),
        ("there", 21 + still),
        ("there", 26 + still),
    ]


def test_folders_that_come_and_go(course: Course, hand_in, monkeypatch: pytest.MonkeyPatch) -> None:
    file = hand_in(course, NAME, "eve", "{}")

    def take_away() -> None:
        file.unlink()
        file.parent.rmdir()
        file.parent.parent.rmdir()

    happenings = {6.0: take_away, 12.0: lambda: hand_in(course, NAME, "eve", "{}")}
    assert _arrivals(course, monkeypatch, happenings) == [("eve", 3), ("eve", 15)]


def test_a_version_that_is_exchanged_while_it_is_read_counts_as_new(
    course: Course, hand_in, fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = hand_in(course, NAME, "eve", fill(NAME))

    def read_and_exchange(path: Path) -> object:
        notebook = read(path)
        file.write_text("{}")
        return notebook

    monkeypatch.setattr(submissions_module, "read", read_and_exchange)
    [submission] = submissions(course, NAME)
    assert submission.prepare(NAME, []).digest not in ("", content_digest(file))


def test_a_file_that_goes_while_it_is_looked_at(course: Course, hand_in, monkeypatch: pytest.MonkeyPatch) -> None:
    file = hand_in(course, NAME, "eve", "{}")

    def gone(path: Path) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_bytes", gone)
    assert content_digest(file) == ""


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def _points(course: Course, student: str) -> float | None:
    with course.gradebook() as gradebook:
        found = {one.student.id: one.score for one in gradebook.assignment_submissions(NAME)}
    return found.get(student)


def test_watching_until_ctrl_c(course: Course, hand_in, fill) -> None:
    hand_in(course, NAME, "adam", fill(NAME))
    command = ["autograder", "grade", NAME, "--watch", "--jobs", "1", "--course", str(course.root)]
    grading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(lambda: _points(course, "adam") == 18, "adam was not graded")
        hand_in(course, NAME, "eve", fill(NAME, {"double": "def double(x): return x"}))
        hand_in(course, NAME, "bob", "{")
        _wait_for(lambda: (_points(course, "eve"), _points(course, "bob")) == (15, 0), "eve and bob were not graded")
        hand_in(course, NAME, "eve", fill(NAME))
        _wait_for(lambda: _points(course, "eve") == 18, "eve's new version was not graded")
    finally:
        grading.send_signal(signal.SIGINT)
        told, messages = grading.communicate(timeout=DEADLINE)
    assert (grading.returncode, "Traceback" in messages) == (130, False), messages
    assert "What was finished is kept" in messages
    lines = [line.split("  ", 1)[1] for line in told.splitlines() if line[2:3] == ":"]
    assert lines[0] == "adam: 18 of the 18 points for code"
    assert sorted(lines[1:3]) == [
        "bob: 90_ordinary.ipynb is not a notebook: it is not valid JSON.",
        "eve: 15 of the 18 points for code",
    ]
    assert lines[3] == "eve: 18 of the 18 points for code"
    words = " ".join(told.split())
    assert f"Watching {course.folder('submitted')}" in words
    assert "graded 4 in" in words


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--watch", "--force"), "Grade again with --force first"),
        (("--jobs", "2", "--scheduler", "tcp://h:1"), "--jobs is for this machine"),
    ],
)
def test_options_that_exclude_each_other(options: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(main, ["grade", NAME, *options])
    assert result.exit_code == 2
    assert told in result.stderr


def test_watching_what_is_not_there(course: Course) -> None:
    result = CliRunner().invoke(main, ["grade", "nothing", "--watch", "--course", str(course.root)])
    assert result.exit_code == 2
    assert "There is no assignment 'nothing'" in result.stderr
