"""Tests that would give their points to an empty array.

NumPy lets arrays of different shapes meet, and in an empty one nothing differs: `np.linalg.norm(f(x) - y) < 1e-6` and
`np.all(np.abs(f(x) - y) < 1e-6)` hold for every `f` that returns np.empty((0, 3)), and no look at the text of a test
finds all ways to write that. So the test is tried, on the notebook's own answers with their arrays emptied.
"""

from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.grading import points_share
from autograder.instructor import InstructorNotebook, not_asked

__all__ = ["accepts_empty_arrays"]


def accepts_empty_arrays(instructor: InstructorNotebook, cell: NotebookNode) -> bool:
    """Whether a graded cell without `judge` gives full points to answers whose arrays are all empty."""
    marks, emptied = cell.metadata.nbgrader, Emptied()
    try:
        value = instructor.run_own(cell.source, marks.grade_id, not_asked, emptied)
    except Exception:  # which is how a test refuses an answer
        return False
    return emptied.arrays > 0 and points_share(value, float(marks.get("points", 0))) == 1


class Emptied:
    """Gives an answer, a function or a value, with empty arrays in place of its own, and counts them."""

    def __init__(self) -> None:
        self.arrays = 0

    def __call__(self, answer: Any) -> Any:
        if isinstance(answer, type) or not callable(answer):
            return self._value(answer)
        return lambda *args, **kwargs: self._value(answer(*args, **kwargs))

    def _value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        if not isinstance(value, np.ndarray) or not value.size:
            return value
        self.arrays += 1
        return np.empty((0, *value.shape), value.dtype)
