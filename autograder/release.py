"""Release: the student's notebook out of the instructor's, and the bundle that students download."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from autograder.course import Course
from autograder.grading import check_source
from autograder.notebook import grade_id
from dnnkit.errors import CourseError

__all__ = ["build_wheel", "release"]

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
            _refuse_changed_cells(gradebook, course, assignment)
        for assignment in assignments:
            _generate(course, assignment)
    return bundle(course)


def _generate(course: Course, assignment: str) -> None:
    config = course.config
    config.CourseDirectory.assignment_id = assignment
    converter = GenerateAssignment(coursedir=type(course.coursedir)(config=config), config=config)
    converter.force = True
    try:
        converter.start()
    except (NbGraderException, RuntimeError, ValueError) as error:
        raise CourseError(f"{assignment} cannot be released: {error}") from error


def _refuse_changed_cells(gradebook: Gradebook, course: Course, assignment: str) -> None:
    """Raises CourseError where cells came or went since submissions exist: their marks would be lost."""
    for name, source in course.sources(assignment).items():
        try:
            entry = gradebook.find_notebook(name, assignment)
        except MissingEntry:
            continue
        if not entry.submissions:
            continue
        now = {grade_id(cell) or "" for cell in source.cells if _is_kept(cell.metadata.get("nbgrader", {}))}
        before = {cell.name for cell in entry.source_cells}
        if now != before:
            added = f" added: {', '.join(sorted(now - before))}." if now - before else ""
            removed = f" removed: {', '.join(sorted(before - now))}." if before - now else ""
            raise CourseError(
                f"{assignment} has {len(entry.submissions)} graded submissions, and its cells changed since:{added}"
                f"{removed} Put the cells back (texts and points may change), or release the new notebook as an "
                "assignment of another name."
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
        shutil.copytree(course.folder("release"), room / "notebooks")
        wheel = build_wheel(room)
        text = (REPOSITORY / "docs" / "student_readme.md").read_text("utf-8")
        (room / "README.md").write_text(text.replace("WHEEL", wheel.name), "utf-8")
        environment = (REPOSITORY / "environment.yml").read_text("utf-8")
        (room / "environment.yml").write_text(environment.replace("-e .\n", f"./{wheel.name}\n"), "utf-8")
        unfinished = target.with_suffix(".part")
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path for path in room.rglob("*") if path.is_file()):
                info = zipfile.ZipInfo(str(file.relative_to(folder)), FIXED_TIME)
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
        unfinished.replace(target)
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
