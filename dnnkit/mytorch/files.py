"""Writing the library's files, and telling those that were changed by hand."""

import hashlib
import importlib.util
import itertools
import os
import shutil
from pathlib import Path

from dnnkit.errors import CourseError

__all__ = ["sealed", "write"]

SEAL = b"# Written by dnnkit, digest of the above: "


def sealed(text: str) -> bytes:
    data = text.encode()
    return data + b"\n" + SEAL + hashlib.sha256(data).hexdigest().encode() + b"\n"


def _untouched(data: bytes) -> bool:
    """Whether a file is as it was written here."""
    text, _, digest = data.rpartition(b"\n" + SEAL)
    return digest == hashlib.sha256(text).hexdigest().encode() + b"\n"


def write(folder: Path, files: dict[str, bytes], force: bool) -> list[Path]:
    """Write the files, each whole or not at all; nothing where one was changed by hand. Returns the copies made."""
    try:
        folder.mkdir(exist_ok=True)
        before = {name: (folder / name).read_bytes() for name in files if (folder / name).exists()}
        edited = [name for name, data in before.items() if data != files[name] and not _untouched(data)]
        if edited and not force:
            raise CourseError(
                f"{', '.join(str(folder / name) for name in edited)} was changed by hand: put the change into the "
                "notebook, or overwrite with `dnnkit mytorch --force`, which keeps a copy."
            )
        backups = [_copy(folder / name) for name in edited]
        for name in [name for name, data in files.items() if before.get(name) != data]:
            _replace(folder / name, files[name])
    except OSError as error:
        raise CourseError(f"{folder} cannot be written ({error}): make room for it, or free it for writing.") from error
    return backups


def _replace(path: Path, data: bytes) -> None:
    """Make this the content of a file: at every moment the file is the old one or the new one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    # an older compiled file of the same second and size would be taken for this one
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def _copy(path: Path) -> Path:
    """Copy an edited file beside itself, over no earlier copy."""
    names = (path.with_name(f"{path.name}.{number}.bak") for number in itertools.count(1))
    free = next(name for name in names if not name.exists())
    shutil.copy2(path, free)
    return free
