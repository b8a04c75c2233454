"""The warm process: everything loaded once, then one confined child for every request.

It never runs a student's code itself. A request on the control socket brings the limits and one end of a new
socket pair, which becomes the child's channel. The warm process keeps a copy of that end: the client sees no end
of file before the child is gone altogether, and when the client hangs up, or is gone, the child is killed.

Where the kernel has no Landlock a child can write in all of `work`, which every later one would see. So while no
child lives, `work` is emptied, and nothing is forked before it is empty.
"""

import errno
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from autograder.student import lock
from autograder.wire import Channel

REQUEST_SIZE = 4096
CHANNEL = 3
_HANGUP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_SHARED_LIBRARIES = ("bz2", "lzma", "sqlite3", "ssl", "uuid", "zlib")
"""Modules whose libraries a confined child could not read any more."""


def main(control_descriptor: int) -> None:
    """Take the policy, load everything, say so, then serve until the control socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=control_descriptor)
    channel = Channel(control_descriptor)
    policy, buffers = channel.receive()
    root = sys.platform == "linux" and os.geteuid() == 0
    kept = root and lock.become_nobody([*policy["read"], *policy["libraries"]])
    if policy["landlock"]:
        lock.landlock([*policy["read"], *policy["libraries"]], policy["listed"], policy["work"])
    os.chdir(policy["work"])
    shell = _load(policy["modules"])
    channel.send({"ready": True, "landlock": policy["landlock"], "user": os.geteuid(), "reads_closed_files": kept})
    gc.collect()
    gc.freeze()  # the collector will not touch, and so not copy, what is shared with the children
    Warm(control, policy, buffers[0], shell).serve()


def _load(modules: list[str]) -> Any:
    """Import what students use, `modules` where they exist. Only here, because from here on Landlock holds."""
    for name in _SHARED_LIBRARIES:
        __import__(name)
    import_module("autograder.student.serve")
    from autograder.student.shell import build

    shell = build()
    for name in modules:
        with suppress(Exception):  # a student who imports it is told
            import_module(name)
    return shell


@dataclass
class _Child:
    pid: int
    channel: socket.socket
    folder: str


class Warm:
    """Forks the children, and buries them."""

    def __init__(self, control: socket.socket, policy: dict[str, Any], program: bytes, shell: Any) -> None:
        self._control = control
        self._policy = policy
        self._program = program
        self._shell = shell
        self._children: dict[int, _Child] = {}  # by process id
        self._cleaners: set[int] = set()

    def serve(self) -> None:
        """Fork on request and kill on hang-up, until the control socket closes; then kill all."""
        bell, ring = os.pipe()
        os.set_blocking(ring, False)
        signal.set_wakeup_fd(ring)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        while True:
            poll = select.poll()
            poll.register(self._control, select.POLLIN)
            poll.register(bell, select.POLLIN)
            by_channel = {child.channel.fileno(): child for child in self._children.values()}
            for descriptor in by_channel:
                poll.register(descriptor, _HANGUP)
            for descriptor, _ in poll.poll():
                if descriptor == bell:
                    os.read(bell, 1024)
                elif descriptor == self._control.fileno():
                    if not self._request():
                        self._kill(list(self._children))
                        return
                elif by_channel[descriptor].pid in self._children:
                    self._kill([by_channel[descriptor].pid])
            self._bury()

    def _request(self) -> bool:
        """Start the child that a request asks for; return False at the end of requests."""
        data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST_SIZE, 1)
        if not data:
            return False
        # a name that no earlier child could take
        folder = os.path.join(self._policy["work"], os.urandom(16).hex())
        channel = socket.socket(fileno=descriptors[0])
        warm = os.getpid()
        try:
            if not self._children:
                self._tidy()
            os.mkdir(folder, 0o700)
            pid = os.fork()
        except OSError:  # no room or no process left: the client learns it from the end of file
            channel.close()
            return True
        if pid == 0:
            self._become_student(channel, folder, json.loads(data), warm)
        self._children[pid] = _Child(pid, channel, folder)
        return True

    def _kill(self, pids: list[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still that child's
            os.waitpid(pid, 0)
            self._forget(self._children.pop(pid))

    def _bury(self) -> None:
        """Reap the children, and cleaners, that ended by themselves."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._cleaners.discard(pid)
            if pid in self._children:
                self._forget(self._children.pop(pid))

    def _forget(self, child: _Child) -> None:
        with suppress(OSError):  # the student wrote something
            os.rmdir(child.folder)
        if os.path.lexists(child.folder) if self._children else self._anything_left():
            self._clean(child.folder if self._children else self._policy["work"])
        child.channel.close()

    def _clean(self, folder: str) -> None:
        """Have a fork empty `folder`. It keeps the channels, so that their clients see no end of file before."""
        pid = os.fork()
        if pid == 0:
            _empty(folder, itself=folder != self._policy["work"])
        self._cleaners.add(pid)

    def _anything_left(self) -> bool:
        with os.scandir(self._policy["work"]) as entries:
            return next(entries, None) is not None

    def _tidy(self) -> None:
        """While no child lives: see that nothing is left in `work`. Raises OSError where something stays."""
        self._wait_for_cleaners()
        if self._anything_left():
            self._clean(self._policy["work"])
            self._wait_for_cleaners()
        if self._anything_left():
            raise OSError(errno.ENOTEMPTY, "something stays in the folder of the students")

    def _wait_for_cleaners(self) -> None:
        while self._cleaners:
            os.waitpid(self._cleaners.pop(), 0)

    def _become_student(self, channel: socket.socket, folder: str, limits: dict[str, Any], warm: int) -> NoReturn:
        """Turn this fork into a confined student process and serve; never returns."""
        try:
            _keep_only(channel.fileno())
            stream = Channel(CHANNEL)
            try:
                self._lock(folder, limits, warm)
            except BaseException:
                stream.send({"error": traceback.format_exc()})
                raise
            from autograder.student.serve import serve

            stream.send({"ready": True})
            serve(stream, self._shell)
        finally:
            os._exit(0)

    def _lock(self, folder: str, limits: dict[str, Any], warm: int) -> None:
        from autograder.student.shell import settle

        lock.die_with(warm)
        os.chdir(folder)
        os.environ.update(HOME=folder, PWD=folder, TMPDIR=folder)
        tempfile.tempdir = None  # to be found anew, from TMPDIR
        settle()
        if self._policy["landlock"]:
            lock.landlock(self._policy["read"], self._policy["listed"], folder)
        lock.limit_resources(limits)
        if self._program:
            lock.seccomp(self._program)


def _keep_only(channel: int) -> None:
    """Close every descriptor but `channel`, which becomes number 3, and leave nothing behind 0, 1 and 2."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.dup2(channel, CHANNEL)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))


def _empty(folder: str, itself: bool) -> NoReturn:
    """Empty `folder` and remove it `itself`, then end; folders nested without end are brought up one by one."""
    try:
        prefix, moved = os.urandom(8).hex(), 0
        while names := os.listdir(folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path) or not os.path.isdir(path):
                    os.unlink(path)
                    continue
                os.chmod(path, 0o700)
                for inner in os.listdir(path):
                    moved += 1
                    os.chmod(os.path.join(path, inner), 0o700)
                    os.rename(os.path.join(path, inner), os.path.join(folder, f"{prefix} {moved}"))
                os.rmdir(path)
        if itself:
            os.rmdir(folder)
    finally:
        os._exit(0)
