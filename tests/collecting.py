"""What the tests of collecting share: archives, and what became of their files."""

import io
import zipfile
from pathlib import Path

from autograder.collect import Collected
from autograder.course import Course

NAME = "90_ordinary"
NOON = (2026, 10, 2, 12, 0, 0)
Members = list[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(path: Path | io.BytesIO, members: Members, time: tuple[int, ...] = NOON) -> Path | io.BytesIO:
    """Write a zip file whose members are all of one time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, time)
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def nested(members: Members) -> bytes:
    """The bytes of a zip file."""
    memory = io.BytesIO()
    zipped(memory, members)
    return memory.getvalue()


def results(collected: Collected) -> dict[str, str]:
    """What came of each hand-in, by student."""
    return {row.student: row.result for row in collected.rows}


def remarks(collected: Collected, student: str) -> str:
    """What was said of a student's hand-in."""
    return " | ".join(remark for row in collected.rows if row.student == student for remark in row.remarks)


def students(course: Course) -> dict[str, tuple[str | None, str | None, str | None]]:
    """First name, last name and LMS number of everybody in the gradebook."""
    with course.gradebook() as gradebook:
        return {s.id: (s.first_name, s.last_name, s.lms_user_id) for s in gradebook.students}
