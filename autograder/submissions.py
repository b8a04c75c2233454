"""Submissions on disk: what a student handed in for an assignment, and the graded copy that comes of it."""

import contextlib
import json
import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.utils import parse_utc

from autograder.course import Course
from autograder.gradebook import NotebookScores
from autograder.grading import Cell, Graded
from autograder.judge import Verdict
from autograder.notebook import (
    SourceCell,
    Unreadable,
    content_digest,
    grade_id,
    read,
    read_bytes,
    rebuild,
    write,
)
from dnnkit.errors import CourseError

__all__ = ["Submission", "Work", "is_meant", "submissions"]

PICTURES = {".png", ".jpg", ".jpeg"}


@dataclass
class Work:
    """One notebook of a submission, rebuilt and ready to be graded. `problem` says why there is nothing to grade."""

    name: str
    source: list[SourceCell]
    rebuilt: NotebookNode
    digest: str
    problem: str = ""

    @property
    def cells(self) -> list[Cell]:
        """The code cells to run, in order; none where the notebook could not be read."""
        points = {cell.name: cell.points for cell in self.source if cell.judged}
        return [
            Cell(
                position=position,
                source=cell.source,
                name=grade_id(cell) or "",
                points=points.get(grade_id(cell) or ""),
                explore="explore" in cell.metadata.get("tags", []),
                saved_outputs=list(cell.outputs),
            )
            for position, cell in enumerate(self.rebuilt.cells)
            if cell.cell_type == "code" and cell.source.strip() and not self.problem
        ]

    def finish(self, graded: Graded, material: str) -> None:
        """Put outputs and verdicts into the rebuilt notebook, and the digest of the material it was graded with."""
        for position, cell in enumerate(self.rebuilt.cells):
            if cell.cell_type == "code":
                cell.outputs = [NotebookNode(output) for output in graded.outputs.get(position, [])]
                cell.execution_count = graded.counts.get(position)
            verdict = graded.verdicts.get(grade_id(cell) or "")
            if verdict is not None:
                cell.metadata["dnnkit"] = {
                    "verdict": verdict.to_dict(),
                    "seconds": graded.seconds[verdict.item],
                }
        self.rebuilt.metadata["dnnkit"] = {"digest": self.digest, "problem": self.problem, "material": material}

    def scores(self, graded: Graded, resubmitted: bool) -> NotebookScores:
        """The scores for the gradebook: verdicts of code, 0 for a written answer left blank, else None."""
        scores: dict[str, float | None] = {}
        answers = {grade_id(cell): cell for cell in self.rebuilt.cells}
        unanswered = {cell.name for cell in self.source if not cell.locked and _untouched(answers.get(cell.name), cell)}
        for cell in self.source:
            if cell.points is None:
                continue
            if cell.judged:
                verdict = graded.verdicts.get(cell.name)
                scores[cell.name] = verdict.earned if verdict else 0.0
            else:
                scores[cell.name] = 0.0 if self.problem or cell.name in unanswered else None
        return NotebookScores(scores, unanswered, resubmitted)


