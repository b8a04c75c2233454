"""What a session and its questions say and keep, whatever the student's process does."""

import time
from typing import Any, cast

import numpy as np
import pytest

from autograder import remote
from autograder.remote import Questions
from autograder.sandbox import Limits, StudentProcess, StudentStopped, WarmProcess
from autograder.session import Session
from dnnkit.check.outcome import STOPPED, Case


class Slow:
    """Stands for the warm process and for the student's, which is ended over whatever it is asked."""

    def __init__(self) -> None:
        self.forks = 0

    def fork(self, limits: Limits) -> "Slow":
        self.forks += 1
        return self

    def run_cell(self, source: str, quiet: bool, seconds: float, definitions: bool) -> None:
        time.sleep(seconds)
        raise StudentStopped(f"took longer than {seconds:g} s")

    def kill(self) -> None: ...


def _hang(process: StudentProcess, seconds: float) -> None:
    process.run_cell("", False, seconds, False)


def test_how_much_time_was_left_is_not_told() -> None:
    slow = Slow()
    session = Session(cast(WarmProcess, slow), Limits(call_seconds=0.05, cell_seconds=0.05), time.monotonic() + 0.12)
    reasons = []
    for _ in range(6):
        with pytest.raises(StudentStopped) as stopped:
            session.ask(_hang)
        reasons.append(str(stopped.value))
    assert reasons[0] == "took longer than 0.05 s"
    assert set(reasons[1:]) <= {"took longer than 0.05 s", "the notebook used up its time"}
    assert reasons[-1] == "the notebook used up its time"
    assert slow.forks <= 3  # and none once there is no time


def test_what_comes_back_is_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_BYTES", 100)
    asked: list[Any] = []

    def answer(n: int) -> list[Any]:
        asked.append(n)
        return [1, {"a": np.zeros(n)}]

    questions = Questions(Session(cast(WarmProcess, Slow()), Limits(), time.monotonic() + 60))
    found = [questions(answer, Case("", (n,))) for n in (6, 6, 6, 1)]
    assert [outcome.error for outcome in found] == [None, None, STOPPED, STOPPED]
    assert "in all" in found[2].message
    assert asked == [6, 6, 6]
