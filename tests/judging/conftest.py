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


def styles_of(assignment: str) -> dict[str, tuple[Any, ...]]:
    """The other right answers of an assignment, by item."""
    folder = assignment.lstrip("0123456789_")
    return importlib.import_module(f"autograder.hidden.{folder}.styles").STYLES


STYLES = {name: answers for assignment in ASSIGNMENTS for name, answers in styles_of(assignment).items()}


@cache
def drawn(name: str, seed: int) -> Prepared:
    return prepare(ITEMS[name], seed)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for an `item`, `misconception`, `style`, ... once for each of them."""
    names = metafunc.fixturenames
    if "assignment" in names:
        metafunc.parametrize("assignment", ASSIGNMENTS)
    if "function_item" in names:
        functions = [item for item in ITEMS.values() if not item.entries]
        metafunc.parametrize("function_item", functions, ids=[item.name for item in functions])
    if "misconception" in names:
        pairs = [(item, m) for item in ITEMS.values() for m in item.misconceptions]
        metafunc.parametrize(("item", "misconception"), pairs, ids=[f"{i.name}-{m.name}" for i, m in pairs])
    elif "style" in names:
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

    def judge(name: str, answer: Any) -> list[Verdict]:
        return [verdict(ready, outcomes(answer, ready.cases)) for ready in (drawn(name, seed) for seed in SEEDS)]

    return judge
