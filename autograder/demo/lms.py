"""What learning management systems give an instructor: one zip file with everybody's submissions."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from autograder.demo.classroom import DUE, Pupil

__all__ = ["canvas_zip", "moodle_zip"]

Entry = tuple[str, str, datetime]  # path in the zip file, text, time


def canvas_zip(pupils: Iterable[Pupil], path: Path) -> None:
    """As Canvas names files: who without blanks, LATE, the user's and the upload's number, -1 for a second upload."""
    _write(path, (entry for pupil in pupils for entry in _canvas(pupil)))


def moodle_zip(pupils: Iterable[Pupil], path: Path) -> None:
    """As Moodle does: a folder for each participant, in which the last submission lies."""
    _write(path, (entry for pupil in pupils for entry in _moodle(pupil)))


def _canvas(pupil: Pupil) -> Iterator[Entry]:
    who = "".join(filter(str.isalnum, f"{pupil.last}{pupil.first}")).lower()
    late = "_LATE" if pupil.at > DUE else ""
    if pupil.first_try:
        for name, text in pupil.first_try.files.items():
            yield f"{who}_{pupil.number}_{2 * pupil.number}_{name}", text, DUE
    if pupil.handin:
        again = "-1" if pupil.first_try else ""
        for name, text in pupil.handin.files.items():
            stem, dot, kind = name.rpartition(".")
            yield f"{who}{late}_{pupil.number}_{2 * pupil.number + 1}_{stem}{again}{dot}{kind}", text, pupil.at


def _moodle(pupil: Pupil) -> Iterator[Entry]:
    for name, text in pupil.handin.files.items() if pupil.handin else ():
        folder = f"{pupil.first} {pupil.last}_{3 * pupil.number}_assignsubmission_file"
        yield f"{folder}/{name}", text, pupil.at


def _write(path: Path, entries: Iterable[Entry]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text, time in entries:
            file.writestr(zipfile.ZipInfo(name, time.timetuple()[:6]), text, zipfile.ZIP_DEFLATED)
