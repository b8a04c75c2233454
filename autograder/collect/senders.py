"""Who sent a file: read off its path, as Canvas, Moodle, nbgrader's exchange or a folder for each student name it.

Canvas   lovelaceada_LATE_1234_56789_04_pooling-1.ipynb            user, upload; the name without blanks and commas
Moodle   Ada Lovelace_4321_assignsubmission_file/04_pooling.ipynb  the number is another one in each assignment
exchange ada+04_pooling+2026-01-30 15:00:00 UTC+x7Gh/04_pooling.ipynb
folders  ada/04_pooling.ipynb or ada/04_pooling/04_pooling.ipynb

Only the first part of a path is asked, which the sender cannot choose; the file's own name could say anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath

from nbgrader.plugins import FileNameCollectorPlugin
from nbgrader.utils import parse_utc
from traitlets.config import Config

from autograder.collect.inbox import File
from autograder.notebook import Unreadable
from dnnkit.errors import CourseError

__all__ = ["PATTERNS", "HandIn", "Sender", "hand_ins"]

# for nbgrader's FileNameCollectorPlugin; c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py comes before them
PATTERNS = {
    "Canvas": r"(?P<last_name>[^/]+?)(?P<late>_LATE)?_(?P<student_id>\d+)_(?P<upload>\d+)_(?P<file_id>[^/]+)$",
    "Moodle": r"(?P<student_id>[^/_]+)_(?P<number>\d+)_assignsubmission_file(?:_?/|_)(?P<file_id>.+)$",
}
MOODLE_OTHER = re.compile(r"[^/_]+_\d+_assignsubmission_")
EXCHANGE = r"(?P<student_id>[^/]+)\+{assignment}\+(?P<timestamp>\d{{4}}-\d\d-\d\d [^/+]+)(?:\+[^/]*)?/.+$"


@dataclass(frozen=True)
class Sender:
    """Who handed something in, in the words of `kind`: the id, the name as far as the files tell it.

    `number` tells apart those of one name in Moodle, in one assignment.
    """

    kind: str
    id: str
    name: str
    number: str = ""


@dataclass
class HandIn:
    """What one sender handed in at one time. `timestamp` (UTC) is known only where the layout says it.

    `remarks` has what the instructor should know of it.
    """

    sender: Sender
    files: list[File] = field(default_factory=list)
    timestamp: datetime | None = None
    upload: int = 0
    late: bool = False
    remarks: list[str] = field(default_factory=list)


def hand_ins(
    files: list[File], assignment: str, assignments: list[str], config: Config
) -> tuple[list[HandIn], list[tuple[str, str]]]:
    """Sort files by sender; returns the hand-ins and (path, reason) of files that tell no sender."""
    found: dict[tuple[Sender, str], HandIn] = {}
    lost: list[tuple[str, str]] = []
    reader = _Reader(assignment, assignments, config)
    for file, path in zip(files, _without_common_folder(files, assignments), strict=True):
        read = reader.read(path)
        if isinstance(read, str):
            lost.append((path, read))
            continue
        sender, said = read
        hand_in = found.setdefault((sender, said.get("timestamp") or ""), HandIn(sender))
        hand_in.files.append(replace(file, name=PurePosixPath(said.get("file_id") or file.name).name))
        hand_in.upload = max(hand_in.upload, int(said.get("upload") or 0))
        hand_in.late = hand_in.late or bool(said.get("late"))
        _note_time(hand_in, said.get("timestamp"), first=False)
        if sender.kind in ("folder", "exchange") and file.name == "timestamp.txt":
            _note_time(hand_in, _written(file), first=True)
    return list(found.values()), lost


class _Reader:
    """Reads the sender off a path."""

    def __init__(self, assignment: str, assignments: list[str], config: Config) -> None:
        self._assignment = assignment
        self._others = {name for name in assignments if name != assignment}
        own = _checked(FileNameCollectorPlugin(config=config).named_regexp)
        patterns = ({"own": own} if own else {}) | {
            "exchange": EXCHANGE.format(assignment=re.escape(assignment)),
            **PATTERNS,
        }
        self._plugins = {kind: FileNameCollectorPlugin(named_regexp=text) for kind, text in patterns.items()}

    def read(self, path: str) -> tuple[Sender, dict[str, str | None]] | str:
        """The sender of a file and what else its path says, or why it tells none."""
        for kind, plugin in self._plugins.items():
            plugin.valid_ext = [PurePosixPath(path).suffix]  # of files of other kinds the instructor is told later
            if said := plugin.collect(path):
                names = (said.get("first_name"), said.get("last_name"))
                name = " ".join(filter(None, names)) or said["student_id"]
                return Sender(kind, said["student_id"], name, said.get("number") or ""), said
        if MOODLE_OTHER.match(path):
            return "not a file that was uploaded, but what Moodle puts beside those"
        parts = PurePosixPath(path).parts
        if len(parts) < 2:
            return "its name tells no student"
        if parts[0].count("+") >= 2 or (len(parts) > 2 and parts[1] in self._others):
            return f"not for {self._assignment}"
        return Sender("folder", parts[0], parts[0]), {}


def _checked(own: str) -> str:
    """The instructor's own pattern. Raises CourseError where it cannot tell who sent what."""
    try:
        missing = {"student_id", "file_id"} - set(re.compile(own).groupindex) if own else set()
    except re.error as error:
        raise CourseError(
            f"c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py is no pattern: {error}."
        ) from error
    if missing:
        raise CourseError(
            "c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py needs the named groups student_id and "
            f"file_id; it has no {' and no '.join(sorted(missing))}."
        )
    return own


def _without_common_folder(files: list[File], assignments: list[str]) -> Iterator[str]:
    """The paths without the one folder that all are in, where that is not the folder of one student."""
    parts = [PurePosixPath(file.path).parts for file in files]
    common = len({part[0] for part in parts}) == 1 and all(len(p) > 2 and p[1] not in assignments for p in parts)
    for file in files:
        yield file.path.partition("/")[2] if common else file.path


def _note_time(hand_in: HandIn, text: str | None, first: bool) -> None:
    """Note when something was handed in; `first`: whatever else said so before."""
    if not text or (hand_in.timestamp and not first):
        return
    try:
        hand_in.timestamp = parse_utc(text.strip())
    except (ValueError, OverflowError):
        remark = f"the time {text.strip()!r} cannot be read"
        hand_in.remarks += [remark] if remark not in hand_in.remarks else []


def _written(file: File) -> str | None:
    try:
        return file.read()[:100].decode("utf-8", "replace")
    except Unreadable:
        return None
