"""The system calls that a student process may make, compiled by libseccomp for this machine's processor."""

import errno
import fcntl
import tempfile
import termios
from types import ModuleType
from typing import Any

from dnnkit.errors import CourseError

__all__ = ["compiled_filter"]

CLONE_THREAD = 0x10000
PR_SET_NAME, PR_GET_NAME = 15, 16

_FREE = """
read readv pread64 preadv write writev pwrite64 pwritev lseek close close_range dup dup2 dup3 pipe pipe2
open openat stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat
getdents getdents64 getcwd chdir fchdir umask mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
ftruncate fallocate fsync fdatasync fadvise64 flock poll ppoll select pselect6
mmap munmap mprotect mremap madvise msync brk membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack
restart_syscall alarm setitimer getitimer pause nanosleep clock_nanosleep clock_gettime clock_getres
gettimeofday time times futex futex_waitv set_robust_list rseq sched_yield sched_getaffinity getcpu getrandom
getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
getrusage getrlimit sysinfo uname exit exit_group
"""
"""Allowed with any argument. What can be opened is Landlock's and bubblewrap's business."""

FCNTL_COMMANDS = (
    fcntl.F_DUPFD,
    getattr(fcntl, "F_DUPFD_CLOEXEC", 1030),
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
)
"""Not F_SETOWN and F_SETSIG, by which the kernel sends any signal to any process of the same user."""

IOCTL_REQUESTS = (termios.TCGETS if hasattr(termios, "TCGETS") else 0x5401, 0x5450, 0x5451, termios.FIONREAD)
"""Is it a terminal, close on exec or not, how much is there to read."""


def compiled_filter() -> bytes:
    """Return the filter as a BPF program: everything not listed fails with EPERM.

    clone3 fails with ENOSYS instead, so that the C library starts threads through clone, whose flags can be
    checked.

    Raises:
        CourseError: libseccomp, or its Python binding, is not there.
    """
    seccomp = _binding()
    filter_ = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))

    def allow(name: str, *arguments: Any) -> None:
        try:
            filter_.add_rule(seccomp.ALLOW, name, *arguments)
        except OSError as error:
            if error.errno != errno.EINVAL:  # EINVAL: this version of libseccomp does not know the call
                raise

    for name in _FREE.split():
        allow(name)
    allow("clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
    for command in FCNTL_COMMANDS:
        allow("fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for request in IOCTL_REQUESTS:
        allow("ioctl", seccomp.Arg(1, seccomp.EQ, request))
    for option in (PR_SET_NAME, PR_GET_NAME):
        allow("prctl", seccomp.Arg(0, seccomp.EQ, option))
    # Read the own limits, change none.
    allow("prlimit64", seccomp.Arg(0, seccomp.EQ, 0), seccomp.Arg(2, seccomp.EQ, 0))
    filter_.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return file.read()


def _binding() -> ModuleType:
    try:
        import pyseccomp
    except (ImportError, RuntimeError) as error:
        raise CourseError(
            f"Student code cannot be confined: {error}. Install libseccomp "
            "(Debian, Ubuntu: `apt install libseccomp2`) and `pip install pyseccomp`."
        ) from None
    return pyseccomp
