"""Students' code that takes too much, dies, or lies about what it returns."""

import textwrap
import time

import numpy as np
import pytest

from autograder.sandbox import CallFailed, Limits, StudentProcess, StudentStopped, WarmProcess

ENDED = "the process ended"
INVALID = "sent invalid data"
FRUGAL = Limits(memory_mb=1024, cell_seconds=0.3, call_seconds=1, file_mb=1, open_files=32)


def define(student: StudentProcess, source: str) -> None:
    """Run a cell that has to work."""
    result = student.run_cell(textwrap.dedent(source))
    assert result.ok, result.outputs


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        "import signal; signal.pause()",
        "import time; time.sleep(1000)",
        "import threading; threading.Lock().acquire(); lock = threading.Lock(); lock.acquire(); lock.acquire()",
        "10 ** (10 ** 9) % 7",
        "import re; re.match('(a*)*b', 'a' * 40)",
    ],
    ids=["loop", "loop that catches all", "pause", "sleep", "deadlock", "one long operation", "regular expression"],
)
def test_what_does_not_end_is_ended(plain_warm: WarmProcess, source: str) -> None:
    with plain_warm.fork(FRUGAL) as student:
        begin = time.monotonic()
        with pytest.raises(StudentStopped, match=r"^took longer than 0.3 s$"):
            student.run_cell(textwrap.dedent(source))
        assert time.monotonic() - begin < 20
        with pytest.raises(StudentStopped, match=r"^took longer than 0.3 s$"):
            student.run_cell("1")


def test_a_call_that_does_not_end_is_ended(plain: StudentProcess) -> None:
    define(plain, "def f(x):\n    while True: pass")
    with pytest.raises(StudentStopped, match=r"^took longer than 0.3 s$"):
        plain.call("f", (1,), {}, timeout=0.3)


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import ctypes; ctypes.string_at(0)",
        "import sys; sys.setrecursionlimit(10**9)\ndef f(x): return max([1, 2], key=f)\nf(1)",
        "import ctypes; ctypes.CDLL(None).abort()",
        "import os; os.close(3)",
        "import os; os.closerange(0, 100)",
        "import os; null = os.open(os.devnull, os.O_RDWR); os.dup2(null, 3)",
    ],
    ids=["_exit", "bad address", "stack", "abort", "close", "close all", "replace"],
)
def test_a_process_that_ends_itself(student: StudentProcess, source: str) -> None:
    with pytest.raises(StudentStopped, match=ENDED):
        student.run_cell(source)


def test_the_cpu_limit_ends_threads_that_outlive_their_cell(plain_warm: WarmProcess) -> None:
    with plain_warm.fork(Limits(cpu_seconds=1)) as student:
        define(
            student,
            """
            import threading
            def burn():
                while True: pass
            threading.Thread(target=burn, daemon=True).start()
            """,
        )
        with pytest.raises(StudentStopped, match=ENDED):
            student.run_cell("import time; time.sleep(10)", timeout=15)


@pytest.mark.parametrize("source", ["import sys; sys.exit(3)", "raise KeyboardInterrupt", "raise SystemExit", "quit()"])
def test_a_polite_exit_is_an_error_of_that_cell(plain: StudentProcess, source: str) -> None:
    assert not plain.run_cell(source).ok
    assert plain.run_cell("1").ok


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return np.ones(10**10)", "MemoryError"),
        ("return [bytearray(1 << 20) for _ in range(10**6)]", "MemoryError"),
        ("return bytes(10**10)", "MemoryError"),
        ("return f(x)", "RecursionError"),
        ("raise SystemExit", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise type('Own', (Exception,), {})('mine')", "Exception"),
        ("raise type('Own', (KeyError,), {})('mine')", "KeyError"),
        ("raise np.exceptions.AxisError(3, 2)", "ValueError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return np.ones(3) @ np.ones(4)", "ValueError"),
    ],
)
def test_an_error_of_a_function_arrives_by_name(warm: WarmProcess, body: str, name: str) -> None:
    with warm.fork(Limits(memory_mb=800)) as student:
        define(student, f"import numpy as np\ndef f(x):\n    {body}")
        with pytest.raises(CallFailed) as caught:
            student.call("f", (1,), {}, timeout=20)
        assert caught.value.type_name == name
        assert student.run_cell("1").ok


