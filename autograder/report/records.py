"""What a report is made of: the marks of the gradebook and the verdicts of the graded copies, as plain records."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Notebook, SubmittedAssignment

from autograder.course import Course
from autograder.gradebook import released
from autograder.judge import Verdict
from autograder.notebook import grade_id
from autograder.submissions import submissions as handed_in_for
from dnnkit.errors import CourseError

__all__ = ["CellError", "ClassRecord", "GradedCopy", "Item", "Key", "Mark", "Submission", "read_class"]

Key = tuple[str, str]
"""A cell: the name of its notebook and nbgrader's id in there."""


@dataclass(frozen=True)
class Item:
    """A graded cell. `answers` are the student's cells that it grades: those since the graded cell before it."""

    key: Key
    points: float
    written: bool
    answers: tuple[Key, ...]


@dataclass(frozen=True)
class Mark:
    """`score` is None until a person gives one; `waits` asks a person to look, also again at a mark that is there.

    `blank` is an answer that stands as it was released, or could not be read.
    """

    score: float | None
    waits: bool = False
    blank: bool = False


@dataclass(frozen=True)
class CellError:
    """An error that a cell of the student's own raised when it was shown, or that ended it."""

    cell: str
    name: str
    text: str


@dataclass(frozen=True)
class GradedCopy:
    """What grading noted in the notebooks of one submission. `problem` says why a file could not be read."""

    verdicts: Mapping[Key, Verdict] = field(default_factory=dict)
    seconds: Mapping[Key, float] = field(default_factory=dict)
    texts: Mapping[Key, str] = field(default_factory=dict)
    errors: tuple[CellError, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Submission:
    """One student's marks with the late penalty, and what grading noted."""

    student: str
    marks: Mapping[Key, Mark]
    penalty: float = 0.0
    seconds_late: float = 0.0
    copy: GradedCopy = field(default_factory=GradedCopy)

    @property
    def blank(self) -> bool:
        """Whether nothing at all was answered."""
        return all(mark.blank for mark in self.marks.values())

    @property
    def score(self) -> float:
        """Points less the penalty, never below 0; what waits for its first mark counts nothing yet."""
        return max(0.0, sum(mark.score or 0.0 for mark in self.marks.values()) - self.penalty)


@dataclass(frozen=True)
class ClassRecord:
    """Everything about one assignment.

    `missing` handed nothing in, `ungraded` handed in what is not graded yet. `known` has the texts of cells that
    everybody saw or is led to: the stub and the instructor's own answer.
    """

    assignment: str
    items: tuple[Item, ...]
    submissions: tuple[Submission, ...]
    missing: tuple[str, ...] = ()
    ungraded: tuple[str, ...] = ()
    known: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)


def read_class(course: Course, assignment: str) -> ClassRecord:
    """Read an assignment. Raises CourseError where it is unknown or not released, or nothing in it is graded."""
    course.require_assignment(assignment)
    sources = course.sources(assignment)
    with course.gradebook() as gradebook:
        notebooks = sorted(released(gradebook, assignment).notebooks, key=lambda notebook: notebook.name)
        items = tuple(item for notebook in notebooks for item in _items(notebook, sources.get(notebook.name)))
        submissions = tuple(_submission(course, items, s) for s in gradebook.assignment_submissions(assignment))
        stubs = {(notebook.name, cell.name): cell.source for notebook in notebooks for cell in notebook.source_cells}
        enrolled = {student.id for student in gradebook.students}
    if not items:
        raise CourseError(f"No cell of {assignment!r} gives points, so there is nothing to report.")
    if not submissions:
        raise CourseError(f"Nothing is graded yet for {assignment!r}: run `autograder grade {assignment}` first.")
    graded = {submission.student for submission in submissions}
    handed_in = {submission.student for submission in handed_in_for(course, assignment)}
    own = {(n, grade_id(cell) or ""): cell.source for n, source in sources.items() for cell in source.cells}
    return ClassRecord(
        assignment=assignment,
        items=items,
        submissions=tuple(sorted(submissions, key=lambda submission: submission.student)),
        missing=tuple(sorted(enrolled - graded - handed_in)),
        ungraded=tuple(sorted(handed_in - graded)),
        known={key: (stub, own.get(key, "")) for key, stub in stubs.items()},
    )


