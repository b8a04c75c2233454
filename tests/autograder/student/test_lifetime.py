"""A student process, and all that belongs to it, is gone when it has to be: nobody is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.sandbox import NotStarted, StudentProcess, StudentStopped, WarmProcess

LOOP = """
import threading
def burn():
    while True:
        try:
            while True: pass
        except BaseException: pass
threading.Thread(target=burn).start()
burn()
"""


def processes(folder: str) -> set[int]:
    """The processes whose command line names `folder`: the warm one with its wrapper, and all it forked."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if folder.encode() in line:
                found.add(int(entry.name))
    return found


def scratch(student: StudentProcess) -> str:
    """The folder that the warm process of `student` has for itself."""
    student.run_cell("import os; here = os.getcwd()")
    return str(Path(student.get("here")[1]).parents[1])


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether `condition` comes true within half a minute."""
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to look for processes")


def test_a_killed_student_is_gone_at_once(warm: WarmProcess) -> None:
    with warm.fork() as student:
        folder = scratch(student)
        before = processes(folder)
        with pytest.raises(StudentStopped):
            student.run_cell(LOOP, timeout=0.2)
        after = processes(folder)
        assert len(before - after) == 1
        assert after < before
        student.kill()
        with pytest.raises(StudentStopped, match="took longer"):
            student.get("here")


def test_killing_an_idle_one_and_one_that_is_gone(warm: WarmProcess) -> None:
    student = warm.fork()
    folder = scratch(student)
    before = processes(folder)
    student.kill()
    assert len(before - processes(folder)) == 1
    student.kill()
    with pytest.raises(StudentStopped, match="it was ended"):
        student.run_cell("1")


def test_students_of_one_warm_process_are_ended_separately(warm: WarmProcess) -> None:
    with warm.fork() as one, warm.fork() as other:
        other.run_cell("x = 1")
        with pytest.raises(StudentStopped):
            one.run_cell("import os; os._exit(1)")
        assert other.get("x") == ("value", 1)


@pytest.mark.parametrize("bubblewrap", [None, False], ids=["as it comes", "without bubblewrap"])
def test_closing_the_warm_process_ends_its_students(bubblewrap: bool | None) -> None:
    warm = WarmProcess(bubblewrap=bubblewrap)
    student = warm.fork()
    folder = scratch(student)
    assert processes(folder)
    warm.close()
    assert not processes(folder)
    assert not Path(folder).exists()
    with pytest.raises(StudentStopped, match="the process ended"):
        student.run_cell("1")
    with pytest.raises(NotStarted, match="the warm process was closed"):
        warm.fork()
    warm.close()


MASTER = """
import os, sys, threading, time
from autograder.sandbox import WarmProcess
warm = WarmProcess(bubblewrap={bubblewrap})
student = warm.fork()
student.run_cell("import os; here = os.getcwd()")
here = student.get("here")[1]
threading.Thread(target=student.run_cell, args=({loop!r},), kwargs=dict(timeout=600), daemon=True).start()
time.sleep(0.3)
print(here, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("bubblewrap", [None, False], ids=["as it comes", "without bubblewrap"])
@pytest.mark.parametrize("victim", ["master", "warm process"])
def test_nobody_survives_a_killed_parent(bubblewrap: bool | None, victim: str) -> None:
    program = textwrap.dedent(MASTER).format(bubblewrap=bubblewrap, loop=LOOP)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as master:
        try:
            assert master.stdout is not None
            folder = str(Path(master.stdout.readline().strip()).parents[1])
            running = processes(folder)
            assert len(running) >= 2
            os.kill(master.pid if victim == "master" else warm_process(running), signal.SIGKILL)
            assert eventually(lambda: not processes(folder))
        finally:
            master.kill()
    shutil.rmtree(folder)  # a process that was killed could not clean up after itself


def warm_process(running: set[int]) -> int:
    """The one that is Python and whose parent is not: the parent of the students."""
    states = {pid: Path(f"/proc/{pid}/stat").read_text() for pid in running}
    parents = {pid: int(text.rsplit(")", 1)[1].split()[1]) for pid, text in states.items() if "(bwrap)" not in text}
    [warm] = [pid for pid, parent in parents.items() if parent not in parents]
    return warm


def test_a_fork_after_the_warm_process_died(library: Path) -> None:
    with WarmProcess(library) as warm:
        with warm.fork() as student:
            folder = scratch(student)
        os.kill(warm_process(processes(folder)), signal.SIGKILL)
        assert eventually(lambda: not processes(folder))
        with pytest.raises(NotStarted, match=r"the warm process is gone|the process ended"):
            warm.fork()
