"""A course directory: where it is, what it holds, its seed. Made by `autograder init`.

::

    course.toml          name and seed of the course, version of this layout
    nbgrader_config.py   makes nbgrader use this autograder here; options of nbgrader
    source/              the instructor's notebooks, a folder for each assignment
    release/  collected/  submitted/  autograded/  feedback/  bundle/
    gradebook.db         unless nbgrader's option CourseDirectory.db_url names another database
"""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_config_path
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from dnnkit.errors import CourseError

__all__ = ["LAYOUT", "NOTEBOOKS", "Course", "create"]

LAYOUT = 1
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CONFIG = """\
from autograder.nbgrader_bridge import configure

c = get_config()
configure(c, __file__)

# nbgrader's options for this course go here; the commands of `autograder` keep to them too. A shared gradebook:
# c.CourseDirectory.db_url = "postgresql+psycopg://USER@HOST/DATABASE"
"""


@dataclass(frozen=True)
class Course:
    """An existing course directory."""

    root: Path
    name: str
    seed: int

    @classmethod
    def open(cls, root: Path) -> "Course":
        """Raises CourseError where `root` is not a course directory of this version."""
        file = root / "course.toml"
        if not file.is_file():
            raise CourseError(
                f"{root} is not a course directory: it has no course.toml. Make one with `autograder init DIR`, "
                "then work inside it or name it with `--course DIR`."
            )
        try:
            data = tomllib.loads(file.read_text("utf-8"))
            layout, name, seed = int(data["layout"]), str(data["name"]), int(data["seed"])
        except (ValueError, KeyError, TypeError) as error:
            raise CourseError(f"{file} cannot be read ({error}); it needs the lines layout, name and seed.") from error
        if layout != LAYOUT:
            raise CourseError(
                f"{root} has the course layout {layout}, this autograder works with layout {LAYOUT}: use the "
                "version of dnnkit that made it, or make a new directory with `autograder init`."
            )
        if seed < 0:
            raise CourseError(f"{file} has the seed {seed}; a seed is 0 or a positive whole number.")
        return cls(root.resolve(), name, seed)

    @property
    def config(self) -> Config:
        """nbgrader's configuration for this course, as nbgrader itself would load it: Jupyter's folders come first.

        Raises CourseError where the course's file is missing, or one of them does not run.
        """
        config = Config()
        for folder in (*map(Path, reversed(jupyter_config_path())), self.root):
            file = folder / "nbgrader_config.py"
            if folder == self.root or file.is_file():
                config.merge(_load_config(file))
        return config

    @property
    def coursedir(self) -> CourseDirectory:
        """nbgrader's view of this directory."""
        return CourseDirectory(config=self.config)

    def folder(self, step: str, assignment: str = "", student: str = "") -> Path:
        """A folder such as submitted/<student>/<assignment>."""
        return self.root / step / student / assignment

    @property
    def assignments(self) -> list[str]:
        """The assignments that have source notebooks."""
        folder = self.folder("source")
        return sorted(path.name for path in folder.iterdir() if any(path.glob("*.ipynb"))) if folder.is_dir() else []

    def require_assignment(self, assignment: str) -> None:
        """Raises CourseError for an assignment without source notebooks."""
        if assignment not in self.assignments:
            known = ", ".join(self.assignments) or "none yet"
            raise CourseError(
                f"There is no assignment {assignment!r} in {self.folder('source')}. The assignments are: {known}."
            )

    def sources(self, assignment: str) -> dict[str, NotebookNode]:
        """The source notebooks of an assignment by name. Raises CourseError for what is no notebook."""
        files = sorted(self.folder("source", assignment).glob("*.ipynb"))
        return {file.stem: _read_source(file) for file in files}

    @property
    def gradebook_address(self) -> str:
        """Where the gradebook is: its file, or the URL of its database without the password.

        Raises CourseError where nbgrader's option CourseDirectory.db_url is no such URL.
        """
        try:
            url = make_url(self.coursedir.db_url)
        except ArgumentError as error:
            raise CourseError(
                "CourseDirectory.db_url in nbgrader_config.py is no database URL; "
                "one looks like postgresql+psycopg://USER@HOST/DATABASE."
            ) from error
        return str(url.database) if url.get_backend_name() == "sqlite" else str(url)

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """The open gradebook. Raises CourseError where it is locked by another program, or not to be had."""
        with environment_on_path(), plain_database_errors(self.gradebook_address):
            gradebook = _open_gradebook(self.coursedir.db_url, self.name)
            try:
                yield gradebook
            finally:
                gradebook.close()


def _load_config(file: Path) -> Config:
    try:
        return PyFileConfigLoader(file.name, path=str(file.parent)).load_config()
    except Exception as error:  # it is a program, and the instructor's
        raise CourseError(
            f"{file} cannot be used ({type(error).__name__}: {error}). "
            "A new directory made by `autograder init` has one that works."
        ) from error


def _open_gradebook(url: str, course: str) -> Gradebook:
    try:
        return Gradebook(url, course)
    except (ImportError, ArgumentError) as error:  # there is no such driver
        raise CourseError(
            f"The gradebook's database needs a driver that is not there ({error}). For PostgreSQL write "
            "postgresql+psycopg://... and run `pip install -e './autograder[postgresql]'` in the course repository."
        ) from error


def _read_source(file: Path) -> NotebookNode:
    try:
        return nbformat.read(file, as_version=4)
    except Exception as error:  # nbformat lets many kinds through
        raise CourseError(
            f"The source notebook {file} cannot be read: it is not a valid notebook. Open it in JupyterLab and save it "
            "again, or take back its last good version."
        ) from error


def create(root: Path, name: str, seed: int | None, notebooks: Path = NOTEBOOKS) -> Course:
    """Make a course directory with copies of the source notebooks.

    `seed` decides the hidden inputs; without one a random seed is drawn, so that nobody else has the same.
    Raises CourseError where a course is there already, or something else is.
    """
    if (root / "course.toml").exists():
        raise CourseError(f"{root} is a course directory already; its seed and gradebook stay as they are.")
    if root.exists() and not root.is_dir():
        raise CourseError(f"{root} is not a directory; name a new or empty directory for the course.")
    if root.is_dir() and any(root.iterdir()):
        raise CourseError(f"{root} is not empty; name a new or empty directory for the course.")
    if not notebooks.is_dir():
        raise CourseError(f"{notebooks} does not exist: `autograder init` needs a checkout of the course repository.")
    seed = secrets.randbelow(2**32) if seed is None else seed
    if seed < 0:
        raise CourseError(f"The seed {seed} is negative; a seed is 0 or a positive whole number.")
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(notebooks, root / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (root / "submitted").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG, "utf-8")
    quoted = json.dumps(name, ensure_ascii=False)  # which is TOML too
    text = f"layout = {LAYOUT}\nname = {quoted}\n# decides the hidden inputs; keep it to yourself\nseed = {seed}\n"
    (root / "course.toml").write_text(text, "utf-8")
    return Course.open(root)


@contextlib.contextmanager
def environment_on_path() -> Iterator[None]:
    """With this environment's programs first on PATH: nbgrader calls `alembic` from there."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def plain_database_errors(address: str) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if "locked" in str(error):
            raise CourseError(
                f"The gradebook {address} is in use by another program. Close it there, then try again; "
                "what was graded so far is kept."
            ) from error
        reason = " ".join(str(error.orig).split()).rstrip(".?")
        raise CourseError(f"The gradebook {address} cannot be used ({reason}).") from error
