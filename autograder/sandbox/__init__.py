"""The trusted side of the student process: start it, run cells in it, call its functions, end it.

::

    with WarmProcess(library=folder) as warm:
        with warm.fork() as student:
            student.run_cell("def double(x): return 2 * x")
            value, changed = student.call("double", (21,), {})
"""

from autograder.sandbox.client import (
    CallFailed,
    CallResult,
    CellResult,
    Limits,
    Missing,
    NotStarted,
    StudentProcess,
    StudentStopped,
)
from autograder.sandbox.process import Confinement, WarmProcess
from autograder.student.outputs import clean_outputs

__all__ = [
    "CallFailed",
    "CallResult",
    "CellResult",
    "Confinement",
    "Limits",
    "Missing",
    "NotStarted",
    "StudentProcess",
    "StudentStopped",
    "WarmProcess",
    "clean_outputs",
]
