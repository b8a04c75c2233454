"""The numbers of a class report reckoned once more: SQL on gradebook.db, the graded copies, schoolbook formulas."""

import json
import math
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

MARKS = """
    SELECT submitted_assignment.student_id, base_cell.name, grade_cells.max_score, grade_cells.cell_type,
           grade.auto_score, grade.manual_score, COALESCE(grade.extra_credit, 0), grade.needs_manual_grade
    FROM grade
    JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
    JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
    JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    JOIN base_cell ON grade.cell_id = base_cell.id
    JOIN grade_cells ON grade_cells.id = base_cell.id
    WHERE assignment.name = ?"""
PENALTIES = """
    SELECT submitted_assignment.student_id, SUM(COALESCE(submitted_notebook.late_submission_penalty, 0))
    FROM submitted_notebook
    JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
    JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    WHERE assignment.name = ? GROUP BY submitted_assignment.student_id"""
ANSWERED = """
    SELECT DISTINCT submitted_assignment.student_id
    FROM comment
    JOIN submitted_notebook ON comment.notebook_id = submitted_notebook.id
    JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
    JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    WHERE assignment.name = ? AND comment.auto_comment IS NULL"""
LATE = """
    SELECT submitted_assignment.student_id FROM submitted_assignment
    JOIN assignment ON submitted_assignment.assignment_id = assignment.id
    WHERE assignment.name = ? AND submitted_assignment.timestamp > assignment.duedate"""
STUDENTS = "SELECT id FROM student"


def differences(root: Path, assignment: str) -> list[str]:
    """Where report/<assignment>.json says something else than the gradebook and the graded copies."""
    report = json.loads((root / "report" / f"{assignment}.json").read_text("utf-8"))
    found = _reckoned(root, assignment)
    wrong = [
        f"{name}: {report['distribution'][name]} for {value}"
        for name, value in found["distribution"].items()
        if not _same(report["distribution"][name], value)
    ]
    for item in report["items"]:
        wrong += [
            f"{item['name']}, {name}: {item[name]} for {value}"
            for name, value in found["items"][item["name"]].items()
            if not _same(item[name], value)
        ]
    told = {(entry["item"], entry["hint"]): len(entry["students"]) for entry in report["misunderstandings"]}
    order = [len(entry["students"]) for entry in report["misunderstandings"]]
    waiting = {entry["item"]: sorted(entry["students"]) for entry in report["waiting"]}
    lists = {
        "items": ({item["name"] for item in report["items"]}, set(found["items"])),
        "hints": (told, found["hints"]),
        "order of the hints": (order, sorted(order, reverse=True)),
        "waiting": (waiting, found["waiting"]),
        "late": ([entry["student"] for entry in report["late"]], found["late"]),
        "penalties": (
            {entry["student"]: entry["penalty"] for entry in report["late"] if entry["penalty"]},
            found["penalties"],
        ),
        "missing": (report["missing"], found["missing"]),
    }
    return wrong + [f"{name}: {said} for {is_so}" for name, (said, is_so) in lists.items() if said != is_so]


def scores(root: Path, assignment: str) -> dict[str, float]:
    """The final mark of everybody who has one."""
    return _reckoned(root, assignment)["scores"]


