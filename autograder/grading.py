"""Grading one notebook: the warm pair.

Student cells run in a confined process that never meets a hidden test; graded cells run here, in the instructor's
namespace, and call into it.
"""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder import outputs
from autograder.given import Given
from autograder.hidden import items_of
from autograder.instructor import InstructorNotebook, imports, is_hidden_failure, not_asked, visible_part
from autograder.items import Prepared, prepare
from autograder.judge import GroupVerdict, Verdict, nothing_earned, verdict
from autograder.remote import Questions, StudentError
from autograder.sandbox import Confinement, Limits, StudentStopped, WarmProcess, clean_outputs
from autograder.session import Session
from dnnkit.check import report
from dnnkit.check.compare import told_error
from dnnkit.check.limit import TimeIsUp, time_limit
from dnnkit.check.outcome import Case, Outcome, lookup
from dnnkit.errors import CourseError

__all__ = ["Cell", "Graded", "Grader", "outcomes", "points_share"]

SUBMISSION_SECONDS = 60.0  # of one notebook
DISPLAY_SECONDS = 25.0  # of these, so that a notebook that only wastes time is judged all the same
TEST_SECONDS = 0.5  # for what a test computes itself, behind the student's share of the time
HIDDEN_FAILURE = "a hidden test failed"


@dataclass(frozen=True)
class Cell:
    """A code cell of a rebuilt submission. `points` is None but for graded cells."""

    position: int
    source: str
    name: str = ""
    points: float | None = None
    explore: bool = False
    saved_outputs: list[Any] = field(default_factory=list)


@dataclass
class Graded:
    """Outputs and execution counts by position in the notebook; verdicts and seconds by graded cell."""

    outputs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    counts: dict[int, int | None] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Grader:
    """A warm pair for one source notebook; close it in the end (contextlib.closing).

    `library` is what student code may import as dnnkit (autograder.student_library.build); `unconfined` lets it
    have all rights of this user where nothing can confine it.
    Raises CourseError where the source notebook does not run or this machine cannot confine student code.
    """

    def __init__(
        self, source: NotebookNode, assignment: str, seed: int, library: Path, *, unconfined: bool = False
    ) -> None:
        self._limits = _limits(source)
        with ThreadPoolExecutor(1) as thread:  # which is gone before anything is forked here
            starting = thread.submit(WarmProcess, library, imports(source), unconfined=unconfined)
            try:
                self._items = {name: prepare(item, seed) for name, item in items_of(assignment).items()}
                self._instructor = InstructorNotebook(source, self._items)
            except BaseException:
                with contextlib.suppress(CourseError):
                    starting.result().close()
                raise
            self._warm = starting.result()

    def close(self) -> None:
        """End the warm process."""
        self._warm.close()

    @property
    def confinement(self) -> Confinement:
        """Which layers hold the student's process."""
        return self._warm.confinement

    def grade(self, cells: list[Cell]) -> Graded:
        """Grade one notebook: a display run, whose outputs are kept, then a quiet test run in a fresh process.

        Of the time, each graded cell may use an equal part of what those before it have left.
        Raises NotStarted where no student process can be started any more.
        """
        graded = Graded()
        started = time.monotonic()
        for run_notebook, seconds in (
            (self._display_run, DISPLAY_SECONDS),
            (self._test_run, SUBMISSION_SECONDS),
        ):
            with contextlib.closing(Session(self._warm, self._limits, started + seconds)) as session:
                run_notebook(cells, session, graded)
        return graded

    def _display_run(self, cells: list[Cell], session: Session, graded: Graded) -> None:
        """The notebook as the student sees it, with the visible parts of the graded cells."""
        room, waiting = outputs.Room(), _count_graded(cells)
        for cell in cells:
            if cell.points is not None:
                with session.share(waiting) as seconds:
                    graded.outputs[cell.position] = self._visible_outputs(cell, session, seconds)
                waiting -= 1
            elif cell.explore:
                graded.outputs[cell.position] = room.kept(clean_outputs(cell.saved_outputs))
                _run_quietly(cell, session)
            else:
                try:
                    result = session.run_cell(cell.source, quiet=False)
                except StudentStopped as stopped:
                    graded.outputs[cell.position] = [outputs.error("Stopped", str(stopped))]
                    continue
                graded.outputs[cell.position] = room.kept(result.outputs)
                graded.counts[cell.position] = result.execution_count

    def _test_run(self, cells: list[Cell], session: Session, graded: Graded) -> None:
        """The notebook once more, of which nothing printed is kept; each graded cell is judged where it stands."""
        waiting = _count_graded(cells)
        for cell in cells:
            if cell.points is None:
                _run_quietly(cell, session)
                continue
            started = time.perf_counter()
            with session.share(waiting) as seconds:
                found = _scaled(self._judged(cell, session, seconds), cell.points)
            waiting -= 1
            graded.seconds[cell.name] = time.perf_counter() - started
            graded.verdicts[cell.name] = found
            graded.outputs[cell.position] += [
                outputs.verdict_output(found),
                outputs.points_output(found.earned),
            ]

    def _visible_outputs(self, cell: Cell, session: Session, seconds: float) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []

        def check(name: str, answer: Any) -> None:
            questions = Questions(session)
            shown.append(outputs.report_output(report(name, answer, questions, questions.find)))

        try:
            visible = replace(cell, source=visible_part(cell.source))
            self._run_graded(visible, session, seconds, check, judge=not_asked)
        except Exception as error:
            shown.append(outputs.error(type(error).__name__, str(error)[:2000]))
        return shown

    def _judged(self, cell: Cell, session: Session, seconds: float) -> Verdict:
        """The verdict of one graded cell, whatever goes wrong in it."""
        verdicts: list[Verdict] = []

        def judge(name: str, answer: Any) -> None:
            verdicts.append(verdict(self._items[name], outcomes(self._items[name], answer, Questions(session))))

        try:
            value = self._run_graded(cell, session, seconds, check=not_asked, judge=judge)
        except Exception as error:
            reason = _told(error, cell)
            if cell.name in self._items:
                return nothing_earned(self._items[cell.name], reason)
            return Verdict(cell.name, (GroupVerdict("the test", 1.0, 0.0, reason),))
        if not verdicts:
            share = points_share(value, cell.points or 0.0)
            reason = "the test gives a part of the points" if share < 1 else ""
            return Verdict(cell.name, (GroupVerdict("the test", 1.0, share, reason),))
        groups = tuple(group for found in verdicts for group in found.groups)
        return Verdict(cell.name, groups, tuple(hint for found in verdicts for hint in found.hints))

    def _run_graded(
        self, cell: Cell, session: Session, seconds: float, check: Callable[..., None], judge: Callable[..., None]
    ) -> Any:
        """Run a graded cell; one that the student's numbers keep busy is ended a little after its seconds."""
        try:
            with time_limit(seconds + TEST_SECONDS):
                return self._instructor.run_graded(cell.source, cell.name, session, check, judge)
        except TimeIsUp:
            session.close()  # a question may have been under way
            raise StudentStopped("the test did not end in time") from None


