"""Mistakes and styles can be written into a student's cell, where they do what they do here."""

from dataclasses import replace

import nbformat
import numpy as np
import pytest

from autograder.course import NOTEBOOKS
from autograder.demo.answers import mistaken, right, styled, typical_mistakes
from autograder.hidden import items_of
from autograder.items import outcomes
from dnnkit.check.compare import difference
from dnnkit.check.outcome import Case, Outcome
from dnnkit.layers import Linear


def _notebook(source: nbformat.NotebookNode) -> dict[str, object]:
    """What a solved notebook defines."""
    namespace: dict[str, object] = {"np": np, "Linear": Linear}
    for text in right(source).values():
        exec(text, namespace)
    return namespace


def _same(cell: str, item, answer, source: nbformat.NotebookNode) -> bool:
    """Whether the cell's answer gives on the visible cases what `answer` gives here."""
    namespace = _notebook(source)
    exec(cell, namespace)
    mine, theirs = (outcomes(a, item.visible) for a in (namespace[item.name.partition("-")[0]], answer))
    return all(_alike(m, t, case) for m, t, case in zip(mine, theirs, item.visible, strict=True))


def _alike(mine: Outcome, theirs: Outcome, case: Case) -> bool:
    if mine.error or theirs.error:
        return mine.error == theirs.error
    same_side_effect = bool(mine.changed) == bool(theirs.changed)
    return same_side_effect and difference(replace(mine, changed=()), theirs, case) is None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mistake_in_a_cell_is_the_same_mistake(assignment: str) -> None:
    source = nbformat.read(NOTEBOOKS / assignment / f"{assignment}.ipynb", 4)
    items = items_of(assignment)
    different = [
        mistake.name
        for name, mistakes in typical_mistakes(assignment).items()
        for mistake in mistakes
        if not _same(mistaken(source, name, mistake), items[name], mistake.answer, source)
    ]
    assert different == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_style_in_a_cell_is_right(assignment: str, number: int) -> None:
    source = nbformat.read(NOTEBOOKS / assignment / f"{assignment}.ipynb", 4)
    cells = styled(source, assignment, number)
    wrong = [name for name, item in items_of(assignment).items() if not _same(cells[name], item, item.answer, source)]
    assert wrong == []
