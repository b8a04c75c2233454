"""The repository's own promises: packages and bounds, versions, public names, nothing of one machine."""

import ast
import importlib
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import dnnkit

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GRADER = tomllib.loads((ROOT / "autograder" / "pyproject.toml").read_text())["project"]
TEST_EXTRA = PROJECT["optional-dependencies"]["test"]
HOST = re.compile(r"https?://([^/\s)\"'>\]`]+)")


def _requirements(lines: list[str]) -> dict[str, str]:
    return {requirement.name.lower(): str(requirement.specifier) for requirement in map(Requirement, lines)}


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _tracked_texts() -> dict[str, str]:
    texts = {}
    for file in _tracked():
        content = file.read_bytes()
        if b"\0" not in content:
            texts[str(file.relative_to(ROOT))] = content.decode()
    return texts


def _modules() -> list[str]:
    names = []
    for package in ("dnnkit", "autograder"):
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def test_conda_environment_names_the_same_packages_and_bounds() -> None:
    text = (ROOT / "environment.yml").read_text().split("dependencies:")[1]
    lines = re.findall(r"^  - ([^:\n]+)$", text, re.MULTILINE)
    conda = _requirements([line for line in lines if line != "pip" and not line.startswith("python>")])
    assert f"python{PROJECT['requires-python']}" in lines
    needed, known = _requirements(PROJECT["dependencies"]), _requirements(PROJECT["dependencies"] + TEST_EXTRA)
    assert {name: conda.get(name) for name in needed} == needed
    assert {name: known.get(name) for name in conda} == conda


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in pins)
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in pins)}


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *TEST_EXTRA, *GRADER["dependencies"]])
def test_pins_lie_within_the_bounds(line: str) -> None:
    requirement = Requirement(line)
    if requirement.name == "dnnkit":
        return
    assert requirement.specifier.contains(Version(_pins()[requirement.name.lower()]))


def test_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == dnnkit.__version__


@pytest.mark.parametrize("name", _modules())
def test_public_names_exist(name: str) -> None:
    file = ROOT / Path(*name.split("."))
    text = (file / "__init__.py" if file.is_dir() else file.with_suffix(".py")).read_text()
    tree = ast.parse(text)
    declared = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"
    ]
    if not declared:
        return
    module = importlib.import_module(name)
    assert [missing for missing in declared[0] if not hasattr(module, missing)] == []
    assert len(declared[0]) == len(set(declared[0]))


# programs, and the student's side, whose modules nobody but the warm process imports
NO_PUBLIC_NAMES = ("autograder.student", "autograder.cli", "dnnkit.cli", "autograder.silent", "dnnkit.data.make_")


@pytest.mark.parametrize("name", [name for name in _modules() if not name.startswith(NO_PUBLIC_NAMES)])
def test_public_modules_say_what_is_public(name: str) -> None:
    file = ROOT / Path(*name.split("."))
    text = (file / "__init__.py" if file.is_dir() else file.with_suffix(".py")).read_text()
    defines = [node for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    public = [node.name for node in defines if not node.name.startswith("_")]
    assert "__all__" in text or not public, f"{name} has {', '.join(public)} and no __all__"


def test_nothing_of_one_machine() -> None:
    homes = re.compile(r"(/root/|/home/\w|/Users/\w|/work/\w|[A-Z]:\\Users)")
    found = [(name, match.group()) for name, text in _tracked_texts().items() for match in homes.finditer(text)]
    assert [hit for hit in found if hit[0] != "tests/project/test_project.py"] == []


def test_no_registry_is_named() -> None:
    settings = re.compile(r"(index-url|--registry|registry=|extra-index|find-links)")
    hosts = ("pypi", "pythonhosted", "npmjs", "artifact", "nexus", "mirror", "registry")
    for name, text in _tracked_texts().items():
        if name == "tests/project/test_project.py":
            continue
        assert not settings.search(text), name
        assert not [host for host in HOST.findall(text) if any(word in host for word in hosts)], name
