"""Reading and rebuilding whatever a student may hand in."""

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbconvert import HTMLExporter

from autograder.notebook import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_PICTURES,
    SourceCell,
    Unreadable,
    content_digest,
    defused,
    grade_id,
    parse,
    read,
    rebuild,
    write,
)

SOURCE = [
    SourceCell("first-solution", "code", "def first(): raise NotImplementedError", False, "a", None),
    SourceCell("first", "code", 'check("first", first)', True, "b", 2.0),
    SourceCell("second-solution", "code", "second = None", False, "c", None),
    SourceCell("second", "code", 'check("second", second)', True, "d", 3.0),
    SourceCell("why-question", "markdown", "Why <b>so</b>?", True, "e", None),
    SourceCell("why", "markdown", "YOUR ANSWER HERE", False, "f", 2.0),
]
IDS = [cell.name for cell in SOURCE]
EXPLORE = {"tags": ["explore"]}


def _notebook(*cells: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}).encode()


def _cell(name: str | None, source: Any = "", kind: Any = "code", **more: Any) -> dict[str, Any]:
    metadata = {} if name is None else {"nbgrader": {"grade_id": name}}
    return {"cell_type": kind, "source": source, "metadata": metadata, **more}


def _as_released() -> list[dict[str, Any]]:
    return [_cell(cell.name, cell.source, cell.cell_type) for cell in SOURCE]


def _rebuilt(tmp_path: Path, *cells: Any, prose: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    file = tmp_path / "n.ipynb"
    file.write_bytes(_notebook(*cells))
    rebuilt = rebuild(read(file), SOURCE, prose)
    write(rebuilt, tmp_path / "out.ipynb")
    return nbformat.read(tmp_path / "out.ipynb", 4)


def _ids(notebook: nbformat.NotebookNode) -> list[str]:
    return [name for cell in notebook.cells if (name := grade_id(cell)) is not None]


def _sources(notebook: nbformat.NotebookNode) -> dict[str | None, str]:
    return {grade_id(cell): cell.source for cell in notebook.cells}


# what is no notebook at all

DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"cells": [', "not valid JSON"),
        (b"\xff\xfe\x00garbage", "not valid JSON"),
        (DEEP, "not valid JSON"),
        (b"9" * 10_000, "not valid JSON"),
        (b"null", "format 4"),
        (b'"text"', "format 4"),
        (b'{"nbformat": 4}', "format 4"),
        (b'{"nbformat": 4, "cells": {"a": 1}}', "format 4"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "format 4"),
        (_notebook(*[{}] * (MAX_CELLS + 1)), f"{MAX_CELLS} is the limit"),
        (_notebook({"attachments": dict.fromkeys(map(str, range(MAX_PICTURES + 1)))}), f"{MAX_PICTURES} is the limit"),
    ],
)
def test_unreadable_content(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "n.ipynb"
    file.write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read(file)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no file n\.ipynb"):
        read(tmp_path / "n.ipynb")


def test_huge_file_is_neither_read_nor_hashed_whole(tmp_path: Path) -> None:
    file = tmp_path / "n.ipynb"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)  # takes no room on the disk, and would not fit into memory
    with pytest.raises(Unreadable, match=f"{MAX_BYTES >> 20} MB is the limit"):
        read(file)
    assert content_digest(file) == f"{1 << 40} bytes"


def test_link_pipe_and_folder_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(_notebook())
    (tmp_path / "link.ipynb").symlink_to(secret)
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(Unreadable, match="was not read"):
            read(tmp_path / f"{name}.ipynb")
        assert content_digest(tmp_path / f"{name}.ipynb") == ""


# what is a notebook, but not as it was released


def test_as_released_comes_back_in_its_order(tmp_path: Path) -> None:
    rebuilt = _rebuilt(tmp_path, _cell(None, "import numpy"), *_as_released())
    assert _ids(rebuilt) == IDS
    assert rebuilt.cells[0].source == "import numpy"
    points = {grade_id(cell): cell.metadata.nbgrader.get("points") for cell in rebuilt.cells[1:]}
    assert points == {cell.name: cell.points for cell in SOURCE}


def test_changed_tests_and_questions_are_put_back(tmp_path: Path) -> None:
    cells = _as_released()
    cells[1]["source"], cells[4]["source"] = "print('passed')", "Why not?"
    cells[0]["source"], cells[5]["source"] = "def first(): return 1", "Because."
    found = _sources(_rebuilt(tmp_path, *cells))
    assert found["first"] == SOURCE[1].source
    assert found["why-question"] == SOURCE[4].source
    assert (found["first-solution"], found["why"]) == ("def first(): return 1", "Because.")


