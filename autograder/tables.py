"""What the command line shows: a progress bar, the table of marks, what a run came to."""

import contextlib
from collections.abc import Callable, Iterator, Sized

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from autograder.collect import Collected
from autograder.course import Course
from autograder.engine import Result
from autograder.gradebook import final_score
from autograder.notebook import grade_id
from autograder.outputs import number
from autograder.submissions import is_meant

__all__ = ["collected_table", "counted", "graded_line", "marks_table", "progress_bar", "summary"]


def counted(things: Sized, name: str) -> str:
    """How many there are: "1 page", "2 pages"."""
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


@contextlib.contextmanager
def progress_bar(console: Console, title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the remaining time; yields the function that is told how many of how many are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None)
        try:
            yield lambda done, total: bar.update(task, completed=done, total=total)
        finally:
            if bar.tasks[task].total is None:  # nothing was begun
                bar.remove_task(task)


def marks_table(course: Course, assignment: str, student: str | None = None) -> Table:
    """Everybody's marks of an assignment, or of those that `student` means, item by item; "?" waits for a person."""
    with course.gradebook() as gradebook:
        found = gradebook.assignment_submissions(assignment)
        submissions = [one for one in found if is_meant(one.student.id, student)]
        order = [grade_id(cell) for source in course.sources(assignment).values() for cell in source.cells]
        notebooks = gradebook.find_assignment(assignment).notebooks
        cells = [cell for notebook in notebooks for cell in notebook.grade_cells if cell.name in order]
        cells.sort(key=lambda cell: order.index(cell.name))
        columns = [*map(str, range(1, len(cells) + 1)), "late", "total"]
        table = Table("student", *columns, title=assignment)
        for submission in sorted(submissions, key=lambda submission: submission.student.id.casefold()):
            grades = {grade.cell.name: grade for notebook in submission.notebooks for grade in notebook.grades}
            shown = ["?" if grades[c.name].needs_manual_grade else number(grades[c.name].score) for c in cells]
            late = submission.late_submission_penalty
            shown += [f"-{number(late)}" if late else "", number(final_score(submission))]
            table.add_row(escape(submission.student.id), *shown)
        items = (f"{n} {cell.name} ({number(cell.max_score)})" for n, cell in enumerate(cells, 1))
        table.caption = "; ".join(items) + '; "?" waits for a person'
    return table


def graded_line(result: Result) -> str:
    """What became of one submission, in a line."""
    verdicts = [verdict for found in result.verdicts.values() for verdict in found.values()]
    earned, points = sum(verdict.earned for verdict in verdicts), sum(verdict.points for verdict in verdicts)
    told = "; ".join(result.problems) or f"{number(earned)} of the {number(points)} points for code"
    return f"{result.student}: {told}"


def summary(results: list[Result], seconds: float) -> Table:
    """How many were graded and how quickly, what confined them, and which had something wrong with their files."""
    table = Table.grid(padding=(0, 2))
    minutes, rest = divmod(round(seconds), 60)
    took = f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
    table.add_row("graded", f"{len(results)} in {took}, {60 * len(results) / seconds:.0f} a minute")
    for confinement in sorted({result.confinement for result in results} - {""}):
        table.add_row("confined by", confinement)
    failed = [result for result in results if result.problems]
    table.add_row("failed", str(len(failed)))
    for result in failed:
        table.add_row("", escape(graded_line(result)))
    return table


def collected_table(assignment: str, collected: Collected) -> Table:
    """What was taken and what not, and why."""
    columns = (Column("student", overflow="fold"), "result", "handed in (UTC)", "remarks")
    table = Table(*columns, title=f"{assignment}, collected")
    for row in collected.rows:
        time = f"{row.timestamp:%Y-%m-%d %H:%M:%S}" if row.timestamp else ""
        table.add_row(escape(row.student), row.result, time, escape("; ".join(row.remarks)))
    return table
