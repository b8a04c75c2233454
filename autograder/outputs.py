"""What stands below a graded cell after grading: the visible report, the verdict, the points."""

from html import escape
from typing import Any

import numpy as np

from autograder.judge import Verdict
from dnnkit.check import Report

__all__ = ["error", "number", "points_output", "report_output", "verdict_output"]

CELL = "padding:.15em 1em .15em 0;text-align:left;vertical-align:top"
LARGEST = 10  # rows and columns of a plane; of a larger one the part around the wrong number is kept


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
    kept = {"summary": report.summary, "cases": [] if report.blank else cases, "planes": _first_wrong_planes(report)}
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


def _first_wrong_planes(report: Report) -> list[dict[str, Any]]:
    """The student's array and the right one where the first case is wrong; nothing where that is no array."""
    if report.passed or report.form_only:
        return []
    case, difference = report.first_wrong
    if difference.kind not in ("value", "shape", "not finite"):
        return []
    yours, expected = report.got[case].value, report.expected[case].value
    for entry in difference.entry:
        yours, expected = yours[entry], expected[entry]
    if not all(isinstance(a, np.ndarray) and a.dtype.kind in "iuf" and a.ndim and a.size for a in (yours, expected)):
        return []
    named = "".join(f"[{entry}]" for entry in difference.entry)
    return [
        {"title": f"yours{named}", **_plane(yours, difference.where)},
        {"title": f"expected{named}", **_plane(expected, difference.where)},
    ]


def _plane(array: np.ndarray, where: tuple[int, ...] | None) -> dict[str, Any]:
    """As texts, the plane of an array that holds the index `where` and runs along the two longest axes."""
    at = where or (0,) * array.ndim
    shown = sorted(range(array.ndim), key=lambda axis: -array.shape[axis])[:2]
    index: list[int | slice] = list(at)
    for axis in shown:
        start = min(max(at[axis] - LARGEST // 2, 0), max(array.shape[axis] - LARGEST, 0))
        index[axis] = slice(start, min(start + LARGEST, array.shape[axis]))
    rows = np.atleast_2d(array[tuple(index)])
    framed = [at[axis] - part.start for axis, part in enumerate(index) if isinstance(part, slice)]
    return {
        "part": _index_text(index, array.shape),
        "rows": [[f"{value:.4g}" for value in row] for row in rows],
        "framed": None if where is None else [0, *framed][-2:],
    }


def _index_text(index: list[int | slice], shape: tuple[int, ...]) -> str:
    """The index of a plane as one writes it; nothing where it is the whole array.

    >>> _index_text([0, slice(0, 4), slice(3, 13), 2], (2, 4, 20, 3))
    '[0, :, 3:13, 2]'
    >>> _index_text([slice(0, 4)], (4,))
    ''
    """
    whole = [slice(0, length) for length in shape]
    texts = [
        str(part) if isinstance(part, int) else ":" if part == full else f"{part.start}:{part.stop}"
        for part, full in zip(index, whole, strict=True)
    ]
    return "" if index == whole else f"[{', '.join(texts)}]"
