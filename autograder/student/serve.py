"""The loop of a student process: run a cell, call something, get or set something. Nobody trusts its answers."""

from functools import partial
from typing import Any

from autograder.student.cells import definitions
from autograder.student.places import NotFound, Places
from autograder.student.shell import Shell, capture, describe, run_cell
from autograder.student.stand_in import Helper, asking
from autograder.wire import Channel, NotPlain, pack, unpack

MAX_MESSAGE = 2000
MAX_TRACEBACK = 20_000

Answer = tuple[dict[str, Any], list[bytes]]


def serve(channel: Channel, shell: Shell) -> None:
    """Answer requests one by one until the other side hangs up."""
    places = Places(shell.user_ns)
    while True:
        try:
            request, buffers = channel.receive()
        except EOFError:
            return
        answer, answer_buffers = _answer(channel, shell, places, request, buffers)
        channel.send({**answer, "id": request["id"]}, answer_buffers)


def _answer(channel: Channel, shell: Shell, places: Places, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    try:
        if request["do"] == "cell":
            return _cell(shell, request)
        if request["do"] == "call":
            return _call(channel, places, request, buffers)
        return {"get": _get, "set": _set}[request["do"]](places, request, buffers)
    except NotFound:
        return {"missing": True}, []
    except BaseException as error:  # whatever a student's code raises, SystemExit too, is an answer
        kind, message, traceback = describe(error)
        return {"failed": [kind[:200], message[:MAX_MESSAGE], traceback[-MAX_TRACEBACK:]]}, []
    finally:
        capture.finish()


def _cell(shell: Shell, request: dict[str, Any]) -> Answer:
    source = definitions(request["source"]) if request["definitions"] else request["source"]
    result, outputs = run_cell(shell, source, request["quiet"], request["max_text"])
    packed: list[bytes] = []
    return {"ok": result.success, "count": result.execution_count, "outputs": pack(outputs, packed)}, packed


def _call(channel: Channel, places: Places, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    function = places.find(request["place"])
    arguments, keywords = unpack(request["arguments"], buffers)
    before = {key: _form(value) for key, value in [*enumerate(arguments), *keywords.items()]}
    helpers = [Helper(*helper) for helper in unpack(request["helpers"], buffers)]
    with asking(places.namespace, helpers, partial(_ask, channel)):
        value = function(*arguments, **keywords)
    changed = [key for key, value in [*enumerate(arguments), *keywords.items()] if _form(value) != before[key]]
    packed: list[bytes] = []
    if request["keep"]:
        value = places.keep(value)
    try:
        return {"value": pack(value, packed), "changed": changed}, packed
    except NotPlain as error:
        raise TypeError(f"returned {error}, which cannot be handed to the grader") from None


def _ask(channel: Channel, helper: str, arguments: dict[str, Any]) -> Any:
    """What the grader knows of a helper's call; None for arguments that have no plain form."""
    buffers: list[bytes] = []
    try:
        packed = pack(arguments, buffers)
    except NotPlain:
        return None
    channel.send({"helper": helper, "arguments": packed}, buffers)
    answer, buffers = channel.receive()
    return unpack(answer["known"], buffers)


def _set(places: Places, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    places.put(request["place"], unpack(request["value"], buffers))
    return {}, []


def _get(places: Places, request: dict[str, Any], buffers: list[bytes]) -> Answer:
    value = places.find(request["place"])
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
