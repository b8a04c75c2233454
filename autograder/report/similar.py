"""Answers that are nearly the same and that few people write: worth a look, and no more than that.

Code is compared as its syntax tree: comments, formatting, docstrings, annotations and the student's own names do
not count. What counts are the runs of `RUN` nodes (the k-grams of Schleimer, Wilkerson, Aiken: "Winnowing", 2003,
all of them instead of a sample) that are rare in the class. Runs of the stub, of the instructor's own answer, and
those that many students have say nothing of who wrote with whom. Two people often hit on the same ten lines, so it
takes several cells, or a long one, that are nearly the same.
"""

import ast
import builtins
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

__all__ = ["AlikeCell", "Likeness", "near_identical", "nodes"]

RUN = 6
ENOUGH = 80  # rare runs that two students must share
ALIKE = 0.9  # of the rare runs of both in a cell: only such cells count
COMMON = 0.1  # of the class, and more than `FEW` students: such runs are not rare
FEW = 3
LONGEST = 20_000  # characters: nobody writes so long an answer by hand

Key = tuple[str, str]  # notebook and cell
Pair = tuple[str, str]  # students in alphabetical order
Runs = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class AlikeCell:
    """A cell in which the most alike pair of a group wrote nearly the same, and how much of the rare runs agree."""

    notebook: str
    cell: str
    share: float
    texts: tuple[str, str]


@dataclass(frozen=True)
class Likeness:
    """Students whose answers are nearly the same, directly or through others, and the most alike pair of them."""

    students: tuple[str, ...]
    pair: tuple[str, str]
    cells: tuple[AlikeCell, ...]


def near_identical(
    answers: Mapping[Key, Mapping[str, str]], known: Mapping[Key, Iterable[str]]
) -> tuple[Likeness, ...]:
    """Look through the answers (texts by cell and student) for those that few share; `known` is what all have seen."""
    alike: dict[Pair, dict[Key, float]] = defaultdict(dict)
    evidence: Counter[Pair] = Counter()
    for key, texts in answers.items():
        seen = {run for text in known.get(key, ()) for run in runs(text)}
        for pair, (shared, share) in _pairs({student: runs(text) - seen for student, text in texts.items()}).items():
            alike[pair][key] = share
            evidence[pair] += shared
    enough = {pair for pair, shared in evidence.items() if shared >= ENOUGH}
    found = []
    for group in _groups(enough):
        pair = max(sorted(pair for pair in enough if pair[0] in group), key=lambda pair: evidence[pair])
        cells = tuple(
            AlikeCell(*key, share, (answers[key][pair[0]], answers[key][pair[1]])) for key, share in alike[pair].items()
        )
        found.append(Likeness(group, pair, cells))
    return tuple(found)


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
        word = type(node).__name__.removeprefix("Ann")  # x: int = 1 is an assignment too
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


def _pairs(own: Mapping[str, Runs]) -> dict[Pair, tuple[int, float]]:
    """The pairs that are alike in one cell: how many rare runs they share, and what part of theirs that is."""
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for student in sorted(own):
        for run in own[student]:
            owners[run].append(student)
    most = max(FEW, COMMON * sum(map(bool, own.values())))
    rare = [students for students in owners.values() if len(students) <= most]
    amount = Counter(student for students in rare for student in students)
    shared = Counter(pair for students in rare for pair in combinations(students, 2))
    shares = {(a, b): (n, n / (amount[a] + amount[b] - n)) for (a, b), n in shared.items()}
    return {pair: found for pair, found in shares.items() if found[1] >= ALIKE}


def _groups(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Students joined by pairs, directly or through others."""
    groups: list[set[str]] = []
    for pair in pairs:
        joined = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)] + [set(pair).union(*joined)]
    return sorted(tuple(sorted(group)) for group in groups)
