"""A class of hostile and broken submissions, graded in one run: nobody gains, learns, harms or stops anything."""

import functools
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
from files.submissions import corpus
from files.submissions.damaged import DAMAGE

from autograder import engine
from autograder.course import Course, create
from autograder.feedback import feedback
from autograder.hidden import items_of
from autograder.items import prepare
from autograder.release import release

NAME, SEED = corpus.NAME, 7
ATTACKS = corpus.attacks()
FILES = {
    "empty": "not valid JSON",
    "words": "not valid JSON",
    "comments": "not valid JSON",
    "merge_conflict": "not valid JSON",
    "a_list": "not a notebook of format 4",
    "format_3": "not a notebook of format 4",
    "format_9": "not a notebook of format 4",
    "other_homework": "",
}
THEMES = sorted({name.split("-")[0] for name in ATTACKS} | {"damaged", "file"})
HONEST = [f"{theme}-zz_right" for theme in THEMES]  # graded after those of its theme, since z comes last
EARNS = {name: attack.earns for name, attack in ATTACKS.items()}
EARNS |= {f"damaged-{name}": damage.earns for name, damage in DAMAGE.items()}
EARNS |= {f"file-{name}": "nothing" for name in FILES} | dict.fromkeys(HONEST, "all")


def hostile_course(folder: Path, seed: int) -> Course:
    """A course in `folder` with the assignment of the hostile class, released."""
    (folder / "notebooks" / NAME).mkdir(parents=True)
    nbformat.write(corpus.source(), folder / "notebooks" / NAME / f"{NAME}.ipynb")
    course = create(folder / "course", "hostile", seed, folder / "notebooks")
    release(course, [NAME])
    return course


