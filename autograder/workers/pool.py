"""A pool of grading processes on this machine, for the engine and for a Dask worker alike."""

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from autograder import student_library
from autograder.workers.messages import Setup
from autograder.workers.process import GradingProcess
from autograder.workers.scratch import scratch
from dnnkit.errors import CourseError

__all__ = ["LocalWorkers", "MachinesDied", "Pool", "WorkerDied"]

TRIES = 2

T = TypeVar("T")


class WorkerDied(Exception):
    """The grading process died over a submission, and so did the one that tried it once more."""


class MachinesDied(Exception):
    """Machine after machine was lost while it had the submission, which need not be the submission's fault."""


class Pool:
    """Some grading processes; as many threads may call `grade` at the same time.

    Where a process died, or ended because it had nothing to do for long, another takes its place.
    """

    def __init__(self, setup: Setup, size: int) -> None:
        self._resources = contextlib.ExitStack()
        self._folder = self._resources.enter_context(scratch())
        library = student_library.build(self._folder / "library")
        self._setup = replace(setup, library=str(library)).to_json()
        self._starting = threading.Lock()
        self._closed = False
        self._processes = [GradingProcess(self._setup, self._folder) for _ in range(size)]
        self._idle: queue.LifoQueue[int] = queue.LifoQueue()
        for place in range(size):
            self._idle.put(place)

    def prove(self) -> None:
        """Wait until one process can grade. Raises CourseError where this machine cannot."""
        self._with_process(GradingProcess.warm_up)

    def grade(self, cells: str) -> str:
        """Grade one submission (messages.pack_cells); gives an Answer as JSON.

        Raises CourseError where this machine cannot grade, WorkerDied where the submission ended two processes.
        """
        return self._with_process(lambda process: process.grade(cells))

    def close(self) -> None:
        """End the processes, whatever they are doing, and remove their files. May be called again."""
        with self._starting:
            self._closed = True
        for process in self._processes:
            process.hang_up()
        for process in self._processes:
            process.wait()
        self._resources.close()

    def _with_process(self, ask: Callable[[GradingProcess], T]) -> T:
        place = self._idle.get()
        try:
            for _ in range(TRIES):
                process = self._living(place)
                with contextlib.suppress(EOFError):
                    return ask(process)
        finally:
            self._idle.put(place)
        if process.warm or self._closed:
            raise WorkerDied
        raise CourseError(
            "The grading process ended before it could grade anything; what it said is on standard error. "
            "Install the autograder again, or give the machine more memory."
        )

    def _living(self, place: int) -> GradingProcess:
        with self._starting:
            if self._processes[place].ended and not self._closed:
                self._processes[place] = GradingProcess(self._setup, self._folder)
            return self._processes[place]


class LocalWorkers:
    """Grades on this machine, `jobs` submissions at a time."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        self.capacity = jobs
        self._pool = Pool(setup, jobs)
        self._threads = ThreadPoolExecutor(jobs)

    def submit(self, cells: str) -> Future[str]:
        """Have one submission graded."""
        return self._threads.submit(self._pool.grade, cells)

    def check(self, silent: float) -> None:
        """This machine is always there."""

    def __enter__(self) -> "LocalWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.close()
        self._threads.shutdown()
