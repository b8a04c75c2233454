"""Visible checks for students: a function in, a report out.

::

    from dnnkit.check import check
    check("conv1d", conv1d)

The cases are few and visible; what is graded later are other cases of the same kind. A backward is also held against
the student's own forward; a call that does not return is ended; in a notebook a widget opens at the first wrong number.
"""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dnnkit.check import limit
from dnnkit.check.diagnose import explaining, first_differences
from dnnkit.check.limit import InTime
from dnnkit.check.outcome import Case, Outcome, blanked, lookup, run
from dnnkit.check.own_forward import agreement, finder
from dnnkit.check.picture import picture_of
from dnnkit.check.report import Report
from dnnkit.check.stored import stored_item
from dnnkit.errors import CheckFailed, NotUnderAutograder

__all__ = ["Case", "Outcome", "Report", "check", "judge", "report"]


def report(
    name: str, answer: Any, run: Callable[[Any, Case], Outcome] = run, find: Callable[[str, str], Any] | None = None
) -> Report:
    """Try a student's answer on the visible cases of the task `name`; see the result's `.passed` and `str()`.

    `run` calls the answer; the autograder passes one that calls into the student's process. Where `find` is given,
    as in `own_forward.finder`, a backward is held against the student's own forward, too.
    Raises CourseError where no task has this name.
    """
    item = stored_item(name)
    candidate = lookup(answer) if item.entries else answer
    got = tuple(run(candidate, case) for case in item.cases)
    if item.form_only:
        got = tuple(replace(outcome, value=blanked(outcome.value)) for outcome in got)
    mistakes = explaining(got, item.expected, item.cases, item.mistakes, item.entries)
    runs = all(outcome.error is None for outcome in got)
    return Report(
        name=name,
        cases=item.cases,
        got=got,
        expected=item.expected,
        differences=tuple(first_differences(got, item.expected, item.cases)),
        hints=tuple(dict.fromkeys(mistake.hint for mistake in mistakes)),
        entries=item.entries,
        form_only=item.form_only,
        own=agreement(name, answer, find, run) if find and runs else None,
    )


def check(name: str, answer: Any) -> None:
    """Show how an answer does on the visible cases of its task.

    Raises CheckFailed, one sentence without a traceback, where a case is wrong, so that "run all" and
    nbgrader's Validate stop there.
    """
    with contextlib.redirect_stderr(sys.stdout):  # nbgrader's Validate takes a warning for a failure
        found = report(name, answer, InTime(limit.SECONDS), finder(answer))
    _show(found, answer)
    if not found.passed:
        raise CheckFailed(found.summary)


def judge(name: str, answer: Any) -> None:
    """Stands in hidden tests, where the autograder puts its own judge in its place.

    Raises NotUnderAutograder: whoever runs a graded cell without the course's autograder gets no points.
    """
    raise NotUnderAutograder(
        f"judge({name!r}, ...) was called outside dnnkit's autograder, so nothing was judged "
        "and no point is given. "
        "Run `autograder grade`, or `nbgrader autograde` in a course directory made by `autograder init`."
    )


def _show(found: Report, answer: Any) -> None:
    """The report as a table where a notebook is listening, and a picture of the first wrong number; else as text."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    if shell is None or shell.__class__.__name__ == "TerminalInteractiveShell":
        print(found)
        return
    display(found)
    picture = picture_of(found, answer)
    if picture is not None:
        words, view = picture
        display({"text/plain": words, "text/html": f"<p>{words}</p>"}, raw=True)
        display(view)
