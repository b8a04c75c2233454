"""What two machines must have in common to give the same marks."""

import hashlib
import platform
from pathlib import Path

import distributed
import numpy as np

import autograder
import dnnkit

__all__ = ["differences", "versions"]


def versions() -> dict[str, str]:
    """Versions of what a mark rests on; of our own two packages a digest of the code too."""
    code = hashlib.sha256()
    for package in (dnnkit, autograder):
        folder = Path(package.__path__[0])
        for file in sorted(folder.rglob("*.py")):
            code.update(str(file.relative_to(folder)).encode())
            code.update(file.read_bytes())
    return {
        "dnnkit": f"{dnnkit.__version__} (code {code.hexdigest()[:8]})",
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "NumPy": np.__version__,
        "Dask": distributed.__version__,
    }


def differences(here: dict[str, str], there: dict[str, str]) -> str:
    """One sentence on what differs, empty where nothing does.

    >>> differences({"NumPy": "2.4.6"}, {"NumPy": "2.3.0"})
    'It has NumPy 2.3.0 and the master has NumPy 2.4.6.'
    """
    names = [name for name in here if here[name] != there.get(name)]
    if not names:
        return ""
    ours, theirs = (", ".join(f"{name} {found.get(name)}" for name in names) for found in (here, there))
    return f"It has {theirs} and the master has {ours}."
