"""The report of a check: text in a terminal, a table in a notebook."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from dnnkit.check.compare import Difference
from dnnkit.check.outcome import Case, Outcome, Step
from dnnkit.check.own_forward import Agreement
from dnnkit.check.planes import Plane, plane

__all__ = ["Report"]

BORDER = "border:1px solid var(--jp-border-color2,#bbb)"
STYLE = f"{BORDER};padding:.2em .6em;text-align:left;vertical-align:top"
NUMBER = f"{BORDER};padding:.1em .4em;text-align:right"
PLAIN = "background:none"  # JupyterLab stripes the rows of every table
FRAMED = f"{NUMBER};outline:2px solid #d55e00;outline-offset:-2px;font-weight:bold"
PASTED = 40  # numbers of an array that is written out


@dataclass(frozen=True, repr=False)
class Report:
    """What a visible check found. `passed` is true where every case is right. Shows as its text.

    `own` says whether a backward is the gradient of the student's own forward, where that was tried.
    """

    name: str
    cases: tuple[Case, ...]
    got: tuple[Outcome, ...]
    expected: tuple[Outcome, ...]
    differences: tuple[Difference | None, ...]
    hints: tuple[str, ...]
    entries: bool
    form_only: bool
    own: Agreement | None = None

    @property
    def passed(self) -> bool:
        return not any(self.differences)

    @property
    def blank(self) -> bool:
        """Whether nothing was filled in yet, here or in a function that the answer calls."""
        empty = {"NotImplementedError", "LookupError"}
        return all(outcome.error in empty for outcome in self.got)

    @property
    def summary(self) -> str:
        """How many cases are right, what to look at first, and what is known of the mistake."""
        return " ".join(self._sentences())

    def _sentences(self) -> list[str]:
        """The finding, the hints, and what the student's own forward says."""
        if self.blank and all(outcome.helper for outcome in self.got):
            return [f"{self.name} cannot be tried: it calls {self.got[0].helper}, which is not filled in yet."]
        if self.blank:
            return [f"{self.name} is not filled in yet."]
        if self.passed and self.form_only:
            return [f"{self.name}: every entry has the right form. The values are judged in grading."]
        if self.passed:
            return [f"{self.name}: {self._count()}.", *self._own_words()]
        i, found = self.first_wrong
        return [
            f"{self.name}: {self._count()}. Look at “{self.cases[i].tries}”: {found.shown}.",
            *self.hints,
            *self._own_words(),
        ]

    def _count(self) -> str:
        """How many cases are right; of answers whose values are not looked at, how many have the right form."""
        right, n = sum(found is None for found in self.differences), len(self.cases)
        if n == 1:
            what = "entry" if self.entries else "visible case"
            how = "right" if right else "wrong"
            return f"the one {what} has the {how} form" if self.form_only else f"the one {what} is {how}"
        counted = f"all {n}" if right == n else f"{right} of {n}"
        what = "entries" if self.entries else "visible cases"
        return f"{counted} {what} have the right form" if self.form_only else f"{counted} {what} are right"

    @property
    def first_wrong(self) -> tuple[int, Difference]:
        """The number of the first case that is wrong, and what is wrong in it. Raises StopIteration where none is."""
        return next((i, found) for i, found in enumerate(self.differences) if found is not None)

    def first_wrong_planes(self) -> list[Plane]:
        """Of the first wrong case the student's array and the right one; empty where there is nothing to draw."""
        if self.passed or self.form_only:
            return []
        i, found = self.first_wrong
        got, expected = self.got[i].value, self.expected[i].value
        for entry in found.entry:
            got, expected = got[entry], expected[entry]
        if found.kind not in {"value", "shape", "not finite"} or not (_is_real(got) and _is_real(expected)):
            return []
        if not (got.size and expected.size) or got.size == expected.size == 1:
            return []
        named = self._part_words(self.cases[i], found.entry)
        return [plane(f"yours{named}", got, found.where), plane(f"expected{named}", expected, found.where)]

    @staticmethod
    def _part_words(case: Case, entry: tuple[int, ...]) -> str:
        """Which part of what came, as in the sentence: the step of a class, the entry of a tuple."""
        step = f": {case.steps[entry[0]]}" if case.steps else ""
        return step + "".join(f"[{i}]" for i in entry[bool(step) :])

    def _own_words(self) -> list[str]:
        """What the student's own forward says of the backward; of a class, of the cases that go back alone."""
        if self.own is None:
            return []
        back = [any(step.path == "backward" for step in case.steps) for case in self.cases]
        counts = back if any(back) else [True] * len(back)
        return [self.own.sentence(not any(found and c for found, c in zip(self.differences, counts, strict=True)))]

    def __str__(self) -> str:
        lines = [self.summary]
        if not self.blank:
            for case, found in zip(self.cases, self.differences, strict=True):
                mark = "ok" if found is None else "—" if found.kind == "stopped" else "WRONG"
                lines.append(f"  {mark:5}  {case.tries}")
                if found is not None:
                    lines.append(f"         called {self.call(case)}")
                    lines.append(f"         {found.shown}")
        return "\n".join(lines)

    __repr__ = __str__  # a notebook saves it beside the table

    def call(self, case: Case) -> str:
        """The call of a case as one would write it."""
        if self.entries:
            key, *args = case.args
            return f"{self.name}[{key!r}]" + (f"({', '.join(map(_short, args))})" if args else "")
        keywords = [f"{key}={_short(value)}" for key, value in case.kwargs.items()]
        steps = "".join(f", then {_step(step)}" for step in case.steps)
        called = self.name.removesuffix("-backward")  # the second task of a class is asked as the class is
        return f"{called}({', '.join([*map(_short, case.args), *keywords])}){steps}"

    def _repr_html_(self) -> str:
        finding, *more = map(escape, self._sentences())
        head = f"<p><b>{'✓' if self.passed else '✗'}</b> {finding}</p>" + "".join(f"<p>{text}</p>" for text in more)
        if self.passed or self.blank:
            return head
        rows = [self._row(i) for i in range(len(self.cases))]
        return f'{head}<table style="border-collapse:collapse;margin:.5em 0">{"".join(rows)}</table>'

    def _row(self, i: int) -> str:
        case, found = self.cases[i], self.differences[i]
        mark = "✓" if found is None else "—" if found.kind == "stopped" else "✗ wrong"
        cells = [mark, escape(case.tries)]
        detail = ""
        if found is not None:
            detail = f"<code>{escape(self.call(case))}</code><br>{escape(found.shown)}"
            if i == self.first_wrong[0]:
                detail += _side_by_side(self.first_wrong_planes())
        return "<tr>" + "".join(f'<td style="{STYLE}">{cell}</td>' for cell in [*cells, detail]) + "</tr>"


