"""nbgrader's Validate on a student's notebook: it names what fails of the visible checks, and nothing that passes."""

import copy
from pathlib import Path

import nbformat
import pytest

NAME = "04_pooling"
NOISY = 'import sys\n{answer}\nquiet = avgpool2d\n\ndef avgpool2d(x, K, S):\n    print("noise", file=sys.stderr)\n    '
WRONG = "def maxpool2d(x, K, S):\n    return x[:, ::S, ::S]"
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
SETTLED = "!document.querySelector('.jp-Dialog')?.innerText.includes('Validating')"


@pytest.fixture
def validate(browser, start_lab, tmp_path: Path):
    """A function that opens a notebook in JupyterLab, presses Validate, and returns what the dialog says."""
    (tmp_path / "notebooks").mkdir()
    with start_lab(tmp_path, tmp_path / "notebooks") as address:
        page = browser.new_page()

        def pressed(notebook: nbformat.NotebookNode, name: str) -> str:
            nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")
            page.goto(f"{address}/lab/tree/{name}.ipynb?reset")
            page.wait_for_function(f"window.jupyterapp && {KERNEL}?.status === 'idle'", timeout=60_000)
            page.get_by_text("Validate", exact=True).first.click()
            page.wait_for_selector(".jp-Dialog")
            page.wait_for_function(SETTLED, timeout=60_000)
            return page.inner_text(".jp-Dialog")

        yield pressed
        page.close()


def without_exploring(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Only what is checked, so that the test is quick."""
    short = copy.deepcopy(notebook)
    short.cells = [cell for cell in short.cells if "explore" not in cell.metadata.get("tags", [])]
    return short


def test_validate_says_what_passes_and_what_fails(validate, fill, blank) -> None:
    right = fill(NAME)
    told = validate(without_exploring(right), "right")
    assert "Success! Your notebook passes all the tests." in told

    mixed = copy.deepcopy(right)
    todo = {cell.metadata.nbgrader.grade_id: cell.source for cell in blank(NAME).cells if "nbgrader" in cell.metadata}
    for cell in mixed.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name == "maxpool2d-solution":
            cell.source = WRONG
        elif name == "avgpool2d-solution":
            cell.source = NOISY.format(answer=cell.source) + "return quiet(x, K, S)"
        elif name == "avgpool2d_backward-solution":
            cell.source = todo[name]
    told = validate(without_exploring(mixed), "mixed")
    assert told.count("The following cell failed") == 2
    assert "CheckFailed: maxpool2d: 1 of 6 visible cases are right. Look at" in told
    assert "CheckFailed: avgpool2d_backward is not filled in yet." in told
    assert "noise" not in told
    assert "Traceback" not in told
