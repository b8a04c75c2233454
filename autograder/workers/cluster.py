"""Grading on a Dask cluster: the same tasks, each Dask worker with grading processes of its own.

The workers need this installation and no shared disk: notebooks, cells and answers travel through the scheduler.
Dask pickles what travels between master and workers, which trust each other; what a student's process made is in
there as JSON text only.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from types import TracebackType

import distributed
from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker
from distributed.comm import parse_address, parse_host_port

from autograder.workers.messages import Setup
from autograder.workers.pool import MachinesDied, Pool
from autograder.workers.versions import differences, versions
from dnnkit.errors import CourseError

__all__ = ["ClusterWorkers"]

CONNECT_SECONDS = 10
WORKER_SECONDS = 30
SILENT_SECONDS = 300
PROTOCOLS = ("tcp", "tls", "ws", "wss")


class GradingPlugin(WorkerPlugin):
    """Keeps a pool of grading processes on a Dask worker, one for each of its threads."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup.to_json()
        self._versions = versions()
        self._pool: Pool | None = None
        self._problem = ""

    async def setup(self, worker: Worker) -> None:
        """Called by Dask on every worker, also on one that comes later. Raises CourseError where it cannot grade."""
        try:
            await asyncio.to_thread(self._start, worker.state.nthreads)
        except CourseError as error:
            self._problem = f"The Dask worker {worker.address} cannot grade. {error}"
            raise CourseError(self._problem) from None

    async def teardown(self, worker: Worker) -> None:
        """Called by Dask when the worker closes, or the master is done."""
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)

    def grade(self, cells: str) -> str:
        """See Pool.grade."""
        if self._pool is None:
            raise CourseError(self._problem)
        return self._pool.grade(cells)

    def _start(self, size: int) -> None:
        if found := differences(self._versions, versions()):
            raise CourseError(f"{found} Install the same on all machines.")
        pool = Pool(Setup.from_json(self._setup), size)
        try:
            pool.prove()
        except CourseError:
            pool.close()
            raise
        self._pool = pool


def _grade(name: str, cells: str) -> str:
    """The task that Dask runs."""
    worker = get_worker()
    plugin = worker.plugins.get(name)
    if not isinstance(plugin, GradingPlugin):
        raise CourseError(f"The Dask worker {worker.address} was not set up, or no longer. Run the command again.")
    return plugin.grade(cells)


class ClusterWorkers:
    """Grades on the workers of a Dask cluster, also on those that join later."""

    def __init__(self, setup: Setup, scheduler: str) -> None:
        self._scheduler = scheduler
        self._plugin = f"dnnkit-{uuid.uuid4()}"
        self._futures: set[distributed.Future] = set()
        self._client = _connected(scheduler)
        try:
            self._set_up(setup)
        except BaseException:
            self._client.close()
            raise

    @property
    def capacity(self) -> int:
        """The threads of all workers; of one at least, that is waited for."""
        with self._lost_means_stop():
            return max(1, sum(self._client.nthreads().values()))

    def submit(self, cells: str) -> Future[str]:
        """Have one submission graded; where its worker is lost, Dask runs it on another."""
        told: Future[str] = Future()
        with self._lost_means_stop():
            future = self._client.submit(_grade, self._plugin, cells, pure=False)
        self._futures.add(future)
        future.add_done_callback(lambda done: self._tell(done, told))
        return told

    def check(self, silent: float) -> None:
        """Raises CourseError where there is no worker, and there was no answer for `SILENT_SECONDS`."""
        with self._lost_means_stop():
            if silent > SILENT_SECONDS and not self._client.nthreads():
                raise CourseError(
                    f"All workers of the Dask scheduler {self._scheduler} are gone, and nothing came for "
                    f"{SILENT_SECONDS} s. What was graded is kept; start workers with `dask worker {self._scheduler}` "
                    "and run the same command again."
                )

    def _tell(self, done: distributed.Future, told: Future[str]) -> None:
        """Hand on what came of a task; Dask calls this in a thread."""
        self._futures.discard(done)
        try:
            with self._lost_means_stop():
                told.set_result(done.result())
        except KilledWorker:
            told.set_exception(MachinesDied())
        except BaseException as error:  # whoever waits for it decides
            told.set_exception(error)

    def _set_up(self, setup: Setup) -> None:
        try:
            self._client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            raise CourseError(
                f"The Dask scheduler {self._scheduler} has no workers, and none came in {WORKER_SECONDS} s. "
                f"Start some with `dask worker {self._scheduler}`, then run the command again."
            ) from error
        try:
            self._client.register_plugin(GradingPlugin(setup), name=self._plugin)
        except CourseError:
            self._dismiss()
            raise
        except Exception as error:  # Dask hands on whatever went wrong on a worker
            raise CourseError(
                f"A worker of {self._scheduler} cannot take the autograder ({type(error).__name__}: {error}). "
                "Install the same version of it on every worker."
            ) from error

    def _dismiss(self) -> None:
        """End the grading processes on the workers."""
        with contextlib.suppress(OSError, ValueError):  # a lost scheduler's workers end by themselves
            self._client.unregister_worker_plugin(self._plugin)

    @contextlib.contextmanager
    def _lost_means_stop(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, OSError) as error:
            raise CourseError(
                f"The connection to the Dask scheduler {self._scheduler} was lost. What was graded is kept; "
                "the same command goes on from there when the scheduler is back."
            ) from error

    def __enter__(self) -> "ClusterWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._client.status == "running":
            self._client.cancel(list(self._futures))
            self._dismiss()
        self._client.close()


def _connected(scheduler: str) -> Client:
    """A client of the scheduler, which keeps Dask's own messages to itself. Raises CourseError."""
    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        protocol, place = parse_address(scheduler)
        parse_host_port(place)
        if protocol not in PROTOCOLS:
            raise ValueError(f"{protocol} is none of {', '.join(PROTOCOLS)}")
        return Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CourseError(
            f"There is no Dask scheduler to be reached at {scheduler} ({reason}). Start one with `dask scheduler`, and "
            "name the address that it prints, such as tcp://host:8786."
        ) from error
