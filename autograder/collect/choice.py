"""Which files of a hand-in are the assignment's notebooks: their grade ids say it, not their names."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.collect.inbox import File, Inbox
from autograder.collect.roster import safe_id
from autograder.collect.senders import HandIn
from autograder.course import Course
from autograder.notebook import Unreadable, grade_id, parse
from autograder.submissions import PICTURES

__all__ = ["Choice", "GradeIds", "choose"]

MAX_HAND_IN = 100 << 20
COPY_MARK = re.compile(r"(-\d+| ?\(\d+\)|-Copy\d+)$")  # as Canvas, browsers and Jupyter number copies


class GradeIds:
    """The grade ids of every assignment's notebooks."""

    def __init__(self, course: Course) -> None:
        self._ids = {
            (assignment, name): {grade_id(cell) for cell in source.cells} - {None}
            for assignment in course.assignments
            for name, source in course.sources(assignment).items()
        }

    def names(self, assignment: str) -> list[str]:
        """The notebooks of an assignment."""
        return [name for of, name in self._ids if of == assignment]

    def owner(self, ids: set[str | None], assignment: str) -> tuple[str, str] | None:
        """The assignment and notebook with the most of these grade ids; `assignment` where others have as many."""
        best = max(self._ids, key=lambda key: (len(self._ids[key] & ids), key[0] == assignment))
        return best if self._ids[best] & ids else None


@dataclass
class Choice:
    """What is taken of a hand-in: the versions of each notebook, the oldest first, pictures, and remarks."""

    notebooks: dict[str, list[bytes]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, file: File, assignment: str, ids: GradeIds) -> None:
        """Take a file, or say in a remark why not. Raises Unreadable where it cannot be read."""
        if file.suffix not in {".ipynb", *PICTURES}:
            if file.name != "timestamp.txt":
                self.remarks.append(f"{file.name} left: no notebook or picture")
            return
        data = file.read()
        self.size += len(data)
        if self.size > MAX_HAND_IN:
            raise Unreadable(f"{file.name}: all files together have more than {MAX_HAND_IN >> 20} MB, the limit.")
        if file.suffix in PICTURES:
            stem = safe_id(PurePosixPath(file.name).stem) or "picture"
            self.pictures[stem + file.suffix] = data
            return
        name, remark = _notebook(data, file.name, assignment, ids)
        if remark:
            self.remarks.append(remark)
        if name is not None:
            self.notebooks.setdefault(name, []).append(data)


def choose(hand_in: HandIn, inbox: Inbox, assignment: str, ids: GradeIds) -> Choice:
    """Read the files of a hand-in, also those in a zip file, and find the assignment's notebooks among them."""
    choice = Choice()
    for file in sorted(hand_in.files, key=_age):
        try:
            for one in inbox.unpacked(file) if file.suffix == ".zip" else [file]:
                choice.add(one, assignment, ids)
        except Unreadable as unreadable:
            choice.remarks.append(str(unreadable))
    return choice


def _age(file: File) -> tuple[object, ...]:
    """Sorts files of one hand-in by age: what was uploaded later has the higher number in Canvas, -2 after -1."""
    numbers = [int(number) for number in re.findall(r"\d+", file.path)]
    return (file.time, numbers, file.path)


def _notebook(data: bytes, file_name: str, assignment: str, ids: GradeIds) -> tuple[str | None, str]:
    """Which notebook of the assignment this is, or None; and what to tell the instructor."""
    stem = COPY_MARK.sub("", PurePosixPath(file_name).stem)
    named = stem if stem in ids.names(assignment) else None
    try:
        found = {grade_id(cell) for cell in parse(data, file_name).cells}
    except Unreadable as unreadable:
        return named, str(unreadable) + (" It was taken as it is." if named else "")
    owner = ids.owner(found, assignment)
    if owner is not None and owner[0] != assignment:
        return None, f"{file_name} belongs to {owner[0]}"
    if owner is not None:
        return owner[1], "" if stem == owner[1] else f"{file_name} renamed to {owner[1]}.ipynb"
    if named is None:
        return None, f"{file_name} left: it has no cell of {assignment}"
    return named, f"{file_name} has lost the marks of its cells"
