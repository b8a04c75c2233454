"""The command `dnnkit`, for students."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dnnkit import __version__
from dnnkit.cli import main


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("words", [(), ("lab",), ("doctor",)])
def test_help(words: tuple[str, ...]) -> None:
    result = _run(*words, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: main " + " ".join(words))


def test_version() -> None:
    assert __version__ in _run("--version").output


@pytest.mark.parametrize("make", [True, False])
def test_lab_without_notebooks(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "empty"
    if make:
        folder.mkdir()
    result = _run("lab", folder)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"dnnkit: There are no notebooks in {folder}")
    assert result.stderr.count("\n") == 1


def test_doctor_without_notebooks(tmp_path: Path) -> None:
    result = _run("doctor", tmp_path)
    assert result.exit_code == 2
    assert "WRONG  the course's notebooks" in result.output
    assert f"There are no notebooks in {tmp_path}" in result.output


def test_doctor_finds_notebooks_and_damaged_ones(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks" / "one"
    folder.mkdir(parents=True)
    (folder / "one.ipynb").write_text('{"cells": []}')
    result = _run("doctor", tmp_path)
    assert result.exit_code == 0, result.output
    assert "1 notebooks in" in result.output
    (folder / "two.ipynb").write_text("PK\x03\x04")
    result = _run("doctor", tmp_path)
    assert result.exit_code == 2
    assert "two.ipynb is damaged" in result.output
    assert "one.ipynb is damaged" not in result.output


def test_doctor_counts_no_checkpoints(tmp_path: Path) -> None:
    hidden = tmp_path / "notebooks" / "one" / ".ipynb_checkpoints"
    hidden.mkdir(parents=True)
    (hidden / "one-checkpoint.ipynb").write_text("PK\x03\x04")
    (hidden.parent / "one.ipynb").write_text('{"cells": []}')
    result = _run("doctor", tmp_path)
    assert "1 notebooks in" in result.output
    assert "damaged" not in result.output


def test_checkpoints_alone_are_no_notebooks(tmp_path: Path) -> None:
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "one-checkpoint.ipynb").write_text('{"cells": []}')
    assert "There are no notebooks in" in _run("doctor", tmp_path).output


def test_doctor_names_a_package_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    asked = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0" if name == "numpy" else asked(name))
    result = _run("doctor", tmp_path)
    assert result.exit_code == 2
    assert "WRONG  numpy 1.0 (needed: " in result.output
    assert "pip install --upgrade" in result.output
