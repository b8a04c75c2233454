"""The loop of a student process: run a cell, call a function, look a name up. Nobody trusts its answers."""

from typing import Any

from autograder.student.shell import Shell, capture, describe, run_cell
from autograder.student.stand_in import given_results
from autograder.wire import Channel, NotPlain, pack, unpack

MAX_MESSAGE = 2000
MAX_TRACEBACK = 20_000

Answer = tuple[dict[str, Any], list[bytes]]


def serve(channel: Channel, shell: Shell) -> None:
    """Answer requests one by one until the other side hangs up."""
    while True:
        try:
            request, buffers = channel.receive()
        except EOFError:
            return
        answer, answer_buffers = _answer(shell, request, buffers)
        channel.send({**answer, "id": request["id"]}, answer_buffers)


def _answer(shell: Shell, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    operation = {"cell": _cell, "call": _call, "get": _get}[request["do"]]
    try:
        return operation(shell, request, buffers)
    except BaseException as error:  # whatever a student's code raises, SystemExit too, is an answer
        kind, message, traceback = describe(error)
        return {"failed": [kind[:200], message[:MAX_MESSAGE], traceback[-MAX_TRACEBACK:]]}, []
    finally:
        capture.finish()


def _cell(shell: Shell, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    result, outputs = run_cell(shell, request["source"], request["quiet"], request["max_text"])
    packed: list[bytes] = []
    return {"ok": result.success, "count": result.execution_count, "outputs": pack(outputs, packed)}, packed


def _call(shell: Shell, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    if request["name"] not in shell.user_ns:
        return {"missing": True}, []
    arguments, keywords = unpack(request["arguments"], buffers)
    before = {key: _form(value) for key, value in [*enumerate(arguments), *keywords.items()]}
    with given_results(shell.user_ns, unpack(request["given"], buffers)):
        value = shell.user_ns[request["name"]](*arguments, **keywords)
    changed = [key for key, value in [*enumerate(arguments), *keywords.items()] if _form(value) != before[key]]
    packed: list[bytes] = []
    try:
        return {"value": pack(value, packed), "changed": changed}, packed
    except NotPlain as error:
        raise TypeError(f"returned {error}, which cannot be handed to the grader") from None


def _get(shell: Shell, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    if request["name"] not in shell.user_ns:
        return {"missing": True}, []
    value = shell.user_ns[request["name"]]
    if issubclass(type(value), type):
        return {"kind": "class"}, []
    if callable(value):
        return {"kind": "callable"}, []
    packed: list[bytes] = []
    try:
        return {"kind": "value", "value": pack(value, packed)}, packed
    except NotPlain:
        return {"kind": "opaque"}, []


def _form(value: Any) -> Any:
    """Return what `value` looks like now, to be compared later; None if it stopped being plain."""
    buffers: list[bytes] = []
    try:
        return pack(value, buffers), buffers
    except NotPlain:
        return None
