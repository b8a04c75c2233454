"""From outcomes to a diagnosis: which cases differ, and which known mistakes explain all of it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from dnnkit.check.compare import Difference, difference
from dnnkit.check.outcome import Case, Outcome

__all__ = ["explaining", "first_differences"]


class KnownMistake(Protocol):
    """A wrong answer that was foreseen: what it gives where it is wrong, and what to tell whoever gives that."""

    @property
    def hint(self) -> str: ...
    @property
    def wrong(self) -> Mapping[int, Outcome]: ...


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
    wrong = {i for i, found in enumerate(first_differences(got, expected, cases)) if found is not None}
    matching = [
        mistake
        for mistake in mistakes
        if mistake.wrong.keys() <= wrong
        and all(_alike(got[i], given, expected[i], cases[i]) for i, given in mistake.wrong.items())
    ]
    explained = set().union(*(mistake.wrong for mistake in matching))
    if explained != wrong and not entries:
        return []
    return [m for m in matching if m.wrong and not any(m.wrong.keys() < other.wrong.keys() for other in matching)]


def _alike(got: Outcome, given: Outcome, expected: Outcome, case: Case) -> bool:
    """Whether both are wrong in the same way; where an error is due, whatever came instead."""
    if expected.error:
        return got.error == given.error
    if (got.value is None) != (given.value is None):
        return False
    same_side_effect = bool(got.changed) == bool(given.changed) or not case.untouched
    return same_side_effect and difference(Outcome(got.value, got.error, got.message), given, case) is None