def test_deleted_cells_come_back_where_they_were(tmp_path: Path) -> None:
    cells = _as_released()
    rebuilt = _rebuilt(tmp_path, cells[0], cells[2], cells[5])
    assert _ids(rebuilt) == IDS


def test_deleted_answer_comes_back_without_its_stub(tmp_path: Path) -> None:
    rebuilt = _rebuilt(
        tmp_path, *(cell for cell in _as_released() if cell["metadata"]["nbgrader"]["grade_id"] != IDS[0])
    )
    assert "NotImplementedError" not in _sources(rebuilt)[IDS[0]]  # the answer may stand in a cell without an id


def test_copied_cells_count_once(tmp_path: Path) -> None:
    twice = [cell for cell in _as_released() for _ in range(2)]
    twice[0]["source"], twice[1] = "first = 1", _cell(IDS[0], "first = 2")
    rebuilt = _rebuilt(tmp_path, *twice)
    assert _ids(rebuilt) == IDS
    assert _sources(rebuilt)[IDS[0]] == "first = 2"
    assert "first = 1" in [cell.source for cell in rebuilt.cells]  # it still runs, as a cell of the student's own


def test_test_moved_above_its_answer_runs_below_it(tmp_path: Path) -> None:
    cells = _as_released()
    rebuilt = _rebuilt(tmp_path, cells[1], cells[3], *cells[4:], cells[2], cells[0])
    order = _ids(rebuilt)
    assert order.index("first") > order.index("first-solution")
    assert order.index("second") > order.index("second-solution")


def test_student_cells_keep_the_students_order(tmp_path: Path) -> None:
    own = [_cell(None, f"step_{n} = {n}") for n in range(4)]
    cells = _as_released()
    rebuilt = _rebuilt(tmp_path, own[0], cells[0], own[1], *cells[1:3], own[2], *cells[3:], own[3])
    assert [cell.source for cell in rebuilt.cells if "step_" in cell.source] == [f"step_{n} = {n}" for n in range(4)]


def test_retyped_cells_get_their_type_back(tmp_path: Path) -> None:
    kinds = ["markdown", "raw", "markdown", "markdown", "code", "raw"]
    cells = [_cell(cell.name, f"# {cell.name}", kind) for cell, kind in zip(SOURCE, kinds, strict=True)]
    rebuilt = _rebuilt(tmp_path, *cells)
    assert [cell.cell_type for cell in rebuilt.cells] == [cell.cell_type for cell in SOURCE]
    assert _sources(rebuilt)[IDS[0]] == "# first-solution"


def test_wiped_metadata_leaves_the_answers_in_front_of_their_tests(tmp_path: Path) -> None:
    rebuilt = _rebuilt(tmp_path, *(_cell(None, f"text of {name}") for name in IDS))
    assert sorted(_ids(rebuilt)) == sorted(IDS)
    sources = [cell.source for cell in rebuilt.cells]
    assert sources.index(SOURCE[1].source) < len(sources)
    assert _sources(rebuilt)["first"] == SOURCE[1].source


def test_foreign_and_damaged_marks_are_dropped(tmp_path: Path) -> None:
    cells = [
        _cell("of_another_notebook", "own"),
        {"cell_type": "code", "source": "own", "metadata": {"nbgrader": {"grade_id": ["first"], "points": 100}}},
        {"cell_type": "code", "source": "own", "metadata": {"nbgrader": "first", "tags": "explore"}},
        {
            "cell_type": "code",
            "source": "own",
            "metadata": {"nbgrader": {"grade_id": "\ud800"}, "tags": [1, "explore"]},
        },
    ]
    rebuilt = _rebuilt(tmp_path, *cells, *_as_released())
    own = [cell for cell in rebuilt.cells if cell.source == "own"]
    assert [dict(cell.metadata) for cell in own] == [{}, {}, {}, {"tags": ["explore"]}]
    assert _ids(rebuilt) == IDS


def test_kernel_and_cell_ids_are_ours(tmp_path: Path) -> None:
    data = json.loads(_notebook(*[{**cell, "id": "same"} for cell in _as_released()]))
    data["metadata"] = {"kernelspec": {"name": "evil"}, "widgets": {"state": 1}, "language_info": 7}
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps(data))
    rebuilt = rebuild(read(file), SOURCE)
    assert rebuilt.metadata.kernelspec.name == "python3"
    assert set(rebuilt.metadata) == {"kernelspec", "language_info"}
    assert len({cell.id for cell in rebuilt.cells}) == len(rebuilt.cells)


