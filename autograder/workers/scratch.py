"""A temporary folder that does not outlive its owner for long, however the owner ended.

The owner holds a lock on a file in it, which the kernel frees with the process; whoever comes later removes the
folders whose lock is free.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["remove_abandoned", "scratch"]

PREFIX = "dnnkit-"
OWNER = "owner"


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that others may pass through, as a student's process under root does; first removes abandoned ones."""
    remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    os.chmod(folder, 0o711)
    with open(folder / "unlocked", "w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        Path(owner.name).rename(folder / OWNER)  # so that nobody ever finds it without the lock
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> None:
    """Remove this user's scratch folders in `parent` whose owner is gone."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, no scratch folder, in use, or just removed
            if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():
                with open(folder / OWNER) as owner:
                    fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
