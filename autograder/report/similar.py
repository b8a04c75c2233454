"""Answers that are nearly the same and that few people write: worth a look, and no more than that.

Code is compared as its syntax tree: comments, formatting, docstrings, annotations and the student's own names do
not count. What counts are the runs of `RUN` nodes (the k-grams of Schleimer, Wilkerson, Aiken: "Winnowing", 2003,
all of them instead of a sample) that are rare in the class. Runs of the stub, of the instructor's own answer, and
those that many students have say nothing of who wrote with whom. A small cell has no room for a rare run, and so
flags nobody.
"""

import ast
import builtins
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

__all__ = ["Likeness", "near_identical", "nodes"]

RUN = 6
ENOUGH = 20  # rare runs that two answers must share
ALIKE = 0.8  # of the rare runs of both
COMMON = 0.1  # of the class, and more than `FEW` students: such runs are not rare
FEW = 3
LONGEST = 20_000  # characters: nobody writes so long an answer by hand

Runs = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Likeness:
    """Students whose answers in one cell are nearly the same: of the most alike pair, how much and which texts."""

    notebook: str
    cell: str
    students: tuple[str, ...]
    share: float
    pair: tuple[str, str]
    texts: tuple[str, str]


def near_identical(
    answers: Mapping[tuple[str, str], Mapping[str, str]], known: Mapping[tuple[str, str], Iterable[str]]
) -> tuple[Likeness, ...]:
    """Look through the answers (texts by cell and student) for those that few share; `known` is what all have seen."""
    return tuple(
        likeness
        for (notebook, cell), texts in answers.items()
        for likeness in _in_one_cell(notebook, cell, texts, known.get((notebook, cell), ()))
    )


def _in_one_cell(notebook: str, cell: str, texts: Mapping[str, str], known: Iterable[str]) -> Iterator[Likeness]:
    seen = {run for text in known for run in runs(text)}
    pairs = _pairs({student: runs(text) - seen for student, text in texts.items()})
    for group in _groups(pairs):
        first, second = pair = max(sorted(p for p in pairs if p[0] in group), key=lambda p: pairs[p])
        yield Likeness(notebook, cell, group, pairs[pair], pair, (texts[first], texts[second]))


def runs(text: str) -> Runs:
    """All runs of `RUN` nodes of a cell's syntax tree; none of what is not valid Python."""
    found = nodes(text)
    return frozenset(tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1))


def nodes(text: str) -> list[str]:
    """The syntax tree of a cell as a row of words, parents first, without magics and the names that the student chose.

    >>> nodes("total = a + 1  # sum") == nodes("s=(x+1)")
    True
    >>> nodes("a + 1") == nodes("a - 1")
    False
    """
    plain = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(("%", "!", "?")))
    for candidate in (text, plain):
        if len(candidate) <= LONGEST:
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a student's odd escape is not this program's
                return list(_words(ast.parse(candidate)))
    return []


def _words(tree: ast.AST) -> Iterator[str]:
    foreign = vars(builtins).keys() | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr_context) or _is_docstring(node):
            continue
        word = type(node).__name__
        if isinstance(node, ast.Name):
            word += f" {node.id}" if node.id in foreign else ""
        elif isinstance(node, ast.Attribute):
            word += f" {node.attr}"
        elif isinstance(node, ast.Constant):
            word += f" {node.value!r}"
        yield word
        children = [child for field, child in _children(node) if field not in ("annotation", "returns")]
        waiting += reversed(children)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield field, child


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _pairs(own: Mapping[str, Runs]) -> dict[tuple[str, str], float]:
    """How much of their rare runs two students share, for each pair that shares enough."""
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for student in sorted(own):
        for run in own[student]:
            owners[run].append(student)
    most = max(FEW, COMMON * sum(map(bool, own.values())))
    rare = {run: students for run, students in owners.items() if len(students) <= most}
    amount = Counter(student for students in rare.values() for student in students)
    shared = Counter(pair for students in rare.values() for pair in combinations(students, 2))
    shares = {(a, b): n / (amount[a] + amount[b] - n) for (a, b), n in shared.items() if n >= ENOUGH}
    return {pair: share for pair, share in shares.items() if share >= ALIKE}


def _groups(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Students joined by pairs, directly or through others."""
    groups: list[set[str]] = []
    for pair in pairs:
        joined = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)] + [set(pair).union(*joined)]
    return sorted(tuple(sorted(group)) for group in groups)
