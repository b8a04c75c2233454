"""Every version that was ever collected of a student's work, and the newest of them in submitted/.

::

    collected/<assignment>/<student>/2026-10-01_115900_1f3a77c0/
        04_pooling.ipynb  timestamp.txt  about.json

A folder is written beside its place and renamed, so that whatever ends a run, there is a whole version or none.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.course import Course
from autograder.notebook import Unreadable, read_bytes
from autograder.submissions import Submission

__all__ = ["Shelf", "Version"]

ABOUT = "about.json"
STAMP = "timestamp.txt"


@dataclass(frozen=True)
class Version:
    """Files by name as they shall stand in submitted/.

    `time` and `number` (of an upload, of a file in a hand-in) say which version is the latest; `timestamp` is when it
    was handed in, where that is known, for late penalties; `origin` says where it came from.
    """

    files: dict[str, bytes]
    time: datetime
    number: tuple[int, int]
    timestamp: datetime | None
    origin: str

    @property
    def digest(self) -> str:
        return _digest(self.files)

    @property
    def order(self) -> tuple[str, int, int]:
        return (f"{self.time:%Y-%m-%d %H:%M:%S}", *self.number)


@dataclass(frozen=True)
class Kept:
    """A version on disk."""

    folder: Path
    digest: str
    order: tuple[str, int, int]


class Shelf:
    """The versions of one student's work for one assignment."""

    def __init__(self, course: Course, assignment: str, student: str) -> None:
        self.folder = course.root / "collected" / assignment / student
        self._submission = Submission(course, assignment, student)

    def put(self, version: Version) -> str:
        """Keep a version, and place it in submitted/ if it is the newest; returns what was done, in words.

        What somebody put into submitted/ or changed there is kept as a version too.
        """
        if os.path.islink(self._submission.folder):
            raise Unreadable(f"{self._submission.folder} is a link, so nothing was put there.")
        present = self._present()
        if present is not None and present.digest == version.digest:
            if not any(kept.digest == version.digest for kept in self._kept()):
                self._keep(version)
            return "as before"
        if present is not None and not any(kept.digest == present.digest for kept in self._kept()):
            self._keep(present)
        newest = max(self._kept(), key=lambda kept: kept.order, default=None)
        if newest is None or version.order > newest.order:
            self._place(self._keep(version).folder)
            return "taken" if present is None else "taken in place of an older one"
        if not any(kept.digest == version.digest for kept in self._kept()):
            self._keep(version)
        if present is None or present.digest != newest.digest:
            self._place(newest.folder)
        return "older than what is there" if version.digest != newest.digest else "put back"

    def _kept(self) -> list[Kept]:
        found = []
        for folder in sorted(self.folder.glob("*_*_*")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                about = json.loads((folder / ABOUT).read_text("utf-8"))
                time, upload, file = about["order"]
                found.append(Kept(folder, str(about["digest"]), (str(time), int(upload), int(file))))
        return found

    def _present(self) -> Version | None:
        """What stands in submitted/ now, as a version."""
        files: dict[str, bytes] = {}
        times = [datetime.min]
        folder = self._submission.folder
        try:
            present = sorted(folder.iterdir()) if folder.is_dir() else []
        except PermissionError as error:
            raise Unreadable(f"{folder} may not be read by this account (chmod), so nothing was put there.") from error
        for file in present:
            if file.name != STAMP and not file.is_dir():
                files[file.name] = read_bytes(file)
                times.append(datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(tzinfo=None))
        if not files:
            return None
        timestamp = self._submission.timestamp
        return Version(files, timestamp or max(times), (0, 0), timestamp, "submitted/")

    def _keep(self, version: Version) -> Kept:
        """Write a version into a folder of its own."""
        target = self.folder / f"{version.time:%Y-%m-%d_%H%M%S}_{version.digest[:8]}"
        about = {"digest": version.digest, "order": version.order, "origin": version.origin}
        with self._unfinished() as folder:
            new = folder / "new"
            new.mkdir()
            for name, data in version.files.items():
                (new / name).write_bytes(data)
            if version.timestamp is not None:
                (new / STAMP).write_text(f"{version.timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n", "utf-8")
            (new / ABOUT).write_text(json.dumps(about, indent=1), "utf-8")
            if target.exists():  # its about.json is damaged, or it would be known
                target.rename(folder / "old")
            new.rename(target)
        return Kept(target, version.digest, version.order)

    def _place(self, kept: Path) -> None:
        """Make submitted/ a copy of a kept version, in place of what is there."""
        target = self._submission.folder
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._unfinished() as folder:
            shutil.copytree(kept, folder / "new", ignore=shutil.ignore_patterns(ABOUT))
            if target.exists():
                target.rename(folder / "old")
            (folder / "new").rename(target)

    @contextlib.contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """A folder to write in, on the same disk as its places; gone afterwards, and if not, the next time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("unfinished-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="unfinished-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])} ".encode() + files[name])
    return digest.hexdigest()
