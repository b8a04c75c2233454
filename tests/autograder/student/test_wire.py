"""Plain values survive the way there and back; whatever else arrives is refused."""

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import wire
from autograder.wire import Channel, NotPlain, WireError, pack, unpack


def there_and_back(value: Any) -> Any:
    buffers: list[bytes] = []
    tree = json.loads(json.dumps(pack(value, buffers)))
    return unpack(tree, buffers)


def same(one: Any, other: Any) -> bool:
    """Equal with equal types all the way down, nan equal to itself, 0.0 different from -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and repr(one.tolist()) == repr(other.tolist())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    return one == other if type(one) is int else repr(one) == repr(other)


numeric = st.sampled_from(sorted(wire.NUMERIC)).map(np.dtype)
arrays = hnp.arrays(numeric, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | text | arrays
keys = st.none() | st.booleans() | st.integers() | text | st.tuples(st.integers(), text)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=60)
@given(values)
def test_plain_values_survive(value: Any) -> None:
    assert same(there_and_back(value), value)


@settings(deadline=None, max_examples=60)
@given(arrays.map(lambda array: array[()] if array.ndim == 0 else array.reshape(-1)[:1]))
def test_numpy_scalars_stay_scalars(value: Any) -> None:
    assert same(there_and_back(value), value)


@pytest.mark.parametrize(
    "value",
    [2**70, -(2**63) - 1, 2**63 - 1, 3**9999, True, -0.0, 1e-320],
    ids=["2^70", "below 64 bits", "64 bits", "4771 digits", "true", "minus zero", "subnormal"],
)
def test_numbers_at_the_edges(value: Any) -> None:
    assert same(there_and_back(value), value)


def test_long_text_survives() -> None:
    assert there_and_back("é\n\x00" * 5000) == "é\n\x00" * 5000


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(10)[::-2],
        np.arange(4, dtype=">i4"),
        np.broadcast_to(np.float32(3), (4, 5)),
    ],
    ids=["transposed", "fortran", "reversed", "big-endian", "broadcast"],
)
def test_any_memory_layout(array: np.ndarray) -> None:
    result = there_and_back(array)
    np.testing.assert_array_equal(result, array)
    assert result.flags.writeable
    assert result.flags.owndata
    assert result.dtype == array.dtype.newbyteorder("=")


def test_fortran_order_is_kept() -> None:
    assert there_and_back(np.zeros((2, 3), order="F")).flags.f_contiguous


def test_an_array_arrives_as_a_copy() -> None:
    buffers: list[bytes] = []
    tree = pack(np.zeros(3), buffers)
    unpack(tree, buffers)[0] = 1
    assert unpack(tree, buffers)[0] == 0


def test_subclasses_of_containers_and_arrays_become_plain() -> None:
    class Deceiver(np.ndarray):
        def __eq__(self, other: object) -> Any:
            return True

        def __array_finalize__(self, source: Any) -> None:
            self.secret = 1

    class Pair(tuple):
        def __iter__(self) -> Iterator[Any]:
            return iter("lies")

    assert type(there_and_back(np.zeros(2).view(Deceiver))) is np.ndarray
    assert there_and_back(Pair((1, 2))) == (1, 2)
    assert type(there_and_back(np.ma.masked_array([1.0, 2.0], [0, 1]))) is np.ndarray


class Liar:
    """Says that it is an array."""

    __class__ = np.ndarray  # type: ignore[assignment]


class Loud(float):
    """A subclass of a number."""


def cyclic() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


def bushy() -> list[Any]:
    tree: list[Any] = []
    for _ in range(15):
        tree = [tree] * 10
    return tree


NOT_PLAIN: dict[str, Any] = {
    "a Liar": Liar(),
    "a Loud": Loud(1.0),
    "a builtin_function_or_method": len,
    "a type": int,
    "a slice": slice(1),
    "a set": {1, 2},
    "a bytes": b"x",
    "an array of dtype object": np.array([None]),
    "an array of dtype <U1": np.array(["x"]),
    "an array of dtype [('x', '<f8')]": np.zeros(2, [("x", "f8")]),
    "an array of dtype datetime64[D]": np.datetime64("2020-01-01"),
    "1600 MB of arrays (at most 67 MB)": np.broadcast_to(0.0, (200_000_000,)),
    "80 MB of arrays (at most 67 MB)": [np.zeros(5_000_000), np.zeros(5_000_000)],
    "an integer of 65537 bits (at most 65536)": 1 << wire.MAX_INT_BITS,
    "a dict of more than 4096 entries": dict.fromkeys(range(wire.MAX_ENTRIES + 1)),
    "a value of more than 4096 arrays or 67 MB": [np.zeros(1)] * (wire.MAX_PARTS + 1),
    "a value nested more than 20 levels deep": cyclic(),
    "a value of more than 100000 elements outside arrays": bushy(),
}


@pytest.mark.parametrize("said", NOT_PLAIN)
def test_what_is_not_plain_is_named(said: str) -> None:
    with pytest.raises(NotPlain) as caught:
        pack(NOT_PLAIN[said], [])
    assert str(caught.value) == said


def test_a_long_list_is_not_plain() -> None:
    with pytest.raises(NotPlain, match="more than 100000 elements"):
        pack(list(range(wire.MAX_ELEMENTS)), [])


def nested(depth: int, tag: str | None = None) -> Any:
    tree: Any = 0
    for _ in range(depth):
        tree = {tag: [tree]} if tag else [tree]
    return tree


EIGHT = [bytes(8)]
FORGED: dict[str, tuple[Any, list[bytes]]] = {
    "unknown tag": ({"pickle": "gASVAA=="}, []),
    "two tags": ({"tuple": [], "int": "0x1"}, []),
    "empty dict": ({}, []),
    "too deep": (nested(30), []),
    "too deep in tuples": (nested(30, "tuple"), []),
    "too many": ([0] * (wire.MAX_ELEMENTS + 1), []),
    "no such buffer": ({"array": [1, "<f8", [1], "C"]}, EIGHT),
    "negative buffer": ({"array": [-1, "<f8", [1], "C"]}, EIGHT),
    "buffer number true": ({"array": [True, "<f8", [1], "C"]}, EIGHT * 2),
    "buffer used twice": ([{"array": [0, "<f8", [1], "C"]}] * 2, EIGHT),
    "text used twice": ([{"text": 0}] * 2, EIGHT),
    "size too small": ({"array": [0, "<f8", [2], "C"]}, EIGHT),
    "size too large": ({"array": [0, "<f8", [], "C"]}, [bytes(16)]),
    "half an element": ({"array": [0, "<f8", [1], "C"]}, [bytes(12)]),
    "negative length": ({"array": [0, "<f8", [-1, -1], "C"]}, EIGHT),
    "enormous shape of nothing": ({"array": [0, "<f8", [0, 2**62, 2**62], "C"]}, [b""]),
    "length not whole": ({"array": [0, "<f8", [1.0], "C"]}, EIGHT),
    "too many axes": ({"array": [0, "<f8", [1] * 40, "C"]}, EIGHT),
    "objects": ({"array": [0, "|O", [1], "C"]}, EIGHT),
    "records": ({"array": [0, "f8,f8", [1], "C"]}, [bytes(16)]),
    "foreign byte order": ({"array": [0, ">f8", [1], "C"]}, EIGHT),
    "dtype not text": ({"array": [0, 8, [1], "C"]}, EIGHT),
    "unknown order": ({"array": [0, "<f8", [1], "K"]}, EIGHT),
    "booleans of value two": ({"array": [0, "|b1", [1], "C"]}, [b"\x02"]),
    "scalar of two": ({"scalar": [0, "<f8"]}, [bytes(16)]),
    "unhashable key": ({"dict": [[[], 1]]}, []),
    "entry of three": ({"dict": [[1, 2, 3]]}, []),
    "entry of text": ({"dict": ["ab"]}, []),
    "too many entries": ({"dict": [[0, 0]] * (wire.MAX_ENTRIES + 1)}, []),
    "integer not hexadecimal": ({"int": "zz"}, []),
    "integer too long": ({"int": "0x" + "f" * wire.MAX_INT_BITS}, []),
    "complex of text": ({"complex": ["1", "2"]}, []),
    "complex of one": ({"complex": [1.0]}, []),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_forged_values_are_refused(forged: tuple[Any, list[bytes]]) -> None:
    tree, buffers = forged
    with pytest.raises(WireError):
        unpack(tree, buffers)


json_trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["<f8", "C", "|b1"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["array", "scalar", "dict", "tuple", "int", "text", "complex", "x"]), inner, max_size=1
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(json_trees, st.lists(st.binary(max_size=16), max_size=3))
def test_any_tree_is_a_value_or_refused(tree: Any, buffers: list[bytes]) -> None:
    try:
        value = unpack(tree, buffers)
    except WireError:
        return
    assert same(there_and_back(value), value)


def test_text_that_is_no_text_is_mended() -> None:
    assert unpack("a\ud800b", []) == "a?b"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    """A raw socket and, at its other end, a channel."""
    raw, end = socket.socketpair()
    with raw, end:
        end.setblocking(False)
        yield raw, Channel(end.fileno())


def soon() -> float:
    return time.monotonic() + 5


def frame(header: bytes, *sizes: int) -> bytes:
    return struct.pack(f"!II{len(sizes)}Q", len(header), len(sizes), *sizes) + header


def test_a_large_frame_crosses_both_ways(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    raw.setblocking(False)
    other = Channel(raw.fileno())
    data = os.urandom(5_000_000)
    sender = threading.Thread(target=other.send, args=({"n": 1}, [data, b""], soon()))
    sender.start()
    assert channel.receive(soon()) == ({"n": 1}, [data, b""])
    sender.join()


@pytest.mark.parametrize(
    "data",
    [
        frame(b"[]"),
        frame(b"{"),
        frame(b"\xff{}"),
        frame(b"[" * 100_000),
        frame(b'{"n": ' + b"9" * 10_000 + b"}"),
        struct.pack("!II", wire.MAX_HEADER + 1, 0),
        struct.pack("!II", 2, wire.MAX_PARTS + 1),
        frame(b"{}", wire.MAX_BUFFERS + 1),
        frame(b"{}", 2**63, 2**63),
        b"\xff" * 8,
    ],
    ids=["list", "cut", "not utf-8", "deep", "digits", "header", "parts", "buffer", "buffers", "noise"],
)
def test_forged_frames_are_refused(ends: tuple[socket.socket, Channel], data: bytes) -> None:
    raw, channel = ends
    raw.sendall(data)
    with pytest.raises(WireError):
        channel.receive(soon())


@pytest.mark.parametrize("data", [b"", b"\x00\x00", frame(b"{}", 10), frame(b"{}", 10) + b"12345"])
def test_a_frame_that_ends_early(ends: tuple[socket.socket, Channel], data: bytes) -> None:
    raw, channel = ends
    raw.sendall(data)
    raw.close()
    with pytest.raises(EOFError):
        channel.receive(soon())


def test_bytes_that_trickle_do_not_extend_the_deadline(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    raw.sendall(frame(b"{}", 1000))
    deadline = time.monotonic() + 0.2
    trickle = threading.Thread(target=lambda: [time.sleep(0.02) or raw.send(b"x") for _ in range(25)])
    trickle.start()
    with pytest.raises(TimeoutError):
        channel.receive(deadline)
    trickle.join()


def test_a_peer_that_does_not_read_stops_the_writer(ends: tuple[socket.socket, Channel]) -> None:
    _, channel = ends
    with pytest.raises(TimeoutError):
        channel.send({}, [bytes(10_000_000)], time.monotonic() + 0.1)


def test_writing_to_a_peer_that_is_gone(ends: tuple[socket.socket, Channel]) -> None:
    raw, channel = ends
    raw.close()
    with pytest.raises(EOFError):
        channel.send({}, [bytes(1000)], soon())
