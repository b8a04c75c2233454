"""Answers of simulated students, as text for their cells: right ones in several styles, and typical mistakes."""

import ast
import importlib
import inspect
from types import ModuleType
from typing import Any

from nbformat import NotebookNode

from autograder.hidden import items_of
from autograder.items import Misconception
from autograder.notebook import grade_id

__all__ = ["SOLUTION", "mistaken", "right", "styled", "typical_mistakes"]

SOLUTION = "-solution"
OWN_ROOMS = ("autograder", "dnnkit.reference")
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


def right(source: NotebookNode) -> dict[str, str]:
    """The instructor's own answers by item."""
    cells = {name: cell for cell in source.cells if (name := grade_id(cell) or "").endswith(SOLUTION)}
    return {name.removesuffix(SOLUTION): _without_marks(cell.source) for name, cell in cells.items()}


def styled(source: NotebookNode, assignment: str, number: int) -> dict[str, str]:
    """Right answers in the style `number` of each item, the instructor's where there are not so many."""
    styles = _module(assignment, "styles").STYLES
    return right(source) | {
        item: _as_answer(item, answers[number])
        for item, answers in styles.items()
        if number < len(answers) and _has_text(answers[number])
    }


def typical_mistakes(assignment: str) -> dict[str, tuple[Misconception, ...]]:
    """The named mistakes of each item that has any, as far as they can be written into a cell."""
    named = {
        name: tuple(mistake for mistake in item.misconceptions if _has_text(mistake.answer))
        for name, item in items_of(assignment).items()
    }
    return {name: mistakes for name, mistakes in named.items() if mistakes}


def mistaken(source: NotebookNode, item: str, mistake: Misconception) -> str:
    """A cell whose answer to `item` is that mistake; a wrong class stands behind the right one that it changes."""
    return f"{right(source).get(item, '')}\n\n{_as_answer(item, mistake.answer)}"


def _has_text(answer: Any) -> bool:
    return not (isinstance(answer, dict) and any(map(callable, answer.values())))


def _as_answer(item: str, answer: Any) -> str:
    """The text that binds the item's name to an answer of ours, with what it needs of its module."""
    name = item.partition("-")[0]
    if isinstance(answer, dict):
        return f"from numpy import array\n{name} = {answer!r}"
    text = inspect.getsource(answer)
    return f"{_needs(inspect.getmodule(answer), text)}\n\n{text}\n{name} = {answer.__name__}"


def _needs(module: ModuleType | None, text: str) -> str:
    """The imports of a module, but for those of the course's own rooms, and the private functions that `text` calls."""
    needed = []
    for node in ast.parse(inspect.getsource(module)).body if module else ():
        foreign = isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(OWN_ROOMS)
        helper = isinstance(node, ast.FunctionDef) and node.name.startswith("_") and f"{node.name}(" in text
        if isinstance(node, ast.Import) or foreign or helper:
            needed.append(ast.unparse(node))
    return "\n".join(needed)


def _without_marks(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip() not in MARKS)


def _module(assignment: str, name: str) -> ModuleType:
    return importlib.import_module(f"autograder.hidden.{assignment.lstrip('0123456789_')}.{name}")
