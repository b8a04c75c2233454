"""Notebooks with every answer right that something happened to on the way: each function writes one into `file`.

Its docstring says what happened. `earns` tells what there must be to gain all the same, and for what cannot be read
the words that say why.
"""

import copy
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Notebook = dict[str, Any]


class Damage(NamedTuple):
    """What happened, what the submission earns all the same, and part of the reason if that is nothing."""

    happen: Callable[[Notebook, Path], None]
    earns: str
    because: str


DAMAGE: dict[str, Damage] = {}


def earns(what: str, because: str = "") -> Callable[[Callable[[Notebook, Path], None]], None]:
    """Enter a function into `DAMAGE` with what its notebook earns."""

    def enter(function: Callable[[Notebook, Path], None]) -> None:
        DAMAGE[function.__name__] = Damage(function, what, because)

    return enter


def save(notebook: Any, file: Path) -> None:
    file.write_text(json.dumps(notebook), "utf-8")


def cell(source: str, kind: str = "code", **more: Any) -> dict[str, Any]:
    made = {"cell_type": kind, "source": source, "metadata": {}}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {}) | more


def name_of(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


# cells


@earns("all")
def copied_cells(notebook: Notebook, file: Path) -> None:
    """Every cell is there twice, with the same ids."""
    save(notebook | {"cells": [copy.deepcopy(c) for c in notebook["cells"] for _ in range(2)]}, file)


@earns("all")
def deleted_tests(notebook: Notebook, file: Path) -> None:
    """All graded cells were deleted."""
    kept = [c for c in notebook["cells"] if not name_of(c) or name_of(c).endswith("-solution") or name_of(c) == "why"]
    save(notebook | {"cells": kept}, file)


@earns("all but double maxpool2d")
def deleted_answers(notebook: Notebook, file: Path) -> None:
    """The answers to two questions were deleted."""
    gone = {"double-solution", "maxpool2d-solution"}
    save(notebook | {"cells": [c for c in notebook["cells"] if name_of(c) not in gone]}, file)


@earns("all")
def tests_above_their_answers(notebook: Notebook, file: Path) -> None:
    """Every test was moved to the top."""
    answered = [c for c in notebook["cells"] if not name_of(c) or name_of(c).endswith("-solution")]
    save(notebook | {"cells": [c for c in notebook["cells"] if c not in answered] + answered}, file)


@earns("all")
def retyped_cells(notebook: Notebook, file: Path) -> None:
    """Tests became markdown, answers became raw cells, and the written answer became code."""
    for c in notebook["cells"]:
        if name_of(c):
            kind = "raw" if name_of(c).endswith("-solution") else "code" if name_of(c) == "why" else "markdown"
            c.update(cell(c["source"], kind, metadata=c["metadata"]))
    save(notebook, file)


@earns("all")
def wiped_metadata(notebook: Notebook, file: Path) -> None:
    """An editor dropped the metadata of all cells."""
    save(notebook | {"metadata": {}, "cells": [c | {"metadata": {}} for c in notebook["cells"]]}, file)


@earns("all")
def changed_points(notebook: Notebook, file: Path) -> None:
    """Tests were emptied, unlocked, and made worth a thousand points each."""
    for c in notebook["cells"]:
        if name_of(c) and not name_of(c).endswith("-solution"):
            c["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "solution": True, "checksum": "0"}
            c["source"] = "pass" if c["cell_type"] == "code" else c["source"]
    save(notebook, file)


@earns("all")
def swapped_names(notebook: Notebook, file: Path) -> None:
    """Two answers bear each other's name."""
    names = {"double-solution": "scale-solution", "scale-solution": "double-solution"}
    for c in notebook["cells"]:
        if name_of(c) in names:
            c["metadata"]["nbgrader"]["grade_id"] = names[name_of(c)]
    save(notebook, file)


@earns("all")
def a_cell_for_every_line(notebook: Notebook, file: Path) -> None:
    """A thousand cells of nothing stand between the others."""
    notebook["cells"][1:1] = [cell("") for _ in range(500)] + [cell("", "markdown") for _ in range(500)]
    save(notebook, file)


@earns("nothing", "2000 is the limit")
def hundred_thousand_cells(notebook: Notebook, file: Path) -> None:
    """A hundred thousand cells."""
    save(notebook | {"cells": [cell("x = 1")] * 100_000}, file)


@earns("all")
def cells_that_are_none(notebook: Notebook, file: Path) -> None:
    """Numbers, texts, lists and cells without type, source or metadata stand between the others."""
    odd = [7, None, "cell", [], {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": 3}, {"source": {"a": 1}}]
    save(notebook | {"cells": odd + notebook["cells"]}, file)


# ids, metadata, outputs


@earns("all")
def hostile_ids(notebook: Notebook, file: Path) -> None:
    """Cell ids repeat, and hold markup, paths and line ends."""
    for number, c in enumerate(notebook["cells"]):
        c["id"] = ["same", "<script>alert(1)</script>", "../../gradebook.db", "a\nb", 7][number % 5]
    save(notebook, file)


@earns("all")
def hostile_metadata(notebook: Notebook, file: Path) -> None:
    """The kernel is a program to start, the language another one, and every cell is hidden, tagged and marked."""
    notebook["metadata"] = {
        "kernelspec": {"name": "/bin/sh", "display_name": "<script>", "argv": ["/bin/sh", "-c", "touch written"]},
        "language_info": {"name": "ruby", "file_extension": "/../../x"},
        "dnnkit": {"digest": "", "verdict": {"earned": 100}},
        "limits": {"cell_seconds": 1e9, "memory_mb": 1e9},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": "<script>alert(1)</script>"}}},
    }
    for c in notebook["cells"]:
        c["metadata"] |= {"dnnkit": {"verdict": {"earned": 100}}, "jupyter": {"source_hidden": True}, "score": 100}
        c["metadata"] |= {"tags": ["remove_cell", "raises-exception", "nbgrader"], "name": "../x"}
    save(notebook, file)


@earns("all")
def hostile_outputs(notebook: Notebook, file: Path) -> None:
    """Saved outputs show points, markup, scripts, widgets and broken pictures."""
    script = "<script>alert(1)</script>"
    kinds = ["text/html", "image/svg+xml", "application/javascript", "application/vnd.jupyter.widget-view+json"]
    outputs: list[Any] = [{"output_type": "display_data", "metadata": {}, "data": {kind: script}} for kind in kinds]
    outputs.append({"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "28.0"}})
    outputs.append({"output_type": "display_data", "data": {"image/png": script, "image/jpeg": [script]}})
    outputs.append({"output_type": "stream", "name": script, "text": {"a": script}})
    outputs += [7, None, {"output_type": "display_data", "data": json.loads("[" * 200 + "]" * 200)}]
    for c in notebook["cells"]:
        if c["cell_type"] == "code":
            c["outputs"] = outputs
    save(notebook, file)


@earns("all")
def counts_below_zero(notebook: Notebook, file: Path) -> None:
    """Execution counts are negative: of saved outputs, and of the shell that runs the cells."""
    below = {"output_type": "execute_result", "execution_count": -1, "metadata": {}, "data": {"text/plain": "28.0"}}
    saved = cell("x = 1", execution_count=-1, outputs=[below], metadata={"tags": ["explore"]})
    notebook["cells"][:0] = [saved, cell("get_ipython().execution_count = -1000"), cell("1")]
    save(notebook, file)


@earns("all")
def shows_too_much(notebook: Notebook, file: Path) -> None:
    """Each of fifty cells shows as much as a cell may."""
    notebook["cells"] += [cell("print('x' * 10**6)")] * 50
    save(notebook, file)


@earns("all")
def hostile_words(notebook: Notebook, file: Path) -> None:
    """The written answer holds markup, links that run something, and attachments that are no pictures."""
    words = "<script>alert(1)</script> [x](javascript:alert(1)) ![x](attachment:x.svg) <img src=x onerror=alert(1)>"
    for c in notebook["cells"]:
        if name_of(c) == "why":
            c["source"] = words + " [" * 200
            c["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}, "../y": {"text/html": "<b>"}}
    save(notebook, file)


@earns("nothing", "1000 is the limit")
def thousands_of_pictures(notebook: Notebook, file: Path) -> None:
    """The written answer has ten thousand pictures attached, and shows all of them."""
    names = [f"picture {number}" for number in range(10_000)]
    for c in notebook["cells"]:
        if name_of(c) == "why":
            c["source"] = " ".join(f"![](attachment:{name})" for name in names)
            c["attachments"] = {name: {"image/png": ""} for name in names}
    save(notebook, file)


# characters


@earns("all")
def number_of_a_character(notebook: Notebook, file: Path) -> None:
    """Characters are named by a number of five thousand digits, in links and in text."""
    character = f"&#{'9' * 5000};"
    for c in notebook["cells"]:
        if name_of(c) == "why":
            c["source"] = f"[{character}]({character}) {character} ${character}$ ![{character}](x.png '{character}')"
    save(notebook, file)


@earns("all")
def byte_order_mark(notebook: Notebook, file: Path) -> None:
    """An editor put a byte order mark in front."""
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook).encode())


@earns("all")
def utf_16(notebook: Notebook, file: Path) -> None:
    """An editor saved it as UTF-16."""
    file.write_text(json.dumps(notebook), "utf-16")


@earns("all")
def windows_line_ends(notebook: Notebook, file: Path) -> None:
    """Line ends became those of Windows, in the file and in the cells."""
    for c in notebook["cells"]:
        c["source"] = [line + "\r\n" for line in c["source"].split("\n")]
    file.write_bytes(json.dumps(notebook, indent=1).replace("\n", "\r\n").encode())


@earns("all but double")
def nul_in_a_cell(notebook: Notebook, file: Path) -> None:
    """A NUL character, half a surrogate pair and invisible marks stand in an answer, and in cells of their own."""
    for c in notebook["cells"]:
        if name_of(c) == "double-solution":
            c["source"] = "def double(x):\n    return 2 * x\x00"
    odd = ["x = '\x00'", "# \ud800 \u202e \ufeff", "\ufeffx = 1", "x = 1\x0c\x1b[31m"]
    save(notebook | {"cells": [cell(text) for text in odd] + notebook["cells"]}, file)


@earns("nothing", "not valid JSON")
def nul_in_the_file(notebook: Notebook, file: Path) -> None:
    """The disk was full: the second half of the file is NUL."""
    text = json.dumps(notebook).encode()
    file.write_bytes(text[: len(text) // 2] + bytes(len(text) // 2))


# files


@earns("nothing", "not valid JSON")
def cut_short(notebook: Notebook, file: Path) -> None:
    """The upload stopped in the middle."""
    text = json.dumps(notebook).encode()
    file.write_bytes(text[: len(text) // 2])


@earns("nothing", "not valid JSON")
def nested_without_end(notebook: Notebook, file: Path) -> None:
    """JSON that is nested a hundred thousand levels deep."""
    file.write_text('{"nbformat": 4, "cells": ' + "[" * 100_000 + "]" * 100_000 + "}")


@earns("nothing", "not valid JSON")
def compressed(notebook: Notebook, file: Path) -> None:
    """It was compressed, and named as if it were not."""
    file.write_bytes(gzip.compress(json.dumps(notebook).encode()))


@earns("nothing", "20 MB is the limit")
def thirty_megabytes(notebook: Notebook, file: Path) -> None:
    """A notebook with 30 MB of saved outputs."""
    save(notebook | {"metadata": {"x": "x" * (30 << 20)}}, file)


@earns("nothing", "There is no file")
def no_notebook(notebook: Notebook, file: Path) -> None:
    """A text file instead of the notebook."""
    file.with_name("answers.txt").write_text("My answers are: 4")


@earns("all")
def renamed(notebook: Notebook, file: Path) -> None:
    """It came under the name that a browser gives a second download, beside another notebook."""
    save(notebook, file.with_name("my pooling (2).ipynb"))
    save({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}, file.with_name("a draft.ipynb"))


@earns("nothing", "is a link")
def link_to_the_gradebook(notebook: Notebook, file: Path) -> None:
    """The notebook, and a picture beside it, are links to the gradebook."""
    gradebook = next(folder / "gradebook.db" for folder in file.parents if (folder / "gradebook.db").exists())
    file.symlink_to(gradebook)
    file.with_name("picture.png").symlink_to(gradebook)


@earns("nothing", "not an ordinary file")
def a_pipe(notebook: Notebook, file: Path) -> None:
    """The notebook is a pipe, from which nothing ever comes."""
    os.mkfifo(file)


@earns("nothing", "not an ordinary file")
def a_folder(notebook: Notebook, file: Path) -> None:
    """The notebook is a folder with a notebook in it."""
    file.mkdir()
    save(notebook, file / file.name)
