"""The only place that writes scores into nbgrader's database: one submission, one transaction."""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from traitlets.config import Config

from autograder.nbgrader_bridge import LatePenalties, one_transaction
from autograder.notebook import SourceCell, grade_id
from dnnkit.errors import CourseError

__all__ = [
    "GradedSubmission",
    "Mark",
    "Marks",
    "NotebookScores",
    "final_score",
    "is_recorded",
    "marks",
    "preview",
    "record",
    "released",
    "source_cells",
]


@dataclass
class NotebookScores:
    """What grading found for one notebook.

    `scores` has the points of every graded cell, None where a person has to grade; `unanswered` names the
    student's cells that are as they were released.
    """

    scores: dict[str, float | None]
    unanswered: set[str] = field(default_factory=set)
    resubmitted: bool = False


@dataclass(frozen=True)
class GradedSubmission:
    """What grading found for one submission, by notebook. Without a `timestamp` it was handed in in time."""

    assignment: str
    student: str
    timestamp: datetime | None
    notebooks: dict[str, NotebookScores]


@dataclass(frozen=True)
class Mark:
    """The mark of one graded cell: what counts, what grading found, what a person gave, what there is to earn."""

    counts: float
    automatic: float | None
    manual: float | None
    points: float


@dataclass(frozen=True)
class Marks:
    """The marks of one submission by notebook and graded cell, and the total that counts."""

    cells: dict[tuple[str, str], Mark]
    total: float


def final_score(submission: SubmittedAssignment) -> float:
    """The total that counts: automatic and manual marks, less the late penalty, never below 0."""
    return max(0.0, float(submission.score) - float(submission.late_submission_penalty or 0.0))


def marks(submission: SubmittedAssignment) -> Marks:
    """The marks of a submission as the gradebook has them."""
    cells = {
        (notebook.name, grade.cell.name): Mark(
            float(grade.score), grade.auto_score, grade.manual_score, float(grade.cell.max_score)
        )
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    return Marks(cells, final_score(submission))


def released(gradebook: Gradebook, assignment: str) -> Assignment:
    """The assignment in the gradebook. Raises CourseError where it was never released."""
    try:
        return gradebook.find_assignment(assignment)
    except MissingEntry as error:
        raise CourseError(
            f"The assignment {assignment!r} is not in the gradebook: release it first with "
            f"`autograder release {assignment}`."
        ) from error


def source_cells(gradebook: Gradebook, assignment: str, notebook: str, source: NotebookNode) -> list[SourceCell]:
    """The released cells of a notebook as the gradebook keeps them, in the order of the source notebook.

    Raises CourseError for a source notebook that came after the release.
    """
    try:
        entry = gradebook.find_notebook(notebook, assignment)
    except MissingEntry as error:
        raise CourseError(
            f"The notebook {notebook!r} of {assignment!r} was not released: move it out of source/, or release again "
            f"with `autograder release {assignment}`."
        ) from error
    points = {cell.name: float(cell.max_score) for cell in entry.grade_cells}
    order = {grade_id(cell): position for position, cell in enumerate(source.cells)}
    cells = [
        SourceCell(c.name, str(c.cell_type), c.source, bool(c.locked), c.checksum, points.get(c.name))
        for c in entry.source_cells
    ]
    return sorted(cells, key=lambda cell: order.get(cell.name, len(order)))


def is_recorded(gradebook: Gradebook, assignment: str, student: str) -> bool:
    """Whether the gradebook has this submission; since `record` writes it whole, it then has every score."""
    with contextlib.suppress(MissingEntry):
        gradebook.find_submission(assignment, student)
        return True
    return False


def record(gradebook: Gradebook, graded: GradedSubmission, config: Config) -> None:
    """Write the scores of one submission, all or none of them. Manual scores and comments stay."""
    with one_transaction(gradebook):
        _write(gradebook, graded, config)


def preview(gradebook: Gradebook, graded: GradedSubmission, config: Config) -> Marks:
    """The marks that `record` would make of the same; nothing is written."""
    with one_transaction(gradebook, keep=False):
        submission = _write(gradebook, graded, config)
        gradebook.db.flush()
        gradebook.db.expire_all()
        return marks(submission)


def _write(gradebook: Gradebook, graded: GradedSubmission, config: Config) -> SubmittedAssignment:
    penalties = LatePenalties(config)
    gradebook.update_or_create_student(graded.student)
    times: dict[str, Any] = {"timestamp": graded.timestamp} if graded.timestamp else {}
    with gradebook.db().no_autoflush:  # nbgrader reads the gradebook while it builds a submission
        submission = gradebook.update_or_create_submission(graded.assignment, graded.student, **times)
    for notebook in submission.notebooks:
        _record_notebook(notebook, graded.notebooks[notebook.name])
    gradebook.db.flush()
    for notebook in submission.notebooks:
        gradebook.db.refresh(notebook)
        notebook.late_submission_penalty = penalties.of(notebook, submission.total_seconds_late)
    return submission


def _record_notebook(notebook: SubmittedNotebook, found: NotebookScores) -> None:
    entry = notebook.notebook
    # all at once: asked for its cell, every grade and comment would query the database for this one
    names = {cell.id: cell.name for cell in (*entry.grade_cells, *entry.solution_cells, *entry.task_cells)}
    for grade in notebook.grades:
        score = found.scores.get(names[grade.cell_id], 0.0)
        changed = found.resubmitted or grade.auto_score != score
        if grade.manual_score is None:
            grade.needs_manual_grade = score is None
        elif changed:
            # what a person decided stays, but they are asked to look again
            grade.needs_manual_grade = True
        grade.auto_score = score
    for comment in notebook.comments:
        comment.auto_comment = "No response." if names[comment.cell_id] in found.unanswered else None
