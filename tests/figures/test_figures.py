"""The figures show what they were given: read back from the artists on the page."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from dnnkit import figures
from dnnkit.figures.page import COLOURS, RULE, number
from dnnkit.reference import receptive_field

IMAGE = np.array([[3, 1, 0, 2], [0, 2, 9, 1], [1, 0, 4, 8]])
PHOTOGRAPH = np.linspace(0, 1, 6 * 5 * 3).reshape(6, 5, 3)
STACK = [("input", (32, 32, 3)), ("conv 5×5\n120 filters", (1, 1, 120)), ("and then", None)]


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "padded": lambda: figures.sliding([3, 1, 4, 1, 5, 9, 2], [1, 0, -1], stride=3, padding=1),
    "long": lambda: figures.sliding(np.arange(20), [0.125, -1], y=np.arange(1000, 1019) / 7),
    "wide numbers": lambda: figures.arrays({"a": [1, 2], "a longer name": [[-0.333333, 2.5e-7], [1e9, 0]]}),
    "blocks": lambda: figures.shapes(STACK),
    "many blocks": lambda: figures.shapes([(f"conv 5×5\n{i},000 learned", (32, 32, 100)) for i in range(8)]),
    "gaps": lambda: figures.receptive_field([(3, 2), (2, 1)]),
    "deep": lambda: figures.receptive_field([(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]),
    "overlap": lambda: figures.windows(IMAGE, K=2, S=1, y=[[3, 9, 9], [2, 9, 9]]),
    "tiny": lambda: figures.windows([[1.0, 2.0]], K=1, S=1),
    "images": lambda: figures.images({"colour": PHOTOGRAPH, "grey": PHOTOGRAPH[:, :, 0]}),
    "product": lambda: figures.product(np.eye(4, 6), np.arange(6), y=[0, 1, 2, 3e7], padding=1),
    "flat product": lambda: figures.product(np.ones((1, 9)), np.arange(9)),
    "wide pattern": lambda: figures.pattern(np.eye(20, 90), blocks=(4, 9)),
    "high pattern": lambda: figures.pattern(np.ones((70, 1))),
    "combination": lambda: figures.combination(np.eye(2)[None] * 1000, [-1e-4], np.eye(2), name="change of w"),
    "many patches": lambda: figures.combination(np.ones((5000, 3, 3)), np.arange(5000) / -7e5, np.eye(3)),
    "measured": lambda: figures.measured({"s": {"a": {8: 1e-3, 64: 1.0}, "b": {8: 2.0}}, "MB": {"a": {8: 3}}}, "side"),
    "gradients": lambda: figures.gradient_over(PHOTOGRAPH, {"max": PHOTOGRAPH - 0.5, "average": PHOTOGRAPH}),
}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]


def cells(figure: Figure) -> dict[tuple[float, float], str]:
    """Colour of every unit cell by the column and row of its corner."""
    squares = [p for p in figure.axes[0].patches if isinstance(p, Rectangle) and p.get_width() == 1]
    return {(p.get_x(), p.get_y()): to_hex(p.get_facecolor()) for p in squares}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_cut_off(draw: Callable[[], Figure]) -> None:
    figure = draw()
    renderer = FigureCanvasAgg(figure).get_renderer()
    page = figure.bbox
    for axes in figure.axes:
        for artist in [*axes.texts, *axes.patches, *axes.lines, axes.title]:
            box = artist.get_window_extent(renderer)
            if box.width:
                assert page.x0 <= box.x0 <= box.x1 <= page.x1, artist
                assert page.y0 <= box.y0 <= box.y1 <= page.y1, artist


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_the_page_is_opaque(draw: Callable[[], Figure]) -> None:
    red, green, blue, opacity = draw().get_facecolor()
    assert opacity == 1
    assert min(red, green, blue) > 0.9


def test_importing_the_room_is_light() -> None:
    heavy = "{'matplotlib.pyplot', 'IPython', 'ipywidgets', 'torch'}"
    program = f"import sys, dnnkit.figures; print(*sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@pytest.mark.parametrize(
    ("n", "k", "setting", "starts"),
    [
        (7, 3, {"stride": 2, "padding": 1}, [0, 2, 4, 6]),
        (8, 3, {"stride": 2}, [0, 2, 4]),
        (7, 3, {"dilation": 2}, [0, 1, 2]),
        (4, 4, {}, [0]),
        (3, 5, {"padding": 1}, [0]),
    ],
)
def test_sliding_has_a_row_for_each_position(n: int, k: int, setting: dict[str, int], starts: list[int]) -> None:
    figure = figures.sliding(np.arange(n), np.ones(k), **setting)
    assert [t for t in texts(figure) if t.startswith("$w$")] == [f"$w$ at {start}" for start in starts]


def test_sliding_writes_the_outputs_it_is_given() -> None:
    figure = figures.sliding([1, 2, 3, 4], [1, 0, -1], y=[-2, 0.5])
    assert [t for t in texts(figure) if t.startswith("$y")] == ["$y_{0}$ = −2", "$y_{1}$ = 0.5"]


def test_sliding_crosses_out_what_no_position_reads() -> None:
    crossed = [line.get_xdata() for line in figures.sliding(np.arange(6), [1, 1], stride=4).axes[0].lines]
    strokes = [x for x in crossed if np.isclose(np.ptp(x), 0.8)]
    assert len(strokes) == 2  # entries 2 and 3


@pytest.mark.parametrize(("x", "w", "y"), [([1, 2], [1, 1, 1], None), ([1, 2, 3], [1, 1], [1, 2, 3])])
def test_sliding_refuses_what_does_not_fit(x: list, w: list, y: list | None) -> None:
    with pytest.raises(ValueError, match="sliding: "):
        figures.sliding(x, w, y)


def test_windows_ring_the_entries_that_equal_the_output() -> None:
    figure = figures.windows(IMAGE, K=2, S=2, y=[[3, 9]])
    rings = {p.get_center(): to_hex(p.get_edgecolor()) for p in figure.axes[0].patches if isinstance(p, Circle)}
    first, second = (0.5 + 0.5, 1.2 + 0.5), (0.5 + 2.5, 1.2 + 1.5)
    assert rings == {first: COLOURS[0], second: COLOURS[1]}


def test_windows_ring_every_tied_entry() -> None:
    figure = figures.windows([[5, 5], [1, 5]], K=2, S=2, y=[[5]])
    assert sum(isinstance(p, Circle) for p in figure.axes[0].patches) == 3


def test_windows_grey_out_the_rest_at_the_edge() -> None:
    grey = {place for place, colour in cells(figures.windows(IMAGE, K=2, S=2)).items() if colour == RULE}
    assert grey == {(0.5 + column, 1.2 + 2) for column in range(4)}


def test_windows_leave_gaps_between_windows_grey() -> None:
    grey = {place for place, colour in cells(figures.windows(np.ones((1, 4)), K=1, S=3)).items() if colour == RULE}
    assert grey == {(1.5, 1.2), (2.5, 1.2)}


@pytest.mark.parametrize(("K", "y"), [(5, None), (2, [[1, 2, 3]])])
def test_windows_refuse_what_does_not_fit(K: int, y: list | None) -> None:
    with pytest.raises(ValueError, match="windows: "):
        figures.windows(IMAGE, K=K, S=2, y=y)


@pytest.mark.parametrize("layers", [[(3, 1), (3, 1)], [(3, 2), (3, 1)], [(2, 3), (2, 1)], [(5, 1), (2, 2)]])
def test_receptive_field_shows_as_many_inputs_as_one_output_sees(layers: list[tuple[int, int]]) -> None:
    figure = figures.receptive_field(layers)
    dots = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots.count(max(dots)) == receptive_field(layers)


@pytest.mark.parametrize("layers", [[], [(0, 1)], [(3, 0)]])
def test_receptive_field_refuses_layers_without_a_meaning(layers: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="receptive_field: "):
        figures.receptive_field(layers)


def test_shapes_writes_known_shapes_and_asks_for_the_others() -> None:
    written = texts(figures.shapes(STACK))
    assert "32 × 32 × 3" in written
    assert "1 × 1 × 120" in written
    assert written.count("?") == 1


def test_shapes_refuses_a_flat_shape() -> None:
    with pytest.raises(ValueError, match=r"shapes: the shape after 'dense' is \(10,\)"):
        figures.shapes([("dense", (10,))])


def test_arrays_write_every_entry() -> None:
    written = texts(figures.arrays({"X": [[1, -2], [0.25, 0]], "dY": [7]}))
    assert written == ["X", "1", "−2", "0.25", "0", "dY", "7"]


def test_arrays_share_one_scale_and_tell_signs_apart() -> None:
    colours = list(cells(figures.arrays({"a": [1, -1, 0], "b": [1, 4]})).values())
    plus, minus, zero, plus_again, large = colours
    assert plus == plus_again
    assert len({plus, minus, zero, large}) == 4


@pytest.mark.parametrize("named", [{}, {"x": np.zeros((2, 2, 2))}, {"x": 3.0}])
def test_arrays_refuse_what_they_cannot_draw(named: dict) -> None:
    with pytest.raises(ValueError, match="arrays: "):
        figures.arrays(named)


@pytest.mark.parametrize("named", [{}, {"x": np.zeros((2, 2, 4))}])
def test_images_refuse_what_they_cannot_draw(named: dict) -> None:
    with pytest.raises(ValueError, match="images: "):
        figures.images(named)


def test_images_show_the_picture_itself() -> None:
    (axes,) = figures.images({"photograph": PHOTOGRAPH}).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), PHOTOGRAPH)


def test_gradient_over_shows_the_photograph_where_the_gradient_is_zero() -> None:
    gradient = np.zeros((6, 5, 3))
    gradient[1, 2, 0], gradient[3, 4, 0] = 2, -2
    first, *others = figures.gradient_over(PHOTOGRAPH, {"dx": gradient}).axes
    overlay = np.asarray(first.images[1].get_array())
    assert set(zip(*np.nonzero(overlay[..., 3]), strict=True)) == {(1, 2), (3, 4)}
    red, _, blue, _ = overlay[1, 2] - overlay[3, 4]
    assert blue > 0 > red  # blue above zero, orange below
    assert not any(np.asarray(axes.images[1].get_array())[..., 3].any() for axes in others)


def test_gradient_over_refuses_another_shape() -> None:
    with pytest.raises(ValueError, match=r"gradient_over: 'dx' is \(5, 6, 3\), the image \(6, 5, 3\)"):
        figures.gradient_over(PHOTOGRAPH, {"dx": np.zeros((5, 6, 3))})


def test_arguments_are_left_alone() -> None:
    kept, x, named = IMAGE.copy(), IMAGE.copy(), {"x": IMAGE}
    figures.windows(x, K=2, S=1)
    figures.arrays(named)
    np.testing.assert_array_equal(x, kept)
    assert named["x"] is IMAGE


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0"), (-0.0, "0"), (-1.5, "−1.5"), (1 / 3, "0.333"), (np.nan, "nan")]
)
def test_numbers_read_as_written_by_hand(value: float, written: str) -> None:
    assert number(value) == written
