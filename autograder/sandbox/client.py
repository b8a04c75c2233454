"""One student process, seen from the trusted side: run a cell, call a function, look a name up, end it."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn

from autograder.given import Given, helpers, known_result
from autograder.student.outputs import clean_count, clean_outputs
from autograder.student.places import Place
from autograder.wire import Channel, WireError, pack, unpack

__all__ = [
    "CallFailed",
    "CallResult",
    "CellResult",
    "Limits",
    "Missing",
    "NotStarted",
    "StudentProcess",
    "StudentStopped",
]

START_SECONDS = 30.0
DEATH_SECONDS = 10.0
ENDED = "the process ended (os._exit, a crash, or its memory or CPU limit)"


@dataclass(frozen=True)
class Limits:
    """What one student process may use; seconds are of one cell and of one call, unless asked otherwise.

    `threads` bounds what the user has in all, where there is no user namespace, so it must not be small.
    """

    memory_mb: int = 2048
    cpu_seconds: int = 60
    cell_seconds: float = 10.0
    call_seconds: float = 5.0
    output_bytes: int = 1 << 20
    file_mb: int = 16
    open_files: int = 64
    threads: int = 4096


@dataclass(frozen=True)
class CellResult:
    """What a cell came to; `outputs` are clean nbformat outputs, none of a quiet run."""

    ok: bool
    outputs: list[dict[str, Any]]
    execution_count: int | None


@dataclass(frozen=True)
class CallResult:
    """What a call returned, and which of its arguments (positions, keywords) it changed in place."""

    value: Any
    changed_arguments: tuple[int | str, ...]

    def __iter__(self) -> Any:
        """Unpack as ``value, changed = student.call(...)``."""
        return iter((self.value, self.changed_arguments))


class StudentStopped(Exception):
    """The student process is gone: it took too long, ended, or sent what is not a plain value."""


class NotStarted(BaseException):
    """No student process can be started. No Exception, because it says nothing of the student whose turn it is."""


class Missing(Exception):
    """The student's notebook does not define the name."""


class CallFailed(Exception):
    """The student's function raised, or returned what cannot be handed over."""

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message


