"""What an honest notebook may expect: cells run as in Jupyter, functions take and give plain values."""

import base64
from typing import Any

import numpy as np
import pytest

from autograder.sandbox import CallFailed, CellResult, Missing, StudentProcess, WarmProcess
from autograder.wire import NotPlain


def printed(result: CellResult, name: str = "stdout") -> str:
    return "".join(o["text"] for o in result.outputs if o["output_type"] == "stream" and o["name"] == name)


def pictures(result: CellResult) -> list[bytes]:
    data = [o["data"] for o in result.outputs if "data" in o]
    return [base64.b64decode(d["image/png"]) for d in data if "image/png" in d]


def test_outputs_are_those_of_a_notebook(plain: StudentProcess) -> None:
    result = plain.run_cell("import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\nprint('d')\n1 + 1")
    assert result.ok
    assert result.execution_count == 1
    assert result.outputs == [
        {"output_type": "stream", "name": "stdout", "text": "a\nb\n"},
        {"output_type": "stream", "name": "stderr", "text": "c\n"},
        {"output_type": "stream", "name": "stdout", "text": "d\n"},
        {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1},
    ]
    assert plain.run_cell("2").execution_count == 2


def test_an_error_shows_its_cell_and_line(plain: StudentProcess) -> None:
    plain.run_cell("def f(x):\n    return 1 / x")
    result = plain.run_cell("print('before')\nf(0)")
    assert not result.ok
    assert printed(result) == "before\n"
    error = result.outputs[-1]
    assert (error["ename"], error["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert "return 1 / x" in "\n".join(error["traceback"])
    assert "autograder" not in "\n".join(error["traceback"])


def test_a_syntax_error_leaves_the_rest_alone(plain: StudentProcess) -> None:
    assert plain.run_cell("def f(:").outputs[0]["ename"] == "SyntaxError"
    assert plain.run_cell("1").ok


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.imshow([[1]]);",
        "import matplotlib.pyplot as plt\nf, axes = plt.subplots()\ndisplay(f)\nplt.close()",
    ],
    ids=["show", "end of cell", "display"],
)
def test_a_figure_becomes_a_png(student: StudentProcess, source: str) -> None:
    [picture] = pictures(student.run_cell(source))
    assert picture.startswith(b"\x89PNG")


def test_a_quiet_run_draws_and_keeps_nothing(plain: StudentProcess) -> None:
    source = """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure
    drawn = []
    original = Figure.draw
    Figure.draw = lambda self, renderer: drawn.append(1) or original(self, renderer)
    print('x')
    plt.plot([1])
    plt.show()
    plt.plot([2])
    open_figures = len(plt.get_fignums())
    """
    assert plain.run_cell(source, quiet=True) == CellResult(True, [], 1)
    assert plain.get("drawn") == ("value", [])
    assert plain.run_cell("1 / 0", quiet=True).outputs == []
    assert plain.run_cell("plt.get_fignums()").outputs[0]["data"] == {"text/plain": "[]"}
    assert len(pictures(plain.run_cell("plt.plot([1]);"))) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("!ls", "Shell commands do not run while grading: ls\n"),
        ("files = !ls\nassert files == []", "Shell commands do not run while grading: ls\n"),
        ("%system ls", "Shell commands do not run while grading: ls\n"),
    ],
)
def test_shell_commands_are_passed_over(student: StudentProcess, source: str, said: str) -> None:
    result = student.run_cell(f"{source}\nafter = 1")
    assert result.ok
    assert printed(result, "stderr") == said
    assert student.get("after") == ("value", 1)


@pytest.mark.parametrize("source", ["%%bash\nls", "%%script python\n1", "%run /etc/passwd", "%load /etc/passwd"])
def test_magics_that_reach_out_fail(student: StudentProcess, source: str) -> None:
    result = student.run_cell(source)
    assert not result.ok or "root:" not in str(result.outputs)
    assert student.run_cell("1").ok


def test_nobody_types(plain: StudentProcess) -> None:
    result = plain.run_cell("input('name? ')")
    message = "input() is not available while grading: nobody is there to type"
    assert (result.outputs[-1]["ename"], result.outputs[-1]["evalue"]) == ("RuntimeError", message)


def test_a_module_written_by_one_cell_can_be_imported_by_the_next(plain: StudentProcess) -> None:
    assert plain.run_cell("%%writefile mine.py\nanswer = 42").ok
    assert plain.run_cell("import mine, numpy as np; np.save('a.npy', [mine.answer]); kept = np.load('a.npy')").ok
    np.testing.assert_array_equal(plain.get("kept")[1], [42])


def test_help_and_clear_output(plain: StudentProcess) -> None:
    assert "number of items" in printed(plain.run_cell("help(len)"))
    result = plain.run_cell("from IPython.display import clear_output\nprint('a')\nclear_output()\nprint('b')")
    assert printed(result) == "b\n"
    result = plain.run_cell("print('a')\nclear_output(wait=True)\nprint('b')")
    assert printed(result) == "b\n"


