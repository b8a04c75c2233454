"""`import dnnkit` stays light: counted in modules, which do not depend on how busy the machine is."""

import json
import subprocess
import sys

import pytest

HEAVY = {"IPython", "anywidget", "ipywidgets", "jupyterlab", "matplotlib", "nbgrader", "pandas", "scipy", "torch"}

PROBE = """
import json, sys
import numpy
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def modules_beyond_numpy(statement: str) -> set[str]:
    probe = [sys.executable, "-c", PROBE.format(statement=statement)]
    return set(json.loads(subprocess.run(probe, check=True, capture_output=True, text=True).stdout))


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_the_package_alone_brings_itself_and_little_else() -> None:
    modules = modules_beyond_numpy("import dnnkit")
    assert "dnnkit" in modules
    assert not roots(modules) & HEAVY
    assert len(modules) <= 20


@pytest.mark.parametrize("room", ["dnnkit.numeric", "dnnkit.layers", "dnnkit.optim", "dnnkit.reference"])
def test_the_rooms_of_numbers_need_numpy_alone(room: str) -> None:
    modules = modules_beyond_numpy(f"import {room}")
    assert room in modules
    outside = {module for module in modules if not module.startswith("dnnkit")}
    assert not roots(outside) - set(sys.stdlib_module_names) - {"numpy"}
    assert len(outside) <= 10


def test_the_probe_sees_what_is_heavy() -> None:
    modules = modules_beyond_numpy("import dnnkit, matplotlib.pyplot")
    assert "matplotlib" in roots(modules) & HEAVY
    assert len(modules) > 100