class StudentProcess:
    """A confined process with a student's notebook in it. Every answer is checked, none is believed."""

    def __init__(self, end: socket.socket, limits: Limits) -> None:
        self._socket: socket.socket | None = end
        end.setblocking(False)
        self._channel = Channel(end.fileno())
        self._limits = limits
        self._requests = 0
        self._stopped = "it was ended"
        self._wait_until_ready()

    def run_cell(
        self, source: str, quiet: bool = False, timeout: float | None = None, definitions: bool = False
    ) -> CellResult:
        """Run a cell, or only its `definitions`; a quiet one draws nothing and returns no outputs.

        Raises ``StudentStopped``.
        """
        seconds = self._limits.cell_seconds if timeout is None else timeout
        request = {"do": "cell", "source": source, "quiet": quiet, "definitions": definitions}
        answer, buffers = self._ask({**request, "max_text": self._limits.output_bytes}, [], seconds)
        if "failed" in answer:
            kind, message, traceback = self._failure(answer)
            error = {"output_type": "error", "ename": kind, "evalue": message, "traceback": [traceback]}
            return CellResult(False, [] if quiet else clean_outputs([error]), None)
        outputs = clean_outputs(self._unpacked(answer, "outputs", buffers), self._limits.output_bytes)
        count = clean_count(answer.get("count"))
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
        return CellResult(answer.get("ok") is True, [] if quiet else outputs, count)

    def call(
        self,
        place: str | Place,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        timeout: float | None = None,
        given: Sequence[Given] = (),
        keep: bool = False,
    ) -> CallResult:
        """Call a global, or what stands at a place.

        Meanwhile helper functions that are called with arguments of the `given` calls give the results of these.

        With `keep` the value stays there, an instance of a class say, and its number comes back: the first part
        of the places of its methods and attributes.

        Raises:
            CallFailed: the function raised, or returned what has no plain form.
            Missing: there is no such name.
            NotPlain: an argument has no plain form.
            StudentStopped: no answer in time, no process any more, or no valid answer.
        """
        seconds = self._limits.call_seconds if timeout is None else timeout
        buffers: list[bytes] = []
        request = {
            "do": "call",
            "place": _parts(place),
            "arguments": pack((tuple(args), dict(kwargs)), buffers),
            "helpers": pack([tuple(helper) for helper in helpers(given)], buffers),
            "keep": keep,
        }
        answer, buffers = self._ask(request, buffers, seconds, given)
        self._check_found(answer, place)
        if "failed" in answer:
            raise CallFailed(*self._failure(answer)[:2])
        value = self._unpacked(answer, "value", buffers)
        keys = [*range(len(args)), *kwargs]
        changed = answer.get("changed")
        if not isinstance(changed, list):
            self._stop("sent invalid data")
        return CallResult(value, tuple(key for key in keys if key in changed))

    def get(self, place: str | Place) -> tuple[str, Any]:
        """Return what a global, or a place, holds: "callable", "class", "value" with a copy of it, or "opaque".

        Raises ``Missing`` if nothing is there, ``CallFailed`` and ``StudentStopped`` as `call` does.
        """
        answer, buffers = self._ask({"do": "get", "place": _parts(place)}, [], self._limits.call_seconds)
        self._check_found(answer, place)
        if "failed" in answer:
            raise CallFailed(*self._failure(answer)[:2])
        kind = answer.get("kind")
        if kind == "value":
            return kind, self._unpacked(answer, "value", buffers)
        return (kind if kind in ("callable", "class") else "opaque"), None

    def set(self, place: Place, value: Any) -> None:
        """Set an attribute. Raises as `get` does."""
        buffers: list[bytes] = []
        request = {"do": "set", "place": _parts(place), "value": pack(value, buffers)}
        answer, _ = self._ask(request, buffers, self._limits.call_seconds)
        self._check_found(answer, place)
        if "failed" in answer:
            raise CallFailed(*self._failure(answer)[:2])

    def kill(self) -> None:
        """End the process and wait until it and all of its threads are gone. May be called again."""
        if self._socket is None:
            return
        end, self._socket = self._socket, None
        deadline = time.monotonic() + DEATH_SECONDS
        try:
            end.shutdown(socket.SHUT_WR)  # the warm process sees it, kills, and closes the last copy of the other end
            end.settimeout(DEATH_SECONDS)
            while time.monotonic() < deadline and end.recv(1 << 20):
                pass
        except OSError:
            pass  # it was gone already
        finally:
            end.close()

    def __enter__(self) -> "StudentProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def _wait_until_ready(self) -> None:
        try:
            answer, _ = self._exchange(None, [], START_SECONDS)
        except StudentStopped as stopped:
            raise NotStarted(f"a new student process {stopped}") from None
        if answer.get("ready") is not True:
            self.kill()
            raise NotStarted(f"a student process could not be confined: {str(answer.get('error'))[-2000:]}")

    def _ask(
        self, request: dict[str, Any], buffers: list[bytes], seconds: float, given: Sequence[Given] = ()
    ) -> tuple[dict[str, Any], list[bytes]]:
        self._requests += 1
        answer, answer_buffers = self._exchange({**request, "id": self._requests}, buffers, seconds, given)
        if answer.get("id") != self._requests:
            self._stop("sent invalid data")
        return answer, answer_buffers

    def _exchange(
        self, request: dict[str, Any] | None, buffers: list[bytes], seconds: float, given: Sequence[Given] = ()
    ) -> tuple[dict[str, Any], list[bytes]]:
        if self._socket is None:
            raise StudentStopped(self._stopped)
        deadline = time.monotonic() + seconds
        try:
            if request is not None:
                self._channel.send(request, buffers, deadline)
            answer, answer_buffers = self._channel.receive(deadline)
            while "helper" in answer:
                self._channel.send(*_told(given, answer, answer_buffers), deadline)
                answer, answer_buffers = self._channel.receive(deadline)
            return answer, answer_buffers
        except TimeoutError:
            self._stop(f"took longer than {seconds:g} s")
        except EOFError:
            self._stop(ENDED)
        except WireError:
            self._stop("sent invalid data")

    def _stop(self, reason: str) -> NoReturn:
        self._stopped = reason
        self.kill()
        raise StudentStopped(reason)

    def _unpacked(self, answer: dict[str, Any], key: str, buffers: list[bytes]) -> Any:
        try:
            return unpack(answer.get(key), buffers)
        except WireError:
            self._stop("sent invalid data")

    def _failure(self, answer: dict[str, Any]) -> tuple[str, str, str]:
        texts = answer.get("failed")
        if not isinstance(texts, list) or len(texts) != 3 or not all(isinstance(text, str) for text in texts):
            self._stop("sent invalid data")
        kind, message, traceback = (text.encode("utf-8", "replace").decode() for text in texts)
        return kind[:200], message[:4000], traceback[:40_000]

    def _check_found(self, answer: dict[str, Any], place: str | Place) -> None:
        if answer.get("missing") is True:
            raise Missing(".".join(map(str, _parts(place))))


def _told(given: Sequence[Given], question: dict[str, Any], buffers: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """The answer to a helper that asks what it is to give. Raises WireError where that is no valid question."""
    arguments = unpack(question.get("arguments"), buffers)
    if not isinstance(arguments, dict):
        raise WireError("arguments without names")
    found = known_result(given, str(question["helper"]), arguments)
    packed: list[bytes] = []
    return {"known": None if found is None else pack((found.result, found.adds), packed)}, packed


def _parts(place: str | Place) -> list[str | int]:
    return [place] if isinstance(place, str) else list(place)
