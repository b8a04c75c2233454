"""The copy of dnnkit that student code may import while it is graded.

It is what students install, less `trace`, whose numbers are answers, and with silent pictures.
"""

import shutil
from pathlib import Path

import dnnkit

__all__ = ["PICTURES", "build"]

PICTURES = ("figures", "widgets")
WITHHELD = ("reference", "trace", *PICTURES, "__pycache__")


def build(folder: Path) -> Path:
    """Put the copy into `folder`, which is created, and return it."""
    room = folder / "dnnkit"
    shutil.copytree(Path(dnnkit.__file__).parent, room, ignore=shutil.ignore_patterns(*WITHHELD))
    for name in PICTURES:
        (room / name).mkdir()
        shutil.copy(Path(__file__).with_name("silent.py"), room / name / "__init__.py")
    return folder
