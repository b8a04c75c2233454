"""A simulated class: what each student hands in, and what the marks must then be."""

import copy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.demo.answers import SOLUTION, mistaken, right, styled, typical_mistakes
from autograder.items import Misconception
from autograder.notebook import grade_id

__all__ = ["Handin", "Task", "filled", "honest_class", "hostile_class"]

ATTACKS = Path(__file__).parent / "attacks"
WRITTEN = "What I think, in my own words, so that somebody reads it."


@dataclass
class Task:
    """An assignment as the simulated students get it."""

    assignment: str
    source: NotebookNode
    released: NotebookNode
    judged: dict[str, float]  # points of the items that are judged
    written: tuple[str, ...]  # items that a person grades


@dataclass
class Handin:
    """A folder to hand in, and the marks it must get.

    `zero` names the items that must give nothing, `mistakes` those that must give less than everything together
    with the hint that is due; every other judged item must give full points. `waits` says whether written
    answers wait for a person.
    """

    student: str
    files: dict[str, str]
    zero: frozenset[str] = frozenset()
    mistakes: dict[str, Misconception] = field(default_factory=dict)
    waits: bool = True


def honest_class(task: Task) -> list[Handin]:
    """Students who did what they could."""
    return [
        _perfect(task, "ada_as_taught", right(task.source)),
        *(_perfect(task, f"emmy_style_{n + 1}", styled(task.source, task.assignment, n)) for n in range(3)),
        _mistaken(task, "carl_typical_mistakes", 0),
        _mistaken(task, "sofia_other_mistakes", 1),
        _handin("blank", task, task.released, zero=frozenset(task.judged), waits=False),
    ]


def hostile_class(task: Task) -> list[Handin]:
    """Submissions that are broken, and students who want marks that they did not earn.

    The last two items of the task must be functions that no other item calls.
    """
    answers = right(task.source)
    last, first = list(answers)[-2:]
    every, blank = frozenset(task.judged), task.released
    return [
        _broken(task, "syntax_error", first, "def oops(:\n    pass"),
        _broken(task, "infinite_loop", last, _body(last, "while True: pass")),
        _broken(task, "ends_the_process", first, _body(first, "import os; os._exit(0)")),
        _broken(task, "memory_bomb", first, _body(first, "data = [b'x' * 10**8 for _ in range(10**6)]")),
        Handin("no_notebook", {}, zero=every, waits=False),
        Handin("not_json", {f"{task.assignment}.ipynb": '{"cells": [ {"cell'}, zero=every, waits=False),
        _handin("copied_cells", task, _copied(filled(task, answers), first)),
        _handin("deleted_cells", task, _deleted(filled(task, answers), first, last), zero=frozenset({last})),
        *(_handin(f.stem, task, _attacking(blank, f.read_text("utf-8")), zero=every, waits=False)
          for f in sorted(ATTACKS.glob("*.txt"))),
    ]  # fmt: skip


def _handin(
    student: str,
    task: Task,
    notebook: NotebookNode,
    zero: frozenset[str] = frozenset(),
    mistakes: dict[str, Misconception] | None = None,
    waits: bool = True,
) -> Handin:
    files = {f"{task.assignment}.ipynb": nbformat.writes(notebook)}
    return Handin(student, files, zero, mistakes or {}, waits)


def _perfect(task: Task, student: str, answers: dict[str, str]) -> Handin:
    return _handin(student, task, filled(task, answers))


def _mistaken(task: Task, student: str, number: int) -> Handin:
    """Right but for the mistake `number` of every third item that has so many."""
    known = {item: named for item, named in typical_mistakes(task.assignment).items() if len(named) > number}
    chosen = {item: known[item][number] for item in list(known)[number::3]}
    answers = right(task.source) | {item: mistaken(task.source, item, m) for item, m in chosen.items()}
    return _handin(student, task, filled(task, answers), mistakes=chosen)


def _broken(task: Task, student: str, item: str, text: str) -> Handin:
    return _handin(student, task, filled(task, right(task.source) | {item: text}), zero=frozenset({item}))


def _body(item: str, statement: str) -> str:
    return f"def {item}(*args, **kwargs):\n    {statement}"


def filled(task: Task, answers: dict[str, str], words: str = WRITTEN) -> NotebookNode:
    """The released notebook with these answers by item, and `words` where a person reads."""
    notebook = copy.deepcopy(task.released)
    for cell in notebook.cells:
        name = grade_id(cell) or ""
        if name in task.written:
            cell.source = words
        elif name.removesuffix(SOLUTION) in answers and name.endswith(SOLUTION):
            cell.source = answers[name.removesuffix(SOLUTION)]
    return notebook


def _copied(notebook: NotebookNode, item: str) -> NotebookNode:
    """With the graded cell of `item`, and the answer in front of it, there twice."""
    for name in (item, item + SOLUTION):
        position = _position(notebook, name)
        twin = copy.deepcopy(notebook.cells[position])
        twin.id += "-twin"
        notebook.cells.insert(position, twin)
    return notebook


def _deleted(notebook: NotebookNode, graded: str, answered: str) -> NotebookNode:
    """Without one graded cell, which must come back, and without one answer, which cannot."""
    for name in (graded, answered + SOLUTION):
        del notebook.cells[_position(notebook, name)]
    return notebook


def _attacking(blank: NotebookNode, text: str) -> NotebookNode:
    """The blank notebook with a hostile cell in front."""
    notebook = copy.deepcopy(blank)
    notebook.cells.insert(0, new_code_cell(text))
    return notebook


def _position(notebook: NotebookNode, name: str) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)
