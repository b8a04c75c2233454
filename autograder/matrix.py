"""The matrix: every named mistake against the hidden and the visible cases of its item."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.hidden import items_of
from autograder.items import Item, Misconception, Prepared, mistakes, outcomes, prepare
from autograder.judge import verdict

__all__ = ["Row", "matrix", "table"]


@dataclass(frozen=True)
class Row:
    """What becomes of one mistake. `hints` is what its author is told, `hint` what it should be."""

    item: str
    mistake: str
    hint: str
    lost: float
    killed_by_hidden: bool
    killed_by_visible: bool
    hints: tuple[str, ...]

    @property
    def diagnosis(self) -> str:
        """Whether the mistake is named: alone, together with equal ones, or not."""
        if self.hint not in self.hints:
            return "not named"
        return "named" if len(self.hints) == 1 else f"named with {len(self.hints) - 1} more"


def matrix(assignment: str, seed: int) -> Iterator[Row]:
    """Judge every misconception of an assignment's items with the hidden cases of `seed`."""
    for item in items_of(assignment).values():
        prepared = prepare(item, seed)
        for misconception in item.misconceptions:
            yield _row(item, prepared, misconception)


def _row(item: Item, prepared: Prepared, misconception: Misconception) -> Row:
    judged = verdict(prepared, outcomes(misconception.answer, prepared.cases))
    (seen,) = mistakes([misconception], item.visible, outcomes(item.answer, item.visible))
    return Row(
        item=item.name,
        mistake=misconception.name,
        hint=misconception.hint,
        lost=judged.points - judged.earned,
        killed_by_hidden=judged.earned < judged.points,
        killed_by_visible=bool(seen.wrong) and not item.form_only,
        hints=judged.hints,
    )


def table(rows: Iterable[Row]) -> str:
    """The rows as text, one line each.

    >>> row = Row("conv1d", "flips_the_filter", "Look at w.", 4.0, True, False, ("Look at w.",))
    >>> print(table([row]))
    item    mistake           lost  hidden  visible   diagnosis
    conv1d  flips_the_filter     4  killed  survived  named
    """
    lines = [("item", "mistake", "lost", "hidden", "visible", "diagnosis")]
    for row in rows:
        fate = ["killed" if killed else "survived" for killed in (row.killed_by_hidden, row.killed_by_visible)]
        lines.append((row.item, row.mistake, f"{row.lost:g}", fate[0], fate[1], row.diagnosis))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
    cells[2] = line[2].rjust(widths[2])
    return "  ".join(cells).rstrip()
