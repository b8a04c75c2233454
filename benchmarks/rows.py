"""One row of the table: a workload in one type, what it took, and what it was to take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.measure import best_times

__all__ = ["Goals", "Row", "measure_row"]

Call = Callable[[], object]


@dataclass(frozen=True)
class Goals:
    """Largest ratios aimed at: of forward and backward to PyTorch's and to the bare products, of forward alone."""

    torch: float | None = None
    products: float | None = None
    torch_forward: float | None = None


@dataclass(frozen=True)
class Row:
    """Seconds at best, of everybody; ``None`` where there is nobody of that kind."""

    name: str
    dtype: str
    forward: float
    both: float
    torch_forward: float
    torch_both: float
    goals: Goals
    bare: float | None = None
    bare_forward: float | None = None
    textbook: float | None = None
    loops: float | None = None

    @property
    def aims(self) -> list[tuple[str, float, float]]:
        """What was aimed at: name, goal, ratio reached."""
        aims = [
            ("both / torch", self.goals.torch, self.both / self.torch_both),
            ("forward / torch", self.goals.torch_forward, self.forward / self.torch_forward),
            ("both / products", self.goals.products, self.both / (self.bare or float("inf"))),
        ]
        return [(name, goal, ratio) for name, goal, ratio in aims if goal is not None]


def measure_row(
    name: str,
    dtype: type,
    calls: Mapping[str, Call],
    rounds: int,
    goals: Mapping[str, Goals],
    loops: tuple[Call, int] | None = None,
) -> Row:
    """Let all calls take turns. Of PyTorch's layouts the better one counts; loops run once, on 1 of n images."""
    seconds = best_times(calls, rounds)
    dtype_name = np.dtype(dtype).name
    return Row(
        name,
        dtype_name,
        forward=seconds["forward"],
        both=seconds["both"],
        torch_forward=min(time for call, time in seconds.items() if call.startswith("torch forward")),
        torch_both=min(time for call, time in seconds.items() if call.startswith("torch both")),
        goals=goals[dtype_name],
        bare=seconds.get("bare"),
        bare_forward=seconds.get("bare forward"),
        textbook=seconds.get("textbook"),
        loops=loops and best_times({"loops": loops[0]}, rounds=1)["loops"] * loops[1],
    )
