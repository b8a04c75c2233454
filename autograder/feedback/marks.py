"""What the gradebook says about one notebook of a submission, read once and kept."""

from dataclasses import dataclass

from nbgrader.api import Grade, Gradebook, MissingEntry

from dnnkit.errors import CourseError

__all__ = ["Mark", "Marks", "read_marks"]


@dataclass(frozen=True)
class Mark:
    """The points of one graded item. `automatic` and `by_hand` are None where there is no such score."""

    earned: float
    most: float
    automatic: float | None
    by_hand: float | None
    extra: float
    waits: bool

    @property
    def share(self) -> float:
        """The part of the points that was earned, for a bar: 0 to 1."""
        return min(max(self.earned / self.most, 0.0), 1.0) if self.most else 1.0


@dataclass(frozen=True)
class Marks:
    """The marks of a submission: the whole, and item by item those of one notebook.

    `comments` are a person's, by name of the student's cell; `released` has the text of each such cell as it was
    handed out.
    """

    student: str
    earned: float
    most: float
    penalty: float
    seconds_late: float
    items: dict[str, Mark]
    comments: dict[str, str]
    released: dict[str, str]

    @property
    def total(self) -> float:
        """What counts: the points less the penalty, at least 0, as nbgrader exports it."""
        return max(0.0, self.earned - self.penalty)

    @property
    def waiting(self) -> list[str]:
        """The items that a person has to look at."""
        return [name for name, mark in self.items.items() if mark.waits]


def read_marks(gradebook: Gradebook, assignment: str, student: str, notebook: str) -> Marks:
    """Read the marks of one notebook. Raises CourseError where the gradebook has none."""
    try:
        submission = gradebook.find_submission(assignment, student)
        entry = gradebook.find_submission_notebook(notebook, assignment, student)
        released = gradebook.find_notebook(notebook, assignment).source_cells
    except MissingEntry as error:
        raise CourseError(
            f"The gradebook has no marks of {student!r} for {notebook!r}: run `autograder grade {assignment} --force`."
        ) from error
    names = filter(None, (submission.student.first_name, submission.student.last_name))
    return Marks(
        student=" ".join(names) or student,
        earned=float(submission.score),
        most=float(submission.max_score),
        penalty=float(submission.late_submission_penalty),
        seconds_late=float(submission.total_seconds_late),
        items={grade.cell.name: _mark(grade) for grade in entry.grades},
        comments={comment.cell.name: comment.manual_comment for comment in entry.comments if comment.manual_comment},
        released={cell.name: cell.source for cell in released},
    )


def _mark(grade: Grade) -> Mark:
    return Mark(
        earned=float(grade.score),
        most=float(grade.max_score),
        automatic=grade.auto_score,
        by_hand=grade.manual_score,
        extra=float(grade.extra_credit or 0.0),
        waits=bool(grade.needs_manual_grade),
    )
