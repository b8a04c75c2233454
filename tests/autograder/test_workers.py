"""Grading processes and their pool: what becomes of work whose process dies, and of what a dead one leaves behind."""

import contextlib
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import ClassVar

import pytest
from nbformat.v4 import new_notebook

from autograder import engine, student_library, workers
from autograder.course import Course
from autograder.grading import Cell, Graded
from autograder.judge import GroupVerdict, Verdict
from autograder.workers import Answer, Setup, answers, pool
from autograder.workers.messages import pack_cells, unpack_cells
from autograder.workers.pool import MachinesDied, Pool, WorkerDied
from autograder.workers.process import GradingProcess
from autograder.workers.scratch import remove_abandoned, scratch
from dnnkit.errors import CourseError

NAME = "90_ordinary"


def test_messages_give_back_what_was_sent() -> None:
    cells = {"a": [Cell(3, "x = '\u2028\ud800\n'", "double", 2.5, True, [{"output_type": "stream"}]), Cell(4, "")]}
    assert unpack_cells(pack_cells(cells)) == cells
    verdict = Verdict("double", (GroupVerdict("one", 1.0, 0.5, "why"),), ("hint",))
    graded = Graded({3: [{"text": "\u2028"}]}, {3: None, 5: 1}, {"double": verdict}, {"double": 0.1})
    answer = Answer({"a": graded, "b": Graded()}, "bubblewrap")
    assert Answer.from_json(answer.to_json()) == answer
    assert "\n" not in pack_cells(cells) + answer.to_json()
    setup = Setup({"a": new_notebook()}, "a", 3, "library", unconfined=True)
    assert Setup.from_json(setup.to_json()) == setup


class Dying:
    """Stands in for a grading process: numbered as they are made, some die at the start, some over a submission."""

    made: ClassVar[list["Dying"]]
    starts: ClassVar[set[int]]
    asked: ClassVar[set[int]]

    def __init__(self, setup: str, temporary: Path) -> None:
        self.made.append(self)
        self.number = len(self.made)
        self.warm = self.ended = False

    def warm_up(self) -> None:
        self._die_if(self.number in self.starts)
        self.warm = True

    def grade(self, cells: str) -> str:
        self.warm_up()
        self._die_if(self.number in self.asked)
        return f"{cells} by {self.number}"

    def hang_up(self) -> None:
        self.ended = True

    def wait(self) -> None:
        assert self.ended

    def _die_if(self, dies: bool) -> None:
        if dies:
            self.ended = True
            raise EOFError


@contextlib.contextmanager
def _pool(monkeypatch: pytest.MonkeyPatch, starts: set[int], asked: set[int]):
    monkeypatch.setattr(Dying, "made", [], raising=False)
    monkeypatch.setattr(Dying, "starts", starts, raising=False)
    monkeypatch.setattr(Dying, "asked", asked, raising=False)
    monkeypatch.setattr(pool, "GradingProcess", Dying)
    with contextlib.closing(Pool(Setup({}, NAME, 1), 1)) as made:
        yield made
    assert all(process.ended for process in Dying.made)


def test_what_died_once_is_graded_by_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with _pool(monkeypatch, starts={4}, asked={1, 2, 6}) as one:
        with pytest.raises(WorkerDied):
            one.grade("first")
        assert one.grade("second") == "second by 3"
        assert one.grade("third") == "third by 3"
        Dying.made[-1].ended = True  # it had nothing to do for long
        assert one.grade("fourth") == "fourth by 5"
        Dying.made[-1].ended = True
        assert one.grade("fifth") == "fifth by 7"


def test_what_never_starts_is_no_student_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with _pool(monkeypatch, starts={1, 2}, asked=set()) as one, pytest.raises(CourseError, match="before it could"):
        one.grade("first")


class Told:
    """Workers that answer at once, with no points; over the submissions of some they die, or go with their machine."""

    capacity = 2

    def __init__(self, fatal: str, lost: str = "lost") -> None:
        self._fatal, self._lost = fatal, lost

    def check(self, silent: float) -> None:
        raise CourseError("nobody is left")

    def submit(self, cells: str) -> Future[str]:
        future: Future[str] = Future()
        if self._fatal in cells:
            future.set_exception(WorkerDied())
        elif self._lost in cells:
            future.set_exception(MachinesDied())
        elif "silent" in cells:
            pass
        else:
            future.set_result(Answer({name: Graded() for name in unpack_cells(cells)}, "none").to_json())
        return future


