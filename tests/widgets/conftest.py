"""Widgets as saved pages and in JupyterLab; the browser is in tests/conftest.py."""

import json
import urllib.request
from pathlib import Path

import nbformat
import pytest

KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"


@pytest.fixture(scope="session")
def context(browser):
    """One browser context for all saved pages: a new page in it is quicker than a new context."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    yield context
    context.close()


@pytest.fixture
def open_page(context, tmp_path):
    """Open a widget as the page that it saves; at the end no page may have reported an error."""
    errors, pages = [], []

    def open_(widget, link="", **media):
        page = context.new_page()
        pages.append(page)
        page.emulate_media(**media)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        file = tmp_path / f"page{len(pages)}.html"
        widget.to_html(file)
        page.goto(file.as_uri() + link)
        page.wait_for_selector(".dk-drawing")
        return page

    yield open_
    for page in pages:
        page.close()
    assert not errors


@pytest.fixture
def grids():
    """The numbers of each drawn plane that a selector finds, as lists of texts."""
    script = "(all) => all.map((g) => [...g.querySelectorAll('text.dk-number')].map((e) => e.textContent))"
    return lambda page, selector: page.eval_on_selector_all(selector, script)


@pytest.fixture(scope="session")
def axe(required):
    """The source of axe-core, as `npm install` in tests/js puts it there."""
    file = Path(__file__).parents[1] / "js/node_modules/axe-core/axe.min.js"
    required(file.exists(), "axe-core is not installed: run `npm install` in tests/js")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def lab(browser, start_lab, tmp_path_factory):
    """A JupyterLab with folders of its own: its address and the folder that it serves."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "root"
    root.mkdir()
    with start_lab(home, root) as address:
        yield address, root


@pytest.fixture
def notebook(browser, lab, request):
    """Open a notebook of the given cells and run it; afterwards its kernels go and no error may have been reported."""
    address, root = lab
    context = browser.new_context(viewport={"width": 1300, "height": 950})
    page, errors = context.new_page(), []

    def note(text):
        # JupyterLab says this of its own questions to a kernel that is restarted or ended meanwhile
        if "Canceled future for" not in text:
            errors.append(text)

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda said: note(said.text) if said.type == "error" else None)

    def open_(*sources):
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        file = root / f"{request.node.name.replace('[', '-').replace(']', '')}.ipynb"
        nbformat.write(made, file)
        page.goto(f"{address}/lab/tree/{file.name}?reset")
        page.wait_for_function(f"window.jupyterapp && {KERNEL}?.status === 'idle'", timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return page, file

    yield open_
    assert not errors
    context.close()
    with urllib.request.urlopen(f"{address}/api/kernels") as answer:
        kernels = json.load(answer)
    for kernel in kernels:
        call = urllib.request.Request(f"{address}/api/kernels/{kernel['id']}", method="DELETE")
        urllib.request.urlopen(call).close()
