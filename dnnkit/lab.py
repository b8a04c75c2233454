"""JupyterLab on the notebooks of a student's folder, without looking for news on the network."""

import os
from pathlib import Path

from dnnkit.errors import CourseError

__all__ = ["notebook_folder", "notebooks_under", "start"]

# switches off JupyterLab's announcements, which ask for news on the network
CONFIG = Path(__file__).with_name("lab_config")


def notebook_folder(folder: Path) -> Path:
    """The folder that holds the course's notebooks: `folder/notebooks`, or `folder` itself.

    Raises CourseError where there are none.
    """
    for place in (folder / "notebooks", folder):
        if notebooks_under(place, "*.ipynb") or notebooks_under(place, "*/*.ipynb"):
            return place
    raise CourseError(
        f"There are no notebooks in {folder.resolve()}: go to the folder that you unpacked the course into, "
        "or name it, as in `dnnkit lab FOLDER`."
    )


def notebooks_under(place: Path, pattern: str = "**/*.ipynb") -> list[Path]:
    """The notebooks in a folder and below it, but for what hidden folders hold, such as JupyterLab's checkpoints."""
    found = sorted(place.glob(pattern))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(place).parts)]


def start(folder: Path, port: int, browser: bool) -> None:
    """Run JupyterLab in this process until it is stopped."""
    from jupyterlab.labapp import LabApp

    place = notebook_folder(folder)
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        filter(None, [str(CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")])
    )
    options = [f"--port={port}", f"--ServerApp.root_dir={place.resolve()}"]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    LabApp.launch_instance(argv=options)
