"""Feedback: what a student gets back, one HTML file for each notebook, which runs no script and loads nothing.

A page has marks and comments from the gradebook, verdicts and hints from the graded copy, and the student's own code,
answers and outputs, all of which is untrusted text. Nothing of a hidden case, a mark scheme or a test is in it.
"""

import contextlib
import os
from pathlib import Path

import nbformat
from jinja2 import UndefinedError
from nbgrader.preprocessors import ClearMarkScheme

from autograder import pages
from autograder.course import Course
from autograder.feedback.marks import Marks, read_marks
from autograder.feedback.sections import sections
from autograder.notebook import Unreadable, grade_id, read_bytes
from autograder.progress import Progress, no_progress
from autograder.submissions import is_meant
from dnnkit.errors import CourseError

__all__ = ["feedback"]

# nbgrader's release_feedback looks for these beside the pages
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")
MAX_EXCHANGE_BYTES = 10_000


def feedback(
    course: Course,
    assignment: str,
    student: str | None = None,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the feedback pages of an assignment, feedback/<student>/<assignment>/<notebook>.html; returns their paths.

    `progress` is told how many of how many pages are done. Raises CourseError where nothing is graded, and in the end
    where a graded copy is damaged or another version's; all other pages are written then.
    """
    course.require_assignment(assignment)
    graded = sorted(course.folder("autograded").glob(f"*/{assignment}/*.ipynb"))
    chosen = [file for file in graded if is_meant(file.parts[-3], student)]
    if not chosen:
        whom = "" if student is None else f" of {student!r}"
        raise CourseError(f"Nothing is graded yet{whom} for {assignment!r}: run `autograder grade {assignment}` first.")
    given = {
        name: {cell.source for cell in source.cells if not cell.metadata.get("nbgrader")}
        for name, source in course.sources(assignment).items()
    }
    clear, written, unusable = ClearMarkScheme(config=course.config), [], []
    progress(0, len(chosen))
    with course.gradebook() as gradebook:
        for done, file in enumerate(chosen, 1):
            folder = course.folder("feedback", assignment, file.parts[-3])
            marks = read_marks(gradebook, assignment, file.parts[-3], file.stem)
            try:
                page = _page(file, marks, given.get(file.stem, set()), clear)
            except _Unusable:
                unusable.append(file.parts[-3])
            else:
                pages.write(page, folder / f"{file.stem}.html")
                _copy_exchange_files(course.folder("submitted", assignment, file.parts[-3]), folder)
                written.append(folder / f"{file.stem}.html")
            progress(done, len(chosen))
    if unusable:
        one = f" --student {unusable[0]}" if len(unusable) == 1 else ""
        raise CourseError(
            f"No page for {', '.join(unusable)}: the graded copy is damaged or was made by another version. "
            f"Run `autograder grade {assignment}{one} --force`, then this again."
        )
    return written


class _Unusable(Exception):
    """A graded copy cannot be read, or lacks what a page is made of."""


def _page(file: Path, marks: Marks, given: set[str], clear: ClearMarkScheme) -> str:
    """The page of the graded copy autograded/<student>/<assignment>/<notebook>.ipynb. Raises _Unusable."""
    student, assignment = file.parts[-3:-1]
    try:
        notebook = nbformat.read(file, as_version=4)
    except Exception as error:  # nbformat lets many kinds through
        raise _Unusable from error
    try:
        for cell in notebook.cells:
            if grade_id(cell) and cell.metadata.nbgrader.locked:
                clear.preprocess_cell(cell, {}, 0)
        found, rest = sections(notebook, marks, given, file.parent)
        return pages.render(
            "feedback/page.html.j2",
            assignment=assignment,
            notebook=file.stem,
            student=student,
            marks=marks,
            problem=notebook.metadata.dnnkit.problem,
            sections=found,
            rest=rest,
        )
    except (LookupError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        raise _Unusable from error


def _copy_exchange_files(submitted: Path, folder: Path) -> None:
    """Copy what nbgrader's exchange needs to hand a page back, where it was handed in through the exchange."""
    for name in () if os.path.islink(submitted) else EXCHANGE_FILES:
        with contextlib.suppress(Unreadable):
            text = read_bytes(submitted / name)
            if len(text) <= MAX_EXCHANGE_BYTES:
                (folder / name).write_bytes(text)
