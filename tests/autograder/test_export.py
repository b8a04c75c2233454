"""Export: the marks that count, in files that Canvas, Moodle and spreadsheets read as they are meant."""

import csv
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.course import Course
from autograder.export import export
from autograder.gradebook import GradedSubmission, NotebookScores, record
from autograder.tables import marks_table

NAME = "90_ordinary"
POOLING = "04_pooling"
MARKS = {"double": 3.0, "scale": 4.0, "guess": 2.5, "share": 0.0, "why": None}
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (7),Ordinary 90_ordinary (8),Final Score
,,,,,,Manual Posting,
    Points Possible,,,,,10,20,(read only)
"Lovelace, Ada",1234,,al,A,9,,9
"=cmd|' /C calc'!A0",99,,eve,A,,1,9
"Hopper, Grace",77,,gh,B,8,5,9
"Student, Test",66,,x9,B,,,
"""
MOODLE = f"""\
First name,Last name,ID number,Email address,Assignment: {NAME} (Real),Assignment: Essay (Real),Last downloaded
Ada,Lovelace,5,ada@x.org,-,-3,1760000000
Eve,Ünal,eve,,-,-,1760000000
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (submission)
Participant 4321,Ada Lovelace,ada@x.org,Submitted,,20.00,"Friday, 2 October 2026, 12:00 PM"
"""


def _record(course: Course, gradebook: Gradebook, student: str, marks: dict, when: datetime | None = None) -> None:
    graded = GradedSubmission(NAME, student, when, {NAME: NotebookScores(dict(marks))})
    record(gradebook, graded, course.config)


@pytest.fixture
def marked(course: Course) -> Course:
    """Ada has a manual mark, Eve was late by two hours of 1.5 points each, Idle handed in nothing."""
    (course.root / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Late(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return 1.5 * seconds / 3600\n"
    )
    config = course.root / "nbgrader_config.py"
    more = f"import sys\nsys.path.insert(0, {str(course.root)!r})\nimport late\n"
    config.write_text(config.read_text() + more + "c.AssignLatePenalties.plugin_class = late.Late\n")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 10, 1, 12))
        gradebook.update_or_create_student(
            "ada", first_name="Ada", last_name="Lovelace", email="ada@x.org", lms_user_id="1234"
        )
        gradebook.update_or_create_student("eve", first_name='=cmd("x")', last_name='O\'Hara, "Eve"\n\rX', email="@x")
        gradebook.update_or_create_student("idle", first_name="-1+1", last_name="Ünal", email="idle@x.org")
        _record(course, gradebook, "ada", MARKS)
        _record(course, gradebook, "eve", MARKS, datetime(2026, 10, 1, 14))
        grade = gradebook.find_grade("why", NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.25, 0.5, False
        gradebook.db.commit()
    return course


def _rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.reader(opened))


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *(str(word) for word in words)])


def test_canvas(marked: Course) -> None:
    exported = export(marked, [NAME], "canvas")
    assert _rows(exported.file) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME],
        ["    Points Possible", "", "", "", "", "20"],
        ["Lovelace, Ada", "1234", "", "", "", "11.25"],
        ['O\'Hara, "Eve"  X, =cmd("x")', "", "", "eve", "", "6.5"],
        ["Ünal, -1+1", "", "", "idle", "", ""],
    ]
    assert exported.notes == (
        f"{NAME}: 1 of 2 marks are not final: something waits to be graded by hand.",
        f"{NAME}: nothing was handed in by idle.",
    )


def test_moodle(marked: Course) -> None:
    exported = export(marked, [], "moodle")
    rows = _rows(exported.file)
    place = rows[0].index(NAME)
    assert rows[0][:4] == ["First name", "Last name", "ID number", "Email address"]
    assert rows[0][4:] == sorted(rows[0][4:])
    assert "00_explore" not in rows[0]
    assert [[*row[:4], row[place], row[rows[0].index(POOLING)]] for row in rows[1:]] == [
        ["Ada", "Lovelace", "ada", "ada@x.org", "11.25", "-"],
        ['\'=cmd("x")', 'O\'Hara, "Eve"  X', "eve", "'@x", "6.5", "-"],
        ["'-1+1", "Ünal", "idle", "idle@x.org", "-", "-"],
    ]
    assert not any("e-mail" in note for note in exported.notes)


def test_nbgrader(marked: Course) -> None:
    rows = _rows(export(marked, [NAME], "nbgrader").file)
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    columns = ("student_id", "last_name", "first_name", "raw_score", "late_submission_penalty", "score", "max_score")
    assert [tuple(row[column] for column in columns) for row in found] == [
        ("ada", "Lovelace", "Ada", "11.25", "0.0", "11.25", "20.0"),
        ("eve", 'O\'Hara, "Eve"  X', '\'=cmd("x")', "9.5", "3.0", "6.5", "20.0"),
        ("idle", "Ünal", "'-1+1", "0.0", "0.0", "0.0", "20.0"),
    ]


@pytest.mark.parametrize("form", ["canvas", "moodle", "nbgrader"])
def test_the_same_gradebook_gives_the_same_bytes(marked: Course, tmp_path: Path, form: str) -> None:
    first, second = export(marked, [], form).file, export(marked, [], form, tmp_path / "again.csv").file
    assert first.read_bytes() == second.read_bytes()
    assert first.name == f"grades_{form}.csv"
    assert export(marked, [NAME, NAME], form).file.read_bytes() == export(marked, [NAME], form).file.read_bytes()


def test_a_gradebook_of_canvas_is_filled_in(marked: Course, tmp_path: Path) -> None:
    given = tmp_path / "canvas.csv"
    given.write_bytes(CANVAS.encode("utf-8-sig"))
    exported = export(marked, [NAME], "canvas", tmp_path / "out.csv", given)
    assert _rows(exported.file) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Ordinary 90_ordinary (8)"],
        ["", "", "", "", "", "Manual Posting"],
        ["    Points Possible", "", "", "", "", "20"],
        ["Lovelace, Ada", "1234", "", "al", "A", "11.25"],
        ["'=cmd|' /C calc'!A0", "99", "", "eve", "A", "6.5"],
        ["Hopper, Grace", "77", "", "gh", "B", "5"],
        ["Student, Test", "66", "", "x9", "B", ""],
    ]
    given.write_text(CANVAS.replace("10,20", "10,15").replace(",eve,", ",eva,").replace(",", ";").replace("; ", ", "))
    exported = export(marked, [NAME], "canvas", tmp_path / "out.csv", given)
    assert "Lovelace, Ada;1234;;al;A;11.25" in exported.file.read_text()
    assert exported.notes[2:] == (
        "Not in canvas.csv, so left out: eve.",
        f"{NAME} is worth 15 points there and 20 here.",
    )


def test_files_of_moodle_are_filled_in(marked: Course, tmp_path: Path) -> None:
    given = tmp_path / "moodle.csv"
    given.write_text(MOODLE)
    rows = _rows(export(marked, [NAME], "moodle", tmp_path / "out.csv", given).file)
    assert rows[1] == ["Ada", "Lovelace", "5", "ada@x.org", "11.25", "-3", "1760000000"]
    assert rows[2][2:5] == ["eve", "", "6.5"]
    given.write_text(WORKSHEET.replace("ada@x.org", ""))
    rows = _rows(export(marked, [NAME], "moodle", tmp_path / "out.csv", given).file)
    assert rows[1][:6] == ["Participant 4321", "Ada Lovelace", "", "Submitted", "11.25", "20.00"]
    refused = _run(NAME, POOLING, "--format", "moodle", "--fill", given, "--course", marked.root)
    assert "needs one column with '90_ordinary' in its title and has 0" in refused.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "has no table in it"),
        (b"\xff\xfe\x00", "is not CSV in UTF-8"),
        (b'a,b\n"open', "is not CSV"),
        (b"Name,Mark 90_ordinary\nAda,1\n", "is not a gradebook from Canvas"),
        (b"Student,ID,Section,Essay\nAda,1234,A,3\n", "needs one column with '90_ordinary' in its title and has 0"),
        (b"Student,ID,Section,90_ordinary (1),90_ordinary (2)\nAda,1234,A,3,\n", "and has 2"),
        (b"Student,ID,Section,90_ordinary\nZoe,5,A,3\n", "Nobody in"),
        (b"Student,ID,Section,90_ordinary\nAda,1234,A,\nAda,1234,A,\n", "more than one row of 'ada'"),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence(marked: Course, tmp_path: Path, text: bytes, words: str) -> None:
    given = tmp_path / "given.csv"
    given.write_bytes(text)
    target = tmp_path / "out.csv"
    target.write_text("kept")
    result = _run(NAME, "--format", "canvas", "--fill", given, "--to", target, "--course", marked.root)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert target.read_text() == "kept"
    assert given.read_bytes() == text


def test_what_cannot_be_done_is_one_sentence(marked: Course, tmp_path: Path) -> None:
    place = ("--course", marked.root)
    for words, told in (
        (("no_such", "--format", "canvas"), "'no_such' is not in the gradebook"),
        ((NAME, "--format", "canvas", "--to", tmp_path / "none" / "x.csv"), "cannot be written"),
        ((NAME, "--format", "canvas", "--to", tmp_path), "cannot be written"),
        ((NAME, "--format", "nbgrader", "--fill", tmp_path / "x"), "leave out `--fill`"),
        ((NAME, "--format", "canvas", "--fill", tmp_path / "x"), "cannot be read"),
    ):
        result = _run(*words, *place)
        assert result.exit_code == 2
        assert told in result.stderr
        assert result.stderr.count("\n") == 1
    assert not list(tmp_path.glob(".*"))


def test_work_that_is_not_graded_yet_is_told(marked: Course, hand_in, fill) -> None:
    hand_in(marked, NAME, "idle", fill(NAME))
    result = _run(NAME, "--format", "canvas", "--course", marked.root)
    assert result.exit_code == 0
    assert f"{NAME}: handed in and not graded yet by idle." in result.output


def test_the_table_of_marks_has_the_total_that_counts(marked: Course) -> None:
    table = marks_table(marked, NAME)
    columns = {column.header: list(column.cells) for column in table.columns}
    assert (columns["student"], columns["late"], columns["total"]) == (["ada", "eve"], ["", "-3"], ["11.25", "6.5"])
