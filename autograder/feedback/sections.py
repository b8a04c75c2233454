"""A graded notebook taken apart into sections, one for each graded item, with all that a student is told about it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode

from autograder.feedback.cells import Output, ShownCell, shown_cell, shown_outputs
from autograder.feedback.figure import Plane, planes
from autograder.feedback.marks import Mark, Marks
from autograder.feedback.prose import safe_html
from autograder.judge import Verdict
from autograder.notebook import grade_id

__all__ = ["Report", "Section", "sections"]


@dataclass(frozen=True)
class Report:
    """A visible check's report as `autograder.outputs.report_output` kept it."""

    summary: str
    cases: list[dict[str, Any]]
    planes: list[Plane]


@dataclass
class Section:
    """One graded item. `verdict` is None for a written answer and where nothing could be graded.

    `untouched` is true where all of the student's cells are as they were handed out.
    """

    name: str
    mark: Mark
    verdict: Verdict | None = None
    question: Markup | None = None
    cells: list[ShownCell] = field(default_factory=list)
    untouched: bool = False
    comments: list[Markup] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    errors: list[Output] = field(default_factory=list)


def sections(
    notebook: NotebookNode, marks: Marks, given: Collection[str], folder: Path
) -> tuple[list[Section], list[ShownCell]]:
    """The sections of a graded notebook without mark schemes, in its order, and the student's other cells.

    `given` are the texts of the instructor's own cells: of these only those that show something come along.
    The text of a locked code cell, which may hold hidden tests, goes nowhere.
    """
    found, rest, pending = [], [], []
    for cell in notebook.cells:
        name = grade_id(cell)
        if name is None:
            if cell.source.strip() and (cell.source not in given or cell.get("outputs")):
                rest.append(shown_cell(cell, folder, given=cell.source in given))
            continue
        pending.append(cell)
        if name in marks.items:
            found.append(_section(name, pending, marks, folder))
            pending = []
    return found, rest + [shown_cell(cell, folder) for cell in pending if not _locked(cell)]


def _section(name: str, cells: list[NotebookNode], marks: Marks, folder: Path) -> Section:
    """The section of the last of `cells`, a graded one; the others are what stands before it."""
    section = Section(name, marks.items[name])
    own = [cell for cell in cells if not _locked(cell)]
    names = [grade_id(cell) or "" for cell in cells]
    section.untouched = bool(own) and all(_untouched(cell, marks) for cell in own)
    section.cells = [shown_cell(cell, folder) for cell in own]
    section.comments = [safe_html(marks.comments[name]) for name in names if name in marks.comments]
    questions = [cell.source for cell in cells if _locked(cell) and cell.cell_type == "markdown"]
    section.question = safe_html("\n\n".join(questions)) if questions else None
    graded = cells[-1]
    if _locked(graded):
        kept = graded.metadata.get("dnnkit", {})
        section.verdict = Verdict.from_dict(kept["verdict"]) if "verdict" in kept else None
        section.errors = shown_outputs(output for output in graded.outputs if output.output_type == "error")
        reports = (output.get("metadata", {}).get("dnnkit") for output in graded.outputs)
        section.reports = [Report(r["summary"], r["cases"], planes(r["planes"])) for r in reports if r]
    return section


def _untouched(cell: NotebookNode, marks: Marks) -> bool:
    return cell.source.strip() == marks.released.get(grade_id(cell) or "", "").strip()


def _locked(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.locked)
