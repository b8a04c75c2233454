"""What stands below a cell after grading: what it showed, the visible report, the verdict, the points."""

import json
from dataclasses import asdict
from html import escape
from typing import Any

from autograder.judge import Verdict
from dnnkit.check import Report

__all__ = ["Room", "error", "number", "points_output", "report_output", "verdict_output"]

CELL = "padding:.15em 1em .15em 0;text-align:left;vertical-align:top"

MAX_OUTPUTS = 2000
MAX_BYTES = 20 << 20
LEFT_OUT = "The outputs from here on were left out: the notebook shows too much.\n"


class Room:
    """What the outputs of one notebook may take together; each cell has bounds of its own (clean_outputs).

    >>> room = Room(1)
    >>> room.kept([error("A", "a")]) == [error("A", "a")]
    True
    >>> [output["text"] for output in room.kept([error("B", "b")])], room.kept([error("C", "c")])
    (['The outputs from here on were left out: the notebook shows too much.\\n'], [])
    """

    def __init__(self, outputs: int = MAX_OUTPUTS, size: int = MAX_BYTES) -> None:
        self._outputs, self._size, self._full = outputs, size, False

    def kept(self, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The outputs that there is still room for; in place of the first that there is none for, a remark."""
        kept: list[dict[str, Any]] = []
        for output in [] if self._full else outputs:
            self._outputs, self._size = self._outputs - 1, self._size - len(json.dumps(output))
            if min(self._outputs, self._size) < 0:
                self._full = True
                return [*kept, {"output_type": "stream", "name": "stderr", "text": LEFT_OUT}]
            kept.append(output)
        return kept


def number(points: float) -> str:
    """Points as people write them: 2, 2.5, 0.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def verdict_output(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a notebook output, text and HTML."""
    head = f"{verdict.item}: {number(verdict.earned)} of {number(verdict.points)} points"
    lines, rows = [head], []
    for group in verdict.groups:
        score = f"{number(group.earned)}/{number(group.points)}"
        lines.append(f"  {score:>7}  {group.name}" + (f" — {group.reason}" if group.reason else ""))
        cells = (score, escape(group.name), escape(group.reason))
        rows.append("<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>")
    hints = [f"Hint: {hint}" for hint in verdict.hints]
    html = f"<p><b>{escape(head)}</b></p><table>{''.join(rows)}</table>"
    html += "".join(f"<p>{escape(hint)}</p>" for hint in hints)
    return _display({"text/plain": "\n".join(lines + hints), "text/html": html})


def report_output(report: Report) -> dict[str, Any]:
    """A visible check's report as a notebook output; its metadata has what a feedback page shows of it."""
    cases = [
        {
            "mark": "✓" if found is None else "—" if found.kind == "stopped" else "✗",
            "tries": case.tries,
            "call": report.call(case),
            "shown": found.shown if found else "",
        }
        for case, found in zip(report.cases, report.differences, strict=True)
    ]
    planes = [asdict(plane) for plane in report.first_wrong_planes()]
    kept = {"summary": report.summary, "cases": [] if report.blank else cases, "planes": planes}
    output = _display({"text/plain": str(report), "text/html": report._repr_html_()})
    return output | {"metadata": {"dnnkit": kept}}


def points_output(earned: float) -> dict[str, Any]:
    """The points where nbgrader looks for a partial score."""
    data = {"text/plain": repr(float(earned))}
    return {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}


def error(name: str, message: str) -> dict[str, Any]:
    """A one-line error as a notebook output."""
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def _display(data: dict[str, str]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}
