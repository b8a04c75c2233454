"""Grading the course's own notebooks: each mistake costs its own points only, and nothing of a hidden test gets out."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.demo import answers
from autograder.demo.answers import SOLUTION, right
from autograder.feedback import feedback
from autograder.hidden import items_of
from autograder.items import prepare
from autograder.notebook import grade_id

ASSIGNMENTS = ("01_conv_dimensions", "04_pooling")
CONV, POOLING = ASSIGNMENTS
HELPER = "conv_output_size"
SEED = 7


def _judged(released, assignment: str) -> dict[str, float]:
    cells = released.sources(assignment)[assignment].cells
    marks = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata and cell.cell_type == "code"]
    return {m.grade_id: float(m.points) for m in marks if m.grade}


def _returns_none(item: str) -> str:
    return f"{item} = {{}}" if item in ("answers", "by_hand") else f"def {item}(*args, **kwargs):\n    return None"


def _position(notebook: NotebookNode, name: str) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def _with_cell(notebook: NotebookNode, position: int, source: str, **metadata: object) -> NotebookNode:
    notebook.cells.insert(position, new_code_cell(source, metadata=metadata))
    return notebook


def _renamed(text: str, item: str, new: str) -> str:
    """The right answer to an item with its function under another name."""
    return text.replace(f"def {item}(", f"def {new}(")


def _wrapped(released, item: str, before: str) -> str:
    """The right answer to an item of notebook 01, doing something else first."""
    text = _renamed(right(released.sources(CONV)[CONV])[item], item, "_right")
    return f"{text}\n\ndef {item}(*args, **kwargs):\n    {before}\n    return _right(*args, **kwargs)"


NOISY = """\
import logging, sys, warnings
    warnings.warn("a warning")
    logging.getLogger("own").error("logged")
    print("to stderr", file=sys.stderr)
    print("line\\n" * 100_000)"""


@pytest.fixture(scope="module")
def conv_class(released, fill, blank, hand_in, grade_class):
    """Notebook 01 handed in by many students."""
    students: dict[str, object] = {
        f"wrong-{item}": fill(CONV, {item: _returns_none(item)}) for item in _judged(released, CONV)
    }
    students["right"] = fill(CONV)
    students["blank"] = blank(CONV)
    students["only-words"] = fill(CONV, dict.fromkeys(_judged(released, CONV), "pass"))
    students["only-code"] = fill(CONV, words=None)
    students["noisy"] = fill(CONV, {"conv1d": _wrapped(released, "conv1d", NOISY)})
    students["asks"] = fill(CONV, {"conv1d": _wrapped(released, "conv1d", "input('how many? ')")})
    students["first-cell-raises"] = _with_cell(fill(CONV), 0, "raise SystemExit('no')")
    students["cell-floods"] = _with_cell(fill(CONV), 0, "for n in range(100_000): print(n)")
    students["cell-asks"] = _with_cell(fill(CONV), 2, "name = input('who? ')")
    in_explore = _with_cell(
        fill(CONV, {"receptive_field": "receptive_field = _elsewhere"}), 3, _elsewhere(released), tags=["explore"]
    )
    students["explores"] = in_explore
    for name, body in ITEM_LEAKS.items():
        leaking = fill(CONV, {"conv1d": f"def conv1d(*args, **kwargs):\n    {body}"})
        students[f"conv1d-{name}"] = _with_cell(_with_cell(leaking, 1, "SEEN = []"), len(leaking.cells), "SEEN")
    return grade_class(CONV, students, lambda course: _hand_in_odd_files(course, fill, hand_in))


def _elsewhere(released) -> str:
    """An explore cell that ends the notebook if it is run, and defines what an answer needs."""
    text = _renamed(right(released.sources(CONV)[CONV])["receptive_field"], "receptive_field", "_elsewhere")
    return f"{text}\n\nimport os\nprint('explored')\nos._exit(0)"


@pytest.fixture(scope="module")
def pooling_class(released, fill, grade_class):
    """Notebook 04 with every item wrong alone."""
    students = {f"wrong-{item}": fill(POOLING, {item: _returns_none(item)}) for item in _judged(released, POOLING)}
    students["right"] = fill(POOLING)
    students["styled"] = fill(POOLING, answers.styled(released.sources(POOLING)[POOLING], POOLING, 0))
    return grade_class(POOLING, students)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_right_answers_get_full_points(request, released, assignment: str) -> None:
    graded = request.getfixturevalue("conv_class" if assignment == CONV else "pooling_class")
    judged = _judged(released, assignment)
    assert {name: graded.points("right")[name] for name in judged} == judged


def _lost(graded, released, assignment: str, student: str) -> dict[str, float]:
    """The points that a student lost, by item."""
    judged, points = _judged(released, assignment), graded.points(student)
    return {item: full - points[item] for item, full in judged.items() if points[item] != full}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_wrong_answer_costs_its_own_points_only(request, released, assignment: str) -> None:
    graded = request.getfixturevalue("conv_class" if assignment == CONV else "pooling_class")
    items = {item: full for item, full in _judged(released, assignment).items() if item != HELPER}
    lost = {item: _lost(graded, released, assignment, f"wrong-{item}") for item in items}
    assert lost == {item: {item: full} for item, full in items.items()}


def test_a_wrong_helper_costs_its_own_points_only(conv_class, released) -> None:
    assert _lost(conv_class, released, CONV, f"wrong-{HELPER}") == {HELPER: 3}


@pytest.mark.parametrize("student", ["noisy", "first-cell-raises", "cell-floods", "cell-asks", "explores", "only-code"])
def test_what_costs_nothing(conv_class, released, student: str) -> None:
    judged = _judged(released, CONV)
    points = conv_class.points(student)
    assert {name: points[name] for name in judged} == judged


def test_a_function_that_asks_the_user_costs_itself_only(conv_class, released) -> None:
    lost = {name for name, full in _judged(released, CONV).items() if conv_class.points("asks")[name] != full}
    assert lost == {"conv1d"}
    verdict = conv_class.results["asks"].verdicts[CONV]["conv1d"]
    assert {group.reason.split(": ")[1] for group in verdict.groups} == {"it raised an unexpected error"}


def test_blank_gets_nothing_and_waits_for_nobody(conv_class) -> None:
    assert set(conv_class.grades("blank").values()) == {(0.0, False)}


def test_written_answer_waits_and_blank_one_does_not(conv_class) -> None:
    assert conv_class.grades("only-words")["what_1x1_does"] == (None, True)
    assert conv_class.grades("only-code")["what_1x1_does"] == (0.0, False)
    assert conv_class.points("only-words")["conv1d"] == 0


def test_output_floods_are_cut(conv_class) -> None:
    assert len(conv_class.text("noisy")) < 1_000_000
    assert len(conv_class.text("cell-floods")) < 3_000_000


def test_explore_cells_are_shown_as_saved_and_only_their_definitions_run(conv_class) -> None:
    cell = next(cell for cell in conv_class.notebook("explores").cells if "_elsewhere(" in cell.source)
    assert cell.outputs == []


def test_verdicts_stand_in_the_graded_notebook(conv_class, released) -> None:
    for cell in conv_class.notebook("wrong-conv1d").cells:
        if (name := grade_id(cell)) in _judged(released, CONV):
            text = str(cell.outputs[-2].data["text/plain"])
            full = _judged(released, CONV)[name]
            assert text.startswith(f"{name}: {0 if name == 'conv1d' else full:g} of {full:g} points")
            assert cell.outputs[-1].data["text/plain"] == repr(0.0 if name == "conv1d" else full)


# nothing of a hidden case gets out

ITEM_LEAKS = {
    "raises": "raise ValueError(str([a.tolist() for a in args[:2]]))",
    "prints": "print(args[0].tolist(), args[1].tolist())",
    "returns": "return np.concatenate(args[:2])",
    "keeps": "SEEN.append([a.tolist() for a in args[:2]])",
}


def _pages(graded, student: str) -> list[Path]:
    return list(graded.course.folder("feedback", graded.assignment, student).glob("*.html"))


def test_no_hidden_case_of_an_item_gets_out(conv_class) -> None:
    feedback(conv_class.course, CONV, "conv1d-raises")
    item = items_of(CONV)["conv1d"]
    hidden = [float(v) for case in prepare(item, SEED).cases for a in case.args if isinstance(a, np.ndarray) for v in a]
    visible = {float(v) for case in item.visible for a in case.args if isinstance(a, np.ndarray) for v in a}
    secrets = {repr(abs(value))[:8] for value in hidden if value not in visible}
    assert len(secrets) > 20
    texts = [page.read_text() for page in _pages(conv_class, "conv1d-raises")]
    assert len(texts) == 1
    for student in (f"conv1d-{name}" for name in ITEM_LEAKS):
        assert conv_class.points(student)["conv1d"] == 0
        texts += [conv_class.text(student), str(conv_class.results[student])]
    assert [(secret, text[:40]) for text in texts for secret in secrets if secret in text] == []


# what is handed in


ODD_BUT_RIGHT = ("renamed", "two-files", "empty-cell", "bad-outputs", "timed")


def _hand_in_odd_files(course, fill, hand_in) -> None:
    hand_in(course, CONV, "renamed", fill(CONV), name="my answers (2).ipynb")
    hand_in(course, CONV, "two-files", "{}", name="notes.ipynb")
    hand_in(course, CONV, "two-files", fill(CONV), name="zz.ipynb")
    hand_in(course, CONV, "empty-cell", _with_markdown(fill(CONV), ""))
    hand_in(course, CONV, "bad-outputs", _with_outputs(fill(CONV)))
    hand_in(course, CONV, "timed", fill(CONV))
    hand_in(course, CONV, "timed", "99999999999999999999", name="timestamp.txt")
    hand_in(course, CONV, "odd-not-json", "{")
    hand_in(course, CONV, "odd-no-notebook", "hello", name="readme.txt")
    hand_in(course, CONV, "odd-old-format", '{"nbformat": 3, "worksheets": []}')
    target = hand_in(course, "elsewhere", "zoe", fill(CONV), name=f"{CONV}.ipynb")
    (target.parent / "private.png").write_bytes(b"\x89PNG")
    link = hand_in(course, CONV, "odd-link", "")
    link.unlink()
    link.symlink_to(target)
    course.folder("submitted", "", "odd-linked-folder").mkdir()
    course.folder("submitted", CONV, "odd-linked-folder").symlink_to(target.parent)
    (course.folder("submitted", CONV, "odd-folder") / f"{CONV}.ipynb").mkdir(parents=True)


@pytest.mark.parametrize("student", ODD_BUT_RIGHT)
def test_odd_files_with_right_answers(conv_class, released, student: str) -> None:
    judged = _judged(released, CONV)
    assert {name: conv_class.points(student)[name] for name in judged} == judged
    assert conv_class.results[student].problems == ()


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("odd-not-json", "not valid JSON"),
        ("odd-no-notebook", "There is no file 01_conv_dimensions.ipynb"),
        ("odd-old-format", "not a notebook of format 4"),
        ("odd-link", "is a link"),
        ("odd-linked-folder", "The folder is a link"),
        ("odd-folder", "not an ordinary file"),
    ],
)
def test_what_cannot_be_read_gets_zeros_and_a_reason(conv_class, student: str, words: str) -> None:
    assert set(conv_class.grades(student).values()) == {(0.0, False)}
    assert words in conv_class.results[student].problems[0]


def test_nothing_is_copied_out_of_a_linked_folder(conv_class) -> None:
    folder = conv_class.course.folder("autograded", CONV, "odd-linked-folder")
    assert [file.name for file in folder.iterdir()] == [f"{CONV}.ipynb"]


def _with_markdown(notebook: NotebookNode, text: str) -> NotebookNode:
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    return notebook


def _with_outputs(notebook: NotebookNode) -> str:
    data = json.loads(nbformat.writes(notebook))
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "display_data", "data": json.loads("[" * 200 + "]" * 200)}, 7]
    return json.dumps(data)


def test_solution_suffix_is_the_demo_s(released) -> None:
    ids = {grade_id(cell) for cell in released.sources(CONV)[CONV].cells}
    assert {name + SOLUTION for name in _judged(released, CONV)} <= ids
