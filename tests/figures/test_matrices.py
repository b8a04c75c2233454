"""Matrices and measurements on the page are those that were given."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dnnkit import figures

W = np.array([[1, -2, 0], [0, 1, -2]])


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_product_writes_matrix_vector_and_result() -> None:
    written = texts(figures.product(W, [3, 4, 5], [-5, -6]))
    assert written == ["W", "1", "−2", "0", "0", "1", "−2", "x", "3", "4", "5", "·", "=", "y", "−5", "−6"]


def test_product_goes_by_other_names() -> None:
    written = texts(figures.product(W.T, [3, 4], padding=1, names=("M", "dy", "dx")))
    assert [name for name in ("M", "padded dy", "dx") if name in written] == ["M", "padded dy", "dx"]


def test_product_asks_for_a_result_that_is_not_given() -> None:
    assert texts(figures.product(W, [3, 4, 5])).count("?") == 2


def test_product_hatches_the_padding_alone() -> None:
    figure = figures.product(W, [0, 4, 0], padding=1)
    hatched = [p.get_y() for p in figure.axes[0].patches if isinstance(p, Rectangle) and p.get_hatch()]
    assert np.diff(hatched).tolist() == [2]
    assert "padded x" in texts(figure)


@pytest.mark.parametrize(
    ("W", "x", "y"), [(W, [1, 2], None), (W, [1, 2, 3], [1]), ([1, 2], [1, 2], None), (W, [[1], [2], [3]], None)]
)
def test_product_refuses_shapes_that_do_not_go_together(W: list, x: list, y: list | None) -> None:
    with pytest.raises(ValueError, match="product: "):
        figures.product(W, x, y)


def test_pattern_shows_signs_and_leaves_zeros_white() -> None:
    (axes,) = figures.pattern(W).axes
    (picture,) = axes.images
    np.testing.assert_array_equal(picture.get_array(), W)
    red, _, blue, _ = picture.to_rgba(W)[0, 0] - picture.to_rgba(W)[0, 1]
    assert blue > 0 > red
    np.testing.assert_allclose(picture.to_rgba(W)[0, 2], 1, atol=0.01)
    assert axes.get_title() == "2 × 3"


def test_pattern_draws_a_line_between_blocks() -> None:
    (axes,) = figures.pattern(np.ones((6, 4)), blocks=(2, 2)).axes
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert [len(c.get_segments()) for c in lines] == [2, 1]


@pytest.mark.parametrize("W", [[1, 2], np.zeros((0, 3))])
def test_pattern_refuses_what_is_no_matrix(W: list) -> None:
    with pytest.raises(ValueError, match="pattern: "):
        figures.pattern(W)


def test_measured_draws_every_series_under_its_name() -> None:
    values = {"seconds": {"loops": {8: 0.1, 16: 0.4}, "matrix": {8: 0.2}}, "megabytes": {"loops": {8: 3, 16: 0}}}
    seconds, megabytes = figures.measured(values, along="side").axes
    assert (seconds.get_title(), megabytes.get_title()) == ("seconds", "megabytes")
    drawn = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in seconds.lines}
    assert drawn == {"loops": ([8, 16], [0.1, 0.4]), "matrix": ([8], [0.2])}
    assert [label.get_text() for label in seconds.get_legend().get_texts()] == ["loops", "matrix"]
    assert list(megabytes.lines[0].get_xdata()) == [8]  # zero has no place on a logarithmic axis


@pytest.mark.parametrize("panels", [{}, {"seconds": {"loops": {}}}])
def test_measured_refuses_to_draw_nothing(panels: dict) -> None:
    with pytest.raises(ValueError, match="measured: "):
        figures.measured(panels, along="side")
