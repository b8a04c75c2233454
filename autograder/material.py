"""What an assignment is graded with: source notebooks, released cells, and a digest of all that marks rest on."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder import gradebook as scores
from autograder import hidden
from autograder.course import Course
from autograder.notebook import SourceCell
from dnnkit import reference
from dnnkit.errors import CourseError

__all__ = ["Material"]


@dataclass(frozen=True)
class Material:
    """Source notebooks and released cells of an assignment by notebook name.

    `digest` changes with everything that may change a mark: the notebooks, the released cells and their points, the
    course's seed, the hidden cases, the reference.
    """

    assignment: str
    sources: dict[str, NotebookNode]
    released: dict[str, list[SourceCell]]
    digest: str

    @classmethod
    def of(cls, gradebook: Gradebook, course: Course, assignment: str) -> "Material":
        """Raises CourseError where the assignment is unknown, not released, or has lost a notebook since."""
        course.require_assignment(assignment)
        sources = course.sources(assignment)
        gone = sorted({entry.name for entry in scores.released(gradebook, assignment).notebooks} - sources.keys())
        if gone:
            raise CourseError(
                f"{', '.join(gone)} of {assignment!r} was released and is not in {course.folder('source', assignment)} "
                f"any more: put it back. Where nothing is graded yet, `autograder release {assignment}` takes it out "
                "of the gradebook instead."
            )
        released = {name: scores.source_cells(gradebook, assignment, name, source) for name, source in sources.items()}
        digest = hashlib.sha256(str(course.seed).encode())
        for name in sources:
            digest.update(json.dumps([(cell.cell_type, cell.source) for cell in sources[name].cells]).encode())
            digest.update(json.dumps([(c.name, c.source, c.points) for c in released[name]]).encode())
        for file in _programs(assignment):
            digest.update(file.read_bytes())
        return cls(assignment, sources, released, digest.hexdigest())


def _programs(assignment: str) -> Iterator[Path]:
    """The files that say what is right: the assignment's hidden cases, and the reference."""
    for folder in (hidden.folder_of(assignment), Path(reference.__file__).parent):
        yield from sorted(folder.glob("*.py"))
