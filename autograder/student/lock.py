"""The locks a student process puts on itself: a plain user, Landlock, resource limits, seccomp.

The kernel interfaces without a binding in Python are called through ctypes: three Landlock system calls,
`prctl` and `capset`. The seccomp filter arrives compiled (see `autograder.sandbox.seccomp`).
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from typing import Any

NOBODY = 65534
CAP_DAC_READ_SEARCH = 2
LAST_CAPABILITY = 63

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 1, 4, 8
_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 22, 24, 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE
_READ = _READ_FILE | _READ_DIR
_OWN = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, argument: Any = 0, second: Any = 0) -> None:
    _checked(_libc.prctl(option, ctypes.c_ulong(argument), second, 0, 0), f"prctl {option}")


def become_nobody(readable: Iterable[str]) -> bool:
    """Give up root for user 65534 and all capabilities; return whether one had to stay.

    Where something of `readable` is closed to others (a Python installed under /root), the capability to read
    what the file modes forbid is kept: Landlock and bubblewrap still say which files those are.
    """
    for capability in range(LAST_CAPABILITY + 1):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break  # past the last capability of this kernel
    _prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    closed = not all(os.access(path, os.R_OK, effective_ids=True) for path in readable)
    _set_capabilities(1 << CAP_DAC_READ_SEARCH if closed else 0)
    return closed


def _set_capabilities(mask: int) -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", mask, mask, 0, 0, 0, 0)  # effective, permitted, inheritable; low words, high words
    _checked(_libc.capset(header, data), "capset")


def die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent`, its parent, ends."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def landlock_version() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    version = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION)
    return max(0, version)


def landlock(read: Iterable[str], listed: Iterable[str], own: str) -> None:
    """From here on: files only beneath `read`, names beneath `listed`, writing only in `own` and /dev/null.

    Later kernels also forbid TCP, device controls, abstract sockets and signals to processes outside.
    """
    version = landlock_version()
    files = (1 << (13 + (version >= 2) + (version >= 3))) - 1 | (1 << 15 if version >= 5 else 0)
    attributes = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(
        _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0),
        "landlock_create_ruleset",
    )
    rules = [(path, _READ) for path in read] + [(path, _READ_DIR) for path in listed]
    for path, rights in [*rules, (own, _OWN), (os.devnull, _FILE_RIGHTS)]:
        _allow(ruleset, path, rights & files)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _checked(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, descriptor)
        _checked(
            _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0),
            f"landlock {path}",
        )
    finally:
        os.close(descriptor)


def limit_resources(limits: dict[str, Any]) -> None:
    """Set the resource limits, hard and soft alike, so that they cannot be raised again."""
    values = {
        "RLIMIT_AS": limits["memory_mb"] << 20,
        "RLIMIT_CPU": limits["cpu_seconds"],
        "RLIMIT_FSIZE": limits["file_mb"] << 20,
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_NPROC": limits["threads"],
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in values.items():
        kind = getattr(resource, name, None)  # some are Linux's own
        if kind is not None:
            resource.setrlimit(kind, (value, value))


def seccomp(program: bytes) -> None:
    """Load a compiled filter: from here on only the system calls that it allows succeed."""
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filter_)