def _items(notebook: Notebook, source: NotebookNode | None) -> Iterator[Item]:
    """The graded cells of a notebook in the order of its source; last those that have left it since the release."""
    graded = {cell.name: cell for cell in (*notebook.grade_cells, *notebook.task_cells)}
    solutions = {cell.name for cell in notebook.solution_cells}
    order = [name for cell in (source.cells if source else ()) if (name := grade_id(cell))]
    answers: list[Key] = []
    for name in dict.fromkeys([*order, *sorted(graded)]):
        key = (notebook.name, name)
        if name not in graded:
            answers += [key] if name in solutions else []
        elif graded[name].cell_type == "markdown":
            yield Item(key, float(graded[name].max_score), True, (key,))
        else:
            yield Item(key, float(graded[name].max_score), False, tuple(answers))
            answers = []


def _submission(course: Course, items: tuple[Item, ...], entry: SubmittedAssignment) -> Submission:
    student, assignment = entry.student.id, entry.assignment.name
    comments = {(n.name, comment.name): comment for n in entry.notebooks for comment in n.comments}
    blank = {key for key, comment in comments.items() if comment.auto_comment}
    grades = {(notebook.name, grade.name): grade for notebook in entry.notebooks for grade in notebook.grades}
    copy = read_copy(course.folder("autograded", assignment, student), [n.name for n in entry.notebooks])
    marks = {}
    for item in items:
        if (grade := grades.get(item.key)) is not None:
            scored = grade.manual_score is not None or grade.auto_score is not None
            untouched = bool(item.answers) and blank.issuperset(item.answers)
            unread = not item.written and item.key not in copy.verdicts
            score = float(grade.score) if scored else None
            marks[item.key] = Mark(score, bool(grade.needs_manual_grade), untouched or unread)
    return Submission(
        student=student,
        marks=marks,
        penalty=float(entry.late_submission_penalty or 0.0),
        seconds_late=float(entry.total_seconds_late),
        copy=copy,
    )


def read_copy(folder: Path, notebooks: list[str]) -> GradedCopy:
    """What the graded notebooks in a folder say; one that is not there or is damaged says only that."""
    verdicts: dict[Key, Verdict] = {}
    seconds: dict[Key, float] = {}
    texts: dict[Key, str] = {}
    errors: list[CellError] = []
    problems: list[str] = []
    for name in sorted(notebooks):
        try:
            notebook = json.loads((folder / f"{name}.ipynb").read_text("utf-8"))
            problems.append(notebook["metadata"]["dnnkit"]["problem"])
            for number, cell in enumerate(notebook["cells"], 1):
                metadata = cell["metadata"]
                key = (name, metadata.get("nbgrader", {}).get("grade_id", ""))
                if noted := metadata.get("dnnkit"):
                    verdicts[key], seconds[key] = Verdict.from_dict(noted["verdict"]), float(noted["seconds"])
                elif "explore" not in metadata.get("tags", []):
                    texts[key] = "".join(cell["source"])
                    errors += _errors(cell, key[1] or f"cell {number}")
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            problems.append(f"There is no readable graded copy of {name}: grade it again with --force.")
    return GradedCopy(verdicts, seconds, texts, tuple(errors), " ".join(filter(None, problems)))


def _errors(cell: dict[str, Any], name: str) -> list[CellError]:
    found = [output for output in cell.get("outputs", []) if output.get("output_type") == "error"]
    return [CellError(name, str(output["ename"]), str(output["evalue"])) for output in found]
