"""Collecting: what students handed in, wherever it comes from, into submitted/<student>/<assignment>.

`inbox` lists files, `senders` says whose they are, `roster` which student that is, `choice` which of them are the
assignment's notebooks, `versions` keeps all and puts the latest in place.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import Exchange

from autograder.collect.choice import Choice, GradeIds, choose
from autograder.collect.inbox import Inbox, look_into
from autograder.collect.roster import Identity, enter, identify
from autograder.collect.senders import HandIn, hand_ins
from autograder.collect.versions import Shelf, Version
from autograder.course import Course
from autograder.notebook import Unreadable
from autograder.progress import Progress, no_progress
from autograder.submissions import submissions
from dnnkit.errors import CourseError

__all__ = ["Collected", "Row", "collect"]

NOT_TAKEN = "not taken"
LATE = "late, Canvas does not say how much: one second"
LATE_WITHOUT_DATE = "late, but the gradebook has no due date: no timestamp"


@dataclass(frozen=True)
class Row:
    """What became of one hand-in, or of a file that tells no student."""

    student: str
    result: str
    remarks: tuple[str, ...]
    timestamp: datetime | None = None


@dataclass(frozen=True)
class Collected:
    """What became of everything, where all versions are kept, and who of the gradebook has handed in nothing."""

    rows: tuple[Row, ...]
    kept: Path
    missing: tuple[str, ...]

    @property
    def results(self) -> dict[str, int]:
        """How many hand-ins came to which result."""
        return dict(Counter(row.result for row in self.rows))


def collect(
    course: Course,
    assignment: str,
    where: Path | None = None,
    progress: Progress = no_progress,
) -> Collected:
    """Take over what was handed in for an assignment, from a folder, a zip file, or else nbgrader's exchange.

    Raises CourseError where the assignment is unknown, or `where` cannot be read or belongs to a course; nothing is
    written then.
    """
    course.require_assignment(assignment)
    inbox = look_into(_outside(course, where) if where else _exchange(course))
    with course.gradebook() as gradebook:
        desk = _Desk(gradebook, course, assignment, inbox)
        found, lost = hand_ins(inbox.files, assignment, course.assignments, course.config)
        identities = identify(gradebook, [hand_in.sender for hand_in in found])
        found.sort(key=lambda hand_in: (identities[hand_in.sender].student, _time(hand_in)))
        rows = []
        for done, hand_in in enumerate(found):
            progress(done, len(found))
            rows.append(desk.take(hand_in, identities[hand_in.sender]))
        progress(len(found), len(found))
        known = {student.id for student in gradebook.students}
    rows.sort(key=lambda row: row.student.casefold())
    rows += [Row(path, NOT_TAKEN, (reason,)) for path, reason in lost + inbox.refused]
    handed_in = {submission.student for submission in submissions(course, assignment)}
    return Collected(tuple(rows), course.root / "collected" / assignment, tuple(sorted(known - handed_in)))


class _Desk:
    """Where hand-ins for one assignment are taken, one after the other."""

    def __init__(self, gradebook: Gradebook, course: Course, assignment: str, inbox: Inbox) -> None:
        self._gradebook, self._course, self._assignment, self._inbox = gradebook, course, assignment, inbox
        self._ids = GradeIds(course)
        try:
            self._due: datetime | None = gradebook.find_assignment(assignment).duedate
        except MissingEntry:
            self._due = None

    def take(self, hand_in: HandIn, identity: Identity) -> Row:
        """Keep what a hand-in has of the assignment, and enter its student into the gradebook."""
        choice = choose(hand_in, self._inbox, self._assignment, self._ids)
        student, timestamp = identity.student or hand_in.sender.name, hand_in.timestamp
        remarks = hand_in.remarks + choice.remarks
        if hand_in.late and timestamp is None:
            timestamp = self._due + timedelta(seconds=1) if self._due else None
            remarks.append(LATE if timestamp else LATE_WITHOUT_DATE)
        if identity.problem or not choice.notebooks:
            reason = identity.problem or f"no notebook of {self._assignment}"
            return Row(student, NOT_TAKEN, (reason, *remarks), timestamp)
        try:
            results = self._shelve(hand_in, identity.student, choice, timestamp)
        except Unreadable as unreadable:
            return Row(student, NOT_TAKEN, (str(unreadable), *remarks), timestamp)
        if len(results) > 1:
            remarks.append("came more than once: the last counts, all are kept")
        enter(self._gradebook, identity)
        if identity.new:
            remarks.insert(0, f"new in the gradebook: {hand_in.sender.name}")
        elif identity.lms_user_id:
            remarks.insert(0, f"known by the name {hand_in.sender.name}; LMS number {identity.lms_user_id} noted")
        return Row(student, results[-1], tuple(remarks), timestamp)

    def _shelve(self, hand_in: HandIn, student: str, choice: Choice, timestamp: datetime | None) -> list[str]:
        shelf = Shelf(self._course, self._assignment, student)
        return [shelf.put(version) for version in _versions(hand_in, choice, timestamp)]


def _versions(hand_in: HandIn, choice: Choice, timestamp: datetime | None) -> Iterator[Version]:
    """The versions in a hand-in, the oldest first: the last of every notebook, and before that what it replaces."""
    for place in range(max(map(len, choice.notebooks.values()))):
        notebooks = {f"{name}.ipynb": same[min(place, len(same) - 1)] for name, same in choice.notebooks.items()}
        yield Version(
            notebooks | choice.pictures, _time(hand_in), (hand_in.upload, place), timestamp, hand_in.files[0].path
        )


def _time(hand_in: HandIn) -> datetime:
    return hand_in.timestamp or max(file.time for file in hand_in.files)


def _outside(course: Course, where: Path) -> Path:
    """`where` itself. Raises CourseError where that is a course directory or what this one makes, full of our files."""
    own = [course.root / name for name in ("autograded", "bundle", "collected", "feedback", "release", "source")]
    if (where / "course.toml").exists() or any(where.resolve().is_relative_to(folder) for folder in own):
        raise CourseError(
            f"{where} belongs to the course and was not handed in. Name the folder or zip file with what was handed in."
        )
    return where


def _exchange(course: Course) -> Path:
    """The inbound folder of nbgrader's exchange. Raises CourseError where there is none."""
    folder = Path(Exchange(config=course.config).root) / course.name / "inbound"
    if not folder.is_dir():
        raise CourseError(
            f"There is no exchange here: {folder} is not a folder. Name the folder or zip file with what was handed in."
        )
    return folder
