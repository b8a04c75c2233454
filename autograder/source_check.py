"""Whether a source notebook can be graded: its own answers have to get full points, here and as a student's."""

import contextlib
from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode

from autograder import student_library
from autograder.given import Given
from autograder.grading import Cell, Grader, outcomes, points_share
from autograder.hidden import items_of
from autograder.instructor import InstructorNotebook
from autograder.items import Prepared, prepare
from autograder.judge import verdict
from autograder.lenient import accepts_empty_arrays
from autograder.notebook import grade_id
from autograder.workers.scratch import scratch
from dnnkit.check.outcome import Case, Outcome, run
from dnnkit.errors import CourseError

__all__ = ["check_source"]


def check_source(source: NotebookNode, assignment: str, seed: int) -> None:
    """Grade a source notebook's own answers.

    Raises CourseError where it does not run, where they do not get full points, or where a test gives full points to
    empty arrays.
    """
    items = {name: prepare(item, seed) for name, item in items_of(assignment).items()}
    _check_in_place(source, assignment, items)
    tests = {grade_id(cell) for cell in source.cells if _is_test(cell)}
    if tests - items.keys():  # of judge() it is known that it can be asked from afar, of other tests it is not
        _check_as_a_student_s(source, assignment, seed)


def _check_in_place(source: NotebookNode, assignment: str, items: dict[str, Prepared]) -> None:
    """Run the graded cells on the notebook's own answers, in this process."""
    instructor = InstructorNotebook(source, items)

    def judge(name: str, answer: Any) -> None:
        found = verdict(items[name], outcomes(items[name], answer, _ask))
        if found.earned < found.points:
            reasons = "; ".join(group.reason for group in found.groups if group.reason)
            raise CourseError(f"{assignment}: the notebook's own answer to {name} does not get full points: {reasons}.")

    for cell in filter(_is_test, source.cells):
        name, points = cell.metadata.nbgrader.grade_id, float(cell.metadata.nbgrader.get("points", 0))
        try:
            value = instructor.run_own(cell.source, name, judge)
        except CourseError:
            raise
        except Exception as error:  # an assertion, or a slip in the test itself
            what = f"{type(error).__name__}: {error}"
            raise CourseError(f"{assignment}: the notebook's own answer fails {name}: {what}") from error
        if points_share(value, points) < 1:
            raise CourseError(f"{assignment}: the notebook's own answer gets {value} points in {name}.")
        if name not in items and accepts_empty_arrays(instructor, cell):
            raise CourseError(
                f"{assignment}: the test {name} gives full points to empty arrays too, in which nothing can differ. "
                "Compare with np.testing.assert_allclose(answer, right), or ask for the shape as well."
            )


def _check_as_a_student_s(source: NotebookNode, assignment: str, seed: int) -> None:
    """Grade the notebook as if it had been handed in: a test sees a student's functions from another process."""
    with scratch() as folder:
        library = student_library.build(folder / "library")
        # the instructor's own code needs no confinement, which this machine may not have
        with contextlib.closing(Grader(source, assignment, seed, library, unconfined=True)) as grader:
            graded = grader.grade(_cells(source))
    for name, found in graded.verdicts.items():
        if found.earned < found.points:
            reasons = "; ".join(group.reason for group in found.groups if group.reason)
            raise CourseError(
                f"{assignment}: the notebook's own answer passes {name} here, and loses points there when it is graded "
                f"as a student's: {reasons}. A test gets copies of plain values, and works with a student's functions "
                "and objects from afar; docs/authoring.md says what it can do with them."
            )


def _cells(source: NotebookNode) -> list[Cell]:
    return [
        Cell(
            position,
            cell.source,
            grade_id(cell) or "",
            float(cell.metadata.nbgrader.get("points", 0)) if _is_test(cell) else None,
            "explore" in cell.metadata.get("tags", []),
        )
        for position, cell in enumerate(source.cells)
        if cell.cell_type == "code"
    ]


def _is_test(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and marks.get("grade") and not marks.get("solution"))


def _ask(answer: Any, case: Case, given: Sequence[Given]) -> Outcome:
    return run(answer, case)
