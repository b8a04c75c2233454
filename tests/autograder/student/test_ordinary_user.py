"""Somebody without any rights confines students' code too, with bubblewrap and where it is not installed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder
from autograder.student.lock import NOBODY, landlock_version

PROGRAM = """
import json, os
from autograder.sandbox import WarmProcess
with WarmProcess() as warm, warm.fork() as student:
    student.run_cell("import os\\ndef f(x): return x + 1, os.geteuid()")
    found = warm.confinement
    value, user = student.call("f", (1,), {}).value
    print(json.dumps([os.geteuid(), user, value, found.bubblewrap, found.landlock, found.remark, found.attempts]))
"""
SYSTEM_PYTHON = "/usr/bin/python3"


def run_without_rights(program: str, path: str, folder: Path) -> str:
    """What a program prints that runs as an ordinary user: this one, or, for root, one who owns nothing."""
    places = [Path(autograder.__path__[0]).parent, Path(np.__file__).parents[1]]
    surroundings = {"PATH": path, "HOME": str(folder), "PYTHONPATH": os.pathsep.join(map(str, places))}
    as_user: dict[str, Any] = {"env": surroundings, "capture_output": True, "text": True, "cwd": "/"}
    if os.geteuid() == 0:
        as_user |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    done = subprocess.run([_python(as_user), "-B", "-c", program], **as_user)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _python(as_user: dict[str, Any]) -> str:
    """A Python like this one that the user may start: root may have one below its closed home."""
    version = "import sys, numpy, IPython; print(sys.version_info[:2])"
    for python in (sys.executable, SYSTEM_PYTHON):
        try:
            found = subprocess.run([python, "-c", version], **as_user)
        except OSError:
            continue
        if found.stdout.strip() == str(sys.version_info[:2]):
            return python
    pytest.skip("an ordinary user can start no Python of this version here that has NumPy")


@pytest.mark.skipif(not landlock_version(), reason="without bubblewrap it takes Landlock")
@pytest.mark.parametrize("bubblewrap", [True, False], ids=["bubblewrap", "no bubblewrap"])
def test_an_ordinary_user(request: pytest.FixtureRequest, bubblewrap: bool) -> None:
    if bubblewrap:
        request.getfixturevalue("bubblewrap_installed")
    path = os.environ["PATH"] if bubblewrap else "/nowhere"
    told = json.loads(run_without_rights(PROGRAM, path, Path("/tmp")))
    user, student, value, wrapped, landlock, remark, attempts = told
    assert user != 0
    assert student != 0
    assert value == 2
    assert wrapped == bubblewrap, remark
    assert landlock == landlock_version()
    assert ("bubblewrap is not installed" in remark) == (not bubblewrap)
    assert len(attempts) >= 10
    assert all(attempts.values())
