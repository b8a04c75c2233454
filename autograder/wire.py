"""Plain values across a process boundary: frames of JSON and raw buffers.

Both sides of the grader speak it. Nothing is pickled, and the reader trusts nothing: sizes, depth,
element types and shapes are checked before anything is built, and whatever is wrong raises ``WireError``.

A frame is a header length, a number of buffers, the length of each, the header (a JSON object), the buffers.
"""

import json
import math
import os
import select
import struct
import time
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

__all__ = ["Channel", "NotPlain", "WireError", "pack", "unpack"]

MAX_HEADER = 4 << 20
MAX_BUFFERS = 64 << 20
MAX_PARTS = 4096
MAX_ELEMENTS = 100_000
MAX_ENTRIES = 4096  # of one dict: keys can be made to collide, which costs the square of their number
MAX_DEPTH = 20
MAX_INT_BITS = 1 << 16
MAX_AXES = 32
LONG_TEXT = 1000  # longer texts travel as buffers
CHUNK = 1 << 20

NUMERIC = frozenset(np.dtype(code).str for code in "?bhilqBHILQefdgFDG")
"""The element types that cross: booleans, integers, floats and complex numbers of this machine."""


class WireError(Exception):
    """The other side sent something that is not a frame, or not a plain value."""


class NotPlain(TypeError):
    """A value has no plain form; the message is a noun phrase such as ``a Foo``."""


