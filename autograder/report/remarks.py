"""What is strange about a question, said in words: each remark names what to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atanh, sqrt, tanh

from autograder.report.statistics import GroupStatistics, ItemStatistics

__all__ = ["Remark", "remarks"]

FEW = 5  # fewer answers than that say nothing of a question
USEFUL = 0.2  # a discrimination that is probably below it tells too little
QUANTILE = 1.645  # of the normal distribution, for an upper bound that holds in 95 % of cases


@dataclass(frozen=True)
class Remark:
    """Something about an item that its author should look at."""

    notebook: str
    item: str
    text: str


def remarks(items: tuple[ItemStatistics, ...]) -> tuple[Remark, ...]:
    """All remarks, in the order of the items."""
    return tuple(Remark(item.notebook, item.name, text) for item in items for text in _texts(item))


def _texts(item: ItemStatistics) -> Iterator[str]:
    answered = item.n - item.blank
    if not item.waiting and answered >= FEW:
        if item.full == answered:
            yield f"All {answered} who answered have full points: this item tells nobody apart."
        if item.zero == item.n:
            yield f"None of the {answered} who answered earns a point: look at the task and its cases."
    if _tells_little(item):
        better = "do worse here" if (item.discrimination or 0) < 0 else "hardly do better here"
        yield (
            f"Those who do well in the rest {better} (r = {item.discrimination:.2f}, n = {item.compared}): "
            "look at what it asks and how it is judged."
        )
    yield from _group_texts(item)
    if item.unexplained >= FEW and 2 * item.unexplained >= item.lost:
        yield (
            f"{item.unexplained} of the {item.lost} answers that lost points match no known mistake: "
            "read some of them, a misconception may be missing."
        )


def _tells_little(item: ItemStatistics) -> bool:
    """Whether the upper end of what the discrimination may be (Fisher's transformation) is below `USEFUL`."""
    if item.discrimination is None or item.compared < 4 or abs(item.discrimination) >= 1:
        return False
    return tanh(atanh(item.discrimination) + QUANTILE / sqrt(item.compared - 3)) < USEFUL


def _group_texts(item: ItemStatistics) -> Iterator[str]:
    """The groups of cases that all fail, or the half of the best third; of several the one that most fail."""
    all_fail = [group for group in item.groups if group.failed == group.tried >= FEW]
    good_fail = [group for group in item.groups if 2 * group.best_failed >= group.best >= FEW and _is_third(group)]
    if item.zero == item.n or not (all_fail or good_fail):
        return
    group = max(all_fail or good_fail, key=lambda group: group.best_failed / max(group.best, 1))
    others = len(all_fail or good_fail) - 1
    share = f"{group.best_failed / group.best:.0%}".replace("%", " %") if group.best else ""
    who = f"All {group.tried} who answered" if all_fail else f"{share} of the best third ({group.best} with ties)"
    also = f", and {others} more group{'s' * (others > 1)} like that," if others else ""
    reason = f" Told most often ({group.reason_count} times): {group.reason}." if group.reason else ""
    yield f"{who} fail “{group.name}”{also}: look at the case.{reason}"


def _is_third(group: GroupStatistics) -> bool:
    """Whether there is a best third at all: not where too many are equal."""
    return 2 * group.best <= group.tried
