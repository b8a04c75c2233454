"""A student's folder of notebooks, made for a test."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Save = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave Python's search path and its loaded modules as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "mytorch"]:
        del sys.modules[name]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a notebook of these code cells as a student has it: `save("01_conv", "#| export conv\\n...")`."""

    def write(name: str, *sources: str, folder: str | None = None) -> Path:
        cells = [{"cell_type": "markdown", "source": "#| export conv\nno code"}]
        cells += [
            {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": {}} for source in sources
        ]
        path = tmp_path / "notebooks" / (folder or name) / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
        return path

    return write


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run a program in a plain Python process beside the library, where dnnkit's reference does not exist."""
    hidden = "import sys\nsys.modules['dnnkit.reference'] = None\n"

    def execute(program: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", hidden + program]
        return subprocess.run(command, cwd=tmp_path / "notebooks", capture_output=True, text=True)

    return execute
