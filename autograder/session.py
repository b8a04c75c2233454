"""One student's notebook as a thing that can be asked: cells run, functions called, in a confined process.

When a call or a cell has to be ended, the process is gone; the next question starts a new one and runs the cells
so far again, so that one bad answer costs no other.
"""

import ast
import builtins
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from IPython.core.inputtransformer2 import TransformerManager

from autograder.sandbox import CallFailed, CellResult, Limits, StudentProcess, StudentStopped, WarmProcess
from autograder.student.stand_in import Given
from dnnkit.check.outcome import STOPPED, Case, Outcome

__all__ = [
    "RemoteError",
    "RemoteFunction",
    "Session",
    "bound_names",
    "definitions",
    "plain_python",
    "remote_error",
]

RESTARTS = 12

T = TypeVar("T")


class Session:
    """The confined process of one run of one submission, started anew whenever it was ended."""

    def __init__(self, warm: WarmProcess, limits: Limits, deadline: float) -> None:
        self._warm = warm
        self._limits = limits
        self._deadline = deadline
        self._process: StudentProcess | None = None
        self._ran: list[str] = []
        self._restarts = 0

    def run_cell(self, source: str, quiet: bool) -> CellResult:
        """Run a cell of the notebook. Raises StudentStopped where it had to be ended."""
        try:
            result = self._ready().run_cell(source, quiet=quiet, timeout=self._seconds(self._limits.cell_seconds))
        except StudentStopped:
            self.close()
            # what stopped once would stop every replay: of such a cell only the definitions are run again
            self._ran.append(definitions(source))
            raise
        self._ran.append(source)
        return result

    def ask(self, question: Callable[[StudentProcess, float], T]) -> T:
        """Put one question to the process. Raises StudentStopped where it had to be ended."""
        try:
            return question(self._ready(), self._seconds(self._limits.call_seconds))
        except StudentStopped:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _ready(self) -> StudentProcess:
        if self._process is None:
            if self._restarts > RESTARTS:
                raise StudentStopped("the notebook process had to be ended too often")
            self._restarts += 1
            self._process = self._warm.fork(limits=self._limits)
            for source in self._ran:
                self._process.run_cell(source, quiet=True, timeout=self._seconds(self._limits.cell_seconds))
        return self._process

    def _seconds(self, most: float) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise StudentStopped("the notebook used up its time")
        return min(most, left)


class RemoteError(Exception):
    """An error that the student's function raised; also of the built-in type it had, so that tests can expect it."""

    type_name = "an error of its own"


def remote_error(type_name: str, message: str) -> RemoteError:
    """A RemoteError that is a `type_name` too, where that is one of Python's own exceptions.

    >>> isinstance(remote_error("ValueError", "no"), ValueError)
    True
    """
    kind = getattr(builtins, type_name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return RemoteError(message)
    both = type(type_name, (RemoteError, kind), {"type_name": type_name})
    return both(message)


class RemoteFunction:
    """A student's function, to be called from the instructor's side. Only plain values cross."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self.__name__ = name
        self._stopped = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it as an ordinary hidden test does: a value comes back, or the error that was raised."""
        try:
            result = self._session.ask(lambda process, time: process.call(self.__name__, args, kwargs, timeout=time))
        except CallFailed as failure:
            raise remote_error(failure.type_name, failure.message) from None
        return result.value

    def outcome(self, case: Case, given: Sequence[Given] = ()) -> Outcome:
        """What the function gives on a case, helpers giving what is `given`.

        After it had to be ended once it is not called again.
        """
        if self._stopped:
            return Outcome(error=STOPPED, message=self._stopped)
        try:
            result = self._session.ask(
                lambda process, time: process.call(self.__name__, case.args, dict(case.kwargs), time, given)
            )
        except CallFailed as failure:
            kind = failure.type_name if failure.type_name in vars(builtins) else RemoteError.type_name
            return Outcome(error=kind, message=failure.message)
        except StudentStopped as stopped:
            self._stopped = f"not tried, because an earlier call was ended: {stopped}"
            return Outcome(error=STOPPED, message=str(stopped))
        return Outcome(value=result.value, changed=result.changed_arguments)


def plain_python(source: str) -> str:
    """A cell's text with IPython's magics turned into ordinary calls."""
    return TransformerManager().transform_cell(source)


def bound_names(source: str) -> set[str]:
    """The global names that a cell binds by def, class or assignment; imports do not count.

    >>> sorted(bound_names("import numpy as np\\ndef f(x): y = x\\nanswers = {}"))
    ['answers', 'f']
    """
    names: set[str] = set()
    for node in ast.parse(plain_python(source)).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return names


def definitions(source: str) -> str:
    """Only the imports, functions and classes of a cell; nothing where it is not valid Python.

    >>> definitions("import math\\nfor i in range(10**9): pass\\ndef f(x): return x")
    'import math\\n\\ndef f(x):\\n    return x'
    """
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.parse(plain_python(source))
        tree.body = [node for node in tree.body if isinstance(node, kinds)]
        return ast.unparse(tree)
    return ""