def _limits(source: NotebookNode) -> Limits:
    """The limits of student code, other than usual where the notebook's metadata has them: {"limits": {NAME: number}}.

    >>> _limits(NotebookNode(metadata={"limits": {"cell_seconds": 30}})).cell_seconds
    30
    """
    own = source.metadata.get("limits", {})
    known = {limit.name for limit in fields(Limits)}
    for name, value in own.items():
        if name not in known or not isinstance(value, (int, float)) or value <= 0:
            raise CourseError(
                f"The source notebook's metadata has the limit {name!r}: {value!r}. A limit is a number above 0, and "
                f"its name one of {', '.join(sorted(known))}."
            )
    return Limits(**own)


def _count_graded(cells: Sequence[Cell]) -> int:
    return sum(cell.points is not None for cell in cells)


def _run_quietly(cell: Cell, session: Session) -> None:
    """Run a cell for what it defines; of an explore cell, only its definitions and imports."""
    with contextlib.suppress(StudentStopped):
        session.run_cell(cell.source, quiet=True, definitions=cell.explore)


def outcomes(item: Prepared, answer: Any, ask: Callable[[Any, Case, Sequence[Given]], Outcome]) -> list[Outcome]:
    """What asking an answer gives on each hidden case."""
    candidate = lookup(answer) if item.entries else answer
    return [ask(candidate, case, given) for case, given in zip(item.cases, item.given, strict=True)]


def _told(error: Exception, cell: Cell) -> str:
    """What may be said of an error in a graded cell: no text that the student's code could have written."""
    if isinstance(error, StudentStopped):
        return str(error)
    if isinstance(error, StudentError):
        return told_error(error.type_name)
    if isinstance(error, NameError):
        return f"{error.name} is not defined in the notebook"
    return HIDDEN_FAILURE if is_hidden_failure(error, cell.source, cell.name) else "a visible test failed"


def points_share(value: Any, points: float) -> float:
    """The part of the points that an ordinary graded cell gives: all, or what its last expression says."""
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if not isinstance(value, (int, float, np.number)) or points <= 0:
        return 1.0
    share = float(value) / points
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0


def _scaled(found: Verdict, points: float) -> Verdict:
    """The verdict with its groups' points scaled to what the cell is worth in the gradebook."""
    if found.points in (0.0, points):
        return found
    factor = points / found.points
    groups = tuple(replace(g, points=g.points * factor, earned=g.earned * factor) for g in found.groups)
    return replace(found, groups=groups)
