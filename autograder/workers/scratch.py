"""A temporary folder that does not outlive its owner for long, however the owner ended.

The owner holds a lock on a file beside it, which the kernel frees with the process; whoever comes later removes the
folders whose lock is free.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["remove_abandoned", "scratch"]

PREFIX = "dnnkit-"
LOCK = ".lock"
PATIENCE_SECONDS = 3.0


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that others may pass through, as a student's process under root does; first removes abandoned ones."""
    parent = Path(tempfile.gettempdir())
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    os.chmod(folder, 0o711)
    with tempfile.NamedTemporaryFile(dir=parent, delete=False) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Path(lock.name).rename(folder.with_suffix(LOCK))  # so that nobody ever finds it free
        try:
            yield folder
        finally:
            _remove(folder)


def remove_abandoned(parent: Path) -> None:
    """Remove this user's scratch folders in `parent` whose owner is gone."""
    for lock in parent.glob(f"{PREFIX}*{LOCK}"):
        with contextlib.suppress(OSError):  # another user's, in use, or just removed
            descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)
            with open(descriptor) as file:
                if os.fstat(descriptor).st_uid == os.geteuid():
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(lock.with_suffix(""))


def _remove(folder: Path) -> None:
    """Remove a folder, and then its lock.

    Another process that is ending, too, may still write there, so it is tried for a while; then the lock stays.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            folder.with_suffix(LOCK).unlink(missing_ok=True)
            return
        if time.monotonic() > end:
            return
        time.sleep(0.05)
