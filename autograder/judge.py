"""The judge: from what a student's answer gave on the hidden cases to points, reason and hint.

Pure: it compares values with expected values and never runs anybody's code.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autograder.items import Prepared
from dnnkit.check.compare import Difference
from dnnkit.check.diagnose import explaining, first_differences
from dnnkit.check.outcome import Outcome

__all__ = ["GroupVerdict", "Verdict", "verdict"]


@dataclass(frozen=True)
class GroupVerdict:
    """Points of one group of cases, and, where they are lost, which property failed and how."""

    name: str
    points: float
    earned: float
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """Points of one graded item. Says nothing of hidden arguments or expected values."""

    item: str
    groups: tuple[GroupVerdict, ...]
    hints: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        return sum(group.points for group in self.groups)

    @property
    def earned(self) -> float:
        return sum(group.earned for group in self.groups)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Verdict":
        return cls(data["item"], tuple(GroupVerdict(**g) for g in data["groups"]), tuple(data["hints"]))


def verdict(item: Prepared, got: Sequence[Outcome]) -> Verdict:
    """Judge the outcomes of all hidden cases of `item`, in their order."""
    differences = iter(first_differences(got, item.expected, item.cases))
    groups = []
    for group in item.groups:
        found = [(case, next(differences)) for case in group.cases]
        lost = [(case.tries, difference) for case, difference in found if difference is not None]
        reason = _reason(*lost[0]) if lost else ""
        groups.append(GroupVerdict(group.name, group.points, 0.0 if lost else group.points, reason))
    named = explaining(got, item.expected, item.cases, item.mistakes, item.entries)
    return Verdict(item.name, tuple(groups), tuple(dict.fromkeys(mistake.hint for mistake in named)))


def nothing_earned(item: Prepared, reason: str) -> Verdict:
    """The verdict on an answer that could not be asked at all."""
    return Verdict(item.name, tuple(GroupVerdict(g.name, g.points, 0.0, reason) for g in item.groups))


def _reason(tries: str, found: Difference) -> str:
    return f"{tries}: {found.told}"
