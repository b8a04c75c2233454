"""What broke, and at whom: files that could not be read, and answers that had to be stopped or raised an error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.report.records import ClassRecord, Submission

__all__ = ["KINDS", "Failure", "failures"]

KINDS = {
    "file": "The notebook is missing or cannot be read",
    "crash": "The process ended",
    "time": "Took too long",
    "memory": "Ran out of memory",
    "policy": "Tried what is not allowed",
    "import": "Imports what is not there when grading",
    "error": "A cell does not run",
}
"""Every kind of failure, worst first, with its heading."""

SIGNS = {
    "time": r"took longer than|used up its time",
    "crash": r"the process ended|had to be ended too often|sent invalid data|warm process|could not be confined",
    "memory": r"\bMemoryError\b",
    "policy": r"\b(PermissionError|BlockingIOError)\b",
    "import": r"\b(ModuleNotFoundError|ImportError)\b",
}
"""The words of the grader's reasons, and the names of errors, by which each kind is known."""

LONGEST = 300  # characters of a message
STUB = "NotImplementedError"  # what an answer that is not written yet raises


@dataclass(frozen=True)
class Failure:
    """One kind of failure of one student: in which items or cells, and the first message."""

    kind: str
    student: str
    cells: tuple[str, ...]
    message: str


def failures(record: ClassRecord) -> tuple[Failure, ...]:
    """Every failure by kind, then by student."""
    found = [failure for submission in record.submissions for failure in _failures(submission)]
    return tuple(sorted(found, key=lambda failure: list(KINDS).index(failure.kind)))


def _failures(submission: Submission) -> Iterator[Failure]:
    """The failures of one student, one of each kind."""
    copy = submission.copy
    if copy.problem:
        yield Failure("file", submission.student, (), copy.problem)
    noticed = [(name, group.reason) for (_, name), v in copy.verdicts.items() for group in v.groups if group.reason]
    told = [(cell, text) for cell, text in noticed if _kind(text)]
    told += [(error.cell, f"{error.name}: {error.text}") for error in copy.errors if error.name != STUB]
    for kind in KINDS:
        own = [(cell, text) for cell, text in told if (_kind(text) or "error") == kind]
        if own:
            yield Failure(kind, submission.student, tuple(dict.fromkeys(cell for cell, _ in own)), own[0][1][:LONGEST])


def _kind(text: str) -> str | None:
    return next((kind for kind, sign in SIGNS.items() if re.search(sign, text)), None)
