"""Curves and the pictures of recurrent networks, read back from the artists on the page."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from dnnkit import figures

NAMES = ["x", "wx", "prev_h", "wh", "b", "p", "q", "z", "next_h"]
NETWORKS = {"one-to-many": ([1, 0, 0], [1, 1, 1]), "a longer title than the network": ([1], [0])}
DRAWINGS: dict[str, Callable[[], Figure]] = {
    "unrolled": lambda: figures.unrolled(NETWORKS),
    "long": lambda: figures.unrolled({"twelve steps": ([1] * 12, [1] * 12)}),
    "graph": lambda: figures.step_graph(dict.fromkeys(NAMES, -1 / 3), dict.fromkeys(NAMES, 1e-7)),
    "curves": lambda: figures.curves({"a": {"x": np.arange(1, 9)}, "b": {"x": [1e-9, 1], "y": [2]}}, "t", True),
}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_cut_off(draw: Callable[[], Figure]) -> None:
    figure = draw()
    drawn, (width, height) = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer()), figure.get_size_inches()
    assert 0 <= drawn.x0 < drawn.x1 <= width
    assert 0 <= drawn.y0 < drawn.y1 <= height


def test_unrolled_shows_what_comes_in_and_goes_out() -> None:
    figure = figures.unrolled({"many-to-one": ([1, 1, 1], [0, 0, 1])})
    shown = {text for text in texts(figure) if text.startswith("$")}
    assert shown == {"$x_1$", "$x_2$", "$x_3$", "$h_1$", "$h_2$", "$h_3$", "$y_3$"}
    arrows = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 3 + 2 + 1


@pytest.mark.parametrize("networks", [{}, {"a": ([1, 1], [1])}, {"a": ([], [])}])
def test_unrolled_refuses_what_is_no_network(networks: dict) -> None:
    with pytest.raises(ValueError, match="unrolled: "):
        figures.unrolled(networks)


def test_step_graph_writes_the_numbers_that_it_is_given_and_no_others() -> None:
    figure = figures.step_graph({"x": 2, "next_h": -0.25}, {"x": 7})
    assert sorted(set(texts(figure)) - {*NAMES, "×", "+", "tanh"}) == sorted(["2", "−0.25", "7"])
    boxes = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == len(NAMES)


@pytest.mark.parametrize("arguments", [({"h": 1},), ({}, {"y": 1})])
def test_step_graph_refuses_other_names(arguments: tuple) -> None:
    with pytest.raises(ValueError, match=r"step_graph: there is no '[hy]'; expected some of x, wx"):
        figures.step_graph(*arguments)


def test_curves_are_the_values_at_their_steps() -> None:
    figure = figures.curves({"left": {"a": [3, 1]}, "right": {"a": [5], "b": [2, 2, 4]}}, "step", first=1)
    left, right = figure.axes
    np.testing.assert_array_equal(left.lines[0].get_xydata(), [[1, 3], [2, 1]])
    np.testing.assert_array_equal(right.lines[1].get_xydata(), [[1, 2], [2, 2], [3, 4]])
    assert left.get_ylim() == right.get_ylim()
    assert left.get_legend() is None
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize(("right", "legends"), [("b", [0, 2]), ("c", [2, 2])])
def test_panels_with_the_same_curves_share_a_legend(right: str, legends: list[int]) -> None:
    figure = figures.curves({"left": {"a": [1], "b": [2]}, "right": {"a": [3], right: [4]}}, "step")
    found = [axes.get_legend() for axes in figure.axes]
    assert [len(legend.get_texts()) if legend else 0 for legend in found] == legends


def test_many_curves_differ_by_colour_or_style() -> None:
    lines = figures.curves({"": {str(i): [i, i] for i in range(12)}}, "step").axes[0].lines
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 12


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([1, 1e150, 1e300], (0.1, 1e201)),
        ([0, 1e-5, np.inf, 1e308], (1e-6, 1e201)),
        ([1e-320, 1e300], (1e-201, 1e201)),
        ([1e307, 1e308], (1e199, 1e201)),
        ([1e-320, 1e-310], (1e-201, 1e-199)),
    ],
)
def test_a_logarithmic_axis_ends_before_the_largest_floats(values: list[float], limits: tuple[float, float]) -> None:
    figure = figures.curves({"a": {"y": values}, "b": {"y": values[:1]}}, "step", logarithmic=True)
    for axes in figure.axes:
        np.testing.assert_allclose(axes.get_ylim(), limits)
    FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("panels", [{}, {"a": {}}, {"a": {"x": [[1, 2]]}}, {"a": {"x": 3.0}}])
def test_curves_refuse_what_is_no_curve(panels: dict) -> None:
    with pytest.raises(ValueError, match="curves: "):
        figures.curves(panels, "step")
