"""What is read of a submission besides its notebooks."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.submissions import Submission, submissions
from dnnkit.errors import CourseError

NAME = "90_ordinary"


@pytest.mark.parametrize("text", ["", "\x00", "no time", "1" * 40 + "m", "2026-13-40", "0001-01-01 +23:00", "9" * 5000])
def test_a_time_that_is_none_is_passed_over(tmp_path: Path, text: str) -> None:
    submission = Submission(Course(tmp_path, "c", 1), NAME, "ada")
    submission.folder.mkdir(parents=True)
    (submission.folder / "timestamp.txt").write_text(text)
    assert submission.timestamp is None
    (submission.folder / "timestamp.txt").write_text("2026-10-01 12:00:00 Europe/Paris")
    assert submission.timestamp == datetime(2026, 10, 1, 10)


def test_a_folder_s_name_is_text(tmp_path: Path) -> None:
    course = Course(tmp_path, "c", 1)
    for name in ("ada", "Zoë <b>", "a\nb"):
        course.folder("submitted", NAME, name).mkdir(parents=True)
    assert [found.student for found in submissions(course, NAME)] == ["Zoë <b>", "a\nb", "ada"]
    course.folder("submitted", NAME, os.fsdecode(b"Zo\xeb")).mkdir(parents=True)
    with pytest.raises(CourseError, match="cannot stand in the gradebook"):
        submissions(course, NAME)