@pytest.mark.parametrize(
    "cell",
    [
        7,
        None,
        {},
        _cell(None, 7),
        _cell(None, {"a": 1}),
        _cell(None, kind=["code"]),
        _cell(None, kind="heading"),
    ],
)
def test_cells_of_wrong_types_are_left_out(tmp_path: Path, cell: Any) -> None:
    assert _ids(_rebuilt(tmp_path, cell, *_as_released())) == IDS
    assert len(_rebuilt(tmp_path, cell, *_as_released()).cells) == len(IDS)


def test_halves_of_surrogate_pairs_are_replaced(tmp_path: Path) -> None:
    pictures = {"\udcff.png": {"image/png": "aGk="}}
    cell = _cell("why", ["a\ud800", 7, "b"], "markdown", attachments=pictures)
    assert _sources(_rebuilt(tmp_path, cell))["why"] == "a?b"


def test_only_pictures_stay_attached(tmp_path: Path) -> None:
    attachments = {
        "drawing.png": {"image/png": "aGk="},
        "page.html": {"text/html": "<script>"},
        "vector.svg": {"image/svg+xml": "<svg onload=''/>"},
        "odd.png": {"image/png": "<script>"},
        "odder.png": {"image/png": ["aGk="]},
        "oddest.png": 7,
    }
    text = " ".join(f"![]({prefix}:{name})" for prefix in ("attachment", "&#97;ttachment") for name in attachments)
    rebuilt = _rebuilt(tmp_path, _cell("why", text, "markdown", attachments=attachments))
    answer = next(cell for cell in rebuilt.cells if grade_id(cell) == "why")
    assert answer.attachments == {"picture-0": {"image/png": "aGk="}}
    assert answer.source.count("](attachment:picture-0)") == 2
    assert answer.source.count("](#") == 2 * (len(attachments) - 1)
    page = HTMLExporter(template_name="basic").from_notebook_node(rebuilt)[0]  # which stops at a missing picture
    assert page.count("data:image/png;base64,aGk=") == 2


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))",
        "[x](  JaVaScript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](javascript\\:alert(1))",
        "[x](<javascript:alert(1)>)",
        "[x](\njavascript:alert(1))",
        "[x][a]\n\n[a]: javascript:alert(1)",
        "[x][a]\n\n[a]:\n  javascript:alert(1)",
        "![x](javascript:alert(1))",
        "[x](vbscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](attachment:not-there.png)",
        f"[x](&#{'9' * 5000};avascript:alert(1))",
    ],
)
def test_links_that_run_something_lead_nowhere(tmp_path: Path, link: str) -> None:
    rebuilt = _rebuilt(tmp_path, _cell("why", link, "markdown"))
    page = HTMLExporter(template_name="basic").from_notebook_node(rebuilt)[0]
    targets = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert [target for target in targets if not target.startswith(("#", "%E2%80%8B"))] == []


@pytest.mark.parametrize("target", ["https://a.org/x:y", "HTTP://a.org", "mailto:a@b.org", "other.ipynb#a:b", "#part"])
def test_harmless_links_stay(tmp_path: Path, target: str) -> None:
    rebuilt = _rebuilt(tmp_path, _cell("why", f"[x]({target})", "markdown"))
    assert _sources(rebuilt)["why"] == f"[x]({target})"


@pytest.mark.parametrize(
    "outputs", [[1, 2], [{"output_type": "none"}], [{"output_type": "stream"}], 7, json.loads("[" * 300 + "]" * 300)]
)
def test_saved_outputs_that_are_none_are_dropped(tmp_path: Path, outputs: Any) -> None:
    rebuilt = _rebuilt(tmp_path, _cell(None, "own", outputs=outputs, metadata=EXPLORE))
    assert rebuilt.cells[0].source == "own"
    assert rebuilt.cells[0].outputs == []


def test_saved_html_is_dropped_and_text_kept(tmp_path: Path) -> None:
    html = {
        "output_type": "display_data",
        "data": {"text/html": "<script>x</script>", "text/plain": "x"},
        "metadata": {},
    }
    widget = {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}}, "metadata": {}}
    rebuilt = _rebuilt(
        tmp_path, _cell(None, "own", outputs=[html, widget], metadata=EXPLORE), _cell(None, outputs=[html])
    )
    assert [dict(output.data) for output in rebuilt.cells[0].outputs] == [{"text/plain": "x"}]
    assert rebuilt.cells[1].outputs == []  # which are made anew


