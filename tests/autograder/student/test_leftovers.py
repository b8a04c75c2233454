"""What one student writes, wherever it can, is gone before the next one starts."""

import pytest

from autograder.sandbox import StudentStopped, WarmProcess


def test_folders_of_others_cannot_be_taken_ahead(warm: WarmProcess) -> None:
    """Numbered ones, as they once were, those that there are, and the own one renamed."""
    source = """
import os
for path in [*(f"../{number}" for number in range(200)), os.getcwd() + "1", os.getcwd()[:-1] + "0"]:
    try:
        os.mkdir(path)
    except OSError:
        pass
try:
    os.rename(os.getcwd(), os.path.dirname(os.getcwd()) + "/renamed")
except OSError:
    pass
"""
    for _ in range(3):
        with warm.fork() as student:
            assert student.run_cell(source).ok
    with warm.fork() as student:
        assert student.run_cell("import os; names = os.listdir()").ok
        assert student.get("names") == ("value", [])


HIDES = """
import os
for folder in ("..", ".", os.environ["HOME"], os.environ["TMPDIR"], os.environ["MPLCONFIGDIR"], "/tmp", "/dev/shm"):
    try:
        open(f"{folder}/note", "a").write("a hidden argument")
        os.makedirs(f"{folder}/deep/er/and/deeper")
        os.mkdir(f"{folder}/deep/er/closed", 0)
        open(f"{folder}/deep/er/note", "a").write("a hidden argument")
        os.mkdir(f"{folder}/closed", 0)
    except OSError:
        pass
"""
SEEKS = """
import os
found = []
for folder in ("..", ".", os.environ["HOME"], os.environ["TMPDIR"], os.environ["MPLCONFIGDIR"], "/tmp", "/dev/shm"):
    for path, folders, files in os.walk(folder):
        found += [name for name in (*folders, *files) if name in ("note", "deep", "closed")]
"""


@pytest.mark.parametrize("end", ["killed", "by itself", "after another"])
def test_nothing_is_left_for_the_next_one(warm: WarmProcess, end: str) -> None:
    with warm.fork() as first, warm.fork() as second:
        student, other = (first, second) if end == "after another" else (second, first)
        if end != "after another":
            other.kill()
        assert student.run_cell(HIDES).ok
        if end == "by itself":
            with pytest.raises(StudentStopped):
                student.run_cell("os._exit(0)")
    with warm.fork() as student:
        assert student.run_cell(SEEKS).ok
        assert student.get("found") == ("value", [])
