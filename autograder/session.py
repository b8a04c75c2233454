"""One run of a student's notebook in a confined process that is started anew whenever it had to be ended.

When a call or a cell has to be ended, the process is gone; the next question starts a new one and runs the cells
so far again, so that one bad answer costs no other.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from autograder.given import Given
from autograder.sandbox import CellResult, Limits, StudentProcess, StudentStopped, WarmProcess

__all__ = ["Session"]

RESTARTS = 12

T = TypeVar("T")


class Session:
    """The confined process of one run of one submission, started anew whenever it was ended."""

    def __init__(self, warm: WarmProcess, limits: Limits, deadline: float) -> None:
        self._warm = warm
        self._limits = limits
        self._deadline = deadline
        self._process: StudentProcess | None = None
        self._ran: list[tuple[str, bool]] = []  # cells to run again, and whether only their definitions
        self._restarts = 0
        # of the call that is being made: what helpers give, and which arguments were changed in place
        self.given: Sequence[Given] = ()
        self.changed: list[int | str] = []

    def run_cell(self, source: str, quiet: bool, definitions: bool = False) -> CellResult:
        """Run a cell of the notebook, or only its `definitions`. Raises StudentStopped where it had to be ended."""
        try:
            process, seconds = self._ready(), self._seconds(self._limits.cell_seconds)
            result = process.run_cell(source, quiet, seconds, definitions)
        except StudentStopped:
            self.close()
            # what stopped once would stop every replay: of such a cell only the definitions are run again
            self._ran.append((source, True))
            self._left()
            raise
        self._ran.append((source, definitions))
        return result

    def ask(self, question: Callable[[StudentProcess, float], T]) -> T:
        """Put one question to the process. Raises StudentStopped where it had to be ended."""
        try:
            return question(self._ready(), self._seconds(self._limits.call_seconds))
        except StudentStopped:
            self.close()
            self._left()
            raise

    @contextlib.contextmanager
    def share(self, parts: int) -> Iterator[float]:
        """Allow one of so many equal parts of the time that is left; gives its seconds."""
        deadline, left = self._deadline, max(0.0, self._deadline - time.monotonic())
        self._deadline = time.monotonic() + left / parts
        try:
            yield left / parts
        finally:
            self._deadline = deadline

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _ready(self) -> StudentProcess:
        while self._process is None:
            self._left()
            if self._restarts > RESTARTS:
                raise StudentStopped("the notebook process had to be ended too often")
            self._restarts += 1
            self._process = self._warm.fork(limits=self._limits)
            self._replay(self._process)
        return self._process

    def _replay(self, process: StudentProcess) -> None:
        """Run the cells so far again. One that has to be ended takes the process with it, and is left out from then."""
        for cell in self._ran:
            source, definitions = cell
            seconds = self._seconds(self._limits.cell_seconds)
            try:
                process.run_cell(source, True, seconds, definitions)
            except StudentStopped:
                self.close()
                self._ran.remove(cell)
                return

    def _seconds(self, most: float) -> float:
        return min(most, self._left())

    def _left(self) -> float:
        """The seconds that are left. Raises StudentStopped, which does not tell of what they were used for, at 0."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise StudentStopped("the notebook used up its time")
        return left