def test_a_cell_that_a_person_marks_is_run_and_not_shown_as_saved() -> None:
    drawn = SourceCell("figure", "code", "", False, "g", 4.0)
    cells = [_cell("figure", "plot()"), _cell("second-solution", "second = 2")]
    for cell in cells:
        cell["metadata"] |= EXPLORE
    rebuilt = rebuild(parse(_notebook(*cells), "n.ipynb"), [*SOURCE, drawn])
    tagged = {
        grade_id(cell): cell.metadata.get("tags") for cell in rebuilt.cells if cell.source in ("plot()", "second = 2")
    }
    assert tagged == {"figure": None, "second-solution": ["explore"]}


def test_saved_outputs_are_bounded_together_and_countable(tmp_path: Path) -> None:
    shown = {"output_type": "execute_result", "execution_count": -1, "data": {"text/plain": "x"}, "metadata": {}}
    rebuilt = _rebuilt(tmp_path, *[_cell(None, "own", outputs=[shown] * 200, metadata=EXPLORE)] * 12)
    counts = [len(cell.outputs) for cell in rebuilt.cells if cell.source == "own"]
    assert counts == [200] * 10 + [1, 0]
    assert rebuilt.cells[0].outputs[0].execution_count is None
    assert "left out" in rebuilt.cells[10].outputs[0].text


# markdown


def test_tags_in_markdown_of_students_are_defused(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> <!-- </div> 1 < 2"
    cells = [_cell(None, evil, "markdown"), _cell(None, evil, "raw"), _cell("why", evil, "markdown")]
    for cell in (cell for cell in _rebuilt(tmp_path, *cells).cells if "alert" in cell.source):
        assert "<script" not in cell.source
        assert "<img" not in cell.source
        assert "</" not in cell.source
        assert "1 < 2" in cell.source


def test_markdown_of_the_instructor_stays_as_it_is(tmp_path: Path) -> None:
    prose = "See <b>below</b>."
    rebuilt = _rebuilt(tmp_path, _cell(None, prose, "markdown"), _cell(None, prose + " ", "markdown"), prose=(prose,))
    assert rebuilt.cells[0].source == prose
    assert rebuilt.cells[1].source != prose
    assert _sources(rebuilt)["why-question"] == SOURCE[4].source


@given(st.text(alphabet="<>/!?ab &;", max_size=30))
def test_defused_text_opens_no_tag(text: str) -> None:
    safe = defused(text)
    assert not any(f"<{letter}" in safe for letter in "ab/!?")
    assert safe.replace("\u200b", "") == text


# anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
MARKS = st.fixed_dictionaries({}, optional={"grade_id": st.sampled_from(IDS) | JSON, "points": JSON, "locked": JSON})
OUTPUTS = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"]) | JSON},
    optional={"text": JSON, "data": JSON, "metadata": JSON, "name": JSON, "traceback": JSON, "execution_count": JSON},
)
CELLS = JSON | st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON},
    optional={
        "source": st.text(max_size=10) | st.lists(st.text(max_size=5) | JSON, max_size=3) | JSON,
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": MARKS | JSON, "tags": JSON}) | JSON,
        "outputs": st.lists(OUTPUTS | JSON, max_size=3) | JSON,
        "attachments": st.dictionaries(st.text(max_size=5), JSON, max_size=2) | JSON,
        "id": JSON,
        "execution_count": JSON,
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(CELLS, max_size=8), JSON)
def test_anything_is_rebuilt_with_every_graded_cell_once(tmp_path: Path, cells: list[Any], metadata: Any) -> None:
    data = {"nbformat": 4, "cells": cells, "metadata": metadata}
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps(data))
    rebuilt = rebuild(read(file), SOURCE)
    write(rebuilt, tmp_path / "out.ipynb")
    rebuilt = nbformat.read(tmp_path / "out.ipynb", 4)
    assert sorted(_ids(rebuilt)) == sorted(IDS)
    for cell in SOURCE:
        found = next(other for other in rebuilt.cells if grade_id(other) == cell.name)
        assert found.cell_type == cell.cell_type
        assert found.metadata.nbgrader == cell.metadata()
        assert found.source == cell.source or not cell.locked
    order = _ids(rebuilt)
    assert order.index("first") > order.index("first-solution")
    assert order.index("second") > order.index("second-solution")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_any_json_is_read_or_refused(tmp_path: Path, data: Any) -> None:
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps(data))
    with pytest.raises(Unreadable, match=r"n\.ipynb"):
        read(file)
