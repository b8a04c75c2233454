"""A file that Canvas or Moodle gave, with the marks filled in: its rows and ids stay, so the import finds everybody."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

from nbgrader.api import Student

from autograder.collect.roster import name_key
from autograder.export.text import Rows, as_csv, harmless
from autograder.outputs import number
from dnnkit.errors import CourseError

__all__ = ["filled"]

MAX_BYTES = 20 << 20


def filled(
    file: Path, form: str, students: list[Student], marks: dict[str, dict[str, str]], points: dict[str, float]
) -> tuple[str, list[str]]:
    """The text of `file` with the marks in it, and notes on who was not found.

    A column is an assignment's if its title holds the assignment's id. Of Canvas's columns only those and the ones
    that say who somebody is are kept, so that the import changes nothing else. Raises CourseError where the file is
    not what that LMS gives, a column is missing, or nobody in it is in the gradebook.
    """
    rows, delimiter = _read(file)
    header = rows[0]
    columns = {name: _column(header, name, file, alone=len(marks) == 1) for name in marks}
    first = _canvas_columns(header, file) if form == "canvas" else min(columns.values())
    found = _matched(rows[1:], header, first, students, form, file)
    for place, student in found.items():
        for name, column in columns.items():
            rows[place][column] = marks[name].get(student, rows[place][column])
    kept = [*range(first), *columns.values()] if form == "canvas" else list(range(len(header)))
    cells: Rows = [[row[column] if column >= first else harmless(row[column]) for column in kept] for row in rows]
    absent = sorted({student for of in marks.values() for student in of} - set(found.values()))
    notes = [f"Not in {file.name}, so left out: {', '.join(absent)}."] if absent else []
    return as_csv(cells, delimiter), notes + list(_other_points(rows, columns, points))


def _read(file: Path) -> tuple[Rows, str]:
    """The rows of a CSV file, all as long as the first, and its delimiter."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CourseError(f"{file} has more than {MAX_BYTES >> 20} MB; that is no list of grades.")
        text = file.read_bytes().decode("utf-8-sig")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except OSError as error:
        raise CourseError(f"{file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(
            f"{file} is not CSV in UTF-8 ({error}). Download it from the LMS again, and do not open it before."
        ) from error
    if not rows or len(rows[0]) < 2:
        raise CourseError(f"{file} has no table in it; download it from the LMS again, as CSV.")
    width = len(rows[0])
    return [(row + [""] * width)[:width] for row in rows if any(row)], delimiter


def _column(header: list[str], assignment: str, file: Path, alone: bool) -> int:
    """The column of an assignment; in Moodle's grading worksheet, which is of one assignment, the column Grade."""
    found = [place for place, title in enumerate(header) if assignment in title]
    if not found and alone and "Identifier" in header and "Grade" in header:
        found = [header.index("Grade")]
    if len(found) != 1:
        raise CourseError(
            f"{file} needs one column with {assignment!r} in its title and has {len(found)}; its columns are: "
            f"{', '.join(header)}. Put the id into the assignment's title in the LMS, then download the file again."
        )
    return found[0]


def _canvas_columns(header: list[str], file: Path) -> int:
    """How many columns say who somebody is in Canvas."""
    if "Student" not in header[0] or "ID" not in header or "Section" not in header:
        raise CourseError(
            f"{file} is not a gradebook from Canvas, whose columns are Student, ID, ..., Section; it has: "
            f"{', '.join(header)}."
        )
    return header.index("Section") + 1


def _matched(
    rows: Rows, header: list[str], first: int, students: list[Student], form: str, file: Path
) -> dict[int, str]:
    """The student of each row (counted with the header), by LMS number, id or e-mail, or in Moodle by a name."""
    known = {text: s.id for s in students for text in (s.id, s.email) if text}
    numbers = {s.lms_user_id: s.id for s in students if s.lms_user_id}
    names = Counter(name_key(f"{s.first_name} {s.last_name}") for s in students if s.last_name)
    by_name = {key: s.id for s in students if names[key := name_key(f"{s.first_name} {s.last_name}")] == 1}
    found: dict[int, str] = {}
    for place, row in enumerate(rows, 1):
        if form == "canvas":
            told = [numbers.get(row[header.index("ID")]), *(known.get(cell) for cell in row[2:first])]
        else:
            said = [" ".join(row[:2]), *row[:first]]
            told = [*(known.get(cell) for cell in row[:first]), *(by_name.get(name_key(cell)) for cell in said)]
        student = next(filter(None, told), None)
        if student in found.values():
            raise CourseError(f"{file} has more than one row of {student!r}; leave one of them.")
        if student:
            found[place] = student
    if not found:
        raise CourseError(f"Nobody in {file} is in the gradebook: neither a number, an id nor an e-mail is the same.")
    return found


def _other_points(rows: Rows, columns: dict[str, int], points: dict[str, float]) -> list[str]:
    """Where Canvas has other points for an assignment than there are here."""
    said = next((row for row in rows if "Points Possible" in row[0]), None)
    notes = []
    for name, column in columns.items():
        there = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", said[column]) if said else None
        if there and float(there[1]) != points[name]:
            notes.append(f"{name} is worth {number(float(there[1]))} points there and {number(points[name])} here.")
    return notes
