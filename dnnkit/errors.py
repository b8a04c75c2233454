"""The errors of dnnkit, each a sentence that says what was called, what came, what was expected.

::

    DnnkitError
    ├── CheckFailed           a visible check found a wrong answer (dnnkit.check)
    ├── NotUnderAutograder    a graded cell ran without the course's autograder (dnnkit.check)
    └── CourseError           the installation, bundle or course directory is not usable as it is

A call that makes no sense (a filter longer than its padded input) raises Python's own ``ValueError``.
"""

__all__ = ["CheckFailed", "CourseError", "DnnkitError", "NotUnderAutograder"]


class DnnkitError(Exception):
    """Base of every error of this package. In a notebook it shows as its message, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class CheckFailed(DnnkitError):
    """A visible check found an answer that is not right yet."""


class NotUnderAutograder(DnnkitError):
    """A graded cell was executed by something else than the course's autograder."""


class CourseError(DnnkitError):
    """Something a command needs is missing or not as expected; the message says what to do."""
