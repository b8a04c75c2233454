"""The command `autograder`.

Exit status: 0 done, 1 a demo or matrix that is not as it must be, 2 something to put right first (one sentence says
what), 130 stopped by Ctrl-C (what was finished is kept).
"""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autograder.options import in_course, of_student, on_jobs, on_scheduler, on_trust, plain_errors, processes
from dnnkit import __version__
from dnnkit.errors import CourseError

if TYPE_CHECKING:
    from autograder.course import Course

EPILOG = __doc__.split("\n\n")[1].replace("\n", " ")
console = Console()


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Release, grade and give feedback on the dnnkit course."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="dnnkit", help="The course's name in the gradebook.")
@click.option("--seed", type=int, help="Decides the hidden inputs [default: drawn at random].")
@plain_errors
def init(folder: Path, name: str, seed: int | None) -> None:
    """Make the course directory FOLDER, with the notebooks."""
    from autograder.course import create

    course = create(folder, name, seed)
    click.echo(f"Made the course directory {course.root} with {', '.join(course.assignments)}.")
    click.echo(f"Next: cd {folder}; autograder release")


@main.command()
@click.argument("assignments", nargs=-1)
@in_course
@plain_errors
def release(assignments: tuple[str, ...], folder: Path) -> None:
    """Make what students get, of all ASSIGNMENTS if none is named.

    Their notebooks go into release/, and the bundle that they download has all that was released so far.
    """
    from autograder.course import Course
    from autograder.release import release as release_all

    course = Course.open(folder)
    with console.status("Releasing"):
        bundle = release_all(course, list(assignments) or course.assignments)
    click.echo(f"Released. The bundle for students: {bundle}")


@main.command()
@click.argument("assignment")
@click.argument("where", type=click.Path(path_type=Path), required=False)
@in_course
@plain_errors
def collect(assignment: str, where: Path | None, folder: Path) -> None:
    """Take over what was handed in for ASSIGNMENT.

    WHERE is the zip file that Canvas or Moodle gives, or a folder with a folder for each student, or one with such zip
    files [default: the inbound folder of nbgrader's exchange]. Of several versions the latest comes into submitted/;
    all are kept in collected/. Whoever is not in the gradebook is entered.
    """
    from autograder import collect as collecting
    from autograder.course import Course
    from autograder.tables import collected_table, progress_bar

    course = Course.open(folder)
    with progress_bar(console, f"Collecting {assignment}") as progress:
        found = collecting.collect(course, assignment, where, progress)
    console.print(collected_table(assignment, found))
    results = ", ".join(f"{count} {result}" for result, count in found.results.items())
    click.echo(f"{results}. All versions are kept in {found.kept}" if results else "There is nothing in there.")
    if found.missing:
        click.echo(f"Nothing was handed in by {', '.join(found.missing)}.")


@main.command()
@click.argument("assignment")
@in_course
@of_student
@click.option("--force", is_flag=True, help="Grade again what is graded already.")
@on_jobs
@on_scheduler
@on_trust
@click.option("--watch", "watching", is_flag=True, help="Go on with what comes in, until Ctrl-C.")
@plain_errors
def grade(
    assignment: str,
    folder: Path,
    student: str | None,
    force: bool,
    jobs: int | None,
    scheduler: str | None,
    unconfined: bool,
    watching: bool,
) -> None:
    """Grade what was handed in for ASSIGNMENT and is not graded yet."""
    from autograder import engine
    from autograder.course import Course
    from autograder.tables import counted, marks_table, progress_bar, summary

    jobs = processes(jobs, scheduler)
    if force and watching:
        raise click.UsageError("--watch grades what is new. Grade again with --force first, then watch.")
    course = Course.open(folder)
    if watching:
        _watch(course, assignment, student, jobs, scheduler, unconfined)
        return
    started = time.monotonic()
    with progress_bar(console, f"Grading {assignment}") as progress:
        results = engine.grade(course, assignment, student, force, jobs, progress, scheduler, unconfined)
    console.print(marks_table(course, assignment, student))
    if results:
        console.print(summary(results, time.monotonic() - started))
    click.echo(f"Graded {counted(results, 'submission')} now. The gradebook: {course.gradebook_address}")
    if outdated := engine.outdated(course, assignment):
        click.echo(
            f"{counted(outdated, 'submission')} graded before the release, a hidden test or the seed changed: "
            f"`autograder regrade {assignment}` shows what that changes."
        )


def _watch(
    course: "Course", assignment: str, student: str | None, jobs: int, scheduler: str | None, unconfined: bool
) -> None:
    """Grade what is there and what comes, telling of each submission; ends by Ctrl-C."""
    from autograder.tables import graded_line, progress_bar, summary
    from autograder.watch import watch

    click.echo(f"Watching {course.folder('submitted')} for {assignment}. Ctrl-C ends it; what is graded is kept.")
    started, results = time.monotonic(), []
    try:
        with progress_bar(console, f"Watching for {assignment}") as progress:
            for result in watch(course, assignment, student, jobs, progress, scheduler, unconfined):
                results.append(result)
                line = f"{datetime.now():%H:%M:%S}  {graded_line(result)}"
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    finally:
        if results:
            console.print(summary(results, time.monotonic() - started))


