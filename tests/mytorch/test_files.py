"""The files: the same every time, whole, and never over what was changed by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dnnkit.cli import main
from dnnkit.errors import CourseError
from dnnkit.mytorch import borrow, gather

Save = Callable[..., Path]
DOUBLE = "#| export conv\ndef double(x):\n    return 2 * x\n"
TRIPLE = "#| export conv\ndef triple(x):\n    return 3 * x\n"


@pytest.fixture
def library(save: Save, tmp_path: Path) -> Path:
    save("01_conv", DOUBLE)
    return gather(tmp_path).folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["mytorch", *map(str, arguments)])


def test_twice_gives_the_same_bytes_and_leaves_the_files_alone(library: Path, tmp_path: Path) -> None:
    before, times = contents(library), {path: path.stat().st_mtime_ns for path in library.glob("*.py")}
    gather(tmp_path)
    assert contents(library) == before
    assert {path: path.stat().st_mtime_ns for path in library.glob("*.py")} == times
    assert sorted(before) == ["__init__.py", "conv.py", "linear.py"]


def test_a_change_in_the_notebook_arrives(save: Save, library: Path, tmp_path: Path) -> None:
    save("01_conv", DOUBLE, TRIPLE)
    gather(tmp_path)
    assert borrow("conv", folder=tmp_path).triple(1) == 3


@pytest.mark.parametrize("file", ["conv.py", "linear.py", "__init__.py"])
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_file_changed_by_hand_is_refused_by_name(library: Path, tmp_path: Path, file: str, where: str) -> None:
    text, note = (library / file).read_bytes(), b"# my note\n"
    (library / file).write_bytes(note + text if where == "before" else text + note)
    before = contents(library)
    with pytest.raises(CourseError, match=rf"{file} was changed by hand: .*`dnnkit mytorch --force`"):
        gather(tmp_path)
    assert contents(library) == before


def test_a_file_of_the_students_own_is_refused_too(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    own = tmp_path / "notebooks" / "mytorch" / "conv.py"
    own.parent.mkdir()
    own.write_text("mine = 1\n")
    with pytest.raises(CourseError, match=r"conv\.py was changed by hand"):
        gather(tmp_path)
    assert [path.name for path in own.parent.iterdir()] == ["conv.py"]


def test_nothing_is_written_where_one_file_is_refused(save: Save, library: Path, tmp_path: Path) -> None:
    (library / "linear.py").write_text("mine = 1\n")
    save("01_conv", DOUBLE, TRIPLE)
    before = contents(library)
    with pytest.raises(CourseError):
        gather(tmp_path)
    assert contents(library) == before


def test_force_overwrites_and_keeps_every_copy(library: Path, tmp_path: Path) -> None:
    fresh = contents(library)
    for note in (b"first = 1\n", b"second = 2\n"):
        (library / "conv.py").write_bytes(note)
        gather(tmp_path, force=True)
    copies = {"conv.py.1.bak": b"first = 1\n", "conv.py.2.bak": b"second = 2\n"}
    assert contents(library) == fresh | copies


def test_other_files_of_the_students_are_left_alone(library: Path, tmp_path: Path) -> None:
    (library / "lstm.py").write_text("mine = 1\n")
    gather(tmp_path, force=True)
    assert (library / "lstm.py").read_text() == "mine = 1\n"


def test_what_cannot_be_written_is_said_in_a_sentence(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    (tmp_path / "notebooks" / "mytorch").write_text("a file in the way")
    with pytest.raises(CourseError, match="mytorch cannot be written"):
        gather(tmp_path)


@pytest.mark.parametrize("moment", ["write_bytes", "replace"])
def test_a_file_is_whole_or_the_old_one(
    save: Save, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fail(path: Path, data: bytes | Path) -> None:
        if isinstance(data, bytes):
            with path.open("wb") as file:
                file.write(data[:5])
        raise OSError("No space left on device")

    before = contents(library)
    save("01_conv", DOUBLE, TRIPLE)
    monkeypatch.setattr(Path, moment, fail)
    with pytest.raises(CourseError, match="No space left on device"):
        gather(tmp_path)
    assert contents(library) == before


def test_the_command_says_what_it_did(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    done = command(tmp_path)
    assert done.exit_code == 0
    assert "conv.py            double" in done.output


def test_the_command_refuses_with_status_2(library: Path, tmp_path: Path) -> None:
    (library / "conv.py").write_text("mine = 1\n")
    done = command(tmp_path)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert done.output.startswith("dnnkit: ")
    forced = command(tmp_path, "--force")
    assert forced.exit_code == 0
    assert "your edited file is kept as conv.py.1.bak" in forced.output


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_the_command_names_a_damaged_notebook(save: Save, tmp_path: Path, text: str) -> None:
    save("01_conv", DOUBLE).write_text(text)
    done = command(tmp_path)
    assert (done.exit_code, "01_conv.ipynb is damaged" in done.output) == (2, True)
