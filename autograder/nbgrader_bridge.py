"""Where this autograder leans on nbgrader's insides: everything of that kind stands here, and nowhere else.

`configure` is called by the nbgrader_config.py of a course directory, so whatever reads that file (the nbgrader
commands, formgrader) releases through the pipeline named here, autogrades through `autograder.engine` and gives
feedback through `autograder.feedback`. nbgrader has a list of preprocessors for release, and it is used. For
autograding its list cannot do what a hostile class needs (a folder without a notebook, a link, one transaction), and
for feedback it ends in a page with scripts from the network; there the converter classes themselves are replaced, in
the modules that use them.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generatefeedbackapp
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveCells,
)
from traitlets.config import Config

from autograder.course import Course
from dnnkit.errors import DnnkitError

__all__ = ["CourseAutograde", "CourseFeedback", "configure"]

STUB = 'raise NotImplementedError("TODO: your code goes here")  # delete this line'


def configure(config: Config, config_file: str) -> None:
    """Set up nbgrader for the course directory that holds `config_file`."""
    course = Course.open(Path(config_file).resolve().parent)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = course.name
    # said here, so that an option of the whole machine does not lead this course into another one's gradebook
    config.CourseDirectory.db_url = f"sqlite:///{course.root / 'gradebook.db'}"
    config.ClearSolutions.code_stub = {"python": STUB}
    # rubrics stand in locked cells in front of the answer, not in task cells
    config.ClearMarkScheme.enforce_metadata = False
    config.GenerateAssignment.preprocessors = [
        StripMetadata,
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ComputeChecksums,
        SaveCells,
        ClearHiddenTests,
        ClearMarkScheme,
        ComputeChecksums,
        CheckCellMetadata,
    ]
    nbgrader.apps.autogradeapp.Autograde = CourseAutograde
    nbgrader.apps.api.Autograde = CourseAutograde
    nbgrader.apps.generatefeedbackapp.GenerateFeedback = CourseFeedback
    nbgrader.apps.api.GenerateFeedback = CourseFeedback


class StripMetadata(NbGraderPreprocessor):
    """Leave in a released notebook only what nbgrader and the course need: no widget state, no editor's notes."""

    def preprocess(self, nb, resources):
        nb.metadata = {key: nb.metadata[key] for key in ("kernelspec", "language_info") if key in nb.metadata}
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, cell_index):
        cell.metadata = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        return cell, resources


class CourseAutograde(Autograde):
    """nbgrader's Autograde with the engine in place of its kernels."""

    def start(self) -> None:
        from autograder import engine  # it imports nbgrader's api, which is being patched while this module loads

        directory = self.coursedir
        with plain_problems(self):
            course = Course.open(Path(directory.root))
            results = engine.grade(course, directory.assignment_id, chosen_student(directory), self.force)
        for result in results:
            for problem in result.problems:
                self.log.warning("%s: %s", result.student, problem)
        self.log.info("Graded %d submissions of %s", len(results), directory.assignment_id)


class CourseFeedback(GenerateFeedback):
    """nbgrader's GenerateFeedback with our pages in place of its own."""

    def start(self) -> None:
        from autograder.feedback import feedback  # as in CourseAutograde

        directory = self.coursedir
        with plain_problems(self):
            course = Course.open(Path(directory.root))
            written = feedback(course, directory.assignment_id, chosen_student(directory))
        self.log.info("Wrote %d feedback pages of %s", len(written), directory.assignment_id)


def chosen_student(directory: CourseDirectory) -> str | None:
    """The student that a command of nbgrader's is for, None for all."""
    return None if directory.student_id == "*" else directory.student_id


@contextlib.contextmanager
def plain_problems(converter: BaseConverter) -> Iterator[None]:
    """Turn the errors of this project into nbgrader's, said in its log."""
    try:
        yield
    except DnnkitError as error:
        converter.log.error("%s", error)
        raise NbGraderException(str(error)) from error
