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
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


def right(source: NotebookNode) -> dict[str, str]:
    """The instructor's own answers by item."""
    cells = {name: cell for cell in source.cells if (name := grade_id(cell) or "").endswith(SOLUTION)}
    return {name.removesuffix(SOLUTION): _without_marks(cell.source) for name, cell in cells.items()}


def styled(source: NotebookNode, assignment: str, number: int) -> dict[str, str]:
    """Right answers in the style `number` of each item, the instructor's where there are not so many."""
    styles = _module(assignment, "styles").STYLES
    return right(source) | {
        item: _as_answer(item, answers[number]) for item, answers in styles.items() if number < len(answers)
    }


def typical_mistakes(assignment: str) -> dict[str, tuple[Misconception, ...]]:
    """The named mistakes of each item that has any."""
    return {name: item.misconceptions for name, item in items_of(assignment).items() if item.misconceptions}


def mistaken(item: str, mistake: Misconception) -> str:
    """A cell whose answer to `item` is that mistake."""
    return _as_answer(item, mistake.answer)


def _as_answer(item: str, answer: Any) -> str:
    """The text that binds `item` to a function of ours, with what its module imports; a dictionary as itself."""
    if isinstance(answer, dict):
        return f"from numpy import array\n{item} = {answer!r}"
    imports = _imports(inspect.getmodule(answer))
    return f"{imports}\n\n{inspect.getsource(answer)}\n{item} = {answer.__name__}"


def _imports(module: ModuleType | None) -> str:
    if module is None:
        return ""
    nodes = ast.parse(inspect.getsource(module)).body
    own = [
        node
        for node in nodes
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("autograder", "dnnkit")))
    ]
    return "\n".join(map(ast.unparse, own))


def _without_marks(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip() not in MARKS)


def _module(assignment: str, name: str) -> ModuleType:
    return importlib.import_module(f"autograder.hidden.{assignment.lstrip('0123456789_')}.{name}")
