"""Cells of a graded notebook as a page shows them: code in colour, prose as safe HTML, outputs as text or pictures."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.feedback.prose import plain, safe_html
from autograder.student.outputs import STILL_PICTURE

__all__ = ["Output", "ShownCell", "coloured", "shown_cell", "shown_outputs"]

LONGEST = 200_000  # characters; longer code is shown without colours
PICTURES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


@dataclass(frozen=True)
class Output:
    """One output: `kind` is "text" or "error", whose text it is, "formula", or "picture" with its data address."""

    kind: str
    text: str | Markup
    address: str = ""


@dataclass(frozen=True)
class ShownCell:
    """A cell: code and outputs, or prose. `given` says that its text is the instructor's, as it was handed out."""

    code: Markup | None
    prose: Markup | None
    outputs: tuple[Output, ...]
    given: bool = False


def shown_cell(cell: NotebookNode, folder: Path, given: bool = False) -> ShownCell:
    """A cell for the page; `folder` has the pictures that were handed in beside the notebook."""
    if cell.cell_type == "code":
        return ShownCell(coloured(cell.source), None, tuple(shown_outputs(cell.outputs)), given)
    return ShownCell(None, safe_html(cell.source, _pictures(cell, folder)), (), given)


def coloured(code: str) -> Markup:
    """Python code as HTML, its kinds of words in classes that begin with ``hl-``."""
    if len(code) > LONGEST:
        return Markup.escape(code)
    return Markup(highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True, classprefix="hl-")))


def shown_outputs(outputs: Iterable[NotebookNode]) -> list[Output]:
    """Cleaned outputs (autograder.student.outputs) in their richest form that is text or a picture."""
    return [shown for output in outputs if (shown := _shown(output)) is not None]


def _shown(output: NotebookNode) -> Output | None:
    if output.output_type == "stream":
        return Output("text", strip_ansi(output.text))
    if output.output_type == "error":
        return Output("error", strip_ansi("\n".join(output.traceback) or f"{output.ename}: {output.evalue}"))
    data = output.data
    text = data.get("text/plain", "")
    if still := STILL_PICTURE.fullmatch(data.get("text/html", "")):
        return Output("picture", plain(still[1]), still[2])
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return Output("picture", text, f"data:{kind};base64,{''.join(data[kind].split())}")
    if "text/latex" in data:
        return Output("formula", safe_html(data["text/latex"]))
    return Output("text", strip_ansi(text)) if text else None


def _pictures(cell: NotebookNode, folder: Path) -> dict[str, str]:
    """The pictures that a markdown cell may show, by the name in its text: attached ones, and files beside it."""
    pictures = {}
    for name, data in cell.get("attachments", {}).items():
        for kind, content in data.items():
            pictures[f"attachment:{name}"] = f"data:{kind};base64,{''.join(content.split())}"
    named = unquote(cell.source)
    for file in sorted(folder.iterdir()):
        if (kind := PICTURES.get(file.suffix.lower())) and file.name in named:
            pictures[file.name] = f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    return pictures
