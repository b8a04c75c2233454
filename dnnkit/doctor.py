"""`dnnkit doctor`: is everything there that the course needs?"""

import importlib.metadata
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from dnnkit.errors import CourseError
from dnnkit.lab import notebook_folder, notebooks_under

__all__ = ["Finding", "examine"]

REINSTALL = "Run `pip install --upgrade` on the dnnkit file of the course again, in this environment."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do where it is not ok."""

    ok: bool
    what: str
    remedy: str = ""


def examine(folder: Path) -> list[Finding]:
    """Look over Python, the packages, the visible cases, the kernel and the notebooks."""
    return [_python(), *_packages(), _cases(), _kernel(), _notebooks(folder)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), f"Python {version}", "Install Python 3.11 or newer and set up again.")


def _packages() -> list[Finding]:
    findings = []
    for text in importlib.metadata.requires("dnnkit") or []:
        needed = Requirement(text)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(False, f"{needed.name} is not installed", REINSTALL))
            continue
        ok = needed.specifier.contains(version, prereleases=True)
        findings.append(Finding(ok, f"{needed.name} {version} (needed: {needed.specifier or 'any'})", REINSTALL))
    return findings


def _cases() -> Finding:
    from dnnkit.check.stored import task_names

    count = len(task_names())
    return Finding(count > 0, f"visible cases of {count} tasks", REINSTALL)


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager

    found = "python3" in KernelSpecManager().find_kernel_specs()
    remedy = f"Run `{sys.executable} -m ipykernel install --sys-prefix`."
    return Finding(found, "a Python kernel for JupyterLab", remedy)


def _notebooks(folder: Path) -> Finding:
    try:
        place = notebook_folder(folder)
    except CourseError as error:
        return Finding(False, "the course's notebooks", str(error))
    found = notebooks_under(place)
    broken = [path.name for path in found if not re.match(rb"\s*\{", path.read_bytes()[:64])]
    damaged = "".join(f"; {name} is damaged" for name in broken)
    remedy = "Unpack these from the course's zip file again (keep a copy of yours)."
    return Finding(not broken, f"{len(found)} notebooks in {place}{damaged}", remedy)
