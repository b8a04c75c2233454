"""What the judging tests share: every item, judged with several course seeds."""

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from autograder.hidden import ASSIGNMENTS, items_of
from autograder.items import Prepared, outcomes, prepare
from autograder.judge import Verdict, verdict

SEEDS = (1, 20, 2026)
ITEMS = {item.name: item for assignment in ASSIGNMENTS for item in items_of(assignment).values()}

AS_STRIDED = {"dnnkit.reference.convolution_2d"}  # a mutant of these might read beyond an array


def styles_of(assignment: str) -> dict[str, tuple[Any, ...]]:
    """The other right answers of an assignment, by item."""
    folder = assignment.lstrip("0123456789_")
    return importlib.import_module(f"autograder.hidden.{folder}.styles").STYLES


STYLES = {name: answers for assignment in ASSIGNMENTS for name, answers in styles_of(assignment).items()}


def to_be_mutated() -> dict[Any, list[str]]:
    """The reference and the first other answer of every item, with the items that ask for it."""
    answers: dict[Any, list[str]] = {}
    for name, item in ITEMS.items():
        for answer in () if item.entries else (item.answer, STYLES[name][0]):
            if answer.__module__ not in AS_STRIDED:
                answers.setdefault(answer, []).append(name)
    return answers


@cache
def drawn(name: str, seed: int) -> Prepared:
    return prepare(ITEMS[name], seed)


def judge(name: str, answer: Any) -> list[Verdict]:
    return [verdict(ready, outcomes(answer, ready.cases)) for ready in (drawn(name, seed) for seed in SEEDS)]


@cache
def judge_mistakes(name: str) -> dict[str, list[Verdict]]:
    return {misconception.name: judge(name, misconception.answer) for misconception in ITEMS[name].misconceptions}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for an `item`, `style`, ... once for each of them."""
    names = metafunc.fixturenames
    if "assignment" in names:
        metafunc.parametrize("assignment", ASSIGNMENTS)
    if "function_item" in names:
        functions = [item for item in ITEMS.values() if not item.entries]
        metafunc.parametrize("function_item", functions, ids=[item.name for item in functions])
    if "mutated" in names:
        pairs = list(to_be_mutated().items())
        metafunc.parametrize("mutated", pairs, ids=[answer.__name__ for answer, _ in pairs])
    if "style" in names:
        styles = [(ITEMS[name], style) for name, answers in STYLES.items() for style in answers]
        ids = [f"{item.name}-{getattr(style, '__name__', 'dictionary')}" for item, style in styles]
        metafunc.parametrize(("item", "style"), styles, ids=ids)
    elif "item" in names:
        metafunc.parametrize("item", ITEMS.values(), ids=ITEMS.keys())


@pytest.fixture
def styles() -> dict[str, tuple[Any, ...]]:
    """The other right answers to every item."""
    return STYLES


@pytest.fixture
def prepared() -> Callable[[str, int], Prepared]:
    """The item of that name ready for judging, drawn once for all tests."""
    return drawn


@pytest.fixture
def judged() -> Callable[[str, Any], list[Verdict]]:
    """Judge an answer to the item of that name with the hidden cases of every seed."""
    return judge


@pytest.fixture
def judged_mistakes() -> Callable[[str], dict[str, list[Verdict]]]:
    """The verdicts on every misconception of the item of that name, judged once for all tests."""
    return judge_mistakes
