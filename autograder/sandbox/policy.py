"""What a student process may read: one list, for bubblewrap's mounts and for Landlock's rules."""

import csv
import functools
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import autograder
from dnnkit.errors import CourseError

__all__ = ["DISTRIBUTIONS", "Policy", "site_entries"]

DISTRIBUTIONS = ("numpy", "matplotlib", "ipython", "matplotlib-inline", "ipywidgets", "anywidget", "tqdm")
"""These and what they require can be imported; nothing else that is installed can."""

OURS = ("__init__.py", "wire.py", "student")
"""What of this package the student process runs."""

_FOREIGN = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Policy:
    """Where a student process finds what it needs. All paths are real ones, without symbolic links.

    `site` is a folder of symbolic links to the distributions and to our own code; `work` holds a folder for
    each student process; `libraries` are the folders of shared libraries, which only the warm process needs.
    """

    interpreter: Path
    standard_library: tuple[Path, ...]
    entries: dict[str, Path]
    libraries: tuple[Path, ...]
    library: Path | None
    site: Path
    work: Path

    @classmethod
    def of(cls, scratch: Path, library: Path | None) -> "Policy":
        """Build the policy of a warm process that keeps its own files in `scratch`."""
        package = Path(autograder.__path__[0]).resolve()
        entries = site_entries() | {f"autograder/{name}": package / name for name in OURS}
        return cls(
            interpreter=Path(sys.executable).resolve(),
            standard_library=_standard_library(),
            entries={name: path.resolve() for name, path in entries.items()},
            libraries=_shared_library_folders(),
            library=library.resolve() if library else None,
            site=scratch / "site",
            work=scratch / "work",
        )

    @property
    def search_path(self) -> list[str]:
        """The student's ``sys.path``; the empty entry is the folder it works in, as in Jupyter."""
        version = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
        standard = [str(self.standard_library[0].parent / version), *map(str, self.standard_library)]
        return [*([str(self.library)] if self.library else []), *standard, "", str(self.site)]

    @property
    def listed(self) -> list[Path]:
        """Folders whose names may be listed."""
        return [*self.standard_library, self.site]

    @property
    def read(self) -> list[Path]:
        """Files and folders that may be read, with all they contain."""
        own = [self.library] if self.library else []
        return [*self._standard_entries(), *self.entries.values(), *own]

    def _standard_entries(self) -> list[Path]:
        return [
            entry
            for folder in self.standard_library
            for entry in sorted(folder.iterdir())
            if entry.name not in _FOREIGN and entry.resolve() == entry
        ]

    def masked(self) -> list[Path]:
        """Folders of other distributions inside those that bubblewrap mounts whole."""
        inside = [folder / name for folder in self.standard_library for name in _FOREIGN]
        beside = [path for folder in self.libraries for path in folder.glob("python*")]
        return [path for path in (*inside, *beside) if path.is_dir() and path not in self.standard_library]

    def lay_out(self) -> None:
        """Create the folders and links of `site` and `work`."""
        (self.site / "autograder").mkdir(parents=True)
        for name, path in self.entries.items():
            (self.site / name).symlink_to(path)
        self.work.mkdir()


@functools.cache
def site_entries(names: tuple[str, ...] = DISTRIBUTIONS) -> dict[str, Path]:
    """Return the top-level files and folders of distributions and of all that they require, by name.

    Raises:
        CourseError: one of them is not installed, or does not say which files it has.
    """
    entries: dict[str, Path] = {}
    waiting, seen = list(names), set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        distribution = _distribution(name)
        for top in _top_names(name, distribution) - {"..", "__pycache__"}:
            entries[top] = Path(str(distribution.locate_file(top)))
        requirements = [Requirement(line) for line in distribution.requires or ()]
        waiting += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return entries


def _distribution(name: str) -> metadata.Distribution:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise CourseError(f"Student code needs {name}, which is not installed: `pip install {name}`.") from None
    return distribution


def _top_names(name: str, distribution: metadata.Distribution) -> set[str]:
    """The first parts of the paths of its files. Read from RECORD: `distribution.files` makes a path of every one."""
    record = distribution.read_text("RECORD")
    if record is None:
        raise CourseError(
            f"{name} was installed without a list of its files, so student code cannot be given it. "
            "Install the course into a virtual environment with pip."
        )
    return {row[0].split("/")[0] for row in csv.reader(record.splitlines()) if row}


def _standard_library() -> tuple[Path, ...]:
    """Return the folders of the standard library: the pure part, the compiled part, the extension modules."""
    names = [
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        sysconfig.get_config_var("DESTSHARED"),
    ]
    # In a virtual environment `platstdlib` is its own empty folder, hence the test for a module of each kind.
    folders = [Path(name).resolve() for name in names if name and os.path.isdir(name)]
    wanted = [path for path in folders if (path / "os.py").exists() or any(path.glob("*.so"))]
    return tuple(dict.fromkeys(wanted))


def _shared_library_folders() -> tuple[Path, ...]:
    """Return the folders of the shared libraries that this very process has loaded, those of packages left out."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return ()
    files = {line.split(maxsplit=5)[5] for line in maps.read_text().splitlines() if line.count("/")}
    loaded = {Path(name).parent for name in files if ".so" in name and name.startswith("/")}
    own = {*_standard_library(), *(entry.parent.resolve() for entry in site_entries().values())}
    return tuple(sorted(folder for folder in loaded if not any(folder.is_relative_to(path) for path in own)))