def _side_by_side(planes: list[Plane]) -> str:
    """Planes of numbers as small tables beside each other."""
    drawn = [(one.title + one.part, _grid(one)) for one in planes]
    cells = "".join(f'<td style="padding-right:1.5em;text-align:left;vertical-align:top">{a}{b}</td>' for a, b in drawn)
    return f'<table style="margin:.2em 0"><tr style="{PLAIN}">{cells}</tr></table>' if planes else ""


def _grid(one: Plane) -> str:
    rows = [
        "".join(f'<td style="{FRAMED if [i, j] == one.framed else NUMBER}">{text}</td>' for j, text in enumerate(row))
        for i, row in enumerate(one.rows)
    ]
    body = "".join(f'<tr style="{PLAIN}">{row}</tr>' for row in rows)
    return f'<table style="border-collapse:collapse;margin:0">{body}</table>'


def _is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf"


def _short(value: Any) -> str:
    """An argument as one can paste it: arrays in full, also those in tuples and lists, but large ones by shape."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})" if value.size <= PASTED else f"<array {value.shape}>"
    if isinstance(value, tuple):
        return f"({', '.join(map(_short, value))}{',' * (len(value) == 1)})"
    return f"[{', '.join(map(_short, value))}]" if isinstance(value, list) else repr(value)


def _step(step: Step) -> str:
    """A step of a class as one would write it."""
    args = ", ".join(map(_short, step.args))
    if step.do == "write":
        return f".{step.path} = {args}"
    return f".{step.path}" if step.do == "read" else f".{step.path}({args})"
