"""Collecting: every layout, every kind of hostile archive; nothing is lost, and the same again changes nothing."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from collecting import NAME, nested, remarks, results, students, zipped

from autograder.cli import main
from autograder.collect import collect
from autograder.collect.inbox import look_into
from autograder.course import Course
from dnnkit.errors import CourseError


@pytest.fixture(scope="session")
def works(fill) -> Callable[[str], bytes]:
    """A function that gives the bytes of a notebook in which `double` is written with this comment."""
    return lambda remark: nbformat.writes(fill(NAME, {"double": f"def double(x): return 2 * x  # {remark}"})).encode()


@pytest.fixture(scope="session")
def other(blank) -> bytes:
    return nbformat.writes(blank("04_pooling")).encode()


def _submitted(course: Course, student: str) -> bytes:
    return (course.folder("submitted", NAME, student) / f"{NAME}.ipynb").read_bytes()


def _tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, with its inode: what is written anew shows."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): (file.stat().st_ino, file.read_bytes()) for file in files}


def test_canvas(course: Course, tmp_path: Path, works, other: bytes) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 10, 1, 12))
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.update_or_create_student("idle", first_name="Idle", last_name="Hands")
    inside = [("work/bob_77_99_90_ordinary.ipynb", works("emmy")), ("photo 1.PNG", b"png"), ("notes.docx", b"x")]
    members = [
        (f"lovelaceada_1234_900_{NAME}.ipynb", works("ada second")),
        (f"lovelaceada_1234_800_{NAME}-1.ipynb", works("ada first")),
        ("hoppergrace_LATE_1235_901_my homework (1).ipynb", works("grace")),
        ("turingalan_1236_902_04_pooling.ipynb", other),
        ("noetheremmy_1237_903_hw.zip", nested(inside)),
        (f"bohrniels_1238_904_{NAME}.ipynb", b"{not json"),
        ("curiemarie_1239_905_empty.ipynb", nbformat.writes(nbformat.v4.new_notebook()).encode()),
    ]
    archive = zipped(tmp_path / "submissions.zip", members)
    collected = collect(course, NAME, archive)
    assert results(collected) == {
        "ada": "taken in place of an older one",
        "bohrniels_1238": "taken",
        "hoppergrace_1235": "taken",
        "noetheremmy_1237": "taken",
        "turingalan_1236": "not taken",
        "curiemarie_1239": "not taken",
    }
    assert collected.missing == ("idle",)
    assert _submitted(course, "ada") == works("ada second")
    kept = {file.read_bytes() for file in (collected.kept / "ada").glob("*/*.ipynb")}
    assert kept == {works("ada first"), works("ada second")}
    assert "the last counts, all are kept" in remarks(collected, "ada")
    assert "known by the name lovelaceada; LMS number 1234 noted" in remarks(collected, "ada")
    assert "belongs to 04_pooling" in remarks(collected, "turingalan_1236")
    assert f"has no cell of {NAME}" in remarks(collected, "curiemarie_1239")
    assert "renamed to 90_ordinary.ipynb" in remarks(collected, "hoppergrace_1235")
    assert "not valid JSON. It was taken as it is." in remarks(collected, "bohrniels_1238")
    emmy = course.folder("submitted", NAME, "noetheremmy_1237")
    assert {file.name for file in emmy.iterdir()} == {f"{NAME}.ipynb", "photo-1.png"}
    assert "notes.docx left" in remarks(collected, "noetheremmy_1237")
    assert not course.folder("submitted", NAME, "bob_77").exists()
    stamp = course.folder("submitted", NAME, "hoppergrace_1235") / "timestamp.txt"
    assert stamp.read_text() == "2026-10-01 12:00:01.000000 UTC\n"
    assert students(course) == {
        "ada": ("Ada", "Lovelace", "1234"),
        "bohrniels_1238": (None, "bohrniels", "1238"),
        "hoppergrace_1235": (None, "hoppergrace", "1235"),
        "idle": ("Idle", "Hands", None),
        "noetheremmy_1237": (None, "noetheremmy", "1237"),
    }


def test_the_same_again_changes_nothing_and_later_or_older_archives_find_their_place(
    course: Course, tmp_path: Path, works
) -> None:
    def archive(upload: int, remark: str, day: int) -> Path:
        name = f"lovelaceada_1_{upload}_{NAME}.ipynb"
        return zipped(tmp_path / f"{day}.zip", [(name, works(remark))], (2026, 10, day, 12, 0, 0))

    first, second, third = archive(10, "a", 1), archive(11, "b", 2), archive(12, "a", 3)
    assert results(collect(course, NAME, first)) == {"lovelaceada_1": "taken"}
    before = _tree(course.root / "submitted"), _tree(course.root / "collected")
    assert results(collect(course, NAME, first)) == {"lovelaceada_1": "as before"}
    assert (_tree(course.root / "submitted"), _tree(course.root / "collected")) == before
    assert results(collect(course, NAME, second)) == {"lovelaceada_1": "taken in place of an older one"}
    assert results(collect(course, NAME, first)) == {"lovelaceada_1": "older than what is there"}
    assert _submitted(course, "lovelaceada_1") == works("b")
    assert results(collect(course, NAME, third)) == {"lovelaceada_1": "taken in place of an older one"}
    assert _submitted(course, "lovelaceada_1") == works("a")
    assert len(list((course.root / "collected" / NAME / "lovelaceada_1").iterdir())) == 3


def test_moodle(course: Course, tmp_path: Path, works) -> None:
    latin = "Zoë Märtz_7_assignsubmission_file_/90_ordinary.ipynb".encode("latin-1")
    members = [
        (f"Ada Lovelace_4321_assignsubmission_file/{NAME}.ipynb", works("ada")),
        (f"José Ñandú_4322_assignsubmission_file_/sub/bob_77_99_{NAME}.ipynb", works("josé")),
        (f"Seán O'Brien <i>{{x}}_4323_assignsubmission_file_{NAME}.ipynb", works("seán")),
        (f"Sam Same_1_assignsubmission_file/{NAME}.ipynb", works("one sam")),
        (f"Sam Same_2_assignsubmission_file/{NAME}.ipynb", works("other sam")),
        ("Ada Lovelace_4321_assignsubmission_onlinetext/onlinetext.html", b"<p>"),
        ("Ada Lovelace_4321_assignsubmission_file/timestamp.txt", b"1999-01-01 00:00:00 UTC"),
    ]
    archive = zipped(tmp_path / "moodle.zip", members)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("y" * len(latin), works("zoë"))
    archive.write_bytes(archive.read_bytes().replace(b"y" * len(latin), latin))

    collected = collect(course, NAME, archive)
    taken = [row.student for row in collected.rows if row.result == "taken"]
    assert taken == ["Ada-Lovelace", "José-Ñandú", "Seán-O-Brien-i-x", "Zoë-Märtz"]
    assert [row.student for row in collected.rows if row.result == "not taken"][:2] == ["Sam Same", "Sam Same"]
    assert "put this into a folder <student>/" in remarks(collected, "Sam Same")
    assert not (course.folder("submitted", NAME, "Ada-Lovelace") / "timestamp.txt").exists()
    names = students(course)
    assert names["Ada-Lovelace"] == ("Ada", "Lovelace", None)
    assert names["Seán-O-Brien-i-x"] == ("Seán O'Brien", "i{x}", None)  # no markup for nbgrader's pages

    # the number is another one in each assignment
    again = zipped(tmp_path / "again.zip", [(f"Ada Lovelace_9999_assignsubmission_file/{NAME}.ipynb", works("ada"))])
    assert results(collect(course, NAME, again)) == {"Ada-Lovelace": "as before"}


def test_folders_and_the_exchange(course: Course, tmp_path: Path, works, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(path: str, data: bytes) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    put(f"class/ada/{NAME}.ipynb", works("ada"))
    put("class/ada/timestamp.txt", b"2026-10-01 15:00:00 Europe/Paris")
    put(f"class/bob/{NAME}/{NAME}.ipynb", works("bob"))
    put("class/bob/04_pooling/04_pooling.ipynb", b"{}")
    put(f"class/Eve x/{NAME}.ipynb", works("eve"))
    put(f"class/Eve-x/{NAME}.ipynb", works("another eve"))
    put(f"class/.ipynb_checkpoints/{NAME}.ipynb", works("none"))
    put("class/mal/secret.txt", b"")
    os.symlink("/etc/passwd", tmp_path / f"class/mal/{NAME}.ipynb")
    os.symlink("/etc", tmp_path / "class/etc")
    os.mkfifo(tmp_path / "class/mal/pipe.ipynb")
    put(os.fsdecode(f"class/Zo\xeb/{NAME}.ipynb".encode("latin-1")), works("zoë"))
    collected = collect(course, NAME, tmp_path / "class")
    assert {student for student, result in results(collected).items() if result == "taken"} == {"ada", "bob", "Zoë"}
    assert remarks(collected, "Eve x") == "somebody else here would be called 'Eve-x' too"
    assert remarks(collected, f"mal/{NAME}.ipynb") == "it is a link"
    assert remarks(collected, "etc") == "it is a link"
    assert remarks(collected, "mal/pipe.ipynb") == "it is not an ordinary file"
    assert remarks(collected, "bob/04_pooling/04_pooling.ipynb") == f"not for {NAME}"
    stamp = course.folder("submitted", NAME, "ada") / "timestamp.txt"
    assert stamp.read_text() == "2026-10-01 13:00:00.000000 UTC\n"

    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    with pytest.raises(CourseError, match=r"no exchange here.*Name the folder or zip file"):
        collect(course, NAME)
    inbound = f"exchange/{course.name}/inbound"
    put(f"{inbound}/a+b+{NAME}+2026-10-01 10:00:00 UTC+x7/{NAME}.ipynb", works("early"))
    put(f"{inbound}/a+b+{NAME}+2026-10-01 11:00:00.5 UTC/{NAME}.ipynb", works("late"))
    put(f"{inbound}/a+b+04_pooling+2026-10-01 11:00:00 UTC/04_pooling.ipynb", b"{}")
    collected = collect(course, NAME)
    assert [row.result for row in collected.rows] == ["taken", "taken in place of an older one", "not taken"]
    assert _submitted(course, "a+b") == works("late")
    assert (course.folder("submitted", NAME, "a+b") / "timestamp.txt").read_text().startswith("2026-10-01 11:00:00.5")


def test_a_pattern_of_the_course_s_own_comes_first(course: Course, tmp_path: Path, works) -> None:
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    own = r"(?P<student_id>[a-z]+)_at_(?P<timestamp>[0-9:. -]+)_(?P<file_id>.+)"
    config.write_text(f"{before}c.FileNameCollectorPlugin.named_regexp = {own!r}\n")
    members = [
        (f"ada_at_2026-10-01 09:30_{NAME}.ipynb", works("a")),
        (f"eve_at_2026-10-01 09-30 -_{NAME}.ipynb", works("a")),
    ]
    archive = zipped(tmp_path / "x.zip", members)
    collected = collect(course, NAME, archive)
    assert results(collected) == {"ada": "taken", "eve": "taken"}
    assert remarks(collected, "eve") == "new in the gradebook: eve | the time '2026-10-01 09-30 -' cannot be read"
    assert (course.folder("submitted", NAME, "ada") / "timestamp.txt").read_text().startswith("2026-10-01 09:30")
    for wrong, told in (("(?P<student_id>x)", "has no file_id"), ("(", "is no pattern")):
        config.write_text(f"{before}c.FileNameCollectorPlugin.named_regexp = {wrong!r}\n")
        with pytest.raises(CourseError, match=told):
            collect(course, NAME, archive)


def test_what_was_put_or_changed_by_hand_is_kept(course: Course, tmp_path: Path, hand_in, works) -> None:
    archive = zipped(tmp_path / "a.zip", [(f"lovelaceada_1_10_{NAME}.ipynb", works("sent"))])
    collect(course, NAME, archive)
    file = hand_in(course, NAME, "lovelaceada_1", works("mended by hand"))
    hand_in(course, NAME, "lovelaceada_1", b"why", name="note.txt")
    assert results(collect(course, NAME, archive)) == {"lovelaceada_1": "older than what is there"}
    assert file.read_bytes() == works("mended by hand")
    os.utime(file, (1, 1))
    os.utime(file.with_name("note.txt"), (1, 1))
    later = zipped(tmp_path / "b.zip", [(f"lovelaceada_1_11_{NAME}.ipynb", works("later"))], (2027, 1, 1, 0, 0, 0))
    assert results(collect(course, NAME, later)) == {"lovelaceada_1": "taken in place of an older one"}
    kept = course.root / "collected" / NAME / "lovelaceada_1"
    assert works("mended by hand") in {path.read_bytes() for path in kept.glob("*/*.ipynb")}
    assert b"why" in {path.read_bytes() for path in kept.glob("*/note.txt")}


def test_a_run_that_ends_anywhere_leaves_whole_versions(
    course: Course, tmp_path: Path, works, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = zipped(tmp_path / "1.zip", [(f"lovelaceada_1_10_{NAME}.ipynb", works("a"))])
    collect(course, NAME, first)
    second = zipped(tmp_path / "2.zip", [(f"lovelaceada_1_11_{NAME}.ipynb", works("b"))], (2026, 11, 1, 0, 0, 0))
    rename = Path.rename
    # a new version is renamed into collected/; then the old one out of submitted/, and the new one into it
    for allowed in (0, 1, 1):
        left = iter(range(allowed))

        def ended(self: Path, target: Path, left: Iterator[int] = left) -> Path:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", ended)
        with pytest.raises(KeyboardInterrupt):
            collect(course, NAME, second)
        monkeypatch.undo()
        for notebook in (*course.root.glob("submitted/*/*/*.ipynb"), *course.root.glob("collected/*/*/2*/*.ipynb")):
            assert notebook.read_bytes() in (works("a"), works("b"))
        assert not list(course.root.glob("collected/*/*/unfinished-*"))
    assert not course.folder("submitted", NAME, "lovelaceada_1").exists()
    collect(course, NAME, second)
    assert _submitted(course, "lovelaceada_1") == works("b")
    assert len(list(course.root.glob("collected/*/*/2*"))) == 2


def test_the_table_of_the_command(course: Course, tmp_path: Path, works) -> None:
    members = [(f"a[b]_1_1_{NAME}.ipynb", works("a")), ("[red]x.ipynb", b"")]
    archive = zipped(tmp_path / "x.zip", members)
    result = CliRunner().invoke(main, ["collect", NAME, str(archive), "--course", str(course.root)])
    assert result.exit_code == 0
    assert "a-b-_1" in result.output
    assert "[red]x.ipynb" in result.output
    assert f"1 taken, 1 not taken. All versions are kept in {course.root / 'collected' / NAME}" in result.output


@pytest.mark.parametrize("where", [".", "release", "source/90_ordinary"])
def test_what_belongs_to_the_course_was_not_handed_in(course: Course, where: str) -> None:
    with pytest.raises(CourseError, match="belongs to the course and was not handed in"):
        collect(course, NAME, course.root / where)
    assert students(course) == {}
    assert not (course.root / "collected").exists()


def test_a_place_that_cannot_be_written_is_one_sentence(course: Course, tmp_path: Path, works) -> None:
    archive = zipped(tmp_path / "x.zip", [(f"lovelaceada_1_1_{NAME}.ipynb", works("a"))])
    (course.root / "collected").write_text("in the way")
    result = CliRunner().invoke(main, ["collect", NAME, str(archive), "--course", str(course.root)])
    assert result.exit_code == 2
    assert "cannot be read or written: " in result.stderr
    assert result.stderr.count("\n") == 1
    assert students(course) == {}


def test_about_every_version(course: Course, tmp_path: Path, works) -> None:
    archive = zipped(tmp_path / "x.zip", [(f"lovelaceada_1_1_{NAME}.ipynb", works("a"))])
    kept = collect(course, NAME, archive).kept
    [about] = [json.loads(file.read_text()) for file in kept.glob("*/*/about.json")]
    assert about["origin"] == f"lovelaceada_1_1_{NAME}.ipynb"
    assert about["order"] == ["2026-10-02 12:00:00", 1, 0]


def test_the_names_of_a_listing_are_what_is_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.ipynb").write_text("x")
    [file] = look_into(tmp_path).files
    assert (file.path, file.name, file.read()) == ("a/b.ipynb", "b.ipynb", b"x")
