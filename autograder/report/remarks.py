"""What is strange about a question, said in words: each remark names what to look at."""

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.report.statistics import GroupStatistics, ItemStatistics

__all__ = ["Remark", "remarks"]

FEW = 5  # fewer answers than that say nothing of a question
ENOUGH = 20  # submissions that a small correlation takes to mean anything
WEAK = 0.1  # a discrimination below it


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
    if item.discrimination is not None and item.compared >= ENOUGH and item.discrimination < WEAK:
        better = "do worse here" if item.discrimination < 0 else "do not do better here"
        yield (
            f"Those who do well in the rest {better} (r = {item.discrimination:.2f}, n = {item.compared}): "
            "look at what it asks and how it is judged."
        )
    for group in item.groups:
        yield from _group_texts(item, group)
    if item.unexplained >= FEW and 2 * item.unexplained >= item.lost:
        yield (
            f"{item.unexplained} of the {item.lost} answers that lost points match no known mistake: "
            "read some of them, a misconception may be missing."
        )


def _group_texts(item: ItemStatistics, group: GroupStatistics) -> Iterator[str]:
    reason = f" The reason told most often, {group.reason_count} times: {group.reason}." if group.reason else ""
    if group.tried >= FEW and group.failed == group.tried:
        if item.zero < item.n:
            yield f"All {group.tried} who answered fail “{group.name}”: look at the case.{reason}"
    elif group.best >= FEW and 2 * group.best_failed >= group.best:
        share = f"{group.best_failed / group.best:.0%}".replace("%", " %")
        best = f"{share} of the best third ({group.best_failed} of {group.best})"
        yield f"{best} fail “{group.name}”: look at the case.{reason}"
