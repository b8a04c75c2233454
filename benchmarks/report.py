"""The rows as a Markdown table and as a plot, and what lies behind the goals that were missed."""

import os
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

from benchmarks import CORETYPE
from benchmarks.convolution import WORKLOADS, pieces
from benchmarks.extras import extra_lines
from benchmarks.measure import best_times
from benchmarks.rows import Row

__all__ = ["plot", "table"]

INTRODUCTION = """# How fast the reference is

Written by `python -m benchmarks`: {rounds} interleaved rounds in one process; each contestant's best turn counts, in
processor time of one thread, after a call that does not count. NumPy {numpy}, PyTorch {torch};
`OPENBLAS_CORETYPE` was {coretype}. Other work ran on the machine, {load:.1f} processes on {processors}
processors when this ended: believe the ratios, not the milliseconds. "Both" is forward and backward.

![Time of dnnkit relative to PyTorch for every workload, with the goals](benchmarks.svg)

- **PyTorch**: its CPU operators with autograd, in the better of its two memory layouts.
- **bare**: the matrix products alone, each in one piece, which working in blocks can beat; for the other layers
  their array operations alone, as below under "How near the other layers could come".
- **textbook**: for convolution and pooling, index arrays and `np.add.at` as most courses teach; for batch norm, the
  formulas with means over three axes.
- **loops**: the definition, one output number at a time; run on one image and multiplied.
- **goal**: the largest ratio aimed at, to PyTorch (T), to its forward (F), to the bare products (P); ✓ reached,
  ✗ missed.

"""
COLUMNS = [
    "workload",
    "type",
    "forward ms",
    "both ms",
    "forward / PyTorch",
    "both / PyTorch",
    "both / bare",
    "textbook / both",
    "loops / both",
    "goals",
]


def table(rows: list[Row], rounds: int) -> str:
    """The page: introduction, one table, the goals that are no ratios, and the profile of the convolutions."""
    page = INTRODUCTION.format(
        rounds=rounds,
        numpy=np.__version__,
        torch=torch.__version__,
        load=os.getloadavg()[1],
        processors=os.cpu_count(),
        coretype="not set" if CORETYPE is None else f"{CORETYPE} and was unset",
    )
    page += f"| {' | '.join(COLUMNS)} |\n|---|---|{'--:|' * 7}---|\n"
    page += "".join(table_line(row) for row in rows)
    return page + "\n" + extra_lines() + "\n" + convolution_profile(rows) + "\n" + other_limits(rows)


def table_line(row: Row) -> str:
    letters = {"both / torch": "T", "forward / torch": "F", "both / products": "P"}
    goals = ", ".join(f"{letters[name]} {goal:g} {'✓' if ratio <= goal else '✗'}" for name, goal, ratio in row.aims)
    cells = [
        row.name,
        row.dtype,
        f"{row.forward * 1e3:.3g}",
        f"{row.both * 1e3:.3g}",
        f"{row.forward / row.torch_forward:.2f}",
        f"{row.both / row.torch_both:.2f}",
        f"{row.both / row.bare:.2f}" if row.bare else "–",
        f"{row.textbook / row.both:.1f}" if row.textbook else "–",
        f"{row.loops / row.both:.0f}" if row.loops else "–",
        goals or "–",
    ]
    return "| " + " | ".join(cells) + " |\n"


