"""A submitted notebook: read it whatever it is, and rebuild it so that every graded cell is the released one.

What a student hands in is hostile data. After `rebuild` the locked cells are those of the gradebook, each where
it stands in the instructor's notebook, and the student's own cells are in the student's own order.
"""

import contextlib
import hashlib
import html
import json
import os
import re
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode, from_dict

from autograder.outputs import Room
from autograder.sandbox import clean_outputs
from autograder.whole import whole

__all__ = [
    "MAX_BYTES",
    "SourceCell",
    "Unreadable",
    "content_digest",
    "grade_id",
    "parse",
    "read",
    "read_bytes",
    "rebuild",
    "write",
]

MAX_BYTES = 20 << 20
MAX_CELLS = 2000
MAX_PICTURES = 1000  # attached to markdown
KERNELSPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
LINK = re.compile(r"(\]\s*[(:]\s*<?)([^\s)>]+)")
SAFE = re.compile(r"(https?|mailto):|[^:]*$|[^:]*[/?#]", re.IGNORECASE)
ADDED = "This cell was missing from the submission; the autograder added it back."


class Unreadable(Exception):
    """A submitted file cannot be graded; the message says why, in words for student and instructor."""


@dataclass(frozen=True)
class SourceCell:
    """A cell of the released notebook as the gradebook keeps it. `points` is None where nothing is graded."""

    name: str
    cell_type: str
    source: str
    locked: bool
    checksum: str
    points: float | None

    @property
    def judged(self) -> bool:
        """Whether this is a locked cell that gives points by running."""
        return self.locked and self.points is not None

    def metadata(self) -> dict[str, Any]:
        """nbgrader's metadata of this cell in a submission."""
        data = {
            "schema_version": 3,
            "grade_id": self.name,
            "grade": self.points is not None,
            "solution": not self.locked,
            "locked": self.locked,
            "task": False,
            "checksum": self.checksum,
        }
        return data | ({"points": self.points, "cell_type": self.cell_type} if self.points is not None else {})


