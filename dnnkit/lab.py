"""JupyterLab on the notebooks of a student's folder, without looking for news on the network."""

import os
import subprocess
import sys
from pathlib import Path

from dnnkit.errors import CourseError

__all__ = ["notebook_folder", "start"]

QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


def notebook_folder(folder: Path) -> Path:
    """The folder that holds the course's notebooks: `folder/notebooks`, or `folder` itself.

    Raises CourseError where there are none.
    """
    for place in (folder / "notebooks", folder):
        if any(place.glob("*/*.ipynb")) or any(place.glob("*.ipynb")):
            return place
    raise CourseError(
        f"There are no notebooks in {folder.resolve()}: go to the folder that you unpacked the course into, "
        "or name it, as in `dnnkit lab FOLDER`."
    )


def start(folder: Path, port: int, browser: bool) -> int:
    """Run JupyterLab until it is stopped; returns its exit status."""
    place = notebook_folder(folder)
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}", f"--ServerApp.root_dir={place.resolve()}", *QUIET]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    server = subprocess.Popen(command)
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            # JupyterLab got it too, and asks whether to stop
            continue