@dataclass(frozen=True)
class Submission:
    """The folder submitted/<student>/<assignment>."""

    course: Course
    assignment: str
    student: str

    @property
    def folder(self) -> Path:
        return self.course.folder("submitted", self.assignment, self.student)

    @property
    def graded_folder(self) -> Path:
        return self.course.folder("autograded", self.assignment, self.student)

    @property
    def timestamp(self) -> datetime | None:
        """When it was handed in, if the folder says so in nbgrader's timestamp.txt."""
        try:
            text = read_bytes(self.folder / "timestamp.txt")[:100].decode("utf-8", "replace")
            return parse_utc(text.strip())
        except (Unreadable, ValueError, ArithmeticError):  # a number too large is told in several ways
            return None

    def is_graded(self, name: str, source: list[SourceCell]) -> bool:
        """Whether the graded copy is of the version that is handed in now."""
        noted = self._noted(name).get("digest")
        return noted is not None and noted == content_digest(self._file(name, source))

    def is_graded_with(self, name: str, material: str) -> bool:
        """Whether the graded copy comes of the material with this digest."""
        return self._noted(name).get("material") == material

    def verdicts(self, name: str) -> dict[str, Verdict]:
        """The verdicts in the graded copy by graded cell, as far as they can be read."""
        found: dict[str, Verdict] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            for cell in nbformat.read(self.graded_folder / f"{name}.ipynb", as_version=4).cells:
                if "dnnkit" in cell.metadata:
                    found[grade_id(cell) or ""] = Verdict.from_dict(cell.metadata["dnnkit"]["verdict"])
        return found

    def _noted(self, name: str) -> dict[str, Any]:
        """What `Work.finish` noted in the graded copy; nothing where there is none, or somebody damaged it."""
        try:
            noted = json.loads((self.graded_folder / f"{name}.ipynb").read_text("utf-8"))["metadata"]["dnnkit"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def prepare(self, name: str, source: list[SourceCell], prose: Collection[str] = frozenset()) -> Work:
        """Read and rebuild one notebook; what cannot be read becomes a notebook without answers and a problem."""
        file = self._file(name, source)
        digest = content_digest(file)  # before reading: of what is exchanged in between the new version is graded too
        try:
            if os.path.islink(self.folder):
                raise Unreadable("The folder is a link, so nothing in it was read.")
            return Work(name, source, rebuild(read(file), source, prose), digest)
        except Unreadable as unreadable:
            problem = str(unreadable)
        except Exception as error:  # one that nobody foresaw must not stop the class
            problem = f"Reading it failed unexpectedly ({type(error).__name__}). Look at it by hand."
        return Work(name, source, rebuild(new_notebook(), source, prose), digest, problem)

    def write(self, works: Iterable[Work]) -> None:
        """Write the graded copy: notebooks, time, pictures; nothing else of what was handed in."""
        self.graded_folder.mkdir(parents=True, exist_ok=True)
        for file in self._files():
            if file.suffix.lower() in PICTURES or file.name == "timestamp.txt":
                with contextlib.suppress(Unreadable):
                    (self.graded_folder / file.name).write_bytes(read_bytes(file))
        for work in works:
            write(work.rebuilt, self.graded_folder / f"{work.name}.ipynb")

    def _file(self, name: str, source: list[SourceCell]) -> Path:
        """The file of the notebook `name`; where it is missing, a renamed one that has its grade ids."""
        file = self.folder / f"{name}.ipynb"
        if os.path.lexists(file):
            return file
        wanted = {cell.name for cell in source}
        for other in [other for other in self._files() if other.suffix == ".ipynb"]:
            with contextlib.suppress(Exception):  # what cannot be read is not the one
                if wanted & {grade_id(cell) for cell in read(other).cells}:
                    return other
        return file

    def _files(self) -> list[Path]:
        """What is in the folder, by name; nothing where that is a link or may not be looked into."""
        with contextlib.suppress(OSError):
            return [] if self.folder.is_symlink() else sorted(self.folder.iterdir())
        return []


def submissions(course: Course, assignment: str, student: str | None = None) -> list[Submission]:
    """What was handed in for an assignment, by student name; of those that `student` means, where it is given.

    Raises CourseError where a folder's name is not UTF-8, as after unpacking an archive made elsewhere.
    """
    folders = sorted(filter(_is_folder, (each / assignment for each in course.folder("submitted").glob("*"))))
    for name in (folder.parent.name for folder in folders):
        if os.fsencode(name).decode("utf-8", "replace") != name:
            raise CourseError(
                f"{course.folder('submitted')} has a folder {os.fsencode(name)!r}, whose name is not UTF-8 and cannot "
                "stand in the gradebook. Rename it to the student's id, then try again."
            )
    found = [Submission(course, assignment, folder.parent.name) for folder in folders]
    return [submission for submission in found if is_meant(submission.student, student)]


def is_meant(student: str, chosen: str | None) -> bool:
    """Whether a student is the chosen one, or one of those that a pattern such as a* chooses, or all are.

    >>> is_meant("ada", "a*"), is_meant("ada", "eve"), is_meant("ada", None)
    (True, False, True)
    """
    return chosen in (None, student) or fnmatchcase(student, str(chosen))


def _is_folder(path: Path) -> bool:
    """Whether there is such a folder, or may be: what cannot be looked into is told, not passed over."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def _untouched(cell: NotebookNode | None, released: SourceCell) -> bool:
    return cell is None or cell.source.strip() == released.source.strip()
