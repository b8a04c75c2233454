"""A grading process, seen from the process that started it.

It is a program of its own, not a fork: it may be started from a process with threads, as a Dask worker is, and from
one that multiprocessing would not let have children.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO, cast

from autograder.sandbox.process import ONE_THREAD
from dnnkit.errors import CourseError

__all__ = ["GradingProcess"]

END_SECONDS = 30.0


class GradingProcess:
    """One process with warm pairs (autograder.workers.worker), which takes one submission at a time.

    `setup` is what to make the pairs of (messages.Setup.to_json), `temporary` where it may put files.
    """

    def __init__(self, setup: str, temporary: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.workers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD, "TMPDIR": str(temporary)},
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is the master's business
        )
        self._stdin, self._stdout = cast(TextIO, self._process.stdin), cast(TextIO, self._process.stdout)
        self._setup = setup
        self.warm = False

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def warm_up(self) -> None:
        """Wait until it can grade. Raises CourseError where it cannot on this machine, EOFError where it died."""
        if not self.warm:
            told = json.loads(self._ask(self._setup))
            if "error" in told:
                raise CourseError(told["error"])
            self.warm = True

    def grade(self, cells: str) -> str:
        """Cells of one submission in (messages.pack_cells), an Answer out. Raises as `warm_up` does."""
        self.warm_up()
        return self._ask(cells)

    def hang_up(self) -> None:
        """Tell it to end, whatever it is doing."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def wait(self) -> None:
        """Wait until it has ended, with all that it started."""
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def _ask(self, line: str) -> str:
        try:
            self._stdin.write(line + "\n")
            self._stdin.flush()
            answer = self._stdout.readline()
        except (OSError, ValueError):  # it is gone, or was hung up
            answer = ""
        if not answer.endswith("\n"):
            self.hang_up()
            self.wait()
            raise EOFError
        return answer
