"""What stands below a graded cell after grading: the visible report, the verdict, the points."""

from dataclasses import asdict
from html import escape
from typing import Any

from autograder.judge import Verdict
from dnnkit.check import Report

__all__ = ["error", "number", "points_output", "report_output", "verdict_output"]

CELL = "padding:.15em 1em .15em 0;text-align:left;vertical-align:top"


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