def test_many_files_and_large_ones(warm: WarmProcess) -> None:
    with warm.fork(FRUGAL) as student:
        result = student.run_cell("open('large', 'wb').write(bytes(2 << 20))")
        assert result.outputs[-1]["evalue"] == "[Errno 27] File too large"
        result = student.run_cell("files = [open(f'f{i}', 'w') for i in range(40)]")
        assert result.outputs[-1]["ename"] == "OSError"


def test_a_folder_nested_without_end_is_gone_afterwards(plain_warm: WarmProcess) -> None:
    deep = "import os\nfor _ in range(3000):\n    os.mkdir('d', 0o700); os.chdir('d')\nos.mkdir('closed', 0)"
    with plain_warm.fork() as student:
        define(student, "import os; folder = os.getcwd()")
        _, folder = student.get("folder")
        define(student, deep)
    with plain_warm.fork() as student:
        define(student, f"import os; left = os.path.lexists({folder!r})")
        assert student.get("left") == ("value", False)


FLOODS = {
    "lines": "for i in range(3_000_000): print(i)",
    "one line": "print('x' * 300_000_000)",
    "writes": "import sys\nwhile True: sys.stdout.write('x' * 1000)",
    "displays": "from IPython.display import display\nfor i in range(10_000): display(i)",
    "errors": "import sys\nfor i in range(1000): sys.stderr.write('e'); sys.stdout.write('o')",
    "large values": "class Large:\n    def __repr__(self): return 'x' * 100_000_000\nLarge()",
    "message": "raise ValueError('x' * 100_000_000)",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_output_is_cut(plain_warm: WarmProcess, flood: str) -> None:
    with plain_warm.fork(Limits(cell_seconds=60)) as student:
        if flood == "writes":
            with pytest.raises(StudentStopped):
                student.run_cell(FLOODS[flood], timeout=1)
            return
        outputs = student.run_cell(FLOODS[flood]).outputs
    assert outputs
    assert len(outputs) <= 200
    assert sum(len(str(output)) for output in outputs) < 1_500_000


def test_a_flood_from_a_thread_does_not_hang_the_next_call(student: StudentProcess) -> None:
    define(
        student,
        """
        import threading
        def flood():
            while True: print('x' * 1000)
        for _ in range(4): threading.Thread(target=flood, daemon=True).start()
        def f(x): return x
        """,
    )
    assert student.call("f", (1,), {}, timeout=20).value == 1


def test_a_flood_of_threads_is_limited(plain_warm: WarmProcess) -> None:
    source = """
    import threading, time
    threading.stack_size(65536)
    def wait(): time.sleep(1000)
    started = 0
    try:
        for _ in range(100_000):
            threading.Thread(target=wait, daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    """
    with plain_warm.fork(Limits(threads=500)) as student:
        define(student, source)
        assert student.get("started")[1] < 500


RETURNS = {
    "nothing plain": ("object()", "returned a object, which cannot be handed to the grader"),
    "function": ("len", "returned a builtin_function_or_method, which cannot be handed to the grader"),
    "generator": ("(i for i in 'ab')", "returned a generator, which cannot be handed to the grader"),
    "texts": ("np.array(['a'])", "returned an array of dtype <U1, which cannot be handed to the grader"),
    "objects": ("np.array([None])", "returned an array of dtype object, which cannot be handed to the grader"),
    "1.6 GB": (
        "np.broadcast_to(0.0, (200_000_000,))",
        "returned 1600 MB of arrays (at most 67 MB), which cannot be handed to the grader",
    ),
    "deep": (
        "nested()",
        "returned a value nested more than 20 levels deep, which cannot be handed to the grader",
    ),
    "always equal": ("Equal()", "returned a Equal, which cannot be handed to the grader"),
    "an integer that equals all": ("EqualInt()", "returned a EqualInt, which cannot be handed to the grader"),
    "claims to be an array": ("Claims()", "returned a Claims, which cannot be handed to the grader"),
    "turns into an array": ("Turns()", "returned a Turns, which cannot be handed to the grader"),
}

HOSTILE_TYPES = """
import numpy as np
class Equal:
    def __eq__(self, other): return True
    def __array_ufunc__(self, *args, **kwargs): return True
class EqualInt(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
class Claims:
    __class__ = np.ndarray
class Turns:
    def __array__(self, dtype=None, copy=None): return np.zeros(3)
class Deceiver(np.ndarray):
    def __eq__(self, other): return True
    def tobytes(self, order='C'): return b'lies'
    dtype = 'float64'
def nested():
    items = []
    for _ in range(100_000): items = [items]
    return items
"""


@pytest.mark.parametrize("name", RETURNS)
def test_what_is_not_plain_is_refused_in_words(plain: StudentProcess, name: str) -> None:
    expression, message = RETURNS[name]
    define(plain, HOSTILE_TYPES + f"def f(x): return {expression}")
    with pytest.raises(CallFailed) as caught:
        plain.call("f", (1,), {})
    assert (caught.value.type_name, caught.value.message) == ("TypeError", message)
    assert plain.run_cell("1").ok


def test_a_real_16_gb_return_does_not_come_through(plain_warm: WarmProcess) -> None:
    with plain_warm.fork(Limits(memory_mb=4096)) as student:
        define(student, "import numpy as np\ndef f(x): return np.empty(200_000_000)")
        with pytest.raises(CallFailed, match="1600 MB"):
            student.call("f", (1,), {}, timeout=30)


def test_a_subclass_of_array_becomes_plain(plain: StudentProcess) -> None:
    define(plain, HOSTILE_TYPES + "def f(x): return np.arange(3.0).view(Deceiver)")
    value, _ = plain.call("f", (1,), {})
    assert type(value) is np.ndarray
    np.testing.assert_array_equal(value, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "(its message could not be shown)"),
        ("raise ValueError('a\\ud800b')", "a?b"),
    ],
)
def test_errors_that_resist_being_shown(plain: StudentProcess, source: str, said: str) -> None:
    define(plain, f"def f(x):\n{textwrap.indent(source, '    ')}")
    with pytest.raises(CallFailed) as caught:
        plain.call("f", (1,), {})
    assert caught.value.message == said


