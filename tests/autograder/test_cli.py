"""The command `autograder`: every error is one sentence on stderr with exit status 2."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.cli import main
from autograder.course import Course

NAME = "90_ordinary"


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("autograder: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    assert "0/?" not in result.output  # a bar of what was never begun
    for part in parts:
        assert part in result.stderr


COMMANDS = ("init", "release", "collect", "grade", "regrade", "feedback", "report", "export", "matrix", "demo")


@pytest.mark.parametrize("words", [(), *((command,) for command in COMMANDS)])
def test_help(words: tuple[str, ...]) -> None:
    result = _run(*words, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: main " + " ".join(words))
    if not words:
        assert all(f"  {command} " in result.output for command in COMMANDS)
        assert "130 stopped by Ctrl-C" in " ".join(result.output.split())


def test_every_command_is_tested() -> None:
    assert set(main.commands) == set(COMMANDS)


def test_matrix_shows_what_becomes_of_every_mistake() -> None:
    result = _run("matrix", "04_pooling")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["item", "mistake", "lost", "hidden", "visible", "diagnosis"]
    assert len(lines) > 40
    assert all(" killed " in line and " named" in line for line in lines[1:])
    _refused(_run("matrix", "99_nothing"), "No hidden cases for 99_nothing", "04_pooling")


@pytest.mark.parametrize(
    "words", [("grade", NAME, "--jobs", "0"), ("grade",), ("grade", NAME, "--no-such-option"), ("no",)]
)
def test_wrong_usage(words: tuple[str, ...]) -> None:
    assert _run(*words).exit_code == 2


def test_the_list_of_commands_is_whole_sentences() -> None:
    told = _run("--help").output
    assert [name for name in main.commands if f"  {name} " not in told] == []
    assert "..." not in told.partition("Commands:")[2]


@pytest.mark.parametrize("command", ["grade", "regrade"])
def test_processes_here_or_a_cluster(released: Course, command: str) -> None:
    words = (command, NAME, "--jobs", "2", "--scheduler", "tcp://x:1", "--course", released.root)
    assert "--jobs is for this machine" in _run(*words).stderr


@pytest.mark.parametrize("words", [("release",), ("grade", NAME), ("feedback", NAME)])
def test_not_a_course_directory(words: tuple[str, ...], tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        _refused(_run(*words, "--course", folder), "is not a course directory", "autograder init")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read ('layout')"),
        ("layout = ", "cannot be read"),
        ('layout = 1\nname = "x"\nseed = "y"', "cannot be read"),
        ("layout = [1]\nname = 1\nseed = 1", "cannot be read"),
        ('layout = 1\nname = "x"\nseed = -1', "seed -1"),
        ('layout = 99\nname = "x"\nseed = 1', "has the course layout 99"),
        ('layout = 1\nname = "\ud800"\nseed = 1', "cannot be read"),
    ],
)
def test_damaged_course_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "course.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    _refused(_run("grade", NAME, "--course", tmp_path), words)


@pytest.mark.parametrize("command", ["release", "grade", "feedback"])
def test_unknown_assignment(released: Course, command: str) -> None:
    _refused(_run(command, "no_such", "--course", released.root), "no assignment 'no_such'", "04_pooling")


@pytest.mark.parametrize("name", ["..", "", "*", "/etc", "01_conv_dimensions/.."])
def test_odd_assignment_names(released: Course, name: str) -> None:
    _refused(_run("grade", name, "--course", released.root), "There is no assignment")


def test_nothing_released_handed_in_or_graded(released: Course, course: Course, tmp_path: Path) -> None:
    _refused(_run("grade", NAME, "--course", course.root), "Nothing was handed in for '90_ordinary'")
    _refused(_run("feedback", NAME, "--course", course.root), "Nothing is graded yet for '90_ordinary'")
    course.folder("submitted", NAME, "eve").mkdir(parents=True)
    _refused(_run("grade", NAME, "--student", "bob", "--course", course.root), "by 'bob'")
    assert _run("init", tmp_path / "new", "--seed", "1").exit_code == 0
    new = Course.open(tmp_path / "new")
    new.folder("submitted", "04_pooling", "eve").mkdir(parents=True)
    _refused(_run("grade", "04_pooling", "--course", new.root), "autograder release 04_pooling")


def test_source_notebook_that_was_not_released(course: Course, hand_in: Callable[..., Path], blank) -> None:
    hand_in(course, NAME, "eve", blank(NAME))
    text = (course.folder("source", NAME) / f"{NAME}.ipynb").read_text()
    (course.folder("source", NAME) / "second.ipynb").write_text(text)
    _refused(_run("grade", NAME, "--course", course.root), "'second'", "was not released")


@pytest.mark.parametrize("command", ["release", "grade"])
def test_gradebook_in_use(course: Course, hand_in: Callable[..., Path], blank, command: str) -> None:
    hand_in(course, NAME, "eve", blank(NAME))
    with closing(sqlite3.connect(course.root / "gradebook.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        _refused(_run(command, NAME, "--course", course.root), "in use by another program")
        database.execute("ROLLBACK")


def test_gradebook_that_is_none(course: Course) -> None:
    course.folder("submitted", NAME, "eve").mkdir(parents=True)
    (course.root / "gradebook.db").write_text("no database at all, but a text long enough to be looked at " * 20)
    _refused(_run("grade", NAME, "--course", course.root), "gradebook", "cannot be used")


@pytest.mark.parametrize("text", [None, "1 / 0", "def oops(:"])
def test_damaged_configuration(course: Course, text: str | None) -> None:
    file = course.root / "nbgrader_config.py"
    file.unlink() if text is None else file.write_text(text)
    course.folder("submitted", NAME, "eve").mkdir(parents=True)
    _refused(_run("grade", NAME, "--course", course.root), "nbgrader_config.py cannot be used")


def test_init_spoils_nothing(course: Course, tmp_path: Path) -> None:
    before = (course.root / "course.toml").read_bytes()
    _refused(
        _run("init", course.root / "course.toml" / "new"), "course.toml", "Not a directory", "run the same command"
    )
    _refused(_run("init", course.root), "is a course directory already")
    assert (course.root / "course.toml").read_bytes() == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    _refused(_run("init", tmp_path / "full"), "is not empty")
    (tmp_path / "file").write_text("x")
    _refused(_run("init", tmp_path / "file"), "is not a directory")
    _refused(_run("init", tmp_path / "negative", "--seed", "-1"), "seed -1")
    assert not (tmp_path / "negative").exists()


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "Ψ course", "[red]"])
def test_init_takes_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "[bold] and a space"
    result = _run("init", folder, "--name", name)
    assert result.exit_code == 0, result.output
    course = Course.open(folder)
    assert course.name == name
    assert {"01_conv_dimensions", "04_pooling"} <= set(course.assignments)


def test_seeds_differ_unless_they_are_given(tmp_path: Path) -> None:
    for folder, words in (("a", ()), ("b", ()), ("c", ("--seed", "5")), ("d", ("--seed", "5"))):
        assert _run("init", tmp_path / folder, *words).exit_code == 0
    a, b, c, d = (Course.open(tmp_path / folder).seed for folder in "abcd")
    assert a != b
    assert (c, d) == (5, 5)


def test_demo_leaves_a_real_course_alone(course: Course) -> None:
    before = sorted(course.root.rglob("*"))
    _refused(_run("demo", course.root), "is a real course directory")
    assert sorted(course.root.rglob("*")) == before


def test_grade_and_feedback_tell_what_they_did(course: Course, hand_in: Callable[..., Path], fill) -> None:
    hand_in(course, NAME, "eve[1]", fill(NAME))
    hand_in(course, NAME, "bob", "{")
    course.folder("submitted", NAME, "zoe").mkdir(parents=True)
    alone = _run("grade", NAME, "--student", "zoe", "--course", course.root).output
    assert "Graded 1 submission now." in alone
    result = _run("grade", NAME, "--course", course.root)
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "Graded 2 submissions now." in told
    assert "eve[1]" in told
    assert "bob: 90_ordinary.ipynb is not a notebook" in told
    again = _run("grade", NAME, "--student", "bob", "--course", course.root)
    assert "zoe" not in again.output
    assert "Graded 0 submissions now." in " ".join(again.output.split())
    result = _run("feedback", NAME, "--student", "bob", "--course", course.root)
    assert result.exit_code == 0, result.output
    assert "Wrote 1 page below" in " ".join(result.output.split())
    _refused(_run("feedback", NAME, "--student", "nobody", "--course", course.root), "of 'nobody'")
    course.folder("submitted", NAME, "new").mkdir(parents=True)
    told = _run("feedback", NAME, "--course", course.root).output
    assert "not graded yet, for new." in told
    assert "Wrote 3 pages below" in told
