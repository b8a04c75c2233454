"""Attempts to break out, made by the confined process itself before any student's code runs."""

import ctypes
import mmap
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path


def attempts(outside: str, memory_mb: int, foreign: list[str]) -> dict[str, str]:
    """Try each way out; return for each what stopped it, or an empty text where nothing did.

    `outside` is a folder with a file "readable" in it that this process has no business with; `foreign`
    names the variables in the environment of the process that started the warm one.
    """
    ways: dict[str, Callable[[], object]] = {
        "read a file": lambda: Path(outside, "readable").read_text(),
        "write a file": lambda: Path(outside, "written").write_text("x"),
        "open a network connection": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "open a local socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "start a process": _fork,
        "signal another process": lambda: os.kill(os.getppid(), signal.SIGCONT),
        "trace another process": _trace,
        "use too much memory": lambda: mmap.mmap(-1, memory_mb << 20),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY,) * 2),
        "read the environment": lambda: _environment(foreign),
    }
    return {name: _outcome(way) for name, way in ways.items()}


def _outcome(way: Callable[[], object]) -> str:
    try:
        way()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _environment(foreign: list[str]) -> None:
    if not any(name in os.environ for name in foreign):
        Path(f"/proc/{os.getppid()}/environ").read_bytes()


def _trace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    seize = 0x4206  # unlike an attach, it does not stop the other one where it succeeds
    if libc.ptrace(seize, os.getppid(), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