def test_forks_share_nothing(plain_warm: WarmProcess) -> None:
    with plain_warm.fork() as one, plain_warm.fork() as other:
        one.run_cell("import numpy as np\nnp.secret = 1\nx = 1")
        with pytest.raises(Missing):
            other.get("x")
        other.run_cell("import numpy as np\nseen = hasattr(np, 'secret')")
        assert other.get("seen") == ("value", False)


ECHO = "def echo(*args, **kwargs): return args, kwargs"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        2**80,
        -0.0,
        float("inf"),
        1 + 2j,
        "text é",
        (1, (2, [3])),
        {"a": 1, 2: {"b": (None,)}},
        np.float32(1.5),
        np.bool_(True),
        np.int64(-3),
    ],
    ids=repr,
)
def test_values_go_there_and_back(plain: StudentProcess, value: Any) -> None:
    plain.run_cell(ECHO)
    (args, kwargs), changed = plain.call("echo", (value,), {"key": value})
    assert args == (value,)
    assert kwargs == {"key": value}
    assert type(args[0]) is type(value)
    assert changed == ()


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_arrays_go_there_and_back(plain: StudentProcess, dtype: str) -> None:
    plain.run_cell(ECHO)
    array = np.asfortranarray(np.arange(12).reshape(3, 4).astype(dtype))
    ((result,), _), _ = plain.call("echo", (array,), {})
    np.testing.assert_array_equal(result, array)
    assert result.dtype == array.dtype
    assert result.flags.f_contiguous


def test_nan_goes_there_and_back(plain: StudentProcess) -> None:
    plain.run_cell(ECHO)
    ((scalar, array), _), changed = plain.call("echo", (float("nan"), np.array([np.nan, -np.inf])), {})
    assert np.isnan(scalar)
    np.testing.assert_array_equal(array, [np.nan, -np.inf])
    assert changed == ()


def test_arguments_changed_in_place_are_named(plain: StudentProcess) -> None:
    plain.run_cell(
        "def f(a, b, c, *, d, e):\n    a += 1\n    b.append(0)\n    d['x'][0] = 5\n    c = c + 1\n    e = -e"
    )
    given = np.zeros(3)
    _, changed = plain.call("f", (given, [1], given), {"d": {"x": given}, "e": given})
    assert changed == (0, 1, "d")
    assert not given.any()


def test_a_change_of_shape_or_to_nan_is_a_change(plain: StudentProcess) -> None:
    plain.run_cell("def f(a, b):\n    a.shape = (4,)\n    b[:] = float('nan')")
    assert plain.call("f", (np.zeros((2, 2)), np.full(2, np.nan)), {}).changed_arguments == (0,)


def test_the_error_of_a_function_has_its_kind_and_message(plain: StudentProcess) -> None:
    plain.run_cell("def g(x):\n    raise KeyError('why')\ndef f(x):\n    return g(x)")
    with pytest.raises(CallFailed) as caught:
        plain.call("f", (1,), {})
    failure = caught.value
    assert (failure.type_name, failure.message) == ("KeyError", "'why'")
    assert str(failure) == "KeyError: 'why'"


def test_what_a_call_prints_is_dropped(plain: StudentProcess) -> None:
    plain.run_cell("def f(x):\n    print('hidden input:', x)")
    plain.call("f", (1,), {})
    assert plain.run_cell("print('next')").outputs == [{"output_type": "stream", "name": "stdout", "text": "next\n"}]


def test_names_are_looked_up(plain: StudentProcess) -> None:
    plain.run_cell(
        "import numpy as np\nclass C: pass\nc = C()\nx = np.arange(3)\nadd = lambda a, b: a + b\nnothing = None"
    )
    assert plain.get("C") == ("class", None)
    assert plain.get("add") == ("callable", None)
    assert plain.get("c") == ("opaque", None)
    assert plain.get("np") == ("opaque", None)
    assert plain.get("nothing") == ("value", None)
    kind, x = plain.get("x")
    assert kind == "value"
    np.testing.assert_array_equal(x, [0, 1, 2])


def test_a_missing_name_is_missing(plain: StudentProcess) -> None:
    with pytest.raises(Missing, match="nowhere"):
        plain.get("nowhere")
    with pytest.raises(Missing, match="nowhere"):
        plain.call("nowhere", (), {})
    plain.run_cell("x = 1")
    with pytest.raises(CallFailed, match="object is not callable"):
        plain.call("x", (), {})


def test_an_argument_that_is_not_plain_is_the_callers_mistake(plain: StudentProcess) -> None:
    plain.run_cell(ECHO)
    with pytest.raises(NotPlain, match="a object"):
        plain.call("echo", (object(),), {})
    assert plain.run_cell("1").ok
