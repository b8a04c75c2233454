"""Files that are either the old one or the new one, whole, whatever ends the program that writes them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["whole"]


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place at the end of the block, if that is reached."""
    unfinished = path.with_name(f"{path.name}.part")
    yield unfinished
    unfinished.replace(path)
