"""MyTorch: the student's own library, gathered out of the notebooks into an importable package.

A cell that begins with ``#| export conv`` belongs to ``mytorch/conv.py`` beside the notebooks. Of such a cell the
imports, assignments, functions and classes are taken. A module can always be imported: what is unfinished, or does
not run, raises an error once it is called, which says what to do in which notebook.
"""

import importlib
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from dnnkit.errors import CourseError
from dnnkit.lab import notebook_folder
from dnnkit.mytorch.cells import MODULES, exported_cells, notebooks
from dnnkit.mytorch.files import sealed, write
from dnnkit.mytorch.module import PACKAGE, Gap, Module, compose, gaps_of, is_written

__all__ = ["Library", "Module", "borrow", "gather"]

WIDTH = 80
INIT = '"""Your own library. Each module says which notebooks it came from."""\n'


@dataclass(frozen=True, repr=False)
class Library:
    """What was gathered into `folder`, and the copies made of files that were overwritten. Shows as a summary.

    `unsaved` names what the saved notebook has not filled in, and the running one has.
    """

    folder: Path
    modules: dict[str, Module]
    backups: list[Path]
    unsaved: list[str]

    def __repr__(self) -> str:
        lines = [line for module in self.modules.values() for line in str(module).split("\n")]
        if self.unsaved:
            lines.append(f"  defined here but not saved: {', '.join(self.unsaved)}; save, and run this cell again")
        lines += [f"  your edited file is kept as {backup.name}" for backup in self.backups]
        return "\n".join([f"{self.folder.name}/ in {self.folder.parent}", *map(_wrapped, lines)])


def _wrapped(line: str) -> str:
    """A line broken between words, since a notebook breaks it anywhere."""
    further = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.fill(line, WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def gather(folder: Path | str = ".", force: bool = False) -> Library:
    """Write `mytorch/` beside the notebooks, from the cells that begin with ``#| export``, and let it be imported.

    folder: the unpacked course, its folder of notebooks, or the folder of one notebook.
    force: overwrite files that were changed by hand, keeping a copy of each.
    Raises CourseError where there are no such cells, a notebook is damaged, or a file was changed by hand.
    """
    place = _place(Path(folder))
    cells = [cell for path in notebooks(place) for cell in exported_cells(path)]
    if not cells:
        raise CourseError(
            f"No notebook in {place} has a cell that begins with `#| export`: there is nothing to gather."
        )
    modules: dict[str, Module] = {}
    for name in MODULES:
        own = [cell for cell in cells if cell.module == name]
        if own or name == "linear":
            modules[name] = compose(name, own, modules)
    texts = {"__init__": INIT} | {name: module.text for name, module in modules.items()}
    backups = write(place / PACKAGE, {f"{name}.py": sealed(text) for name, text in texts.items()}, force)
    _make_importable(place)
    gaps = [gap for module in modules.values() for own in module.gaps.values() for gap in own]
    return Library(place / PACKAGE, modules, backups, list(_unsaved(gaps)))


def _unsaved(gaps: list[Gap]) -> Iterator[str]:
    """What of the gaps the running notebook has filled in."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    here: dict[str, Any] = shell.user_ns if shell else {}
    for gap in gaps:
        name, _, method = gap.name.partition(".")
        found = here.get(name)
        if method:
            found = getattr(found, method, None)
        if getattr(found, "__module__", "") == "__main__" and is_written(found):
            yield gap.name


def borrow(module: str, *names: str, folder: Path | str = ".") -> ModuleType:
    """A module of the student's own library, for a notebook that builds on an earlier one.

    module: such as "conv"; names: what is needed of it.
    Raises CourseError where the library or one of the names is not there, or not written yet.
    """
    place = _place(Path(folder))
    file = place / PACKAGE / f"{module}.py"
    remedy = "finish the notebook that it comes from, save it, and run its last cell (or `dnnkit mytorch`)."
    if not file.exists():
        raise CourseError(f"There is no {PACKAGE}/{file.name} in {place} yet: {remedy}")
    _make_importable(place)
    found = importlib.import_module(f"{PACKAGE}.{module}")
    missing = [text for name in names for text in _missing(found, name)]
    if missing:
        raise CourseError(f"Your {PACKAGE}/{file.name} has no {', '.join(missing)} yet: {remedy}")
    return found


def _missing(module: ModuleType, name: str) -> list[str]:
    """What of a name is not there, with the notebook where that is known; nothing where it is ready."""
    if not hasattr(module, name):
        return [name]
    gaps = gaps_of(getattr(module, name))
    return [f"{gap.name} (notebook {gap.notebook}{gap.error and f': {gap.error}'})" for gap in gaps]


def _place(folder: Path) -> Path:
    """The folder that holds a folder for each notebook, or the notebooks themselves."""
    place = notebook_folder(folder.resolve())
    return place.parent if (place / f"{place.name}.ipynb").exists() else place


def _make_importable(place: Path) -> None:
    """Let the next import find the library, as it is now."""
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    importlib.invalidate_caches()
