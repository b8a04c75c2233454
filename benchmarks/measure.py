"""Timing side by side: everybody takes turns, and each one's best turn counts."""

import time
import tracemalloc
from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["best_times", "keep_freed_memory", "peak_memory"]

Call = Callable[[], object]


def keep_freed_memory() -> None:
    """Free one array of nearly 32 MB, after which malloc keeps what is freed, as it does late in a training run.

    Before that, every array of some size is new memory from the system, and page faults drown the rest.
    """
    del [np.empty(2**25 - 2**16, np.uint8)][0]


def best_times(calls: Mapping[str, Call], rounds: int, turn: float = 2e-3) -> dict[str, float]:
    """Seconds of processor time that each call takes, at its best.

    In every round each call has one turn of at least ``turn`` seconds, so that short calls run as warm as in a loop
    and load on the machine meets all alike. A turn begins with a call that does not count: nobody pays for what
    the one before left in the cache.
    """
    repeats = {name: 1 + int(turn / max(_time(call, 1), 1e-7)) for name, call in calls.items()}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            best[name] = min(best[name], _time(call, repeats[name]))
    return best


def peak_memory(call: Call) -> int:
    """Bytes that a call holds at its peak, its result included."""
    call()
    tracemalloc.start()
    call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _time(call: Call, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats
