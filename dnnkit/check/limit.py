"""A student's call that does not return is ended, and the kernel lives."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from dnnkit.check.console import console
from dnnkit.check.outcome import STOPPED, Case, Outcome, run

__all__ = ["InTime", "TimeIsUp", "time_limit"]

SECONDS = 5.0
AGAIN = 0.1  # seconds until the next try, where a bare `except:` swallowed the first


class TimeIsUp(BaseException):
    """Ends a call. No Exception, so that the `except Exception` of a student's loop does not keep it."""


class InTime:
    """Asks an answer case by case, as `outcome.run` does, giving each call some seconds and some lines to print.

    Once a call had to be ended, nothing more is asked.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stopped = False

    def __call__(self, candidate: Callable[..., Any], case: Case) -> Outcome:
        """What `candidate` gives on a case."""
        if self._stopped:
            return Outcome(error=STOPPED, message="it was not tried, because a call before it did not return")
        try:
            with console(), time_limit(self._seconds):
                found = run(candidate, case)
        except TimeIsUp:
            found = Outcome(error=STOPPED, message=_advice(self._seconds))
        self._stopped = found.error == STOPPED
        return found


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp in what takes longer than some seconds.

    Only the main thread of a system with interval timers can be interrupted; elsewhere all takes the time it takes.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, _ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # also where it rang just before the inner one
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


def _ring(number: int, frame: FrameType | None) -> None:
    if sys.gettrace() is None:  # in a debugger a call may take its time
        raise TimeIsUp


def _advice(seconds: float) -> str:
    return (
        f"it did not return within {seconds:g} seconds and was stopped; the right answer takes a few milliseconds. "
        "Look for a while loop whose condition never becomes false, or a loop that appends to what it runs over"
    )
