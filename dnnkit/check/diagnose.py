"""From outcomes to a diagnosis: which cases differ, and which known mistake explains all of it."""

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
    got: Sequence[Outcome], expected: Sequence[Outcome], cases: Sequence[Case], mistakes: Sequence[M]
) -> list[M]:
    """The known mistakes that give exactly what came on every case; none where every case is right.

    A mistake that no case tells from the right answer explains nothing.
    """
    if not any(first_differences(got, expected, cases)):
        return []
    return [
        m
        for m in mistakes
        if all(_same(g, o, case) for g, o, case in zip(got, m.outcomes, cases, strict=True))
    ]


def _same(got: Outcome, mistaken: Outcome, case: Case) -> bool:
    same_side_effect = bool(got.changed) == bool(mistaken.changed) or not case.untouched
    return same_side_effect and difference(Outcome(got.value, got.error, got.message), mistaken, case) is None