def _reckoned(root: Path, assignment: str) -> dict[str, Any]:
    with closing(sqlite3.connect(root / "gradebook.db")) as database:
        marks = database.execute(MARKS, [assignment]).fetchall()
        penalties = dict(database.execute(PENALTIES, [assignment]))
        answered = {student for (student,) in database.execute(ANSWERED, [assignment])}
        late = sorted(student for (student,) in database.execute(LATE, [assignment]))
        known = {student for (student,) in database.execute(STUDENTS)}
    copies = {
        student: json.loads((root / "autograded" / student / assignment / f"{assignment}.ipynb").read_text("utf-8"))
        for student in penalties
    }
    answered -= {student for student, copy in copies.items() if copy["metadata"]["dnnkit"]["problem"]}
    table: dict[str, dict[str, float | None]] = {student: {} for student in penalties}
    for student, item, _, _, auto, manual, extra, _ in marks:
        given = manual if manual is not None else auto
        table[student][item] = None if given is None else given + extra
    points = {item: most for _, item, most, *_ in marks}
    finals = {s: max(0.0, sum(m or 0.0 for m in own.values()) - penalties[s]) for s, own in table.items()}
    waiting: dict[str, list[str]] = {}
    for student, item, *_, needs in sorted(marks):
        if needs:
            waiting.setdefault(item, []).append(student)
    return {
        "scores": finals,
        "distribution": _distribution(list(finals.values()), sum(points.values()), len(finals) - len(answered)),
        "items": {item: _item(item, most, table, sorted(answered), copies) for item, most in points.items()},
        "hints": Counter(
            (name, hint)
            for copy in copies.values()
            for name, verdict in _verdicts(copy).items()
            for hint in verdict["verdict"]["hints"]
        ),
        "waiting": waiting,
        "late": late,
        "penalties": {student: penalty for student, penalty in penalties.items() if penalty},
        "missing": sorted(known - set(table)),
    }


def _distribution(scores: list[float], points: float, blank: int) -> dict[str, Any]:
    ordered, n = sorted(scores), len(scores)
    mean = sum(scores) / n
    return {
        "n": n,
        "blank": blank,
        "points": points,
        "mean": mean,
        "median": ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2,
        "deviation": math.sqrt(sum((score - mean) ** 2 for score in scores) / (n - 1)),
        "lowest": ordered[0],
        "highest": ordered[-1],
        "counts": [sum(_bin(score, points) == number for score in scores) for number in range(10)],
    }


def _bin(score: float, points: float) -> int:
    return min(int(round(10 * score / points, 9)), 9)


def _item(
    item: str, points: float, table: dict[str, dict[str, float | None]], answered: list[str], copies: dict[str, Any]
) -> dict[str, Any]:
    marks = [own[item] for own in table.values()]
    waiting = marks.count(None)
    seconds = sorted(_verdicts(copy)[item]["seconds"] for copy in copies.values() if item in _verdicts(copy))
    middle = len(seconds) // 2
    found: dict[str, Any] = {"points": points, "n": len(marks) - waiting, "waiting": waiting}
    if seconds:
        found["seconds"] = seconds[middle] if len(seconds) % 2 else (seconds[middle - 1] + seconds[middle]) / 2
    if waiting:
        return found | {"mean": None, "facility": None, "discrimination": None}
    whole = {name for name in next(iter(table.values())) if all(own[name] is not None for own in table.values())}
    x = [table[student][item] or 0.0 for student in answered]
    y = [sum(table[student][name] or 0.0 for name in sorted(whole - {item})) for student in answered]
    return found | {
        "mean": sum(mark or 0.0 for mark in marks) / len(marks),
        "facility": sum(mark or 0.0 for mark in marks) / len(marks) / points,
        "full": sum((mark or 0.0) >= points for mark in marks),
        "zero": sum(mark == 0 for mark in marks),
        "compared": len(answered),
        "discrimination": _pearson(x, y),
    }


def _pearson(x: list[float], y: list[float]) -> float | None:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    xx, yy = sum((a - mean_x) ** 2 for a in x), sum((b - mean_y) ** 2 for b in y)
    return xy / math.sqrt(xx * yy) if xx > 1e-12 and yy > 1e-12 else None


def _verdicts(copy: dict[str, Any]) -> dict[str, Any]:
    found = ((cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["metadata"]) for cell in copy["cells"])
    return {name: metadata["dnnkit"] for name, metadata in found if "dnnkit" in metadata}


def _same(said: Any, is_so: Any) -> bool:
    if isinstance(is_so, float) and isinstance(said, (int, float)):
        return math.isclose(said, is_so, rel_tol=1e-9, abs_tol=1e-9)
    return said == is_so
