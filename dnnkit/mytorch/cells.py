"""The exported cells of the notebooks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dnnkit.errors import CourseError

__all__ = ["MODULES", "Cell", "exported_cells", "notebooks"]

MODULES = ("conv", "pooling", "batchnorm", "rnn", "linear", "rnn_cell", "rnn_classifier")

EXPORT = re.compile(r"\s*#\|\s*export\b[ \t]*(\S*)")


@dataclass(frozen=True)
class Cell:
    """An exported cell of a notebook. `title` is what nbgrader calls it, where it does."""

    notebook: str
    module: str
    source: str
    title: str


def notebooks(place: Path) -> Iterator[Path]:
    """Every notebook once: of a folder's notebooks the one that has its name, where there is one, and no copy of it."""
    rooms = sorted(room for room in place.iterdir() if room.is_dir() and not room.name.startswith("."))
    for room in [place, *rooms]:
        own = room / f"{room.name}.ipynb"
        yield from [own] if own.exists() else sorted(room.glob("*.ipynb"))


def exported_cells(path: Path) -> Iterator[Cell]:
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in code]
        titles = [str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")) for cell in code]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CourseError(f"{path} is damaged: unpack it again from the course's zip file (keep a copy).") from error
    for source, title in zip(sources, titles, strict=True):
        found = EXPORT.match(source)
        if found and found[1] not in MODULES:
            raise CourseError(
                f"A cell of {path} begins with `{found[0].strip()}`, and there is no such module: put the first line "
                f"right, the modules are {', '.join(MODULES)}."
            )
        if found:
            first_lines = "\n" * found[0].count("\n")  # line numbers stay those of the cell
            yield Cell(path.stem, found[1], first_lines + source[found.end() :], title.removesuffix("-solution"))
