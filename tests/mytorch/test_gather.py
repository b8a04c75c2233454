"""Gathering: what belongs to the library, what is left out, what is unfinished says so."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dnnkit.errors import CourseError
from dnnkit.mytorch import borrow, gather

Save = Callable[..., Path]
Run = Callable[[str], subprocess.CompletedProcess[str]]
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

DOUBLE = "#| export conv\ndef double(x):\n    return 2 * x\n"
TODO = 'raise NotImplementedError("TODO: your code goes here")  # delete this line'
CELL = f"""#| export rnn_cell
class RNNCell:
    def __init__(self, input_size, hidden_size):
        self.W_ih = np.ones((hidden_size, input_size))

    def forward(self, x, h_prev_t):
        {TODO}
"""
CLASSIFIER = """#| export rnn_classifier
class RNNPhonemeClassifier:
    def __init__(self, input_size, hidden_size, output_size):
        self.rnn = [RNNCell(input_size, hidden_size)]
        self.output_layer = Linear(hidden_size, output_size)
"""


def names(module: object) -> set[str]:
    return {name for name in vars(module) if not name.startswith("__")}


def test_only_exported_code_cells_are_gathered(save: Save, tmp_path: Path) -> None:
    save("01_conv", "def helper(x):\n    return x\n", DOUBLE, "# a note\n#| export conv\nhidden = 1")
    gather(tmp_path)
    assert names(importlib.import_module("mytorch.conv")) == {"np", "double"}


def test_the_solved_course_can_be_imported_without_the_reference(tmp_path: Path, run: Run) -> None:
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", ignore=shutil.ignore_patterns("mytorch", ".ipynb_checkpoints"))
    library = gather(tmp_path)
    assert not any(gaps for module in library.modules.values() for gaps in module.gaps.values())
    assert not any(module.unknown for module in library.modules.values())
    done = run(
        f"import {', '.join(f'mytorch.{name}' for name in library.modules)}\n"
        "import numpy as np\n"
        "print(mytorch.conv.conv1d(np.arange(4), np.ones(2)).tolist())\n"
        "print(mytorch.pooling.maxpool2d(np.arange(16.0).reshape(1, 4, 4, 1), 2, 2).ravel().tolist())\n"
    )
    assert done.stdout.splitlines() == ["[1.0, 3.0, 5.0]", "[5.0, 7.0, 13.0, 15.0]"], done.stderr


def test_the_classifier_imports_its_parts_and_no_reference(save: Save, tmp_path: Path, run: Run) -> None:
    save("07_rnn_classifier", CELL, CLASSIFIER)
    gather(tmp_path)
    done = run(
        "import mytorch.rnn_classifier as c, mytorch.rnn_cell, mytorch.linear\n"
        "made = c.RNNPhonemeClassifier(2, 3, 4)\n"
        "print(type(made.rnn[0]) is mytorch.rnn_cell.RNNCell, type(made.output_layer) is mytorch.linear.Linear)\n"
    )
    assert done.stdout == "True True\n", done.stderr


def test_each_module_is_headed_by_its_notebooks(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    save("02_matrix", "#| export conv\ndef triple(x):\n    return double(x) + x\n")
    gather(tmp_path)
    text = (tmp_path / "notebooks" / "mytorch" / "conv.py").read_text("utf-8")
    assert text.startswith("# Your own functions, from notebook 01_conv, 02_matrix.\n")
    assert (
        text.index("# ---- 01_conv")
        < text.index("def double")
        < text.index("# ---- 02_matrix")
        < text.index("def triple")
    )
    assert borrow("conv", "triple", folder=tmp_path).triple(2) == 6


@pytest.mark.parametrize("place", ["", "notebooks", "notebooks/01_conv"])
def test_any_folder_of_the_course_will_do(save: Save, tmp_path: Path, place: str) -> None:
    save("01_conv", DOUBLE)
    assert gather(tmp_path / place).folder == tmp_path / "notebooks" / "mytorch"


def test_a_loose_notebook_has_its_library_beside_it(save: Save, tmp_path: Path) -> None:
    shutil.move(save("01_conv", DOUBLE), tmp_path / "01_conv.ipynb")
    assert gather(tmp_path).folder == tmp_path / "mytorch"


def test_copies_and_checkpoints_are_no_notebooks(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    save("01_conv-Copy1", "#| export conv\ndef copied():\n    return 1\n", folder="01_conv")
    save("zz", "#| export conv\ndef saved_before():\n    return 1\n", folder=".ipynb_checkpoints")
    gather(tmp_path)
    assert names(borrow("conv", folder=tmp_path)) == {"np", "double"}


def test_the_cell_run_last_in_the_order_of_the_notebooks_counts(save: Save, tmp_path: Path) -> None:
    save("02_later", "#| export conv\ndef double(x):\n    return x + x + 0.5\n")
    save("01_conv", DOUBLE)
    gather(tmp_path)
    assert borrow("conv", folder=tmp_path).double(1) == 2.5


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("print(double(3))", {"double"}),
        ("assert double(1) == 3", {"double"}),
        ("%timeit double(1)\n!ls", {"double"}),
        ("y = double(undefined)", {"double"}),
        ("import no_such_package_anywhere", {"double"}),
        ("from __future__ import annotations", {"double"}),
        ("for i in range(3):\n    double(i)", {"double"}),
        ("EPSILON = double(4)", {"double", "EPSILON"}),
        ("import math", {"double", "math"}),
        ("a = 1; b = 2", {"double", "a", "b"}),
    ],
)
def test_experiments_in_a_cell_are_left_out(save: Save, tmp_path: Path, run: Run, extra: str, kept: set[str]) -> None:
    save("01_conv", f"{DOUBLE}\n{extra}\n")
    gather(tmp_path)
    done = run("import mytorch.conv as c\nprint(*sorted(n for n in vars(c) if n[0] != '_' and n != 'np'), c.double(2))")
    assert (done.stdout.split(), done.stderr) == ([*sorted(kept), "4"], "")


def test_a_function_that_is_not_written_says_so_when_it_is_called(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE, f'#| export conv\ndef conv1d(x, w):\n    """Words."""\n    {TODO}\n')
    library = gather(tmp_path)
    module = borrow("conv", folder=tmp_path)
    assert module.double(1) == 2
    with pytest.raises(
        NotImplementedError, match=r"conv1d is unfinished: write it in notebook 01_conv, save it, and gather again"
    ):
        module.conv1d(1, 2)
    assert module.conv1d.__doc__ == "Words."
    assert library.modules["conv"].gaps["double"] == []
    assert "to write in 01_conv: conv1d" in repr(library)


def test_a_method_that_is_not_written_is_named_with_its_class(save: Save, tmp_path: Path) -> None:
    save("07", CELL)
    gather(tmp_path)
    cell = borrow("rnn_cell", folder=tmp_path).RNNCell(2, 3)
    assert cell.W_ih.shape == (3, 2)
    with pytest.raises(NotImplementedError, match=r"RNNCell\.forward is unfinished: write it in notebook 07"):
        cell.forward(1, 2)


def test_a_class_that_goes_on_in_a_second_cell_is_ready_where_both_are_written(save: Save, tmp_path: Path) -> None:
    first = (
        f"#| export rnn_cell\nclass Cell:\n    def forward(self):\n        {TODO}\n    def reset(self):\n        {TODO}"
    )
    save("07", first, "#| export rnn_cell\nclass Cell(Cell):\n    def reset(self):\n        return 0")
    assert [gap.name for gap in gather(tmp_path).modules["rnn_cell"].gaps["Cell"]] == ["Cell.forward"]
    save("07", first, "#| export rnn_cell\nclass Cell:\n    pass")
    assert gather(tmp_path).modules["rnn_cell"].gaps == {"Cell": []}


def test_a_todo_line_behind_the_answer_is_no_gap(save: Save, tmp_path: Path) -> None:
    save("01_conv", f"{DOUBLE}    {TODO}\n")
    library = gather(tmp_path)
    assert library.modules["conv"].gaps == {"double": []}
    assert borrow("conv", folder=tmp_path).double(1) == 2


@pytest.mark.parametrize(
    ("broken", "called", "trouble"),
    [
        ("def conv1d(x, w:\n    return x", "conv1d(1)", r"line 2: "),
        ("def conv1d(x, w):\n    return 'é\n", "conv1d(1)", r"line 3: unterminated string"),
        ("def conv1d(x=undefined):\n    return x", "conv1d()", r"NameError: name 'undefined' is not defined"),
        ("class Net(:\n    pass", "Net()", r"line 2: "),
        ("class Net(Missing):\n    pass", "Net()", r"NameError: name 'Missing'"),
    ],
)
def test_a_broken_cell_breaks_itself_alone(save: Save, tmp_path: Path, broken: str, called: str, trouble: str) -> None:
    save("02_matrix", DOUBLE, f"#| export conv\n{broken}\n")
    library = gather(tmp_path)
    module = borrow("conv", folder=tmp_path)
    assert module.double(1) == 2
    name = called.partition("(")[0]
    with pytest.raises(
        NotImplementedError, match=rf"{name} does not run \({trouble}.*: mend its cell in notebook 02_m"
    ):
        eval(called, vars(module))
    assert re.search(rf"to mend in 02_matrix \({trouble}.*\): {name} ", " ".join(repr(library).split()))


def test_a_cell_that_defines_nothing_readable_is_known_by_its_title(save: Save, tmp_path: Path) -> None:
    path = save("01_conv", "#| export conv\nde conv1d(x):\n    return x\n")
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][1]["metadata"] = {"nbgrader": {"grade_id": "conv1d-solution"}}
    path.write_text(json.dumps(notebook), "utf-8")
    gather(tmp_path)
    with pytest.raises(NotImplementedError, match="conv1d does not run"):
        borrow("conv", folder=tmp_path).conv1d(1)


def test_a_helper_outside_the_exported_cells_is_missed_in_words(save: Save, tmp_path: Path) -> None:
    text = "#| export conv\ndef f(x):\n    return [helper(i) + np.sum(x) + len(x) for i in x]\n"
    save("01_conv", "def helper(i):\n    return i\n", text)
    library = gather(tmp_path)
    assert library.modules["conv"].unknown == ["helper"]
    assert "uses helper: begin the cell that defines this with `#| export conv`" in repr(library)


def test_no_warning_of_the_students_code_is_shown(save: Save, tmp_path: Path) -> None:
    save("01_conv", "#| export conv\ndef f():\n    return '\\d'\n")
    assert gather(tmp_path).modules["conv"].gaps == {"f": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "01_conv.ipynb is damaged"),
        ('{"cells": [{"source": 3}]}', "01_conv.ipynb is damaged"),
        ('{"cells": [{"cell_type": "code", "source": "#| export covn"}]}', "begins with `#| export covn`.*the modules"),
        ('{"cells": [{"cell_type": "code", "source": "#| export ../x"}]}', "no such module"),
        ('{"cells": [{"cell_type": "code", "source": "#| export\\ndef f(): pass"}]}', "no such module"),
        ('{"cells": [{"cell_type": "code", "source": "x = 1"}]}', "nothing to gather"),
    ],
)
def test_what_cannot_be_gathered_is_refused_and_nothing_written(
    save: Save, tmp_path: Path, text: str, message: str
) -> None:
    save("01_conv", DOUBLE).write_text(text, "utf-8")
    with pytest.raises(CourseError, match=message.replace("|", r"\|")):
        gather(tmp_path)
    assert not (tmp_path / "notebooks" / "mytorch").exists()


def test_no_notebooks_at_all(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There are no notebooks"):
        gather(tmp_path)


def test_borrowing_says_what_is_not_there(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    with pytest.raises(CourseError, match=r"There is no mytorch/conv\.py in .* yet: finish the notebook"):
        borrow("conv", "double", folder=tmp_path)
    gather(tmp_path)
    with pytest.raises(CourseError, match=r"Your mytorch/conv\.py has no conv2d, im2col yet"):
        borrow("conv", "conv2d", "double", "im2col", folder=tmp_path)


def test_what_is_still_a_stub_cannot_be_borrowed(save: Save, tmp_path: Path) -> None:
    save("01_conv", DOUBLE)
    save("02_matrix", f"#| export conv\ndef conv2d(x):\n    {TODO}\n", "#| export conv\ndef im2col(x:\n")
    save("07_rnn_classifier", CELL)
    gather(tmp_path)
    with pytest.raises(CourseError) as refused:
        borrow("conv", "double", "conv2d", "im2col", folder=tmp_path)
    assert re.fullmatch(
        r"Your mytorch/conv\.py has no conv2d \(notebook 02_matrix\), im2col \(notebook 02_matrix: line 2: .*\) yet: "
        r"finish the notebook that it comes from, save it, and run its last cell \(or `dnnkit mytorch`\)\.",
        str(refused.value),
    )
    with pytest.raises(CourseError, match=r"has no RNNCell\.forward \(notebook 07_rnn_classifier\) yet"):
        borrow("rnn_cell", "RNNCell", folder=tmp_path)


@pytest.mark.parametrize(
    ("run_here", "unsaved"),
    [
        ("def double(x):\n    return 2 * x\n" + CELL.replace(TODO, "return x"), ["double", "RNNCell.forward"]),
        (f"def double(x):\n    {TODO}\n" + CELL, []),
        ("from operator import neg as double", []),
        ("double = 3\nclass RNNCell: pass", []),
        ("", []),
    ],
)
def test_what_is_filled_in_and_not_saved_is_told(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_here: str, unsaved: list[str]
) -> None:
    here = {"__name__": "__main__", "np": np}
    exec(run_here, here)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: SimpleNamespace(user_ns=here))
    save("01_conv", f"#| export conv\ndef double(x):\n    {TODO}\n")
    save("07_rnn_classifier", CELL)
    library = gather(tmp_path)
    assert library.unsaved == unsaved
    told = "defined here but not saved: double, RNNCell.forward; save, and run this cell again"
    assert (told in " ".join(repr(library).split())) is bool(unsaved)


def test_the_summary_breaks_between_words(save: Save, tmp_path: Path) -> None:
    functions = [f"function_number_{i}" for i in range(20)]
    save("01_conv", "#| export conv\n" + "".join(f"def {name}():\n    {TODO}\n" for name in functions))
    first, *lines = repr(gather(tmp_path)).split("\n")
    assert max(map(len, lines)) <= 80
    assert set(functions) <= set(" ".join(lines).replace(",", "").split())


def test_a_stub_that_a_later_cell_fills_in_can_be_borrowed(save: Save, tmp_path: Path) -> None:
    forward = "#| export rnn_cell\nclass RNNCell(RNNCell):\n    def forward(self, x, h_prev_t):\n        return x\n"
    save("01_conv", f"#| export conv\ndef double(x):\n    {TODO}\n", DOUBLE)
    save("07_rnn_classifier", CELL, forward)
    gather(tmp_path)
    assert borrow("conv", "double", folder=tmp_path).double(1) == 2
    assert borrow("rnn_cell", "RNNCell", folder=tmp_path).RNNCell(2, 3).forward(1, 0) == 1


def test_borrowing_sees_the_library_as_it_is_now(save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    found = []
    for factor in "23":  # two files of one size
        save("01_conv", DOUBLE.replace("2", factor))
        os.utime(gather(tmp_path).folder / "conv.py", (1e9, 1e9))
        found.append(borrow("conv", folder=tmp_path))
    assert [module.double(1) for module in found] == [2, 3]


def test_arrays_of_the_trial_do_not_reach_the_file(save: Save, tmp_path: Path) -> None:
    save("01_conv", "#| export conv\nTABLE = np.eye(2)\ndef row(i):\n    return TABLE[i]\n")
    gather(tmp_path)
    module = borrow("conv", folder=tmp_path)
    module.TABLE[0] = 7
    np.testing.assert_array_equal(borrow("conv", folder=tmp_path).row(0), [1, 0])
