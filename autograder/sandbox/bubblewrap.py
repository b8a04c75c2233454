"""The command line that puts bubblewrap around the warm process."""

import glob
import os
import shutil
from pathlib import Path

from autograder.sandbox.policy import Policy

__all__ = ["bubblewrap"]

WORK_BYTES = 256 << 20
NOBODY = "65534"
_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_DAC_READ_SEARCH")
"""What root keeps inside until the warm process becomes nobody."""


def bubblewrap(policy: Policy) -> list[str] | None:
    """Return the arguments before the command, or None where bubblewrap is not installed.

    No network, own process ids, a root that holds only what `policy` names, read-only, and `work` in memory.
    """
    program = shutil.which("bwrap")
    if program is None:
        return None
    arguments = [
        program,
        "--unshare-net",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    if os.geteuid() == 0:
        arguments += ["--cap-drop", "ALL"]
        for capability in _CAPABILITIES:
            arguments += ["--cap-add", capability]
    else:
        arguments += ["--unshare-user", "--uid", NOBODY, "--gid", NOBODY]
    arguments += ["--hostname", "student", *_root_links(), *_mounts(policy)]
    for device in ("/dev/null", "/dev/urandom"):
        arguments += ["--dev-bind", device, device]
    arguments += ["--perms", "0777", "--size", str(WORK_BYTES), "--tmpfs", str(policy.work)]
    return [*arguments, "--remount-ro", "/", "--chdir", str(policy.work), "--"]


def _root_links() -> list[str]:
    """Repeat links such as /lib -> usr/lib, through which programs name their loader."""
    links = [path for path in ("/lib", "/lib32", "/lib64") if os.path.islink(path)]
    return [argument for path in links for argument in ("--symlink", os.readlink(path), path)]


def _mounts(policy: Policy) -> list[str]:
    folders = [*policy.standard_library, *policy.libraries]
    outer = [path for path in folders if not any(path != other and path.is_relative_to(other) for other in folders)]
    arguments = [argument for path in outer for argument in _read_only(path)]
    for path in policy.masked():
        arguments += ["--tmpfs", str(path), "--remount-ro", str(path)]
    others = [policy.interpreter, policy.site, *policy.entries.values(), *_loaders()]
    for path in [*others, *([policy.library] if policy.library else [])]:
        arguments += _read_only(path)
    return [*arguments, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def _loaders() -> list[Path]:
    """Return where programs expect the dynamic loader, below the real folder."""
    found = [Path(name) for name in glob.glob("/lib*/ld-*.so*")]
    return list(dict.fromkeys(path.parent.resolve() / path.name for path in found))


def _read_only(path: Path) -> list[str]:
    return ["--ro-bind", str(path), str(path)]
