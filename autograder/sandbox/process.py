"""The warm interpreter, seen from the trusted side: start it confined, prove it, fork students from it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType

from autograder.sandbox.bubblewrap import bubblewrap as bubblewrap_arguments
from autograder.sandbox.client import CallFailed, Limits, Missing, NotStarted, StudentProcess, StudentStopped
from autograder.sandbox.policy import Policy
from autograder.sandbox.seccomp import compiled_filter
from autograder.student.lock import NOBODY, landlock_version
from autograder.wire import Channel, WireError
from dnnkit.errors import CourseError

__all__ = ["ONE_THREAD", "Confinement", "WarmProcess"]

START_SECONDS = 60.0
END_SECONDS = 10.0
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""Environment of a process whose matrix products keep to one core."""


@dataclass(frozen=True)
class Confinement:
    """Which layers hold. `attempts` says of each way out what stopped it, as the self-test found."""

    bubblewrap: bool
    landlock: int
    seccomp: bool
    user: int
    reads_closed_files: bool
    remark: str = ""
    attempts: dict[str, str] = field(default_factory=dict)

    @property
    def layers(self) -> dict[str, bool]:
        """Every layer, and whether it holds."""
        return {
            "bubblewrap": self.bubblewrap,
            f"Landlock (version {self.landlock})": self.landlock > 0,
            "seccomp": self.seccomp,
            "resource limits": True,
        }

    def __str__(self) -> str:
        lines = [f"{name}: {'holds' if holds else 'absent'}" for name, holds in self.layers.items()]
        lines += [f"  {way}: {stopped or 'NOT STOPPED'}" for way, stopped in self.attempts.items()]
        return "\n".join([*lines, *([self.remark] if self.remark else [])])


