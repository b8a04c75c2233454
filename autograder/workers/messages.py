"""What travels between the master and the processes that grade: lines of JSON.

The outputs in there were made by students, so they are never pickled, wherever the process runs.
"""

import json
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from autograder.grading import Cell, Graded
from autograder.judge import Verdict

__all__ = ["Answer", "Setup", "pack_cells", "unpack_cells"]


@dataclass(frozen=True)
class Setup:
    """What a grading process needs to make its warm pairs; `library` is a folder on its own machine.

    `unconfined` lets students' code run where nothing can confine it.
    """

    sources: dict[str, NotebookNode]
    assignment: str
    seed: int
    library: str = ""
    unconfined: bool = False

    def to_json(self) -> str:
        sources = {name: nbformat.writes(source) for name, source in self.sources.items()}
        return json.dumps([sources, self.assignment, self.seed, self.library, self.unconfined])

    @classmethod
    def from_json(cls, text: str) -> "Setup":
        sources, *rest = json.loads(text)
        return cls({name: nbformat.reads(source, as_version=4) for name, source in sources.items()}, *rest)


@dataclass(frozen=True)
class Answer:
    """What grading one submission gave, by notebook, and what confined it meanwhile.

    `problem` says why it was not graded to the end, where it was not.
    """

    graded: dict[str, Graded]
    confinement: str
    problem: str = ""

    def to_json(self) -> str:
        return json.dumps(self, default=vars)

    @classmethod
    def from_json(cls, text: str) -> "Answer":
        data = json.loads(text)
        graded = {name: _graded(**found) for name, found in data["graded"].items()}
        return cls(graded, data["confinement"], data["problem"])


def _graded(outputs: dict, counts: dict, verdicts: dict, seconds: dict) -> Graded:
    """JSON has no numbers for keys: positions come as text."""
    return Graded(
        {int(position): found for position, found in outputs.items()},
        {int(position): count for position, count in counts.items()},
        {name: Verdict.from_dict(found) for name, found in verdicts.items()},
        seconds,
    )


def pack_cells(cells: dict[str, list[Cell]]) -> str:
    """The cells to run of one submission, by notebook."""
    return json.dumps(cells, default=vars)


def unpack_cells(text: str) -> dict[str, list[Cell]]:
    """Take back what `pack_cells` made.

    >>> unpack_cells(pack_cells({"04_pooling": [Cell(3, "x = 1")]}))["04_pooling"][0].source
    'x = 1'
    """
    return {name: [Cell(**cell) for cell in own] for name, own in json.loads(text).items()}