FORGE = """
import json, os, struct
def frame(header, *buffers):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(f'!II{len(buffers)}Q', len(text), len(buffers), *map(len, buffers)) + text + b''.join(buffers)
def f(x):
    os.write(3, FORGED)
    return x
"""

FORGED = {
    "noise": "b'\\xff' * 100",
    "not JSON": "frame(b'{')",
    "not an object": "frame([1])",
    "deeply nested": "frame(b'[' * 100_000)",
    "deeply nested value": "frame(b'{\"id\": 2, \"value\": ' + b'[' * 900 + b']' * 900 + b'}')",
    "enormous header": "struct.pack('!II', 2**32 - 1, 0)",
    "enormous buffer": "struct.pack('!IIQ', 2, 1, 2**63) + b'{}'",
    "wrong number": "frame({'id': 7, 'value': 42, 'changed': []})",
    "number of another type": "frame({'id': '2', 'value': 42, 'changed': []})",
    "pickle": "frame({'id': 2, 'value': {'pickle': 'gASVAA=='}, 'changed': []})",
    "objects": "frame({'id': 2, 'value': {'array': [0, '|O', [1], 'C']}, 'changed': []}, bytes(8))",
    "wrong size": "frame({'id': 2, 'value': {'array': [0, '<f8', [9], 'C']}, 'changed': []}, bytes(8))",
    "no value": "frame({'id': 2, 'changed': [], 'value': {}})",
    "changed is no list": "frame({'id': 2, 'value': 1, 'changed': 5})",
    "failure without parts": "frame({'id': 2, 'failed': ['E']})",
    "failure of numbers": "frame({'id': 2, 'failed': [1, 2, 3]})",
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_frames_on_the_channel(plain: StudentProcess, name: str) -> None:
    define(plain, FORGE + f"FORGED = {FORGED[name]}")
    with pytest.raises(StudentStopped, match=f"^{INVALID}$"):
        plain.call("f", (1,), {})


def test_a_frame_that_never_ends(plain: StudentProcess) -> None:
    define(plain, FORGE + "FORGED = struct.pack('!IIQ', 2, 1, 1 << 25) + b'{}'\nimport time")
    define(plain, "def g(x):\n    os.write(3, FORGED)\n    while True:\n        os.write(3, b'x'); time.sleep(0.01)")
    with pytest.raises(StudentStopped, match=r"^took longer than 1 s$"):
        plain.call("g", (1,), {}, timeout=1)


def test_an_answer_in_advance_gives_a_value_and_no_more(plain: StudentProcess) -> None:
    """A student may answer instead of the function: that is an answer like any other, compared with the right one."""
    define(plain, FORGE + "FORGED = frame({'id': 2, 'value': 42, 'changed': [0, 'x', {}]})")
    value, changed = plain.call("f", (1,), {})
    assert (value, changed) == (42, (0,))
    with pytest.raises(StudentStopped, match=f"^{INVALID}$"):
        plain.call("f", (1,), {})
