"""The plots of a report as SVG: text stays text, and colours come from the page, so they fit light and dark."""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autograder.report.statistics import Distribution, ItemStatistics

__all__ = ["answers_plot", "scores_plot"]

WIDTH = 4.6  # inches of 72 points: readable on a telephone, two beside each other on a desk
COLOURS = {
    "#000001": "var(--ink)",
    "#000002": "var(--faint)",
    "#000003": "var(--line)",
    "#000004": "var(--blue)",
    "#000005": "var(--orange)",
    "#000006": "var(--soft)",
}
"""What matplotlib draws with, and what the page puts in its place."""
INK, FAINT, LINE, BLUE, ORANGE, SOFT = COLOURS
PARTS: dict[str, dict[str, Any]] = {
    "all": {"color": BLUE},
    "some": {"color": BLUE, "alpha": 0.5},
    "none": {"color": ORANGE},
    "blank": {"color": LINE},
    "waits": {"color": SOFT, "hatch": "////", "edgecolor": FAINT},
}
"""What an answer may have come to, and how its part of a bar looks."""
STYLE: dict[Any, Any] = {
    "axes.edgecolor": LINE,
    "axes.labelcolor": FAINT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
}


def scores_plot(scores: Distribution) -> Markup:
    """How many submissions have how many points, with mean and median."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _figure(2.5)
        part = scores.points / len(scores.counts)
        left = [part * number for number in range(len(scores.counts))]
        axes.bar(left, scores.counts, part * 0.92, align="edge", color=BLUE)
        for value, style, name in ((scores.mean, "-", "mean"), (scores.median, ":", "median")):
            axes.axvline(value, color=ORANGE, linestyle=style, linewidth=1.8, label=f"{name} {value:.1f}")
        axes.set(xlabel="points", ylabel="submissions", xlim=(0, max(scores.points, scores.highest)))
        axes.locator_params(axis="y", integer=True)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
        return _svg(figure, f"Histogram of {scores.n} scores, mean {scores.mean:.1f} of {scores.points:g} points")


def answers_plot(items: Sequence[ItemStatistics]) -> Markup:
    """For each item how many have all its points, some, none, left it blank or wait for a mark, as one bar."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _figure(0.9 + 0.28 * len(items))
        left = [0] * len(items)
        for (name, look), widths in zip(PARTS.items(), zip(*map(_parts, items), strict=True), strict=True):
            filled = [row for row, width in enumerate(widths) if width]  # an empty part would still draw its edge
            axes.barh(filled, [widths[r] for r in filled], 0.7, [left[r] for r in filled], label=name, **look)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.set_yticks(range(len(items)), [_short(item.name) for item in items])
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.locator_params(axis="x", integer=True)
        axes.set(xlabel="submissions", xlim=(0, max(left)))
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.35, 1), ncols=5, handlelength=1, columnspacing=1, borderaxespad=0
        )
        return _svg(figure, "For each item how many submissions have all points, some, none, are blank or wait")


def _short(name: str) -> str:
    """A name that leaves room for its bar."""
    return name if len(name) <= 22 else f"{name[:21]}…"


def _parts(item: ItemStatistics) -> list[int]:
    """How many submissions belong to each of `PARTS`."""
    none = max(0, item.zero - item.blank)
    some = 0 if item.waiting else max(0, item.n - item.full - item.blank - none)
    return [item.full, some, none, item.blank, item.waiting]


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    return figure, axes


def _svg(figure: Figure, says: str) -> Markup:
    """The figure as an element for the page; `says` is for those who cannot see it. Same data, same text."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style).*?</\1>", "", text, flags=re.DOTALL)  # that style would be the whole page's
    text = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", text)  # two plots on a page would have the same ones
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)  # the page's font
    for drawn, shown in COLOURS.items():
        text = text.replace(drawn, shown)
    return Markup(text.replace("<svg", f'<svg role="img" aria-label="{escape(says)}"', 1))
