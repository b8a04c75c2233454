"""Checks in JupyterLab: report, widget at the first wrong number, a call that never returns, small saved outputs."""

import json

import nbformat

KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
CELLS = [
    "import numpy as np\nfrom dnnkit.check import check, limit\nlimit.SECONDS = 0.5",
    """\
def maxpool2d(x, K, S):
    y = np.zeros((len(x), (x.shape[1] - K) // S + 1, (x.shape[2] - K) // S + 1, x.shape[3]))
    for i, j in np.ndindex(y.shape[1:3]):
        y[:, i, j] = np.maximum(0, x[:, i * S : i * S + K, j * S : j * S + K].max(axis=(1, 2)))
    return y
check("maxpool2d", maxpool2d)""",
    """\
def avgpool2d(x, K, S):
    while True:
        try:
            sum(range(9))
        except Exception:
            pass
check("avgpool2d", avgpool2d)""",
    "print('the kernel lives')",
]


def test_a_check_shows_the_first_wrong_number_and_survives_an_endless_loop(browser, start_lab, tmp_path):
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": ["raises-exception"]}) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "checks.ipynb")
    with start_lab(home, root) as address:
        page, errors = browser.new_page(viewport={"width": 1300, "height": 4000}), []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/lab/tree/checks.ipynb?reset")
        page.wait_for_function(f"window.jupyterapp && {KERNEL}?.status === 'idle'", timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.get_by_text("the kernel lives", exact=True).wait_for()
        page.wait_for_selector(".dk-drawing")
        verdict = page.get_by_text("1 of 4 numbers of max pooling differ from yours.")
        assert verdict.count() == 1
        assert page.locator(".dk-count").text_content() == "2 / 4"
        # in the sentence, in the table, in the error
        assert page.get_by_text("it did not return within 0.5 seconds and was stopped").count() == 3
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
        page.close()
    assert not errors
    saved = nbformat.read(root / "checks.ipynb", as_version=4)
    assert len(json.dumps(saved.cells[1].outputs)) < 40_000
