"""Marks as CSV: for Canvas's and Moodle's import, and as nbgrader itself writes them.

A mark is what counts: automatic and manual points less the late penalty. Who handed in nothing has no mark (Canvas: an
empty cell, Moodle: "-"); what that is worth is the LMS's business. The same gradebook gives the same bytes.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from nbgrader.api import Gradebook, Student, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

from autograder.course import Course
from autograder.export.fill import filled
from autograder.export.text import Rows, as_csv, harmless
from autograder.gradebook import final_score, released
from autograder.outputs import number
from autograder.submissions import submissions
from dnnkit.errors import CourseError

__all__ = ["FORMATS", "Exported", "export"]

FORMATS = ("canvas", "moodle", "nbgrader")
NO_MAIL = (
    "Not every student has an e-mail address in the gradebook. Moodle imports nothing if it cannot find one of them: "
    "where the ids here are not its ID numbers, download its own list of grades and fill that in with `--fill`."
)
Marks = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Exported:
    """The file that was written, and what its reader should know."""

    file: Path
    notes: tuple[str, ...]


def export(
    course: Course, assignments: list[str], form: str, to: Path | None = None, fill: Path | None = None
) -> Exported:
    """Write the marks of assignments (of all that give points if none is named) in one of FORMATS.

    `fill` is a file that Canvas or Moodle gave, whose marks are to be filled in. Raises CourseError where an
    assignment is not released, a file cannot be read or written, or `fill` does not fit.
    """
    target = to or course.root / f"grades_{form}.csv"
    with course.gradebook() as gradebook:
        names = _names(gradebook, assignments)
        notes = list(_notes(gradebook, course, names))
        marks = _marks(gradebook, names)
        points = {name: float(gradebook.find_assignment(name).max_score) for name in names}
        if form == "nbgrader":
            if fill is not None:
                raise CourseError("Only what Canvas or Moodle gave can be filled in; leave out `--fill`.")
            text = _nbgrader(gradebook, names)
        elif fill is not None:
            text, more = filled(fill, form, _students(gradebook), marks, points)
            notes += more
        elif form == "canvas":
            text = as_csv(_canvas(_students(gradebook), marks, points))
        else:
            text = as_csv(_moodle(_students(gradebook), marks))
            if any(not student.email for student in gradebook.students):
                notes.append(NO_MAIL)
    _write(target, text)
    return Exported(target, tuple(notes))


def _names(gradebook: Gradebook, assignments: list[str]) -> list[str]:
    if assignments:
        return [released(gradebook, name).name for name in dict.fromkeys(assignments)]
    names = sorted(assignment.name for assignment in gradebook.assignments if assignment.max_score > 0)
    if not names:
        raise CourseError("There is nothing to export: release an assignment first with `autograder release`.")
    return names


def _students(gradebook: Gradebook) -> list[Student]:
    """The students in an order that is always the same."""
    return sorted(gradebook.students, key=lambda s: (s.last_name or "", s.first_name or "", s.id))


def _marks(gradebook: Gradebook, names: list[str]) -> Marks:
    """The marks that count, by assignment and student."""
    return {
        name: {one.student.id: number(final_score(one)) for one in gradebook.assignment_submissions(name)}
        for name in names
    }


def _notes(gradebook: Gradebook, course: Course, names: list[str]) -> Iterator[str]:
    for name in names:
        found = gradebook.assignment_submissions(name)
        waiting = [one for one in found if one.needs_manual_grade]
        if waiting:
            yield f"{name}: {len(waiting)} of {len(found)} marks are not final: something waits to be graded by hand."
        graded = {one.student.id for one in found}
        new = {one.student for one in submissions(course, name)} - graded
        if new:
            yield f"{name}: handed in and not graded yet by {', '.join(sorted(new))}."
        missing = {student.id for student in gradebook.students} - graded - new
        if missing:
            yield f"{name}: nothing was handed in by {', '.join(sorted(missing))}."


def _canvas(students: list[Student], marks: Marks, points: dict[str, float]) -> Rows:
    """As Canvas exports its gradebook. There the id is what is the LMS number here; without one the login says who."""
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *marks]]
    rows.append(["    Points Possible", "", "", "", "", *map(number, points.values())])
    for student in students:
        who = ", ".join(filter(None, [student.last_name, student.first_name])) or student.id
        login = "" if student.lms_user_id else student.id
        rows.append([*map(harmless, (who, student.lms_user_id, "", login, ""))])
        rows[-1] += [of.get(student.id, "") for of in marks.values()]
    return rows


def _moodle(students: list[Student], marks: Marks) -> Rows:
    """As Moodle exports grades; its import asks which column says who somebody is."""
    rows = [["First name", "Last name", "ID number", "Email address", *marks]]
    for student in students:
        rows.append([*map(harmless, (student.first_name, student.last_name, student.id, student.email))])
        rows[-1] += [of.get(student.id, "-") for of in marks.values()]
    return rows


def _nbgrader(gradebook: Gradebook, names: list[str]) -> str:
    """What nbgrader's own exporter writes. It quotes nothing, so what it reads is quoted."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grades.csv"
        CsvExportPlugin(to=str(file), assignment=names).export(_Quoted(gradebook))
        return file.read_text()


class _Quoted:
    """The gradebook as CsvExportPlugin reads it, with quoted texts, in an order that is always the same."""

    def __init__(self, gradebook: Gradebook) -> None:
        self._find = gradebook.find_submission
        self._ids = {_quoted(student.id): student.id for student in gradebook.students}
        self.assignments = sorted(gradebook.assignments, key=lambda assignment: assignment.name)
        self.students = [
            SimpleNamespace(
                id=_quoted(student.id),
                first_name=_quoted(student.first_name),
                last_name=_quoted(student.last_name),
                email=_quoted(student.email),
            )
            for student in _students(gradebook)
        ]

    def find_submission(self, assignment: str, student: str) -> SubmittedAssignment:
        return self._find(assignment, self._ids[student])


def _quoted(text: str | None) -> str:
    return as_csv([[harmless(text)]]).removesuffix("\r\n") if text else ""


def _write(target: Path, text: str) -> None:
    """Write a file so that it is either the old one or the new one, whole."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, "utf-8", newline="")
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CourseError(f"{target} cannot be written: {error.strerror}. Name another file with `--to`.") from error
