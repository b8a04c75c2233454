"""From outcomes to a diagnosis: which cases differ, and which known mistakes explain all of it."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from dnnkit.check.compare import Difference, difference
from dnnkit.check.outcome import Case, Outcome

__all__ = ["explaining", "first_differences"]


class KnownMistake(Protocol):
    """A wrong answer that has a name: what it gives on every case, and what to tell whoever gives it."""

    @property
    def hint(self) -> str: ...
    @property
    def outcomes(self) -> tuple[Outcome, ...]: ...


M = TypeVar("M", bound=KnownMistake)


def first_differences(
    got: Sequence[Outcome], expected: Sequence[Outcome], cases: Sequence[Case]
) -> list[Difference | None]:
    """For each case the first difference, or None where the outcome is right."""
    return [difference(g, e, case) for g, e, case in zip(got, expected, cases, strict=True)]


def explaining(
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
    cases: Sequence[Case],
    mistakes: Sequence[M],
    entries: bool = False,
) -> list[M]:
    """The known mistakes that came: wherever one of them is wrong, it gives exactly what came.

    Several count only if together they explain every wrong case; of two, one wrong in a part of the other's
    cases counts for nothing. Where the cases are `entries` of a dictionary, each is explained by itself.
    """
    wrong = _wrong(got, expected, cases)
    matching = []
    for mistake in mistakes if wrong else ():
        where = _wrong(mistake.outcomes, expected, cases)
        alike = (_same(got[i], mistake.outcomes[i], expected[i], cases[i]) for i in where)
        if where and where <= wrong and all(alike):
            matching.append((mistake, where))
    explained = set().union(*(where for _, where in matching))
    if explained != wrong and not entries:
        return []
    return [mistake for mistake, where in matching if not any(where < other for _, other in matching)]


def _wrong(got: Sequence[Outcome], expected: Sequence[Outcome], cases: Sequence[Case]) -> set[int]:
    return {i for i, found in enumerate(first_differences(got, expected, cases)) if found is not None}


def _same(got: Outcome, mistaken: Outcome, expected: Outcome, case: Case) -> bool:
    """Whether both are wrong in the same way; where an error is due, it does not matter what they returned."""
    if expected.error:
        return got.error == mistaken.error
    same_side_effect = bool(got.changed) == bool(mistaken.changed) or not case.untouched
    return same_side_effect and difference(Outcome(got.value, got.error, got.message), mistaken, case) is None
