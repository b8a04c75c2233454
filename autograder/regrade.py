"""Regrading: the marks of graded submissions anew, after the notebook, a hidden test or the seed has changed.

Everything is judged before anything is written, so that an instructor sees first who gets what, and why.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nbgrader.api import Gradebook
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder import engine
from autograder import gradebook as scores
from autograder.course import Course
from autograder.engine import Judged
from autograder.gradebook import Mark, Marks
from autograder.judge import GroupVerdict, Verdict
from autograder.material import Material
from autograder.notebook import SourceCell, grade_id
from autograder.outputs import number
from autograder.progress import Progress, no_progress
from autograder.release import refuse_changed_cells
from autograder.submissions import submissions
from dnnkit.errors import CourseError

__all__ = ["Change", "Regraded", "changes_table", "refuse_unreleased", "regrade", "write"]


@dataclass(frozen=True)
class Change:
    """What regrading makes of one mark, and why."""

    cell: str
    before: Mark
    after: Mark
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Regraded:
    """A submission judged anew and not written yet. `changes` has the cells whose mark changes, or would but for a
    person's mark."""

    judged: Judged
    before: float
    after: float
    changes: tuple[Change, ...]

    @property
    def student(self) -> str:
        return self.judged.submission.student


def regrade(
    course: Course,
    assignment: str,
    student: str | None = None,
    jobs: int = 1,
    progress: Progress = no_progress,
    scheduler: str | None = None,
    unconfined: bool = False,
) -> list[Regraded]:
    """Judge again what is graded, here or on a Dask cluster, by student; writes nothing.

    What was handed in since it was graded is left to `autograder grade`. Raises CourseError where nothing is graded,
    or the source notebook is not the released one.
    """
    with course.gradebook() as gradebook:
        material = Material.of(gradebook, course, assignment)
        refuse_changed_cells(gradebook, course, assignment)
        refuse_unreleased(material)
        found = submissions(course, assignment, student)
        todo = [submission for submission in found if engine.is_graded(gradebook, submission, material)]
        if not todo:
            whom = f" of {student!r}" if student else ""
            raise CourseError(
                f"Nothing is graded yet{whom} for {assignment!r}, or something newer was handed in: "
                f"run `autograder grade {assignment}` first."
            )
        judged = engine.judge(course, material, todo, jobs, progress, scheduler, unconfined)
        regraded = [_compared(gradebook, course, found) for found in judged]
    return sorted(regraded, key=lambda found: found.student)


def write(course: Course, regraded: list[Regraded]) -> None:
    """Write the new marks, one transaction for each submission. Manual marks and comments stay."""
    with course.gradebook() as gradebook:
        for found in regraded:
            engine.record(gradebook, course, found.judged)


def refuse_unreleased(material: Material) -> None:
    """Raises CourseError where a graded or locked cell of the source is not as it was released."""
    changed: list[str] = []
    for name, source in material.sources.items():
        released = {cell.name: cell for cell in material.released[name]}
        for cell in source.cells:
            marks = cell.metadata.get("nbgrader", {})
            before = released.get(grade_id(cell) or "")
            if before is None:
                continue
            points = float(marks["points"]) if marks.get("grade") else None
            if points != before.points:
                changed.append(f"{before.name} (points)")
            elif before.locked and cell.source != before.source:
                changed.append(f"{before.name} (text)")
    if changed:
        raise CourseError(
            f"The source notebook of {material.assignment!r} has changed since it was released: {', '.join(changed)}. "
            f"Release it first with `autograder release {material.assignment}`, then regrade."
        )


def _compared(gradebook: Gradebook, course: Course, judged: Judged) -> Regraded:
    submission = judged.submission
    before = scores.marks(gradebook.find_submission(submission.assignment, submission.student))
    after = scores.preview(gradebook, judged.scores(), course.config)
    return Regraded(judged, before.total, after.total, tuple(_changes(judged, before, after)))


def _changes(judged: Judged, before: Marks, after: Marks) -> Iterator[Change]:
    for work in judged.works:
        old, new = judged.submission.verdicts(work.name), judged.graded[work.name].verdicts
        for cell in work.source:
            if (work.name, cell.name) not in before.cells:
                continue
            was, now = before.cells[work.name, cell.name], after.cells[work.name, cell.name]
            if (was.counts, was.automatic) != (now.counts, now.automatic) or _too_high(now):
                yield Change(cell.name, was, now, tuple(_reasons(cell, now, old.get(cell.name), new.get(cell.name))))


def _too_high(mark: Mark) -> bool:
    return mark.manual is not None and mark.manual > mark.points


def _reasons(cell: SourceCell, now: Mark, old: Verdict | None, new: Verdict | None) -> Iterator[str]:
    if old is not None and cell.points is not None and old.points not in (0.0, cell.points):
        yield f"worth {number(cell.points)} points, was {number(old.points)}"
    yield from _group_reasons(old, new)
    if now.manual is not None:
        yield f"the {number(now.manual)} given by hand stays, and waits to be looked at again"
    if _too_high(now):
        yield f"which is more than the {number(now.points)} points that there are"


def _group_reasons(old: Verdict | None, new: Verdict | None) -> Iterator[str]:
    """What became of each group of cases whose outcome is another one."""
    before = {group.name: group for group in old.groups} if old else {}
    after = {group.name: group for group in new.groups} if new else {}
    for name in dict.fromkeys([*before, *after]):
        if (was := _told(before.get(name))) != (now := _told(after.get(name))):
            yield f"{name}: {now} (was: {was})"


def _told(group: GroupVerdict | None) -> str:
    if group is None:
        return "not asked"
    return group.reason or ("right" if group.earned == group.points else f"{number(group.earned)} points")


def changes_table(assignment: str, regraded: list[Regraded]) -> Group:
    """Who changes and by how much, a line for each mark and one for the total; below it the reasons, by number."""
    table = Table("student", "item", "before", "after", "why", title=f"{assignment}, regraded")
    numbers: dict[tuple[str, ...], int] = {}
    for found in regraded:
        for change in found.changes:
            reason = numbers.setdefault((change.cell, *change.reasons), len(numbers) + 1)
            marks = (number(change.before.counts), number(change.after.counts))
            table.add_row(escape(found.student), escape(change.cell), *marks, str(reason))
        if found.changes or found.before != found.after:
            why = "" if found.changes else "late penalty"
            total = (number(found.before), number(found.after), why)
            table.add_row(escape(found.student), "total", *total, end_section=True)
    lines = (f"{why}  {cell}: " + "\n   ".join(reasons) for (cell, *reasons), why in numbers.items())
    return Group(table, Text("\n".join(lines)))
