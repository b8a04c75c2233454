"""The widgets in JupyterLab with a kernel: keys, themes, settings through Python, reload, restart, many at once."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import numpy as np
import pytest

from dnnkit.trace import trace_conv
from dnnkit.widgets import SlidingFilter
from dnnkit.widgets.picture import number

SETUP = """\
import numpy as np
from dnnkit.widgets import SlidingFilter
x = np.random.default_rng(0).integers(-4, 5, (7, 7))
w = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
"""
X = np.random.default_rng(0).integers(-4, 5, (7, 7))
W = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}
OPTIONS = [
    "--no-browser",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
    "--ServerApp.allow_root=True",
    "--LabApp.expose_app_in_browser=True",
]
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """A JupyterLab with folders of its own: its address and the folder that it serves."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "root"
    root.mkdir()
    news = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--port={port}", f"--ServerApp.root_dir={root}"]
    folders = {variable: str(home / folder) for variable, folder in FOLDERS.items()}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | folders, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    _wait_for(address, server, home / "log")
    yield address, root
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(20)


def _wait_for(address, server, log):
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/api/status", timeout=1).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture
def notebook(browser, lab, request):
    """Open a notebook of the given cells and run it; afterwards its kernels go and no error may have been reported."""
    address, root = lab
    context = browser.new_context(viewport={"width": 1300, "height": 950})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

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


def outputs(page):
    """The numbers of y that the page shows now."""
    return page.locator("[data-grid=output] .dk-number:not(.dk-hidden)").all_text_contents()


def expected(**setting):
    return [number(value) for value in trace_conv(X, W, **setting).y.output.ravel()]


def cells(page):
    """What a key must not change: cell types, sources, the active cell."""
    return page.evaluate(
        "(() => { const n = window.jupyterapp.shell.currentWidget.content;"
        " return [n.activeCellIndex, n.widgets.map((c) => [c.model.type, c.model.sharedModel.source])]; })()"
    )


def test_keys_move_the_widget_and_not_the_notebook(notebook):
    page, _ = notebook(SETUP, "SlidingFilter(x, w, padding=1)", "1 + 1")
    page.wait_for_selector(".dk-drawing")
    page.locator(".dk-step").focus()
    before = cells(page)
    walk = {"ArrowRight": 2, "ArrowDown": 9, "ArrowUp": 2, "End": 49, "Home": 1, "m": 1, "d": 1}
    for key, count in walk.items():
        page.keyboard.press(key)
        page.wait_for_function(f"document.querySelector('.dk-count').textContent === '{count} / 49'")
        assert outputs(page) == expected(padding=1)[:count]
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.dk-step').value >= 2")
    page.keyboard.press("Escape")
    assert cells(page) == before
    assert page.evaluate("document.activeElement.classList.contains('jp-Cell')")


def test_a_setting_goes_through_python_and_back(notebook):
    page, _ = notebook(SETUP, "view = SlidingFilter(x, w)\nview")
    page.wait_for_selector(".dk-drawing")
    page.locator("[data-name=stride]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.dk-count').textContent.endsWith('/ 9')")
    page.locator(".dk-step").focus()
    page.keyboard.press("End")
    assert outputs(page) == expected(stride=2)
    assert page.evaluate("document.querySelector('[data-name=stride]').value") == "2"


def test_themes_change_the_colours(notebook):
    page, _ = notebook(SETUP, "SlidingFilter(x, w)")
    page.wait_for_selector(".dk-drawing")
    fills = "[...document.querySelectorAll('text.dk-number, .dk-ground')].map((e) => getComputedStyle(e).fill)"
    colours = f"[...new Set({fills})]"
    light = page.evaluate(colours)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function(f"JSON.stringify({colours}) !== '{json.dumps(light, separators=(',', ':'))}'")
    dark = page.evaluate(colours)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    assert not set(light) & set(dark)


def test_a_reload_keeps_the_widget_and_a_restart_says_so(notebook):
    page, file = notebook(SETUP, "SlidingFilter(x, w, step=3)")
    page.wait_for_selector(".dk-drawing")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    page.wait_for_selector(".dk-drawing", timeout=60_000)
    assert outputs(page) == expected()[:4]
    assert not page.is_visible(".dk-lost")
    page.evaluate(f"{KERNEL}.restart()")
    page.wait_for_selector(".dk-lost", state="visible", timeout=30_000)
    assert "The kernel was restarted" in page.inner_text(".dk-lost")
    page.locator(".dk-step").focus()
    page.keyboard.press("ArrowRight")
    assert outputs(page) == expected()[:5]
    assert file.stat().st_size < 40_000 + 3_000  # the cells and metadata around one widget
    saved = nbformat.read(file, 4)
    assert "widgets" not in saved.metadata
    assert '<img alt="y[0, 3] = ' in saved.cells[1].outputs[0].data["text/html"]


def test_thirty_widgets_in_one_notebook(notebook):
    page, _ = notebook(
        SETUP, "from IPython.display import display\nfor _ in range(30):\n    display(SlidingFilter(x, w))"
    )
    page.wait_for_function("document.querySelectorAll('.dnnkit .dk-drawing').length === 30", timeout=60_000)
    assert outputs(page) == [expected()[0]] * 30


def test_the_still_picture_stands_in_where_no_widget_can_run(open_page, browser):
    data, _ = SlidingFilter(X, W)._repr_mimebundle_()
    page = browser.new_page()
    page.set_content(data["text/html"])
    assert page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)") > 200
    page.close()
