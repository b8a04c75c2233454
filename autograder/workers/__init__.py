"""Where submissions are graded: processes of this machine (pool), or of a Dask cluster (cluster).

What is graded, and what becomes of it, is the engine's business.
"""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Protocol, TypeVar

from autograder.grading import Cell
from autograder.workers.messages import Answer, Setup, pack_cells
from autograder.workers.pool import LocalWorkers, MachinesDied, WorkerDied
from dnnkit.errors import CourseError

__all__ = ["Answer", "MachinesDied", "Setup", "WorkerDied", "Workers", "answers", "start"]

LOOK_SECONDS = 10.0

T = TypeVar("T")
Cells = dict[str, list[Cell]]
Found = Answer | WorkerDied | MachinesDied


class Workers(Protocol):
    """Whatever grades several submissions at a time."""

    @property
    def capacity(self) -> int:
        """How many at a time."""

    def submit(self, cells: str) -> Future[str]:
        """Have the cells of one submission graded (messages.pack_cells); the result is an Answer as JSON."""

    def check(self, silent: float) -> None:
        """Raises CourseError where nobody is left to answer, after no answer for `silent` seconds."""


def start(setup: Setup, jobs: int, scheduler: str | None) -> contextlib.AbstractContextManager[Workers]:
    """`jobs` processes of this machine, or all workers of the Dask cluster that has this scheduler.

    Raises CourseError where there is no Dask, no such scheduler, or a worker that cannot grade.
    """
    if scheduler is None:
        return LocalWorkers(setup, jobs)
    try:
        from autograder.workers.cluster import ClusterWorkers
    except ModuleNotFoundError as error:
        raise CourseError(
            f"Grading on a cluster needs Dask, and {error.name} is not installed: run `pip install "
            "-e './autograder[cluster]'` in the course repository."
        ) from error
    return ClusterWorkers(setup, scheduler)


def answers(workers: Workers, tasks: Iterator[tuple[T, Cells]]) -> Iterator[tuple[T, Found]]:
    """Have the tasks graded, a few more than the workers can take at a time, and give each as it is done.

    In place of an answer stands what died over the task. Raises CourseError where a worker cannot grade, or the
    cluster is lost.
    """
    pending: dict[Future[str], T] = {}
    heard = time.monotonic()
    while True:
        for task, cells in islice(tasks, max(0, 2 * workers.capacity - len(pending))):
            pending[workers.submit(pack_cells(cells))] = task
        if not pending:
            return
        done, _ = wait(pending, LOOK_SECONDS, FIRST_COMPLETED)
        if not done:
            workers.check(time.monotonic() - heard)
        for future in done:
            heard = time.monotonic()
            task = pending.pop(future)
            answer: Found
            try:
                answer = Answer.from_json(future.result())
            except (WorkerDied, MachinesDied) as death:
                answer = death
            yield task, answer
