"""A browser for the widget tests. Without Chromium they skip and say so; under CI its absence is a failure."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
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


@pytest.fixture(scope="session")
def required():
    """Give back what a test needs, or skip with the reason; under CI fail."""

    def check(found, reason):
        if not found and os.environ.get("CI"):
            pytest.fail(f"{reason}; under CI it must be there")
        if not found:
            pytest.skip(reason)
        return found

    return check


@pytest.fixture(scope="session")
def browser(required):
    required(find_spec("playwright"), "Playwright is not installed")
    from playwright.sync_api import sync_playwright

    chromium = required(shutil.which("chromium"), "Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


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