def grade_id(cell: NotebookNode) -> str | None:
    """nbgrader's id of a cell, or None where the metadata is absent or damaged."""
    data = cell.metadata.get("nbgrader")
    found = data.get("grade_id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def read(path: Path) -> NotebookNode:
    """Read a submitted notebook. Raises Unreadable for a link, a huge file, no JSON, no version-4 notebook."""
    return parse(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytes:
    """Read a submitted file. Raises Unreadable for a link, a huge file, anything but an ordinary file."""
    try:
        # one open for looking and reading, so that the file cannot become a link in between
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise Unreadable(f"There is no file {path.name}.") from error
    except PermissionError as error:
        raise Unreadable(f"{path.name} or its folder may not be read by the account that grades (chmod).") from error
    except OSError as error:
        raise Unreadable(f"{path.name} is a link or cannot be opened, so it was not read.") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise Unreadable(f"{path.name} is not an ordinary file, so it was not read.")
    with open(handle, "rb") as file:
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"{path.name} has {status.st_size >> 20} MB; {MAX_BYTES >> 20} MB is the limit.")
        return file.read()


def parse(text: bytes, name: str) -> NotebookNode:
    """The notebook in the bytes of a file called `name`. Raises Unreadable for no JSON, no version-4 notebook."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{name} is not a notebook: it is not valid JSON.") from error
    if not isinstance(data, dict) or data.get("nbformat") != 4 or not isinstance(data.get("cells"), list):
        raise Unreadable(f"{name} is not a notebook of format 4; save it with a current JupyterLab.")
    if len(data["cells"]) > MAX_CELLS:
        raise Unreadable(f"{name} has {len(data['cells'])} cells; {MAX_CELLS} is the limit.")
    attached = [cell["attachments"] for cell in data["cells"] if isinstance(cell, dict) and "attachments" in cell]
    pictures = sum(len(found) for found in attached if isinstance(found, dict))
    if pictures > MAX_PICTURES:
        raise Unreadable(f"{name} has {pictures} attached pictures; {MAX_PICTURES} is the limit.")
    room = Room()
    return _notebook([kept for cell in data["cells"] if (kept := _clean_cell(cell, room)) is not None])


def _clean_cell(cell: Any, room: Room) -> NotebookNode | None:
    """A cell with a known type, a text and the metadata that matter; None for anything else.

    Saved outputs are kept, cleaned, where the cell is one to explore; all others are made anew.
    """
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    source, metadata = _encodable(source), _clean_metadata(cell.get("metadata"))
    if cell["cell_type"] == "code":
        saved = room.kept(clean_outputs(cell.get("outputs"))) if "tags" in metadata else []
        return _code_cell(source, metadata, saved)
    return _markdown_cell(source, metadata, _pictures(cell.get("attachments")))


def _clean_metadata(metadata: Any) -> dict[str, Any]:
    """The grade id and the tag `explore`, where they are there."""
    if not isinstance(metadata, dict):
        return {}
    marks, tags = metadata.get("nbgrader"), metadata.get("tags")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    kept: dict[str, Any] = {"nbgrader": {"grade_id": _encodable(name)}} if isinstance(name, str) else {}
    if isinstance(tags, list) and "explore" in tags:
        kept["tags"] = ["explore"]
    return kept


def _encodable(text: str) -> str:
    """The text with a question mark for every half of a surrogate pair: JSON can hold those, UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """The pictures attached to a markdown cell (a photographed drawing may be an answer), nothing else."""
    kept: dict[str, dict[str, str]] = {}
    for name, data in attachments.items() if isinstance(attachments, dict) else ():
        for kind in ("image/png", "image/jpeg"):
            picture = data.get(kind) if isinstance(data, dict) else None
            if isinstance(picture, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", picture):
                kept[_encodable(name)] = {kind: picture}
    return kept


def defused(markdown: str) -> str:
    """Markdown in which no HTML tag opens: a zero-width space after each `<` that would begin one.

    >>> defused("a < b <script>") == "a < b <\\u200bscript>"
    True
    """
    return re.sub(r"<(?=[A-Za-z/!?])", "<\u200b", markdown)


def rebuild(submitted: NotebookNode, source: list[SourceCell], prose: Collection[str] = frozenset()) -> NotebookNode:
    """The submission with every locked cell of `source` (in the instructor's order) put back as released.

    A cell that came twice counts once, the last; a graded cell follows the cell that it follows in `source`.
    Markdown is defused, but for the instructor's own, whose texts are `prose`.
    """
    known = {cell.name: cell for cell in source}
    cells = _own_cells(submitted.cells, known)
    present = set(map(grade_id, cells))
    for position, cell in enumerate(source):
        if cell.name in present:
            continue
        place = _behind(cells, source[:position]) if cell.locked else _before(cells, source[position + 1 :])
        cells.insert(place, _released(cell))
    rebuilt = _notebook(cells)
    rebuilt.metadata = NotebookNode(kernelspec=NotebookNode(KERNELSPEC), language_info=NotebookNode(name="python"))
    for cell in rebuilt.cells:
        locked = cell.metadata.get("nbgrader", {}).get("locked", False)
        if cell.cell_type == "markdown" and not locked and cell.source not in prose:
            _defuse(cell)
    return rebuilt


def _defuse(cell: NotebookNode) -> None:
    """Take tags and harmful links out of a markdown cell; its pictures get plain names.

    nbconvert lets links to `javascript:` through, and stops at a picture that is not attached.
    """
    attached = cell.pop("attachments", {})
    plain_names = {name: f"picture-{number}" for number, name in enumerate(attached)}
    pictures: dict[str, Any] = {}

    def safe_link(match: re.Match[str]) -> str:
        try:
            target = html.unescape(match[2])
        except ValueError:  # the number of a character with thousands of digits
            return f"{match[1]}#"
        name = unquote(target.removeprefix("attachment:"))
        if target.startswith("attachment:") and name in attached:
            pictures[plain_names[name]] = attached[name]
            return f"{match[1]}attachment:{plain_names[name]}"
        return match[0] if SAFE.match(target) else f"{match[1]}#{match[2]}"

    cell.source = LINK.sub(safe_link, defused(cell.source))
    if pictures:
        cell.attachments = from_dict(pictures)


def _own_cells(cells: list[NotebookNode], known: dict[str, SourceCell]) -> list[NotebookNode]:
    """The student's cells in the student's order, without any copy of a locked cell."""
    kept: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in reversed(cells):
        name = grade_id(cell)
        cell.metadata.pop("nbgrader", None)
        if name is not None and name in known:
            if known[name].locked:
                continue
            if name not in seen:
                cell = _with_type(cell, known[name])
                cell.metadata["nbgrader"] = known[name].metadata()
                if known[name].points is not None:  # a person marks what it shows, which must be what it does
                    cell.metadata.pop("tags", None)
                seen.add(name)
        kept.append(cell)
    return kept[::-1]


def _with_type(cell: NotebookNode, wanted: SourceCell) -> NotebookNode:
    """The cell as the type that it had on release, whatever the student turned it into."""
    if cell.cell_type == wanted.cell_type:
        return cell
    make = _code_cell if wanted.cell_type == "code" else _markdown_cell
    return make(cell.source, cell.metadata)


def _behind(cells: list[NotebookNode], earlier: list[SourceCell]) -> int:
    """Where a locked cell goes: right behind all cells that it follows in the source."""
    at = {grade_id(cell): position for position, cell in enumerate(cells)}
    return max((at[cell.name] + 1 for cell in earlier if cell.name in at), default=0)


def _before(cells: list[NotebookNode], later: list[SourceCell]) -> int:
    """Where a student's cell goes that has lost its id: as late as it can, since its text may be there without it."""
    at = {grade_id(cell): position for position, cell in enumerate(cells)}
    return min((at[cell.name] for cell in later if cell.name in at), default=len(cells))


def _released(cell: SourceCell) -> NotebookNode:
    """The released cell; of a student's cell that is missing only an empty place, not its stub."""
    metadata = {"nbgrader": cell.metadata()}
    if cell.cell_type == "code":
        return _code_cell(cell.source if cell.locked else f"# {ADDED}", metadata)
    return _markdown_cell(cell.source, metadata)


# nbformat's own makers hold each cell against the schema, which takes longer than all else; `write` does it once


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=cells)


def _code_cell(source: str, metadata: Mapping[str, Any], outputs: Sequence[Any] = ()) -> NotebookNode:
    made = {"cell_type": "code", "source": source, "metadata": metadata}
    return from_dict({**made, "outputs": list(outputs), "execution_count": None})


def _markdown_cell(source: str, metadata: Mapping[str, Any], pictures: Mapping[str, Any] | None = None) -> NotebookNode:
    made = {"cell_type": "markdown", "source": source, "metadata": metadata}
    return from_dict({**made, "attachments": pictures} if pictures else made)


def content_digest(path: Path) -> str:
    """A digest of a submitted file's bytes, its size where it is too large, "" where there is nothing to be read."""
    with contextlib.suppress(OSError):  # it may be closed to us, or exchanged at this moment
        if path.is_file() and not path.is_symlink():
            size = path.stat().st_size
            return f"{size} bytes" if size > MAX_BYTES else hashlib.sha256(path.read_bytes()).hexdigest()
    return ""


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook so that the file is either the old one or the new one, whole."""
    nbformat.validate(notebook)
    with whole(path) as unfinished:
        # on one line: nbformat's indented text takes twenty times as long to make
        unfinished.write_text(json.dumps(notebook, ensure_ascii=False, sort_keys=True), encoding="utf-8")
