"""Every way out of the confinement that we could think of, tried from inside. None may succeed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder
import dnnkit
from autograder.sandbox import StudentProcess, StudentStopped, WarmProcess

REPOSITORY = Path(__file__).parents[3]
DENIED = {"PermissionError", "FileNotFoundError", "ModuleNotFoundError", "OSError", "ValueError", "KeyError"}


@pytest.fixture(scope="module")
def prisoner(warm: WarmProcess) -> Iterator[StudentProcess]:
    """One student process for many attempts, none of which may end it."""
    with warm.fork() as process:
        yield process


def refused(student: StudentProcess, source: str) -> str:
    """Run a cell that must fail for want of a right; return its error."""
    result = student.run_cell(source)
    assert not result.ok, f"it worked: {result.outputs}"
    [error] = [output for output in result.outputs if output["output_type"] == "error"]
    assert error["ename"] in DENIED, error
    return f"{error['ename']}: {error['evalue']}"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/etc/hostname",
        str(REPOSITORY / "pyproject.toml"),
        str(Path(autograder.__path__[0]) / "judge.py"),
        str(Path(dnnkit.__path__[0]) / "reference" / "__init__.py"),
        __file__,
        "/proc/self/environ",
        "/proc/self/mem",
        "/proc/1/environ",
        "/proc/cpuinfo",
    ],
)
def test_reading_a_file(prisoner: StudentProcess, path: str) -> None:
    assert os.path.exists(path)
    refused(prisoner, f"open({path!r}, 'rb').read(1)")


@pytest.mark.parametrize("folder", [str(Path.home()), str(REPOSITORY), "/etc", "/home", "/tmp", "/proc", "/"])
def test_listing_a_folder(prisoner: StudentProcess, folder: str) -> None:
    """Where only bubblewrap is, a folder may be there, but nothing that is not needed is in it."""
    result = prisoner.run_cell(f"import os; names = os.listdir({folder!r})")
    if result.ok:
        _, names = prisoner.get("names")
        assert not set(names) & {"passwd", "pyproject.toml", ".bashrc", "tester", "1", "var", "sys"}


@pytest.mark.parametrize(
    "source",
    [
        "open('/written', 'w')",
        "open('/tmp/written', 'w')",
        "open('/etc/passwd', 'a')",
        "open('/dev/shm/written', 'w')",
        "import autograder.wire as w; open(w.__file__, 'a')",
        "import numpy as np; open(np.__file__, 'a')",
        "import dnnkit; open(dnnkit.__file__, 'a')",
        "import os, dnnkit; os.unlink(dnnkit.__file__)",
        "import os, dnnkit; os.rename(dnnkit.__file__, 'mine.py')",
        "import os, dnnkit; os.truncate(dnnkit.__file__, 0)",
        "import os, dnnkit; os.chmod(dnnkit.__file__, 0o777)",
        "import os, dnnkit; os.utime(dnnkit.__file__, (0, 0))",
        "import os, dnnkit; os.setxattr(dnnkit.__file__, 'user.x', b'1')",
        "import os, dnnkit; os.link(dnnkit.__file__, 'mine.py')",
        "import os; os.symlink('/etc/passwd', 'mine')",
        "import os; os.mkfifo('pipe')",
        "import os, stat; os.mknod('device', stat.S_IFCHR | 0o600, os.makedev(1, 3))",
        "import os; os.mkdir('/made')",
    ],
)
def test_changing_something_outside_the_own_folder(prisoner: StudentProcess, source: str) -> None:
    refused(prisoner, source)


def test_the_folder_of_another_student_needs_landlock(student: StudentProcess, confinement: str) -> None:
    if "Landlock" not in confinement:
        pytest.skip("without Landlock it may write beside its folder, where nothing stays: see test_leftovers.py")
    refused(student, "open('../written', 'w')")
    refused(student, "import os; os.listdir('..')")


def test_the_own_folder_is_empty_and_can_be_used(student: StudentProcess) -> None:
    source = "import os; before = os.listdir(); os.mkdir('d'); open('d/f', 'w').write('x'); after = os.listdir()"
    assert student.run_cell(source).ok
    assert student.get("before") == ("value", [])
    assert student.get("after") == ("value", ["d"])


@pytest.mark.parametrize(
    "source",
    [
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import socket; socket.socketpair()",
        "import socket; socket.socket(fileno=3).sendmsg([b'x'])",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8888')",
    ],
)
def test_opening_a_socket(prisoner: StudentProcess, source: str) -> None:
    prisoner.run_cell("import urllib.error; urllib.error.URLError.__name__ = 'OSError'")
    refused(prisoner, source)


@pytest.mark.parametrize(
    "source",
    [
        "import os; os.fork()",
        "import os; os.forkpty()",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import os; os.execv('/bin/true', ['true'])",
        "import os, sys; os.execv(sys.executable, ['python'])",
        "import subprocess; subprocess.run(['true'])",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
        "import multiprocessing as m; m.get_context('fork').Process(target=print).start()",
        "import os; os.memfd_create('code')",
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.kill(1, 9)",
        "import os; os.kill(-1, 9)",
        "import os; os.killpg(0, 9)",
        "import signal, threading; signal.pthread_kill(threading.get_ident(), 9)",
        "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 9)",
        "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
        "import os; os.sched_setaffinity(0, {0})",
        "import os; os.setuid(0)",
        "import os; os.setsid()",
        "import os; os.chroot('.')",
        "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1000, 1000))",
        "import resource as r; r.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY,) * 2)",
        "import os, resource as r; r.prlimit(os.getppid(), r.RLIMIT_CPU, (1, 1))",
        "import fcntl; fcntl.fcntl(3, fcntl.F_SETOWN, 1)",
        "import fcntl; fcntl.fcntl(3, fcntl.F_SETSIG, 9)",
        "import os; os.open(f'/proc/{os.getppid()}/mem', os.O_RDWR)",
        "import os; open(f'/proc/{os.getppid()}/environ').read()",
        "import os; os.listdir('/proc/self/fd')",
    ],
)
def test_reaching_other_processes_and_limits(prisoner: StudentProcess, source: str) -> None:
    refused(prisoner, source)


CALLS = {
    "ptrace": (101, 16, "os.getppid()", 0, 0),
    "process_vm_readv": (310, "os.getppid()", 0, 0, 0, 0, 0),
    "unshare a user namespace": (272, 0x10000000),
    "clone a process": (56, 17, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "prctl: outlive the parent": (157, 1, 0, 0, 0, 0),
    "seccomp": (317, 0, 0, 0),
    "landlock_create_ruleset": (444, 0, 0, 1),
    "mount": (165, 0, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0),
    "io_uring_setup": (425, 1, 0),
    "userfaultfd": (323, 0),
    "keyctl": (250, 0, 0, 0, 0, 0),
    "tgkill": (234, "os.getpid()", "os.getpid()", 9),
    "open_by_handle_at": (304, 0, 0, 0),
}
"""By number on x86-64."""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("name", CALLS)
def test_bare_system_calls(prisoner: StudentProcess, name: str) -> None:
    arguments = ", ".join(map(str, CALLS[name]))
    source = f"import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); answer = libc.syscall({arguments})"
    assert prisoner.run_cell(source).ok
    prisoner.run_cell("number = ctypes.get_errno()")
    assert prisoner.get("answer") == ("value", -1)
    assert prisoner.get("number")[1] in (1, 38)  # EPERM, ENOSYS


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the x32 interface is of x86-64")
def test_the_other_system_call_interface_kills(student: StudentProcess) -> None:
    getpid = 0x40000000 | 39
    with pytest.raises(StudentStopped, match="ended"):
        student.run_cell(f"import ctypes; ctypes.CDLL(None).syscall({getpid})")


@pytest.mark.parametrize(
    "name", ["scipy", "torch", "nbgrader", "pytest", "hypothesis", "dnnkit.reference", "autograder.judge", "nbformat"]
)
def test_importing_what_is_not_on_the_list(prisoner: StudentProcess, name: str) -> None:
    refused(prisoner, f"import {name}")


@pytest.mark.parametrize("name", ["pytest", "nbgrader"])
def test_importing_from_where_it_is_installed(prisoner: StudentProcess, name: str) -> None:
    folder = str(Path(pytest.__file__).parents[1])
    assert os.path.isdir(os.path.join(folder, name))
    refused(prisoner, f"import sys; sys.path.append({folder!r}); import {name}")


def test_the_parents_environment_is_not_there(student: StudentProcess, secret: str) -> None:
    assert student.run_cell("import os; names = list(os.environ); everything = str(os.environ)").ok
    assert secret in os.environ
    assert secret not in student.get("names")[1]
    assert os.environ[secret] not in student.get("everything")[1]


def test_no_descriptor_is_inherited_but_the_channel(student: StudentProcess) -> None:
    source = """
