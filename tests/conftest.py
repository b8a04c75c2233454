"""A browser, and Jupyter servers for it. Without Chromium such tests skip and say so; under CI that is a failure."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec

import numpy as np
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


@pytest.fixture(scope="module")
def no_lucky_memory():
    """np.empty holds nan, so that nothing is right by what happened to lie in memory before."""
    empty = np.empty

    def holding_nan(*args, **kwargs):
        array = empty(*args, **kwargs)
        if array.dtype.kind == "f":
            array.fill(np.nan)
        return array

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "empty", holding_nan)
        yield


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
def start_lab():
    """A context manager that runs JupyterLab in `root`, with its own folders below `home`; gives its address."""

    @contextlib.contextmanager
    def started(home, root):
        news = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
        news.parent.mkdir(parents=True)
        news.write_text('{"fetchNews": "false", "checkForUpdates": false}')
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--port={port}", f"--ServerApp.root_dir={root}"]
        environment = os.environ | {variable: str(home / folder) for variable, folder in FOLDERS.items()}
        with (home / "log").open("w") as log:
            server = subprocess.Popen(
                command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, home / "log")
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)

    return started


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
