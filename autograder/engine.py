"""The engine: has submissions graded by worker processes, each with a warm pair, and writes in this one.

A submission is written whole when it is graded, so whatever ends the engine, what was graded stays graded and the
next run goes on with the rest. A submission has one task and one result, wherever and however often it was run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbgrader.api import Gradebook

from autograder import gradebook as scores
from autograder.course import Course
from autograder.grading import Graded
from autograder.judge import Verdict
from autograder.material import Material
from autograder.notebook import grade_id
from autograder.progress import Progress, no_progress
from autograder.submissions import Submission, Work, submissions
from autograder.workers import Answer, MachinesDied, Setup, WorkerDied, Workers, answers, start
from dnnkit.errors import CourseError

__all__ = ["Judged", "Result", "grade", "is_graded", "judge", "judge_with", "outdated", "record", "setup"]

DIED = "The grading process died over this submission, twice. Look at it by hand."


@dataclass(frozen=True)
class Result:
    """What became of one submission: verdicts by notebook and cell, what was wrong with its files, what confined it."""

    student: str
    verdicts: dict[str, dict[str, Verdict]]
    problems: tuple[str, ...]
    confinement: str


@dataclass(frozen=True)
class Judged:
    """A submission that was judged and is not written yet."""

    submission: Submission
    works: list[Work]
    graded: dict[str, Graded]
    confinement: str

    def scores(self, resubmitted: bool = False) -> scores.GradedSubmission:
        """What goes into the gradebook."""
        found = {work.name: work.scores(self.graded[work.name], resubmitted) for work in self.works}
        one = self.submission
        return scores.GradedSubmission(one.assignment, one.student, one.timestamp, found)


def grade(
    course: Course,
    assignment: str,
    student: str | None = None,
    force: bool = False,
    jobs: int = 1,
    progress: Progress = no_progress,
    scheduler: str | None = None,
    unconfined: bool = False,
) -> list[Result]:
    """Grade what was handed in and is not graded yet; everything again with `force`.

    `progress` is told how many of how many submissions are done. With the address of a Dask `scheduler` its workers
    grade, else `jobs` processes of this machine; `unconfined` lets students' code have all rights of this user where
    nothing can confine it. Raises CourseError where the assignment is unknown or not released,
    nothing was handed in, a worker cannot grade, or the cluster is lost.
    """
    course.require_assignment(assignment)
    with course.gradebook() as gradebook:
        material = Material.of(gradebook, course, assignment)
        found = submissions(course, assignment, student)
        if not found:
            whom = f"by {student!r} " if student else ""
            raise CourseError(
                f"Nothing was handed in {whom}for {assignment!r}: "
                f"there is no folder {course.folder('submitted', assignment, student or '<student>')}."
            )
        todo = [s for s in found if force or not is_graded(gradebook, s, material)]
        judged = judge(course, material, todo, jobs, progress, scheduler, unconfined)
        return [record(gradebook, course, one) for one in judged]


def outdated(course: Course, assignment: str) -> list[str]:
    """The students whose graded copy comes of other notebooks, hidden cases or another seed than there are now."""
    with course.gradebook() as gradebook:
        material = Material.of(gradebook, course, assignment)
        return [
            submission.student
            for submission in submissions(course, assignment)
            if is_graded(gradebook, submission, material)
            and not all(submission.is_graded_with(name, material.digest) for name in material.released)
        ]


def is_graded(gradebook: Gradebook, submission: Submission, material: Material) -> bool:
    """Whether the version that is handed in now has its marks."""
    return scores.is_recorded(gradebook, submission.assignment, submission.student) and all(
        submission.is_graded(name, cells) for name, cells in material.released.items()
    )


def judge(
    course: Course,
    material: Material,
    todo: list[Submission],
    jobs: int = 1,
    progress: Progress = no_progress,
    scheduler: str | None = None,
    unconfined: bool = False,
) -> Iterator[Judged]:
    """Grade `todo` with a few submissions in work at a time; gives each as it comes back and writes nothing."""
    if todo:
        with start(setup(course, material, unconfined), min(jobs, len(todo)), scheduler) as workers:
            yield from judge_with(workers, material, todo, progress)


def setup(course: Course, material: Material, unconfined: bool = False) -> Setup:
    """What workers need to know of an assignment."""
    return Setup(material.sources, material.assignment, course.seed, unconfined=unconfined)


def judge_with(
    workers: Workers, material: Material, todo: list[Submission], progress: Progress = no_progress
) -> Iterator[Judged]:
    """As `judge`, by workers that were started with `setup` of the same material.

    Raises CourseError in the end where machines were lost over some submissions, which stay as they were.
    """
    if todo:
        progress(0, len(todo))
    lost: list[str] = []
    tasks = ((task, {work.name: work.cells for work in task[1]}) for task in _prepared(todo, material))
    for done, ((submission, works), answer) in enumerate(answers(workers, tasks), 1):
        if isinstance(answer, MachinesDied):
            lost.append(submission.student)
            continue
        if isinstance(answer, WorkerDied):
            answer = Answer({work.name: Graded() for work in works}, "", DIED)
        for work in works:
            work.problem = work.problem or answer.problem
            work.finish(answer.graded[work.name], material.digest)
        yield Judged(submission, works, answer.graded, answer.confinement)
        progress(done, len(todo))
    if lost:
        raise CourseError(
            "Not graded, because machine after machine was lost while it had the submission: "
            f"{', '.join(sorted(lost))}. The others are graded; run the same command again, and look by hand at what "
            "is lost each time."
        )


def record(gradebook: Gradebook, course: Course, judged: Judged) -> Result:
    """Write the marks of one submission, in one transaction, and then its graded copy."""
    submission = judged.submission
    resubmitted = scores.is_recorded(gradebook, submission.assignment, submission.student) and not all(
        submission.is_graded(work.name, work.source) for work in judged.works
    )
    scores.record(gradebook, judged.scores(resubmitted), course.config)
    submission.write(judged.works)
    return Result(
        submission.student,
        {name: graded.verdicts for name, graded in judged.graded.items()},
        tuple(work.problem for work in judged.works if work.problem),
        judged.confinement,
    )


def _prepared(todo: Iterable[Submission], material: Material) -> Iterator[tuple[Submission, list[Work]]]:
    prose = {
        name: {cell.source for cell in source.cells if cell.cell_type == "markdown" and not grade_id(cell)}
        for name, source in material.sources.items()
    }
    for submission in todo:
        yield submission, [submission.prepare(name, cells, prose[name]) for name, cells in material.released.items()]