def test_every_task_is_answered_once() -> None:
    tasks = [(number, {NAME: [Cell(0, "fatal" if number % 5 == 0 else "fine")]}) for number in range(23)]
    found = list(answers(Told("fatal"), iter(tasks)))
    assert sorted(number for number, _ in found) == list(range(23))
    assert sorted(number for number, answer in found if isinstance(answer, WorkerDied)) == [0, 5, 10, 15, 20]


def test_whoever_waits_for_an_answer_asks_who_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.01)
    with pytest.raises(CourseError, match="nobody is left"):
        list(answers(Told("fatal"), iter([(1, {NAME: [Cell(0, "silent")]})])))


def test_what_was_lost_with_its_machines_stays_ungraded(
    course: Course, hand_in, fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student, answer in (("adam", "lost = 1"), ("eve", "double = 2"), ("zoe", "double = 3")):
        hand_in(course, NAME, student, fill(NAME, {"double": answer}))
    monkeypatch.setattr(engine, "start", lambda *_: contextlib.nullcontext(Told("fatal")))
    with pytest.raises(CourseError, match="lost while it had the submission: adam"):
        engine.grade(course, NAME)
    monkeypatch.setattr(engine, "start", lambda *_: contextlib.nullcontext(Told("fatal", "none")))
    assert [result.student for result in engine.grade(course, NAME)] == ["adam"]


def test_a_submission_that_kills_gets_zeros_and_a_reason(
    course: Course, hand_in, fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, NAME, "adam", fill(NAME))
    hand_in(course, NAME, "eve", fill(NAME, {"double": "fatal = 1"}))
    monkeypatch.setattr(engine, "start", lambda *_: contextlib.nullcontext(Told("fatal")))
    problems = {result.student: result.problems for result in engine.grade(course, NAME)}
    assert problems == {
        "adam": (),
        "eve": ("The grading process died over this submission, twice. Look at it by hand.",),
    }
    with course.gradebook() as gradebook:
        [notebook] = gradebook.find_submission(NAME, "eve").notebooks
        assert {(grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades} == {(0.0, False)}


def test_a_notebook_that_does_not_run_is_told_in_a_sentence(tmp_path: Path, released: Course) -> None:
    source = released.sources(NAME)[NAME]
    source.cells[0].source = "print('not for the pipe')\n1 / 0"
    process = GradingProcess(Setup({NAME: source}, NAME, 1, str(tmp_path)).to_json(), tmp_path)
    with pytest.raises(CourseError, match="cell 1 raised ZeroDivisionError"):
        process.warm_up()
    process.hang_up()
    process.wait()
    assert process.ended


IMPATIENT = "from autograder.workers import worker; worker.IDLE_SECONDS = 0.5; worker.main()"


def test_a_process_that_nobody_asks_ends(tmp_path: Path, released: Course) -> None:
    library = student_library.build(tmp_path / "library")
    setup = Setup({NAME: released.sources(NAME)[NAME]}, NAME, 1, str(library))
    process = subprocess.Popen([sys.executable, "-c", IMPATIENT], stdin=-1, stdout=-1, text=True)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(setup.to_json() + "\n")
        process.stdin.flush()
        assert "Landlock" in process.stdout.readline()
        assert process.wait(60) == 0


# what a killed process leaves behind

OWNER = """\
from autograder.workers.scratch import scratch
with scratch() as folder:
    (folder / "library").mkdir()
    print(folder, flush=True)
    input()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, None])
def test_a_scratch_folder_goes_with_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals | None
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    others = ["dnnkit-of-somebody", "dnnkit-link.lock", "dnnkit-link"]
    (tmp_path / others[0]).mkdir()
    (tmp_path / others[1]).symlink_to(__file__)
    (tmp_path / others[2]).mkdir()
    with subprocess.Popen([sys.executable, "-c", OWNER], stdin=-1, stdout=-1, text=True) as owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        assert folder.parent == tmp_path
        remove_abandoned(tmp_path)
        assert (folder / "library").is_dir()
        if number:
            owner.send_signal(number)
        else:
            owner.stdin.write("\n")
    assert folder.exists() is (number is not None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as another:
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {*others, another.name, f"{another.name}.lock"}
    assert {path.name for path in tmp_path.iterdir()} == set(others)


def test_a_folder_that_is_still_in_use_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dnnkit-abandoned"
    folder.mkdir()
    folder.with_suffix(".lock").touch()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        remove_abandoned(tmp_path)
    assert folder.exists()
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []
