"""The report of a check: text in a terminal, a table in a notebook."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from dnnkit.check.compare import Difference
from dnnkit.check.outcome import Case, Outcome

__all__ = ["Report"]

STYLE = "border:1px solid var(--jp-border-color2,#bbb);padding:.2em .6em;text-align:left;vertical-align:top"
CELL = "border:1px solid var(--jp-border-color2,#bbb);padding:.1em .4em;text-align:right"
WRONG = CELL + ";outline:2px solid #d55e00;outline-offset:-2px;font-weight:bold"
LARGEST_GRID = 12


@dataclass(frozen=True)
class Report:
    """What a visible check found. `passed` is true where every case is right."""

    name: str
    cases: tuple[Case, ...]
    got: tuple[Outcome, ...]
    expected: tuple[Outcome, ...]
    differences: tuple[Difference | None, ...]
    hints: tuple[str, ...]
    entries: bool
    form_only: bool

    @property
    def passed(self) -> bool:
        return not any(self.differences)

    @property
    def blank(self) -> bool:
        """Whether nothing was filled in yet."""
        empty = {"NotImplementedError", "LookupError"}
        return all(outcome.error in empty for outcome in self.got)

    @property
    def summary(self) -> str:
        """One or two sentences: how many cases are right, and what to look at first."""
        if self.blank:
            return f"{self.name} is not filled in yet."
        right = sum(found is None for found in self.differences)
        what = "entries" if self.entries else "visible cases"
        if self.passed and self.form_only:
            return f"{self.name}: every entry has the right form. The values are judged in grading."
        if self.passed:
            return f"{self.name}: all {right} {what} are right."
        case, found = self._first_wrong()
        count = f"{self.name}: {right} of {len(self.cases)} {what} are right."
        return " ".join([f"{count} Look at “{case.tries}”: {found.shown}.", *self.hints])

    def _first_wrong(self) -> tuple[Case, Difference]:
        pairs = zip(self.cases, self.differences, strict=True)
        return next((case, found) for case, found in pairs if found is not None)

    def __str__(self) -> str:
        lines = [self.summary]
        if not self.blank:
            for case, found in zip(self.cases, self.differences, strict=True):
                lines.append(f"  {'ok   ' if found is None else 'WRONG'}  {case.tries}")
                if found is not None:
                    lines.append(f"         called {self.call(case)}")
                    lines.append(f"         {found.shown}")
        return "\n".join(lines)

    def call(self, case: Case) -> str:
        """The call of a case as one would write it, large arrays by their shape."""
        if self.entries:
            key, *args = case.args
            return f"{self.name}[{key!r}]" + (f"({', '.join(map(_short, args))})" if args else "")
        keywords = [f"{key}={_short(value)}" for key, value in case.kwargs.items()]
        steps = "".join(f", then {step}" for step in case.steps)
        return f"{self.name}({', '.join([*map(_short, case.args), *keywords])}){steps}"

    def _repr_html_(self) -> str:
        head = f"<p><b>{'✓' if self.passed else '✗'}</b> {escape(self.summary)}</p>"
        if self.passed or self.blank:
            return head
        rows = [self._row(i) for i in range(len(self.cases))]
        return f'{head}<table style="border-collapse:collapse">{"".join(rows)}</table>'

    def _row(self, i: int) -> str:
        case, found = self.cases[i], self.differences[i]
        cells = ["✓" if found is None else "✗ wrong", escape(case.tries)]
        detail = ""
        if found is not None:
            detail = f"<code>{escape(self.call(case))}</code><br>{escape(found.shown)}"
            if found is next(filter(None, self.differences)):
                detail += self._side_by_side(i, found)
        return "<tr>" + "".join(f'<td style="{STYLE}">{cell}</td>' for cell in [*cells, detail]) + "</tr>"

    def _side_by_side(self, i: int, found: Difference) -> str:
        """The student's array beside the right one, the first wrong number framed; only for small arrays."""
        got, expected = self.got[i].value, self.expected[i].value
        if self.form_only or found.kind not in {"value", "shape"} or not _fits(got) or not _fits(expected):
            return ""
        pictures = [("yours", got, found.where), ("expected", expected, found.where)]
        cells = "".join(
            f'<td style="padding-right:1.5em;vertical-align:top">{label}{_grid(array, where)}</td>'
            for label, array, where in pictures
        )
        return f"<table><tr>{cells}</tr></table>"


def _fits(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        return False
    return 1 <= np.squeeze(value).ndim <= 2 and max(value.shape) <= LARGEST_GRID


def _grid(array: np.ndarray, where: tuple[int, ...] | None) -> str:
    marked = np.zeros(array.shape, bool)
    if where is not None:
        marked[where] = True
    numbers, marks = np.atleast_2d(np.squeeze(array)), np.atleast_2d(np.squeeze(marked))
    rows = "".join(
        "<tr>"
        + "".join(f'<td style="{WRONG if m else CELL}">{v:.4g}</td>' for v, m in zip(row, mark, strict=True))
        + "</tr>"
        for row, mark in zip(numbers, marks, strict=True)
    )
    return f'<table style="border-collapse:collapse">{rows}</table>'


def _short(value: Any) -> str:
    """An argument in a few characters: small arrays in full, others by shape."""
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and value.size <= 8:
            return f"[{' '.join(f'{number:g}' for number in value)}]"
        return f"<array {value.shape}>"
    return repr(value)
