"""The engine: grades submissions in worker processes, each with a warm pair, and writes in this one.

A submission is written whole when it is graded, so whatever ends the engine, what was graded stays graded and the
next run goes on with the rest.
"""

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder import gradebook as scores
from autograder import student_library
from autograder.course import Course
from autograder.grading import Cell, Graded, Grader
from autograder.material import Material
from autograder.notebook import grade_id
from autograder.submissions import Submission, Work, submissions
from dnnkit.errors import CourseError

__all__ = ["Judged", "Result", "grade", "is_graded", "judge", "outdated", "record"]


@dataclass(frozen=True)
class Result:
    """What became of one submission: points by notebook and cell, and what was wrong with its files."""

    student: str
    graded: dict[str, Graded]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A submission that was judged and is not written yet."""

    submission: Submission
    works: list[Work]
    graded: dict[str, Graded]

    def scores(self, resubmitted: bool = False) -> dict[str, scores.NotebookScores]:
        """What goes into the gradebook, by notebook."""
        return {work.name: work.scores(self.graded[work.name], resubmitted) for work in self.works}


def grade(
    course: Course,
    assignment: str,
    student: str | None = None,
    force: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Result]:
    """Grade what was handed in and is not graded yet; everything again with `force`.

    `progress` is told how many of how many submissions are done. Raises CourseError where the assignment is
    unknown or not released, or nothing was handed in.
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
        return [record(gradebook, course, judged) for judged in judge(course, material, todo, jobs, progress)]


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
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Judged]:
    """Grade `todo` with a few submissions in work at a time; gives each as it comes back and writes nothing."""
    if not todo:
        return
    done = 0
    progress(done, len(todo))
    with (
        _scratch() as folder,
        Workers(
            Setup(material.sources, material.assignment, course.seed, student_library.build(folder / "library")),
            min(jobs, len(todo)),
        ) as workers,
    ):
        for submission, works, graded in workers.run(_prepared(todo, material)):
            for work in works:
                work.finish(graded[work.name], material.digest)
            yield Judged(submission, works, graded)
            done += 1
            progress(done, len(todo))


def record(gradebook: Gradebook, course: Course, judged: Judged) -> Result:
    """Write the marks of one submission, in one transaction, and then its graded copy."""
    submission = judged.submission
    resubmitted = scores.is_recorded(gradebook, submission.assignment, submission.student) and not all(
        submission.is_graded(work.name, work.source) for work in judged.works
    )
    found = judged.scores(resubmitted)
    scores.record(gradebook, submission.assignment, submission.student, submission.timestamp, found, course.config)
    submission.write(judged.works)
    return Result(submission.student, judged.graded, tuple(work.problem for work in judged.works if work.problem))


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A temporary folder for the workers; others may pass through it, as a student's process under root does."""
    with tempfile.TemporaryDirectory(prefix="dnnkit-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder)


Task = tuple[Submission, list[Work]]


def _prepared(todo: Iterable[Submission], material: Material) -> Iterator[Task]:
    prose = {
        name: {cell.source for cell in source.cells if cell.cell_type == "markdown" and not grade_id(cell)}
        for name, source in material.sources.items()
    }
    for submission in todo:
        yield submission, [submission.prepare(name, cells, prose[name]) for name, cells in material.released.items()]


class Workers:
    """Processes that each hold a warm pair for every notebook of one assignment."""

    def __init__(self, setup: "Setup", jobs: int) -> None:
        self._setup = setup
        self._jobs = jobs
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._jobs, mp_context=spawn, initializer=_set_up, initargs=(self._setup,))

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # nobody waits for what is still in work; a worker takes its confined process with it
            for process in multiprocessing.active_children():
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Submission, list[Work], dict[str, Graded]]]:
        """Grade the tasks and give each back when it is done, in the order in which they finish."""
        pending: dict[Future[dict[str, Graded]], Task] = {}
        while True:
            while len(pending) < 2 * self._jobs and (task := next(tasks, None)) is not None:
                pending[self._submit(task)] = task
            if not pending:
                return
            done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                submission, works = task = pending.pop(future)
                try:
                    graded = future.result()
                except BrokenProcessPool:
                    graded = self._once_more(task)
                yield submission, works, graded

    def _submit(self, task: Task) -> "Future[dict[str, Graded]]":
        cells = {work.name: work.cells for work in task[1]}
        try:
            return self._pool.submit(_grade_cells, cells)
        except BrokenProcessPool:
            self._pool = self._new_pool()
            return self._pool.submit(_grade_cells, cells)

    def _once_more(self, task: Task) -> dict[str, Graded]:
        """A worker died, perhaps over another submission: try this one alone, and give it nothing if it dies again."""
        try:
            return self._submit(task).result()
        except BrokenProcessPool:
            for work in task[1]:
                work.problem = "The grading process died over this submission, twice. Look at it by hand."
            return {work.name: Graded() for work in task[1]}


@dataclass(frozen=True)
class Setup:
    """What a worker needs to make its warm pairs."""

    sources: dict[str, NotebookNode]
    assignment: str
    seed: int
    library: Path


# of this worker process
_setup: Setup | None = None
_graders: dict[str, Grader] = {}


def _set_up(setup: Setup) -> None:
    global _setup
    _setup = setup
    # Ctrl-C is the master's business
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the master empties its folder, also of what a killed worker left behind
    tempfile.tempdir = str(setup.library.parent)
    threading.Thread(target=_end_with_master, daemon=True).start()


def _end_with_master() -> None:
    """Wait until the master is gone, however it went, and go too: the pool alone would wait for it for ever."""
    master = multiprocessing.parent_process()
    if master is not None:
        master.join()
        os._exit(1)


def _grade_cells(cells: dict[str, list[Cell]]) -> dict[str, Graded]:
    """Grade the notebooks of one submission. The first call makes the warm pairs, so that its errors are told."""
    if not _graders and _setup is not None:
        for name, source in _setup.sources.items():
            grader = Grader(source, _setup.assignment, _setup.seed, _setup.library)
            _graders[name] = grader
            Finalize(grader, grader.close, exitpriority=1)
    return {name: _graders[name].grade(own) for name, own in cells.items()}