@main.command()
@click.argument("assignment")
@in_course
@of_student
@on_jobs
@on_scheduler
@on_trust
@click.option("--yes", is_flag=True, help="Write the new marks without asking.")
@plain_errors
def regrade(
    assignment: str,
    folder: Path,
    student: str | None,
    jobs: int | None,
    scheduler: str | None,
    unconfined: bool,
    yes: bool,
) -> None:
    """Grade ASSIGNMENT again, and show whose marks change.

    That is for after a notebook, a hidden test or the seed has changed. Nothing is written before you say so. Manual
    marks and comments stay.
    """
    from autograder import regrade as regrading
    from autograder.course import Course
    from autograder.tables import counted, progress_bar

    jobs = processes(jobs, scheduler)
    course = Course.open(folder)
    with progress_bar(console, f"Regrading {assignment}") as progress:
        found = regrading.regrade(course, assignment, student, jobs, progress, scheduler, unconfined)
    changed = [one for one in found if one.changes or one.before != one.after]
    if changed:
        console.print(regrading.changes_table(assignment, changed))
    click.echo(f"Regraded {counted(found, 'submission')}: the marks of {len(changed)} change.")
    if yes or _confirmed("Write this into the gradebook?"):
        regrading.write(course, found)
        click.echo(f"Written. The gradebook: {course.gradebook_address}")
    else:
        click.echo("Nothing was written.")


def _confirmed(question: str) -> bool:
    """Whether a person says yes; no where there is nobody to ask."""
    try:
        return click.confirm(question)
    except click.Abort:
        click.echo()
        return False


@main.command()
@click.argument("assignment")
@in_course
@of_student
@plain_errors
def feedback(assignment: str, folder: Path, student: str | None) -> None:
    """Write the feedback pages of ASSIGNMENT.

    One HTML file for each student and notebook, below feedback/.
    """
    from autograder.course import Course
    from autograder.feedback import feedback as write_feedback
    from autograder.submissions import submissions
    from autograder.tables import counted, progress_bar

    course = Course.open(folder)
    with progress_bar(console, f"Writing feedback for {assignment}") as progress:
        pages = write_feedback(course, assignment, student, progress)
    if new := {one.student for one in submissions(course, assignment, student)} - {page.parts[-3] for page in pages}:
        click.echo(f"No page, since it is not graded yet, for {', '.join(sorted(new))}.")
    click.echo(f"Wrote {counted(pages, 'page')} below {course.folder('feedback')}")


@main.command()
@click.argument("assignment")
@in_course
@plain_errors
def report(assignment: str, folder: Path) -> None:
    """Write the class report of ASSIGNMENT.

    What was not understood, which question is strange, who needs a look: report/ASSIGNMENT.html, and .json.
    """
    from autograder.course import Course
    from autograder.report import report as write_report

    course = Course.open(folder)
    with console.status(f"Reporting on {assignment}"):
        found, page = write_report(course, assignment)
    scores = found.distribution
    click.echo(f"{scores.n} graded, mean {scores.mean:.2f} of {scores.points:g} points.")
    if found.ungraded:
        click.echo(f"Handed in and not graded yet by {', '.join(found.ungraded)}.")
    if found.missing:
        click.echo(f"Nothing was handed in by {', '.join(found.missing)}.")
    click.echo(f"Wrote {page} and {page.with_suffix('.json').name} beside it.")


@main.command()
@click.argument("assignments", nargs=-1)
@in_course
@click.option("--format", "form", type=click.Choice(["canvas", "moodle", "nbgrader"]), required=True, help="For whom.")
@click.option("--to", type=click.Path(path_type=Path), help="The file to write [default: grades_FORMAT.csv].")
@click.option("--fill", type=click.Path(path_type=Path), help="A CSV that Canvas or Moodle gave, to fill the marks in.")
@plain_errors
def export(assignments: tuple[str, ...], folder: Path, form: str, to: Path | None, fill: Path | None) -> None:
    """Write the marks as CSV for an LMS.

    Of all assignments with points if none is named. Late penalties and manual marks are in. With --fill, the rows and
    ids of the LMS's own file stay, and a column is an assignment's if its title holds the assignment's id.
    """
    from autograder.course import Course
    from autograder.export import export as write_export

    exported = write_export(Course.open(folder), list(assignments), form, to, fill)
    for note in exported.notes:
        click.echo(note)
    click.echo(f"Wrote {exported.file}")


@main.command()
@click.argument("assignments", nargs=-1)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Draws the hidden cases.")
@plain_errors
def matrix(assignments: tuple[str, ...], seed: int) -> None:
    """Show what each known mistake is told.

    Every one is tried on the hidden and the visible cases, of all notebooks with hidden cases if no assignment is
    named; exit status 1 where a mistake survives or is not named.
    """
    from autograder.hidden import ASSIGNMENTS
    from autograder.matrix import matrix as judged_mistakes
    from autograder.matrix import table

    unknown = set(assignments) - set(ASSIGNMENTS)
    if unknown:
        raise CourseError(
            f"No hidden cases for {', '.join(sorted(unknown))}; there are some for {', '.join(ASSIGNMENTS)}."
        )
    rows = [row for assignment in assignments or ASSIGNMENTS for row in judged_mistakes(assignment, seed)]
    click.echo(table(rows))
    sys.exit(0 if all(row.killed_by_hidden and row.hint in row.hints for row in rows) else 1)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@plain_errors
def demo(folder: Path) -> None:
    """Try everything on a simulated class.

    All that it writes is in FOLDER [default: demo]. Every mark is checked.
    """
    from autograder.demo import run

    sys.exit(0 if run(folder, console) else 1)
