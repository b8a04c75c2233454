"""Run the JavaScript's own tests (tests/js), so that one pytest run says whether everything holds."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "js"


def test_node_tests_pass(required):
    node = required(shutil.which("node"), "Node.js is not installed")
    done = subprocess.run([node, "--test"], cwd=TESTS, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr)
    assert "# pass 0" not in done.stdout
