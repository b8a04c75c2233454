"""The commands in README and docs: every one exists with its options, and those of the guides run in order."""

import re
import shlex
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from guides import DOCS, ROOT, Shell, blocks
from markdown_it import MarkdownIt
from nbgrader.apps.nbgraderapp import NbGraderApp

from autograder.cli import main as autograder
from autograder.demo import answers
from autograder.notebook import grade_id
from dnnkit.cli import main as dnnkit

NAME = "04_pooling"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
PROGRAMS = {"autograder": autograder, "dnnkit": dnnkit}
COMMAND = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?((?:autograder|dnnkit|nbgrader|make) [a-z].*)$")


def _code(tokens) -> list[str]:
    """The lines of all code on a page: blocks of every kind, and what stands in the text."""
    lines = []
    for token in tokens:
        if token.type in ("fence", "code_block", "code_inline"):
            lines += token.content.splitlines()
        lines += _code(token.children or [])
    return lines


def _documented() -> list[tuple[str, str]]:
    found = set()
    for page in PAGES:
        for line in _code(MarkdownIt().enable("table").parse(page.read_text("utf-8"))):
            command = COMMAND.match(line.split(" #")[0])
            if command:
                found.add((page.name, command[1].strip()))
    return sorted(found)


def _unknown(command: str) -> str:
    """What of a command does not exist; nothing where all does."""
    program, name, *words = shlex.split(command)
    if program == "make":
        known = re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
    elif program == "nbgrader":
        known = name in NbGraderApp.subcommands
    else:
        known = name in PROGRAMS[program].commands
    if not known or program not in PROGRAMS:
        return "" if known else name
    options = {option for parameter in PROGRAMS[program].commands[name].params for option in parameter.opts}
    return " ".join(word for word in words if word.startswith("-") and word.split("=")[0] not in {*options, "--help"})


@pytest.mark.parametrize(("page", "command"), _documented())
def test_documented_commands_and_options_exist(page: str, command: str) -> None:
    assert not _unknown(command), f"{page} tells of `{command}`"


def test_what_does_not_exist_is_seen() -> None:
    assert len(_documented()) > 30
    assert _unknown("autograder grade 04_pooling --watch") == ""
    assert _unknown("autograder grade 04_pooling --follow") == "--follow"
    assert _unknown("dnnkit dance") == "dance"
    assert _unknown("nbgrader dance") == "dance"
    assert _unknown("make dance") == "dance"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def _filled(course: Path) -> nbformat.NotebookNode:
    right = answers.right(nbformat.read(course / "source" / NAME / f"{NAME}.ipynb", 4))
    notebook = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", 4)
    for cell in notebook.cells:
        name = (grade_id(cell) or "").removesuffix(answers.SOLUTION)
        if name in right:
            cell.source = right[name]
    return notebook


def _submissions(course: Path) -> None:
    """The zip file that the instructors' guide collects, named and packed as Canvas does."""
    text = nbformat.writes(_filled(course))
    with zipfile.ZipFile(course / "submissions.zip", "w") as archive:
        for sender in ("lovelaceada_1234_501", "hopper_1235_502", "noether_LATE_1236_503"):
            archive.writestr(f"{sender}_{NAME}.ipynb", text)


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course directory after the instructors' guide."""
    shell = Shell(tmp_path_factory.mktemp("guide"), OPENBLAS_NUM_THREADS="1")
    for block in blocks(DOCS / "instructors.md"):
        for command, shown in block.commands if block.kind == "console" else []:
            if command.startswith("autograder collect"):
                _submissions(shell.folder)
            shell.run(command, shown)
    return shell.folder


def test_the_instructors_guide_runs(term: Path) -> None:
    students = {folder.name for folder in (term / "submitted").iterdir()}
    assert "ada" in students
    assert len(students) == 3
    pages = list((term / "feedback").glob(f"*/{NAME}/*.html"))
    assert {page.parts[-3] for page in pages} == students
    assert (term / "report" / f"{NAME}.html").is_file()


def test_the_students_guide_runs(term: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(term / "bundle" / "dnnkit-course.zip", tmp_path)
    shell = Shell(tmp_path / "dnnkit-course", OPENBLAS_NUM_THREADS="1")
    nbformat.write(_filled(term), shell.folder / "notebooks" / NAME / f"{NAME}.ipynb")
    for block in blocks(DOCS / "students.md"):
        for command, shown in block.commands if block.kind == "console" else []:
            shell.run(command, shown)
    assert "def maxpool2d(" in (shell.folder / "notebooks" / "mytorch" / "pooling.py").read_text()
