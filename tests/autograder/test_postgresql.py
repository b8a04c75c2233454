"""The gradebook in PostgreSQL: a real server, started here in a folder of its own, heard on a local socket alone.

Without the Debian package `postgresql` or the driver these tests skip and say so; under CI that is a failure.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from autograder import engine
from autograder.cli import main
from autograder.course import Course
from dnnkit.errors import CourseError

NAME = "90_ordinary"
POINTS = {"double": 3, "scale": 0, "guess": 5, "share": 6}  # of bob, who forgets to scale


@dataclass
class Server:
    """A running server; `url` names a database of it."""

    process: subprocess.Popen
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://grader@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # to a server: end all sessions and stop
        self.process.wait(20)


def _programs() -> Path | None:
    """The newest server's programs, where Debian puts them, or where PATH has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


@pytest.fixture
def server(required: Callable[..., Path]) -> Iterator[Server]:
    required(find_spec("psycopg"), "psycopg is not installed: pip install -e './autograder[postgresql]'")
    programs = required(_programs(), "PostgreSQL is not installed: apt install postgresql")
    # a server refuses to run as root, and cannot enter the folders that pytest makes
    as_user = {"user": "nobody"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="dnnkit-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if as_user:
            shutil.chown(folder, "nobody")
        make = [programs / "initdb", "-D", folder / "data", "-U", "grader", "-A", "trust", "--no-sync"]
        done = subprocess.run(make, cwd=folder, capture_output=True, text=True, **as_user)
        assert done.returncode == 0, done.stderr
        run = [programs / "postgres", "-D", folder / "data", "-k", folder, "-F", "-c", "listen_addresses="]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(run, cwd=folder, stdout=log, stderr=log, **as_user)
        server = Server(process, folder)
        try:
            _wait_for(server)
            yield server
        finally:
            server.stop()


def _wait_for(server: Server) -> None:
    import psycopg

    for _ in range(200):
        try:
            psycopg.connect(host=str(server.folder), user="grader", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}")


def _use(course: Course, url: str) -> None:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = {url!r}\n")


def _set_guess_to_seven(course: Course) -> None:
    """Change the instructor's own answer, to which the hidden test compares, and release again."""
    file = course.folder("source", NAME) / f"{NAME}.ipynb"
    file.write_text(file.read_text("utf-8").replace("guess = 10", "guess = 7"), "utf-8")
    done = _run("release", NAME, "--course", course.root)
    assert done.exit_code == 0, done.output


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _rows(url: str, query: str) -> list[tuple]:
    """What the database itself says, asked with SQL."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


AUTO_SCORES = """
    SELECT student_id, base_cell.name, auto_score FROM grade
    JOIN base_cell ON base_cell.id = cell_id
    JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
    JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    WHERE auto_score IS NOT NULL ORDER BY 1, 2
"""


def test_a_term_in_postgresql(course: Course, server: Server, hand_in, fill, blank) -> None:
    url = server.new_database("term")
    _use(course, url)
    (course.root / "gradebook.db").unlink()
    done = _run("release", NAME, "--course", course.root)
    assert done.exit_code == 0, done.output
    hand_in(course, NAME, "ann", fill(NAME))
    hand_in(course, NAME, "bob", fill(NAME, {"scale": "def scale(x):\n    return x"}))
    hand_in(course, NAME, "cid", "{")

    done = _run("grade", NAME, "--course", course.root, "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert "Graded 3 submissions now. The gradebook: postgresql+psycopg://grader@/term" in done.output
    scores = _rows(url, AUTO_SCORES)
    assert {name: score for student, name, score in scores if student == "bob"} == POINTS
    assert sum(score for student, _, score in scores if student == "ann") == 18
    assert {score for student, _, score in scores if student == "cid"} == {0}
    assert "Graded 0 submissions now" in _run("grade", NAME, "--course", course.root).output

    for command in (("feedback", NAME), ("report", NAME), ("export", NAME, "--format", "nbgrader")):
        done = _run(*command, "--course", course.root)
        assert done.exit_code == 0, done.output
    assert list(course.folder("feedback", NAME, "bob").glob("*.html"))
    found = json.loads((course.root / "report" / f"{NAME}.json").read_text("utf-8"))
    assert found["distribution"]["mean"] == pytest.approx((18 + sum(POINTS.values())) / 3)
    assert found["distribution"]["n"] == 3
    assert (course.root / "grades_nbgrader.csv").read_text("utf-8").count(NAME) == 3

    _set_guess_to_seven(course)
    done = _run("regrade", NAME, "--course", course.root, "--jobs", 1, "--yes")
    assert done.exit_code == 0, done.output
    assert "the marks of 2 change" in done.output
    assert ("ann", "guess", 0) in _rows(url, AUTO_SCORES)

    # nbgrader's own command uses the same database
    hand_in(course, NAME, "dan", fill(NAME))
    graded = subprocess.run(["nbgrader", "autograde", NAME], cwd=course.root, capture_output=True, text=True)
    assert graded.returncode == 0, graded.stderr
    assert sum(score for student, _, score in _rows(url, AUTO_SCORES) if student == "dan") == 18 - 5
    assert not (course.root / "gradebook.db").exists()

    with pytest.raises(CourseError, match="cannot be used"):  # the server goes while the class is graded
        engine.grade(course, NAME, force=True, progress=lambda done, total: server.stop() if done == 1 else None)
    gone = _run("grade", NAME, "--course", course.root)
    assert gone.exit_code == 2
    assert gone.stderr.startswith("autograder: The gradebook postgresql+psycopg://grader@/term")
    assert "cannot be used" in gone.stderr
    assert gone.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres", "is no database URL"),
        ("postgresql+nosuchdriver://grader@localhost/term", "a driver that is not there"),
    ],
)
def test_an_address_that_is_none(course: Course, url: str, told: str) -> None:
    _use(course, url)
    done = _run("grade", NAME, "--course", course.root)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_password_is_not_shown(course: Course) -> None:
    _use(course, "postgresql+psycopg://grader:secret@localhost:1/term")
    assert course.gradebook_address == "postgresql+psycopg://grader:***@localhost:1/term"


def test_options_of_the_machine_hold_but_not_its_gradebook(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    (tmp_path / "jupyter").mkdir()
    (tmp_path / "jupyter" / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.db_url = 'sqlite:////elsewhere.db'\nc.Exchange.root = '/exchange'\n"
    )
    assert course.config.Exchange.root == "/exchange"
    assert course.gradebook_address == str(course.root / "gradebook.db")
    told = subprocess.run(
        ["nbgrader", "db", "assignment", "list"], cwd=course.root, capture_output=True, text=True, check=True
    )
    assert NAME in told.stdout


def test_a_server_that_runs_elsewhere_finds_the_course_and_its_gradebook(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (course.root / "gradebook.db").rename(tmp_path / "elsewhere.db")
    _use(course, f"sqlite:///{tmp_path / 'elsewhere.db'}")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    (tmp_path / "jupyter").mkdir()
    # as the instructors' guide has it
    (tmp_path / "jupyter" / "nbgrader_config.py").write_text(
        f"load_subconfig({str(course.root)!r} + '/nbgrader_config.py')\n"
    )
    command = ["nbgrader", "db", "assignment", "list"]
    assert NAME in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert course.gradebook_address == str(tmp_path / "elsewhere.db")