class Class:
    """The course after grading, and how the world around it looked before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outside, self.temporary = folder, folder / "outside", folder / "tmp"
        self.course = hostile_course(folder, SEED)
        self._hand_in()
        for path in (self.outside, self.temporary):
            path.mkdir()
        for path in (folder, *folder.rglob("*")):  # file modes protect nothing here
            if not path.is_symlink():
                path.chmod(0o777 if path.is_dir() else 0o666)
        self.before = self.files()

    def _hand_in(self) -> None:
        released = nbformat.read(self.course.folder("release", NAME) / f"{NAME}.ipynb", 4)
        paths = {"course": str(self.course.root), "outside": str(self.outside)}
        for student, attack in ATTACKS.items():
            nbformat.write(corpus.attacking(released, attack, paths), self._file(student))
        for name, damage in DAMAGE.items():
            damage.happen(corpus.as_json(corpus.right(released)), self._file(f"damaged-{name}"))
        for name in FILES:
            shutil.copy(corpus.HERE / "files" / f"{name}.ipynb", self._file(f"file-{name}"))
        for student in HONEST:
            nbformat.write(corpus.right(released), self._file(student))

    def _file(self, student: str) -> Path:
        folder = self.course.folder("submitted", NAME, student)
        folder.mkdir(parents=True)
        return folder / f"{NAME}.ipynb"

    def files(self) -> dict[str, bytes | str]:
        """All that no submission may change: everything but what grading writes."""
        written = ("course/autograded", "course/gradebook.db", "course/feedback")
        found: dict[str, bytes | str] = {}
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if not name.startswith(written):
                found[name] = path.read_bytes() if path.is_file() and not path.is_symlink() else "folder or special"
        return found

    def copy(self, student: str) -> nbformat.NotebookNode:
        """The graded copy."""
        return nbformat.read(self.course.folder("autograded", NAME, student) / f"{NAME}.ipynb", 4)

    def read_points(self) -> dict[str, dict[str, float]]:
        """What everybody has in the gradebook for code, by question."""
        with self.course.gradebook() as gradebook:
            return {
                submission.student.id: {
                    g.cell.name: g.score for g in submission.notebooks[0].grades if g.cell.name in corpus.POINTS
                }
                for submission in gradebook.assignment_submissions(NAME)
            }

    def processes(self) -> list[str]:
        """The processes whose command line names the folder for temporary files."""
        lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
        return [line for line in lines if str(self.temporary) in line]


@pytest.fixture(scope="module")
def graded() -> Iterator[Class]:
    """The class, graded by two workers."""
    folder = Path(tempfile.mkdtemp(prefix="corpus-"))  # not below pytest's folders, which nobody else may pass
    try:
        made = Class(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(made.temporary))
            patch.setattr(tempfile, "tempdir", str(made.temporary))
            made.results = {result.student: result for result in engine.grade(made.course, NAME, jobs=2)}
        made.points = made.read_points()
        yield made
    finally:
        shutil.rmtree(folder)


def test_there_are_enough() -> None:
    assert len(EARNS) - len(HONEST) >= 60
    for name, attack in ATTACKS.items():
        assert name.startswith("demo-") or attack.tries.endswith("."), name
    assert all(damage.happen.__doc__ for damage in DAMAGE.values())


@pytest.mark.parametrize("student", EARNS)
def test_nobody_gains_and_good_parts_count(graded: Class, student: str) -> None:
    wanted, less = corpus.expected(EARNS[student])
    found = graded.points[student]
    for name in less:
        assert 0 <= found[name] < corpus.POINTS[name]
        wanted[name] = found[name]
    assert found == wanted


def test_the_class_goes_on(graded: Class) -> None:
    assert graded.results.keys() == graded.points.keys() == EARNS.keys()


@pytest.mark.parametrize("student", [name for name in EARNS if EARNS[name] != "all"])
def test_what_is_lost_has_a_reason_in_words(graded: Class, student: str) -> None:
    result = graded.results[student]
    for verdict in result.verdicts[NAME].values():
        for group in verdict.groups:
            assert group.earned == group.points or " " in group.reason or result.problems
    lost = sum(v.points - v.earned for v in result.verdicts[NAME].values())
    assert lost or result.problems


@pytest.mark.parametrize(
    ("student", "because"),
    [(f"damaged-{name}", damage.because) for name, damage in DAMAGE.items()]
    + [(f"file-{name}", words) for name, words in FILES.items()],
)
def test_what_cannot_be_read_says_why(graded: Class, student: str, because: str) -> None:
    problems = graded.results[student].problems
    assert bool(problems) == bool(because)
    assert because in "".join(problems)


def test_those_graded_afterwards_are_unaffected(graded: Class) -> None:
    shown = [[(cell.source, cell.get("outputs")) for cell in graded.copy(student).cells] for student in HONEST]
    assert all(cells == shown[0] for cells in shown)


def test_nothing_outside_the_own_folder_was_written(graded: Class) -> None:
    assert graded.files() == graded.before


def test_no_process_is_left(graded: Class) -> None:
    assert graded.processes() == []


DIGITS = 9  # a hidden number is known by its first characters, the point among them


@functools.cache
def secrets() -> set[str]:
    """The beginnings of every hidden argument and expected value, as they would be printed."""
    found = {text[:DIGITS] for text in corpus.SECRETS}
    for name in corpus.POINTS.keys() & items_of(NAME).keys():
        item = prepare(items_of(NAME)[name], SEED)
        arrays = [a for case in item.cases for a in case.args] + [outcome.value for outcome in item.expected]
        numbers = [float(v) for a in arrays if isinstance(a, np.ndarray) for v in a.ravel()]
        found |= {repr(abs(number))[:DIGITS] for number in numbers if len(repr(abs(number))) > DIGITS + 3}
    return found


def hidden_in(text: str) -> set[str]:
    """The hidden numbers that a text tells."""
    return {number[:DIGITS] for number in re.findall(r"\d+\.\d+|\d{9,}", text)} & secrets()


def shown(graded: Class, student: str) -> str:
    """All of a graded copy that is not text of the notebook itself, and what the engine tells of it."""
    cells = [(cell.get("outputs"), cell.metadata, cell.get("attachments")) for cell in graded.copy(student).cells]
    return json.dumps(cells) + str(graded.results[student])


def test_a_leak_would_be_found() -> None:
    assert len(secrets()) > 1000
    assert hidden_in(corpus.source().cells[2].source) == {"135798642"}
    case = prepare(items_of(NAME)["maxpool2d"], SEED).cases[0]
    assert len(hidden_in(repr(case.args[0].tolist()))) == case.args[0].size


def test_nothing_hidden_is_in_any_output(graded: Class) -> None:
    found = {student: hidden_in(shown(graded, student)) for student in EARNS}
    assert {student: numbers for student, numbers in found.items() if numbers} == {}


def test_nothing_hidden_is_in_feedback_or_in_what_was_released(graded: Class) -> None:
    leaking = [student for student in EARNS if student.startswith("leaks-")]
    pages = [page for student in leaking for page in feedback(graded.course, NAME, student)]
    assert len(pages) >= 10
    texts = {str(page): page.read_text() for page in pages}
    released = graded.course.folder("release", NAME) / f"{NAME}.ipynb"
    texts[str(released)] = released.read_text()
    found = {name: hidden_in(text) for name, text in texts.items()}
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


def test_what_spells_hidden_numbers_reads_the_same_in_every_course(tmp_path: Path) -> None:
    """Other seeds give other hidden numbers, and so other counts, places, shapes and names: none of it is told."""
    spelling = [student for student in ATTACKS if student.startswith("leaks-spells_")]
    assert len(spelling) == 3
    told = {seed: _told(tmp_path / f"seed-{seed}", seed, spelling) for seed in (SEED, SEED + 1)}
    assert told[SEED] == told[SEED + 1]
    reasons = set(re.findall(r"the result[^<]*|it raised[^<]*|some numbers[^<]*", str(told[SEED])))
    assert len(reasons) >= 5


def _told(folder: Path, seed: int, students: list[str]) -> dict[str, str]:
    """The feedback of some attacks, graded in a course with this seed."""
    course = hostile_course(folder, seed)
    released = nbformat.read(course.folder("release", NAME) / f"{NAME}.ipynb", 4)
    for student in students:
        file = course.folder("submitted", NAME, student) / f"{NAME}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(corpus.attacking(released, ATTACKS[student], {}), file)
    engine.grade(course, NAME, jobs=2)
    return {page.parts[-3]: page.read_text() for page in feedback(course, NAME)}
