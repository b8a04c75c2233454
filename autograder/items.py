"""What an instructor writes down about one graded item, and the same made ready for judging.

An item is a question of a notebook: its points, the hidden cases in groups (each group earns its points
or not), the right answer, and the mistakes worth naming. `autograder/hidden/` has a folder for each notebook.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograder.given import Given
from dnnkit.check.diagnose import first_differences
from dnnkit.check.outcome import Case, Outcome, lookup, run
from dnnkit.check.stored import Mistake

__all__ = ["Group", "Item", "Misconception", "Prepared", "mistakes", "outcomes", "prepare"]


HelperCall = tuple["Item", tuple[Any, ...]]


def _nothing(*args: Any, **kwargs: Any) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Misconception:
    """A named wrong implementation and the one-line hint for whoever wrote it."""

    name: str
    hint: str
    answer: Any

    @property
    def source(self) -> str:
        """The wrong implementation as text."""
        return inspect.getsource(self.answer)


@dataclass(frozen=True)
class Group:
    """Cases that earn `points` together: all of them right, or nothing."""

    name: str
    points: float
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Item:
    """One graded item.

    `hidden(rng)` draws the groups of hidden cases; `visible` are the cases that students see.
    `answer` is the right answer: a function, or a dictionary, which is asked entry by entry.
    `uses(*args, **kwargs)` names the calls of other items' functions that an answer may make: (item, arguments),
    every argument in order. Their right results are handed along, so that a wrong helper is charged once.
    `given(case)` says the same of a class's methods, results and all.
    Where `form_only` is true students are told only whether their answer has the right form.
    """

    name: str
    answer: Any
    visible: tuple[Case, ...]
    hidden: Callable[[np.random.Generator], Sequence[Group]]
    misconceptions: tuple[Misconception, ...] = ()
    form_only: bool = False
    uses: Callable[..., Sequence[HelperCall]] = _nothing
    given: Callable[[Case], Sequence[Given]] = _nothing

    @property
    def entries(self) -> bool:
        return isinstance(self.answer, dict)


@dataclass(frozen=True)
class Prepared:
    """An item with its hidden cases drawn and every expected and mistaken outcome computed.

    `given` has for each case what helper functions give in it.
    """

    name: str
    entries: bool
    groups: tuple[Group, ...]
    expected: tuple[Outcome, ...]
    mistakes: tuple[Mistake, ...]
    given: tuple[tuple[Given, ...], ...]

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for group in self.groups for case in group.cases)

    @property
    def points(self) -> float:
        return sum(group.points for group in self.groups)


def outcomes(answer: Any, cases: Sequence[Case]) -> tuple[Outcome, ...]:
    """What a function, or a dictionary asked by its keys, gives on each case."""
    candidate = lookup(answer) if isinstance(answer, dict) else answer
    return tuple(run(candidate, case) for case in cases)


def prepare(item: Item, seed: int) -> Prepared:
    """Draw the hidden cases of `item` from the course's seed and compute what to compare with."""
    rng = np.random.default_rng([seed, *item.name.encode()])
    groups = tuple(item.hidden(rng))
    cases = tuple(case for group in groups for case in group.cases)
    expected = outcomes(item.answer, cases)
    return Prepared(
        name=item.name,
        entries=item.entries,
        groups=groups,
        expected=expected,
        mistakes=mistakes(item.misconceptions, cases, expected),
        given=tuple(_given(item, case) for case in cases),
    )


def _given(item: Item, case: Case) -> tuple[Given, ...]:
    """What helpers give in a case; nothing for a call that raises, as where the case asks for an error."""
    calls = item.uses(*case.args, **case.kwargs)
    results = [(helper, args, run(helper.answer, Case("", args))) for helper, args in calls]
    functions = [
        given_by(helper.answer, helper.name, args, outcome.value)
        for helper, args, outcome in results
        if outcome.error is None
    ]
    return (*functions, *item.given(case))


def given_by(
    function: Callable[..., Any], name: str, args: Sequence[Any], result: Any, adds: dict[str, Any] | None = None
) -> Given:
    """The result of one call of a right helper, with the names and defaults of its parameters.

    >>> given_by(lambda n, k, stride=1: n, "size", (5, 3, 1), 3).defaults
    {'stride': 1}
    """
    signature = inspect.signature(function)
    defaults = {key: p.default for key, p in signature.parameters.items() if p.default is not p.empty}
    bound = signature.bind(*args)
    bound.apply_defaults()
    return Given(name, dict(bound.arguments), result, defaults, adds or {})


def mistakes(
    misconceptions: Sequence[Misconception], cases: Sequence[Case], expected: Sequence[Outcome]
) -> tuple[Mistake, ...]:
    """What each misconception gives in those of `cases` where it is wrong."""
    return tuple(Mistake(m.hint, _wrong(outcomes(m.answer, cases), cases, expected)) for m in misconceptions)


def _wrong(got: Sequence[Outcome], cases: Sequence[Case], expected: Sequence[Outcome]) -> dict[int, Outcome]:
    differences = first_differences(got, expected, cases)
    return {i: got[i] for i, found in enumerate(differences) if found is not None}
