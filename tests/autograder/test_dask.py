"""Grading on a Dask cluster: the same marks whatever happens to its workers, one sentence where it cannot go on."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from autograder import engine, workers
from autograder.course import Course
from autograder.workers import cluster
from dnnkit.errors import CourseError

NAME = "90_ordinary"
SLOW = "import time\ntime.sleep(0.2)\n"
DEADLINE = 90.0


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.2)


class Cluster:
    """A scheduler and workers, each a process group of its own, as on machines of their own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        address = folder / "scheduler.json"
        self.scheduler = self._started("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", address)
        _wait_for(address.exists, "no scheduler")
        self.address = json.loads(address.read_text())["address"]
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", folder)
        self.workers = [self._started("worker", self.address, *options) for _ in range(workers)]

    def _started(self, *words: object) -> subprocess.Popen[bytes]:
        command = ["dask", *map(str, words), "--no-dashboard"]
        with (self._folder / "log.txt").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[[int], Cluster]]:
    """A function that starts a cluster with so many workers."""
    started: list[Cluster] = []

    def start(workers: int) -> Cluster:
        started.append(Cluster(tmp_path, workers))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def class_of_nine(course: Course, hand_in, fill) -> Course:
    """A course in which nine students handed in: every third is right, one handed in no notebook."""
    for number in range(8):
        hand_in(course, NAME, f"s{number}", fill(NAME, {"double": f"{SLOW}def double(x): return {number % 3} * x"}))
    hand_in(course, NAME, "s8", "{")
    return course


def _scores(course: Course) -> list[tuple[object, ...]]:
    """Every automatic score in the gradebook, a line for each time it stands there."""
    with course.gradebook() as gradebook:
        return sorted(
            (submission.student.id, grade.cell.name, grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(NAME)
            for notebook in submission.notebooks
            for grade in notebook.grades
        )


def _grading_processes(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(worker.pid).children(recursive=True)


def test_a_killed_worker_changes_nothing(class_of_nine: Course, start_cluster, tmp_path: Path) -> None:
    shutil.copytree(class_of_nine.root, tmp_path / "local")
    local = Course.open(tmp_path / "local")
    engine.grade(local, NAME, jobs=2)
    cluster = start_cluster(3)
    left: list[psutil.Process] = []

    def kill_a_worker(done: int, total: int) -> None:
        if done == 2:
            left.extend(_grading_processes(cluster.workers[1]))
            cluster.workers[1].kill()

    results = engine.grade(class_of_nine, NAME, progress=kill_a_worker, scheduler=cluster.address)
    assert left
    assert sorted(result.student for result in results) == [f"s{number}" for number in range(9)]
    assert _scores(class_of_nine) == _scores(local)
    assert {score for *_, score, _ in _scores(local)} == {0, 3, 4, 5, 6, None}
    _wait_for(lambda: not any(process.is_running() for process in left), "a killed worker left processes behind")


def test_lost_machines_are_no_student_s_fault(
    class_of_nine: Course, start_cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(cluster, "SILENT_SECONDS", 1)
    one = start_cluster(2)
    lost = "lost while it had the submission: s[0-7]"
    with pytest.raises(CourseError, match=lost):
        engine.grade(
            class_of_nine, NAME, progress=lambda done, total: done == 2 and one.workers[1].kill(), scheduler=one.address
        )
    assert {score for *_, score, _ in _scores(class_of_nine)} <= {0, 3, 4, 5, 6, None}
    with pytest.raises(CourseError, match="are gone"):
        engine.grade(class_of_nine, NAME, progress=lambda *_: one.workers[0].kill(), scheduler=one.address)


def test_ctrl_c_and_a_lost_scheduler_keep_what_was_graded(class_of_nine: Course, start_cluster) -> None:
    cluster = start_cluster(1)
    command = ["autograder", "grade", NAME, "--course", str(class_of_nine.root), "--scheduler", cluster.address]
    grading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for(lambda: len(_scores(class_of_nine)) > 0 or grading.poll() is not None, "nothing was graded")
    grading.send_signal(signal.SIGINT)
    _, messages = grading.communicate(timeout=DEADLINE)
    assert (grading.returncode, messages.count("\n"), "Traceback" in messages) == (130, 2, False), messages
    stopped = _scores(class_of_nine)
    _wait_for(lambda: not _grading_processes(cluster.workers[0]), "the worker goes on grading")

    def kill_the_scheduler(done: int, total: int) -> None:
        if done == 1:
            cluster.scheduler.kill()

    with pytest.raises(CourseError, match="was lost"):
        engine.grade(class_of_nine, NAME, progress=kill_the_scheduler, scheduler=cluster.address)
    assert len(stopped) < len(_scores(class_of_nine))
    assert set(stopped) < set(_scores(class_of_nine))
    rest = engine.grade(class_of_nine, NAME, jobs=2)
    assert rest
    assert len({student for student, *_ in _scores(class_of_nine)}) == 9


# what is refused in a sentence


@pytest.fixture
def one_worker() -> Iterator[str]:
    """The address of a scheduler with one worker, both in this process."""
    from distributed import LocalCluster

    with LocalCluster(1, processes=False, threads_per_worker=1, protocol="tcp", dashboard_address=None) as local:
        yield local.scheduler_address


def _refused(course: Course, scheduler: str, *parts: str) -> None:
    with pytest.raises(CourseError) as caught:
        engine.grade(course, NAME, scheduler=scheduler)
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _scores(course) == []


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://127.0.0.1", "foo", "", "xyz://127.0.0.1:1"])
def test_no_scheduler(class_of_nine: Course, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.3)
    _refused(class_of_nine, address, f"no Dask scheduler to be reached at {address}")


def test_no_dask(class_of_nine: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "autograder.workers.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    _refused(class_of_nine, "tcp://127.0.0.1:1", "needs Dask", "./autograder[cluster]")


def test_no_worker(class_of_nine: Course, monkeypatch: pytest.MonkeyPatch, start_cluster) -> None:
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 0.3)
    address = start_cluster(0).address
    _refused(class_of_nine, address, "has no workers", f"`dask worker {address}`")


def test_other_versions(class_of_nine: Course, monkeypatch: pytest.MonkeyPatch, one_worker: str) -> None:
    versions = iter([{"NumPy": "2.4.6", "Python": "3.11"}, {"NumPy": "2.3.0", "Python": "3.11"}])
    monkeypatch.setattr(cluster, "versions", lambda: next(versions))
    _refused(class_of_nine, one_worker, "The Dask worker tcp://", "NumPy 2.3.0 and the master has NumPy 2.4.6")


NO_LANDLOCK = "import autograder.student.lock\nautograder.student.lock.landlock_version = lambda: 0\n"


def test_nothing_confines(
    class_of_nine: Course, monkeypatch: pytest.MonkeyPatch, one_worker: str, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_LANDLOCK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert shutil.which("bwrap") is None
    _refused(class_of_nine, one_worker, "The Dask worker tcp://", "Student code cannot be confined here")