class Channel:
    """Frames over one end of a socket pair.

    ``deadline`` is a reading of ``time.monotonic()``; past it, ``TimeoutError`` is raised. A descriptor that
    is used with deadlines must be non-blocking. A peer that has gone raises ``EOFError``.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._arrived = bytearray()

    def send(self, header: dict[str, Any], buffers: Sequence[bytes] = (), deadline: float | None = None) -> None:
        """Write one frame."""
        text = json.dumps(header).encode()
        sizes = struct.pack(f"!II{len(buffers)}Q", len(text), len(buffers), *map(len, buffers))
        self._write(b"".join([sizes, text, *buffers]), deadline)

    def receive(self, deadline: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """Read one frame: its header and its buffers. Raises ``WireError`` for anything else."""
        length, parts = struct.unpack("!II", self._read(8, deadline))
        if length > MAX_HEADER or parts > MAX_PARTS:
            raise WireError(f"a frame of {length} bytes with {parts} buffers")
        start = self._read(8 * parts + length, deadline)
        sizes = struct.unpack_from(f"!{parts}Q", start)
        if sum(sizes) > MAX_BUFFERS:
            raise WireError(f"buffers of {sum(sizes)} bytes")
        try:
            header = json.loads(start[8 * parts :])
        except (ValueError, RecursionError) as error:
            raise WireError("the header is not JSON") from error
        if type(header) is not dict:
            raise WireError("the header is not a JSON object")
        buffers, ends = self._read(sum(sizes), deadline), list(accumulate(sizes))
        return header, [buffers[end - size : end] for size, end in zip(sizes, ends, strict=True)]

    def _write(self, data: bytes, deadline: float | None) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest[:CHUNK]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except (BrokenPipeError, ConnectionResetError) as error:
                raise EOFError("the other process is gone") from error

    def _read(self, size: int, deadline: float | None) -> bytes:
        while len(self._arrived) < size:
            try:
                chunk = os.read(self._descriptor, CHUNK)
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise EOFError("the other process is gone")
            self._arrived += chunk
            if deadline is not None and time.monotonic() > deadline:  # it sends, but byte by byte
                raise TimeoutError("no answer in time")
        data = bytes(self._arrived[:size])
        del self._arrived[:size]
        return data

    def _wait(self, event: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._descriptor, event)
        remaining = None if deadline is None else (deadline - time.monotonic()) * 1000
        if (remaining is not None and remaining <= 0) or not poll.poll(remaining):
            raise TimeoutError("no answer in time")


def pack(value: Any, buffers: list[bytes]) -> Any:
    """Return `value` as a JSON tree; array contents and long texts are appended to `buffers`.

    Subclasses of arrays, lists, tuples and dicts become plain ones.

    Raises:
        NotPlain: the value, or something in it, has no plain form or is too large.

    >>> pack({"x": (1, 2.5)}, [])
    {'dict': [['x', {'tuple': [1, 2.5]}]]}
    """
    return _Packer(buffers).tree(value, 0)


class _Packer:
    def __init__(self, buffers: list[bytes]) -> None:
        self._buffers = buffers
        self._elements = 0
        self._bytes = sum(map(len, buffers))

    def tree(self, value: Any, depth: int) -> Any:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise NotPlain(f"a value of more than {MAX_ELEMENTS} elements outside arrays")
        if depth > MAX_DEPTH:
            raise NotPlain(f"a value nested more than {MAX_DEPTH} levels deep")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return self._integer(value)
        if kind is str:
            return value if len(value) <= LONG_TEXT else {"text": self._add(value.encode("utf-8", "replace"))}
        if kind is complex:
            return {"complex": [value.real, value.imag]}
        return self._composite(value, kind, depth + 1)

    def _composite(self, value: Any, kind: type, depth: int) -> Any:
        # The real type is asked, not isinstance: a property named __class__ can lie.
        if issubclass(kind, np.ndarray):
            array = np.asarray(value)
            order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
            return {"array": [*self._numbers(array, order), list(array.shape), order]}
        if issubclass(kind, np.generic):
            return {"scalar": self._numbers(np.asarray(value), "C")}
        if issubclass(kind, tuple):
            return {"tuple": [self.tree(item, depth) for item in tuple.__iter__(value)]}
        if issubclass(kind, list):
            return [self.tree(item, depth) for item in list.__iter__(value)]
        if issubclass(kind, dict):
            if dict.__len__(value) > MAX_ENTRIES:
                raise NotPlain(f"a dict of more than {MAX_ENTRIES} entries")
            return {"dict": [[self.tree(k, depth), self.tree(v, depth)] for k, v in dict.items(value)]}
        raise NotPlain(f"a {_name(kind)}")

    def _integer(self, value: int) -> Any:
        if -(1 << 63) <= value < 1 << 63:
            return value
        if value.bit_length() > MAX_INT_BITS:
            raise NotPlain(f"an integer of {value.bit_length()} bits (at most {MAX_INT_BITS})")
        return {"int": hex(value)}

    def _numbers(self, array: np.ndarray, order: str) -> list[Any]:
        if array.dtype.newbyteorder("=").str not in NUMERIC:
            raise NotPlain(f"an array of dtype {array.dtype}")
        if self._bytes + array.nbytes > MAX_BUFFERS:
            megabytes = (self._bytes + array.nbytes) / 1e6
            raise NotPlain(f"{megabytes:.0f} MB of arrays (at most {MAX_BUFFERS / 1e6:.0f} MB)")
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        return [self._add(native.tobytes("F" if order == "F" else "C")), native.dtype.str]

    def _add(self, data: bytes) -> int:
        self._bytes += len(data)
        if self._bytes > MAX_BUFFERS or len(self._buffers) == MAX_PARTS:
            raise NotPlain(f"a value of more than {MAX_PARTS} arrays or {MAX_BUFFERS / 1e6:.0f} MB")
        self._buffers.append(data)
        return len(self._buffers) - 1


def _name(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))[:80]


def unpack(tree: Any, buffers: Sequence[bytes]) -> Any:
    """Return the value that `pack` described; arrays are new and writable.

    Raises:
        WireError: `tree` was not made by `pack`.

    >>> unpack({"tuple": [1, {"complex": [0.0, 1.0]}]}, [])
    (1, 1j)
    """
    try:
        return _Unpacker(buffers).value(tree, 0)
    except (TypeError, ValueError, IndexError, OverflowError, MemoryError) as error:
        raise WireError(f"not a plain value: {error}") from error


class _Unpacker:
    def __init__(self, buffers: Sequence[bytes]) -> None:
        self._unused = dict(enumerate(buffers))  # each serves once, so that a frame cannot unfold into more
        self._elements = 0

    def value(self, tree: Any, depth: int) -> Any:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise WireError("a value too large or nested too deep")
        if tree is None or type(tree) in (bool, int, float):
            return tree
        if type(tree) is str:
            return tree.encode("utf-8", "replace").decode()
        if type(tree) is list:
            return self._items(tree, depth)
        if type(tree) is not dict or len(tree) != 1:
            raise WireError("not a plain value")
        [(tag, content)] = tree.items()
        return self._tagged(tag, content, depth)

    def _tagged(self, tag: str, content: Any, depth: int) -> Any:
        match tag, content:
            case "tuple", list():
                return tuple(self._items(content, depth))
            case "dict", list() if len(content) <= MAX_ENTRIES:
                return dict(self._pair(entry, depth) for entry in content)
            case "int", str() if len(content) <= MAX_INT_BITS // 4 + 4:
                return int(content, 16)
            case "text", int():
                return self._buffer(content).decode("utf-8", "replace")
            case "complex", [float() as real, float() as imag]:
                return complex(real, imag)
            case "array", [int() as index, str() as dtype, list() as shape, ("C" | "F") as order]:
                return self._array(index, dtype, shape, order)
            case "scalar", [int() as index, str() as dtype]:
                return self._array(index, dtype, [], "C")[()]
        raise WireError("not a plain value")

    def _items(self, trees: Iterable[Any], depth: int) -> list[Any]:
        return [self.value(tree, depth + 1) for tree in trees]

    def _pair(self, entry: Any, depth: int) -> tuple[Any, Any]:
        if type(entry) is not list:
            raise WireError("not an entry of a dict")
        key, value = self._items(entry, depth)
        return key, value

    def _buffer(self, index: int) -> bytes:
        if type(index) is not int or index not in self._unused:
            raise WireError("no such buffer, or one that was used already")
        return self._unused.pop(index)

    def _array(self, index: int, dtype: str, shape: list[Any], order: Any) -> np.ndarray:
        data = self._buffer(index)
        if dtype not in NUMERIC:
            raise WireError("an array of a type that does not cross")
        if len(shape) > MAX_AXES or not all(type(length) is int and length >= 0 for length in shape):
            raise WireError("an array of impossible shape")
        flat = np.frombuffer(data, dtype)
        if flat.dtype.kind == "b" and flat.size and flat.view(np.uint8).max() > 1:
            raise WireError("a boolean that is neither true nor false")
        if math.prod(shape) != flat.size:
            raise WireError("an array whose size is not that of its buffer")
        return flat.reshape(shape, order=order).copy(order)