import os, stat
found = {}
for number in range(1024):
    try:
        found[number] = os.fstat(number)
    except OSError:
        pass
kinds = [(number, stat.S_ISCHR(s.st_mode), stat.S_ISSOCK(s.st_mode)) for number, s in found.items()]
nothing = len({found[number].st_rdev for number in (0, 1, 2)} | {os.makedev(1, 3)}) == 1
"""
    assert student.run_cell(source).ok
    assert student.get("kinds")[1] == [(0, True, False), (1, True, False), (2, True, False), (3, False, True)]
    assert student.get("nothing") == ("value", True)


def test_no_rights_are_left(student: StudentProcess) -> None:
    source = "import os; ids = (*os.getresuid(), *os.getresgid(), *os.getgroups())"
    assert student.run_cell(source).ok
    _, ids = student.get("ids")
    assert 0 not in ids


def test_what_is_needed_is_there(student: StudentProcess) -> None:
    source = """
import collections, ctypes, decimal, json, lzma, math, random, sqlite3, statistics, zoneinfo
import anywidget, ipywidgets, IPython.display, matplotlib.animation, mpl_toolkits.mplot3d, numpy.ma, PIL.Image
import dnnkit
found = dnnkit.from_library
"""
    result = student.run_cell(source)
    assert result.ok, result.outputs
    assert student.get("found") == ("value", True)
