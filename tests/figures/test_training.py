"""Figures of training: histograms, confusion matrices and stacked cells show what they are given."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from dnnkit import figures
from dnnkit.figures.page import COLOURS

SPREAD = np.random.default_rng(1).normal(loc=3, scale=2, size=(40, 50))
COUNTS = np.array([[8, 1, 1], [0, 5, 0], [0, 0, 0]])
FIGURES = {
    "histograms": lambda: figures.histograms({"plain": {"a": SPREAD, "b": -SPREAD}, "scaled": {"a": SPREAD / 9}}),
    "confusion": lambda: figures.confusion(COUNTS, ["ee", "sh", "long name"]),
    "many classes": lambda: figures.confusion(np.full((15, 15), 120), ["ah"] * 15),
    "one cell": lambda: figures.stacked(1, 1),
    "layers": lambda: figures.stacked(3, 5, backward=True),
}


def arrows(figure: Figure) -> list[str]:
    patches = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [to_hex(p.get_edgecolor()) for p in patches]


def bars(figure: Figure, panel: int) -> list[Rectangle]:
    return [p for p in figure.axes[panel].patches if isinstance(p, Rectangle) and p.get_height()]


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_nothing_is_cut_off(draw) -> None:
    figure = draw()
    box = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert -0.01 <= box.x0 <= box.x1 <= width + 0.01
    assert -0.01 <= box.y0 <= box.y1 <= height + 0.01


def test_histograms_count_every_number() -> None:
    figure = FIGURES["histograms"]()
    for panel in range(3):
        assert sum(bar.get_height() for bar in bars(figure, panel)) == SPREAD.size


def test_histograms_share_one_range_and_tell_mean_and_spread() -> None:
    figure = FIGURES["histograms"]()
    assert len({axes.get_xlim() for axes in figure.axes[:3]}) == 1
    wide, narrow = bars(figure, 0), bars(figure, 2)
    assert len(wide) > 3 * len(narrow)
    assert [axes.get_title() for axes in figure.axes[:3]] == ["a\n3.0 ± 2.0", "b\n−3.0 ± 2.0", "a\n0.33 ± 0.22"]
    (exact,) = figures.histograms({"": {"c": [-1.0 - 1e-16, 1.0 - 1e-16]}}).axes
    assert exact.get_title() == "c\n0.0 ± 1.0"


@pytest.mark.parametrize("rows", [{}, {"row": {}}, {"row": {"panel": []}}])
def test_histograms_refuse_nothing(rows: dict) -> None:
    with pytest.raises(ValueError, match="histograms: "):
        figures.histograms(rows)


def test_confusion_writes_the_counts_in_their_places() -> None:
    (axes,) = figures.confusion(COUNTS, ["a", "b", "c"]).axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "8", (1, 0): "1", (2, 0): "1", (1, 1): "5"}
    right, wrong = axes.images[0].get_array()[0, :2]
    assert right[2] > right[0]  # blue
    assert wrong[0] > wrong[2]  # orange


@pytest.mark.parametrize("counts", [np.zeros((2, 2), int), np.zeros(3, int)])
def test_confusion_refuses_another_shape(counts: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"confusion: counts has shape .*; expected \(3, 3\)"):
        figures.confusion(counts, ["a", "b", "c"])


@pytest.mark.parametrize(("layers", "steps"), [(1, 1), (2, 4), (3, 2)])
def test_stacked_has_every_state_and_every_way(layers: int, steps: int) -> None:
    figure = figures.stacked(layers, steps)
    texts = [text.get_text() for text in figure.axes[0].texts]
    states = [f"$h_{{{t},{layer}}}$" for t in range(steps + 1) for layer in range(layers)]
    assert sorted(texts) == sorted([*states, *(f"$x_{{{t}}}$" for t in range(1, steps + 1)), "logits"])
    assert len(arrows(figure)) == 2 * layers * steps + 1


def test_stacked_backward_has_no_way_into_the_inputs() -> None:
    colours = arrows(figures.stacked(2, 4, backward=True))
    assert colours.count(COLOURS[1]) == len(colours) - 4


@pytest.mark.parametrize(("layers", "steps"), [(0, 3), (2, 0)])
def test_stacked_refuses_nothing(layers: int, steps: int) -> None:
    with pytest.raises(ValueError, match="stacked: "):
        figures.stacked(layers, steps)