class WarmProcess:
    """A warm interpreter from which confined student processes are forked.

    `library` is a folder put first on the student's ``sys.path``; `modules` are imported before anybody's code
    runs, where they can be. `bubblewrap` asks for it (True), refuses it (False) or takes it where it works.
    `unconfined` allows what is refused otherwise: where neither Landlock nor bubblewrap can be had, students' code
    runs with all rights of this user.

    Raises:
        CourseError: nothing can confine a student here, or the self-test found a way out.
    """

    def __init__(
        self,
        library: Path | None = None,
        modules: Collection[str] = (),
        *,
        bubblewrap: bool | None = None,
        unconfined: bool = False,
    ) -> None:
        self._confine, self._unconfined = True, unconfined
        self._modules = sorted(modules)
        self._scratch = Path(tempfile.mkdtemp(prefix="dnnkit-student-")).resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        try:
            self._policy = self._lay_out(library)
            self._program = compiled_filter() if sys.platform == "linux" else b""
            self.confinement = self._start_somehow(bubblewrap)
        except BaseException:
            self.close()
            raise

    def fork(self, limits: Limits | None = None) -> StudentProcess:
        """Return a new confined student process. Raises ``NotStarted`` if there is none to be had any more."""
        if self._control is None:
            raise NotStarted("the warm process was closed")
        limits = limits or Limits()
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [json.dumps(asdict(limits)).encode()], [theirs.fileno()])
        except OSError:
            ours.close()
            raise NotStarted("the warm process is gone") from None
        finally:
            theirs.close()
        return StudentProcess(ours, limits)

    def close(self) -> None:
        """End the warm process and all its students. May be called again."""
        self._stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> "WarmProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _lay_out(self, library: Path | None) -> Policy:
        policy = Policy.of(self._scratch, library)
        policy.lay_out()
        if os.geteuid() == 0:
            os.chmod(self._scratch, 0o711)
            os.chown(policy.work, NOBODY, NOBODY)
        return policy

    def _start_somehow(self, bubblewrap: bool | None) -> Confinement:
        """Start with bubblewrap where it is wanted and works, else without where Landlock will do."""
        remark = ""
        if bubblewrap is not False:
            arguments = bubblewrap_arguments(self._policy)
            try:
                if arguments is None:
                    raise CourseError("bubblewrap is not installed (Debian, Ubuntu: `apt install bubblewrap`).")
                return self._start(arguments, "")
            except CourseError as error:
                if bubblewrap:
                    raise
                remark = f"Without bubblewrap: {error}"
        if not landlock_version():
            if not self._unconfined:
                raise CourseError(
                    "Student code cannot be confined here: that takes Linux with Landlock (kernel 5.13 or later) "
                    "or bubblewrap. With the option --unconfined-with-my-rights it runs all the same, and may do "
                    "whatever you may."
                )
            self._confine, self._program = False, b""
        return self._start([], remark)

    def _start(self, wrapper: list[str], remark: str) -> Confinement:
        ours, theirs = socket.socketpair()
        self._control = ours
        with tempfile.TemporaryFile() as messages:
            with theirs:
                self._process = subprocess.Popen(
                    [*wrapper, *self._command(theirs.fileno())],
                    env=self._environment(),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=messages,
                    start_new_session=True,
                )
            try:
                layers = self._introduce(Channel(ours.fileno()))
            except (EOFError, TimeoutError, WireError, OSError):
                self._stop()
                messages.seek(0)
                text = messages.read().decode("utf-8", "replace").strip()[-2000:]
                raise CourseError(f"The student's interpreter did not start: {text or 'no answer'}") from None
        return self._proved(layers, bool(wrapper), remark)

    def _command(self, control: int) -> list[str]:
        start = f"import sys; sys.path[:] = {self._policy.search_path!r}; "
        start += f"from autograder.student.warm import main; main({control})"
        return [str(self._policy.interpreter), "-I", "-S", "-B", "-c", start]

    def _environment(self) -> dict[str, str]:
        work = str(self._policy.work)
        folders = dict.fromkeys(("HOME", "PWD", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"), work)
        backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        return {"LANG": "C.UTF-8", "PATH": "", **folders, **backend, **ONE_THREAD}

    def _introduce(self, channel: Channel) -> dict[str, object]:
        deadline = time.monotonic() + START_SECONDS
        policy = self._policy
        message = {
            "landlock": landlock_version() if self._confine else 0,
            "read": [str(path) for path in policy.read],
            "listed": [str(path) for path in policy.listed],
            "libraries": [str(path) for path in policy.libraries],
            "work": str(policy.work),
            "modules": self._modules,
        }
        channel.send(message, [self._program], deadline)
        return channel.receive(deadline)[0]

    def _proved(self, layers: dict[str, object], wrapped: bool, remark: str) -> Confinement:
        """Let a forked process try to break out; raise CourseError if it can, or if that cannot be tried."""
        try:
            attempts = self._break_out()
        except (NotStarted, StudentStopped, CallFailed, Missing) as error:
            self._stop()
            raise CourseError(f"Whether the confinement holds could not be tried: {error}") from None
        confinement = Confinement(
            bubblewrap=wrapped,
            landlock=int(str(layers["landlock"])),
            seccomp=bool(self._program),
            user=int(str(layers["user"])),
            reads_closed_files=bool(layers["reads_closed_files"]),
            remark=remark,
            attempts=attempts,
        )
        ways = [way for way, stopped in confinement.attempts.items() if not stopped]
        if ways and self._confine:
            self._stop()
            raise CourseError(f"The confinement does not hold: a student process could {', '.join(ways)}.")
        return confinement

    def _break_out(self) -> dict[str, str]:
        limits = Limits()
        foreign = sorted(set(os.environ) - set(self._environment()))
        with tempfile.TemporaryDirectory() as outside, self.fork(limits) as student:
            os.chmod(outside, 0o777)
            Path(outside, "readable").write_text("read me if you can")
            student.run_cell("from autograder.student.breakout import attempts")
            return student.call("attempts", (outside, limits.memory_mb, foreign), {}).value

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()  # the warm process sees it, kills its students and ends
            self._control = None
        if self._process is None:
            return
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
