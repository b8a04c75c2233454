"""Work in a fork: its result comes back, and nothing else of it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from autograder.workers.forked import in_a_fork


def test_the_result_comes_back_and_nothing_else() -> None:
    here: list[int] = []
    before = psutil.Process().children()

    def work() -> str:
        here.append(1)
        return f"{len(here)} ü\0" + "x" * 3_000_000

    assert [in_a_fork(work, 10)[:4] for _ in range(2)] == ["1 ü\0"] * 2
    assert here == []
    assert psutil.Process().children() == before


@pytest.mark.parametrize("code", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "1 / 0", "sys.exit(3)"])
def test_one_that_dies_gives_no_result(code: str) -> None:
    with pytest.raises(EOFError):
        in_a_fork(lambda: exec(code, {"os": os, "signal": signal, "sys": sys}) or "never", 10)


def test_one_that_takes_too_long_is_ended() -> None:
    started, before = time.monotonic(), psutil.Process().children()
    with pytest.raises(TimeoutError):
        in_a_fork(lambda: str(time.sleep(60)), 0.1)
    assert time.monotonic() - started < 10
    assert psutil.Process().children() == before


PARENT = """
import os, time
from autograder.workers.forked import in_a_fork
in_a_fork(lambda: print(os.getpid(), flush=True) or str(time.sleep(600)), 600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise")
def test_it_ends_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(10)
