"""Release: the student's notebook out of the instructor's, and the bundle that students download."""

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import DatabaseError

from autograder.course import Course
from autograder.nbgrader_bridge import Generate
from autograder.notebook import grade_id
from autograder.source_check import check_source
from autograder.whole import whole
from dnnkit.errors import CourseError

__all__ = ["build_wheel", "refuse_changed_cells", "release"]

REPOSITORY = Path(__file__).parents[1]
FIXED_TIME = (2026, 1, 1, 0, 0, 0)  # so that the same course gives the same bundle


def release(course: Course, assignments: list[str]) -> Path:
    """Make the released notebooks, record their cells in the gradebook, and zip the student bundle.

    Returns the bundle's path. Raises CourseError where a source notebook cannot be released as it is; nothing of
    the gradebook is changed then.
    """
    for assignment in assignments:
        course.require_assignment(assignment)
        for source in course.sources(assignment).values():
            check_source(source, assignment, course.seed)
    with course.gradebook() as gradebook:
        for assignment in assignments:
            refuse_changed_cells(gradebook, course, assignment)
        for assignment in assignments:
            _generate(course, assignment)
    return bundle(course)


def _generate(course: Course, assignment: str) -> None:
    config = course.config
    config.CourseDirectory.assignment_id = assignment
    converter = Generate(coursedir=type(course.coursedir)(config=config), config=config)
    converter.force = True
    converter.log.setLevel(logging.CRITICAL)
    try:
        with _kept_on_failure(course.folder("release", assignment)):
            converter.start()
    except NbGraderException as error:
        failure = converter.failure or error
        if isinstance(failure, DatabaseError):
            raise failure from error
        reason = str(failure.__context__ or failure).split("\n")[0]
        raise CourseError(f"{assignment} cannot be released: {reason}") from failure


@contextlib.contextmanager
def _kept_on_failure(folder: Path) -> Iterator[None]:
    """Put the folder back as it was where something is raised."""
    with tempfile.TemporaryDirectory() as safe:
        copy = Path(safe) / "copy"
        if folder.is_dir():
            shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            if copy.is_dir():
                shutil.copytree(copy, folder)
            raise


def refuse_changed_cells(gradebook: Gradebook, course: Course, assignment: str) -> None:
    """Raises CourseError where notebooks or cells came or went since submissions exist: their marks would be lost."""
    try:
        entry = gradebook.find_assignment(assignment)
    except MissingEntry:
        return
    graded, sources = len(entry.submissions), course.sources(assignment)
    if not graded:
        return
    notebooks = {notebook.name: notebook for notebook in entry.notebooks}
    _refuse_change(assignment, graded, "notebooks", notebooks.keys(), sources.keys())
    for name, source in sources.items():
        now = {grade_id(cell) or "" for cell in source.cells if _is_kept(cell.metadata.get("nbgrader", {}))}
        _refuse_change(assignment, graded, "cells", {cell.name for cell in notebooks[name].source_cells}, now)


def _refuse_change(assignment: str, graded: int, what: str, before: Set[str], now: Set[str]) -> None:
    if now != before:
        added = f" added: {', '.join(sorted(now - before))}." if now - before else ""
        removed = f" removed: {', '.join(sorted(before - now))}." if before - now else ""
        raise CourseError(
            f"{assignment} has {graded} graded submissions, and its {what} changed since:{added}{removed} Put the "
            f"{what} back (texts and points may change), or release the new notebook as an assignment of another name."
        )


def _is_kept(marks: dict[str, Any]) -> bool:
    """Whether nbgrader keeps a cell with these marks in the gradebook."""
    return any(marks.get(kind) for kind in ("grade", "solution", "locked", "task"))


def bundle(course: Course) -> Path:
    """Zip what students get: every released notebook, the package, environment.yml and a README."""
    target = course.root / "bundle" / "dnnkit-course.zip"
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder) / "dnnkit-course"
        shutil.copytree(
            course.folder("release"), room / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
        wheel = build_wheel(room)
        text = (REPOSITORY / "docs" / "students.md").read_text("utf-8")
        (room / "README.md").write_text(text.replace("WHEEL", wheel.name), "utf-8")
        environment = (REPOSITORY / "environment.yml").read_text("utf-8")
        (room / "environment.yml").write_text(environment.replace("-e .\n", f"./{wheel.name}\n"), "utf-8")
        with whole(target) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path for path in room.rglob("*") if path.is_file()):
                info = zipfile.ZipInfo(str(file.relative_to(folder)), FIXED_TIME)
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return target


def build_wheel(folder: Path) -> Path:
    """Build the wheel that students install into `folder`, without a network. Raises CourseError if that fails."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    made = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"},
        capture_output=True,
        text=True,
    )
    wheels = sorted(folder.glob("dnnkit-*.whl"))
    if made.returncode or not wheels:
        raise CourseError(f"The student package could not be built from {REPOSITORY}:\n{made.stderr.strip()}")
    return wheels[-1]
