"""Where this autograder leans on nbgrader's insides: what is replaced there, and what is called that is not public.

Its public classes (the gradebook, the course directory, converters, preprocessors, plugins) are used where they are
needed; tests/autograder/test_nbgrader.py says what changed when one of either kind changes.

`configure` is called by the nbgrader_config.py of a course directory, so whatever reads that file (the nbgrader
commands, formgrader) releases through the pipeline named here, autogrades through `autograder.engine` and gives
feedback through `autograder.feedback`. nbgrader has a list of preprocessors for release, and it is used. For
autograding its list cannot do what a hostile class needs (a folder without a notebook, a link, one transaction), and
for feedback it ends in a page with scripts from the network; there the converter classes themselves are replaced, in
the modules that use them. nbgrader's methods write the gradebook in many small transactions, which are held back.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generatefeedbackapp
from nbgrader.api import Gradebook, SubmittedNotebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
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
from autograder.options import processes
from dnnkit.errors import CourseError, DnnkitError

__all__ = ["CourseAutograde", "CourseFeedback", "Generate", "LatePenalties", "configure", "one_transaction"]

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
            chosen, jobs = chosen_students(directory), processes(None, None)
            results = engine.grade(course, directory.assignment_id, chosen, self.force, jobs)
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
            written = feedback(course, directory.assignment_id, chosen_students(directory))
        self.log.info("Wrote %d feedback pages of %s", len(written), directory.assignment_id)


def chosen_students(directory: CourseDirectory) -> str | None:
    """The student that a command of nbgrader's is for, or a pattern such as a*, None for all.

    Raises CourseError where a notebook was chosen.
    """
    if directory.notebook_id != "*":
        raise CourseError(
            f"--notebook {directory.notebook_id} is not possible in this course, where a submission is graded whole: "
            "leave it out."
        )
    return None if directory.student_id == "*" else directory.student_id


@contextlib.contextmanager
def plain_problems(converter: BaseConverter) -> Iterator[None]:
    """Turn the errors of this project into nbgrader's, said in its log."""
    try:
        yield
    except DnnkitError as error:
        converter.log.error("%s", error)
        raise NbGraderException(str(error)) from error


class Generate(GenerateAssignment):
    """nbgrader's converter for release, which tells only its log what went wrong; this one keeps it."""

    failure: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.failure = error
            raise


class LatePenalties:
    """The course's plugin for late penalties, asked as nbgrader's preprocessor asks it."""

    def __init__(self, config: Config) -> None:
        self._preprocessor = AssignLatePenalties(config=config)
        self._preprocessor.init_plugin()

    def of(self, notebook: SubmittedNotebook, seconds_late: float) -> float | None:
        """The penalty of a notebook, between 0 and its score; None for one that came in time."""
        if seconds_late <= 0:
            return None
        plugin = self._preprocessor.plugin_inst
        penalty = plugin.late_submission_penalty(notebook.student.id, notebook.score, seconds_late)
        return None if penalty is None else self._preprocessor._check_late_penalty(notebook, penalty)


@contextlib.contextmanager
def one_transaction(gradebook: Gradebook, keep: bool = True) -> Iterator[None]:
    """Hold back the commits that nbgrader's own methods make; at the end commit once, or take it all back."""
    session = gradebook.db()
    commit = session.commit
    session.commit = session.flush
    try:
        yield
        if keep:
            commit()
        else:
            session.rollback()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.commit = commit