def convolution_profile(rows: list[Row]) -> str:
    """Where the convolutions' time goes, and how near to PyTorch the products alone would come."""
    lines = [
        "## Where a convolution's time goes\n",
        "Parts of forward and backward, each measured alone, in blocks as the reference runs it. The rest is checks,",
        "bias, the first copy of the images and Python. *Limit*: the products in blocks against PyTorch, what would be",
        "left if all else cost nothing. Where that is above a goal or near it, only faster products could reach the",
        "goal: PyTorch's own convolutions need no copy of the windows and run at this processor's full speed.\n",
        "| workload | type | copying windows, twice | matrix products | adding back | both / PyTorch | limit | goal |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        if row.name in {workload.name for workload in WORKLOADS}:
            seconds = best_times(pieces(row.name, np.dtype(row.dtype).type), rounds=9)
            shares = " | ".join(f"{time / row.both:.0%}" for time in seconds.values())
            ratio, limit = row.both / row.torch_both, seconds["matrix products"] / row.torch_both
            lines.append(f"| {row.name} | {row.dtype} | {shares} | {ratio:.2f} | {limit:.2f} | {row.goals.torch:g} |")
    return "\n".join(lines) + "\n"


def other_limits(rows: list[Row]) -> str:
    """What the other layers would take if all but their bare arithmetic cost nothing."""
    lines = [
        "## How near the other layers could come\n",
        "*Limit*: the bare array operations against PyTorch, in the fewest passes that NumPy's functions can do them:",
        "one for every operation, where PyTorch's kernels do several in one. They run on arrays that lie as suits",
        "them, into memory that is there already, with no checks and hardly any Python.\n",
        "- **Max pooling**: three maxima forward. Backward gets x, as the course has it, not the places of the maxima:",
        "  the same three, then for each place who wins it, and dy times that. Bare, the four places of a window lie",
        "  in arrays of their own; in an image their runs are one pixel long, and every operation gathers them first.",
        "- **Batch norm**: forward a sum, x less the mean, the sum of its squares, and three scalings and shifts;",
        "  backward two sums and four passes; x_hat, y and dx go to memory. Bare, a block comes into the cache once,",
        "  as if the sums over all blocks were known by then.",
        "- **Recurrent layer**: four products in one piece; step by step two products, an addition and tanh forward,",
        "  and four operations backward. What the smallest takes beyond that is Python: checks of shapes, slices, and",
        "  a cache that is a list of steps, as the course has it.\n",
        "| workload, both ways unless it says forward | type | dnnkit / PyTorch | limit | goal |",
        "|---|---|--:|--:|--:|",
    ]
    for row in rows:
        if row.bare and row.name not in {workload.name for workload in WORKLOADS}:
            if row.bare_forward:
                ratio, limit = row.forward / row.torch_forward, row.bare_forward / row.torch_forward
                cells = f"{ratio:.2f} | {limit:.2f} | {row.goals.torch_forward:g}"
                lines.append(f"| {row.name}, forward | {row.dtype} | {cells} |")
            ratio, limit = row.both / row.torch_both, row.bare / row.torch_both
            lines.append(f"| {row.name} | {row.dtype} | {ratio:.2f} | {limit:.2f} | {row.goals.torch:g} |")
    return "\n".join(lines) + "\n"


def plot(rows: list[Row], path: Path) -> None:
    """Dots for forward and backward relative to PyTorch, both types, with a bar at each goal."""
    matplotlib.use("svg")
    plt.rcParams |= {"svg.hashsalt": "dnnkit", "font.size": 9}
    names = list(dict.fromkeys(row.name for row in rows))
    figure, axes = plt.subplots(figsize=(8, 0.34 * len(names) + 1.2), layout="constrained")
    for dtype, colour, offset in (("float32", "#0072b2", -0.14), ("float64", "#d55e00", 0.14)):
        chosen = [row for row in rows if row.dtype == dtype]
        heights = [names.index(row.name) + offset for row in chosen]
        axes.plot([row.both / row.torch_both for row in chosen], heights, "o", color=colour, label=dtype)
        goals = [(row.goals.torch, y) for row, y in zip(chosen, heights, strict=True) if row.goals.torch]
        axes.plot(*zip(*goals, strict=True), "|", color=colour, markersize=11, label=f"goal, {dtype}")
    axes.axvline(1, color="grey", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks([0.2, 0.5, 1, 2, 4], ["0.2", "0.5", "1", "2", "4"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("forward and backward: time of dnnkit / time of PyTorch (left of 1: faster)")
    figure.legend(loc="outside upper right", ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None})
