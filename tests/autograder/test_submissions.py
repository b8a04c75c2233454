"""What is read of a submission besides its notebooks."""

from datetime import datetime
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.submissions import Submission

NAME = "90_ordinary"


@pytest.mark.parametrize("text", ["", "\x00", "no time", "1" * 40 + "m", "2026-13-40", "0001-01-01 +23:00", "9" * 5000])
def test_a_time_that_is_none_is_passed_over(tmp_path: Path, text: str) -> None:
    submission = Submission(Course(tmp_path, "c", 1), NAME, "ada")
    submission.folder.mkdir(parents=True)
    (submission.folder / "timestamp.txt").write_text(text)
    assert submission.timestamp is None
    (submission.folder / "timestamp.txt").write_text("2026-10-01 12:00:00 Europe/Paris")
    assert submission.timestamp == datetime(2026, 10, 1, 10)
