"""The sliding filter in a browser: every number drawn is the NumPy one, at every step of every view."""

import re

import numpy as np
import pytest

from dnnkit.trace import trace_conv
from dnnkit.widgets import SlidingFilter
from dnnkit.widgets.picture import number

RNG = np.random.default_rng(3)
PLAIN = (RNG.integers(-4, 5, (7, 7)), np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]))
DEEP = (RNG.normal(size=(5, 6, 3)), RNG.normal(size=(2, 3, 3, 2)))
VECTOR = (RNG.normal(size=7) * 1000, RNG.normal(size=3) / 1000)
CASES = {
    "plain": (PLAIN, {"padding": 1}),
    "strided with a remainder": ((PLAIN[0][:6, :6], PLAIN[1]), {"stride": 2}),
    "dilated": (PLAIN, {"stride": 2, "padding": 2, "dilation": 2}),
    "channels": (DEEP, {"padding": 1}),
    "vector": (VECTOR, {"stride": 2, "padding": 1}),
}

# What the page shows at every step: outputs so far, the ledger, its sum, the window's place, the sentence.
WALK = """(count) => Array.from({length: count}, (_, t) => {
  model.set("step", t);
  const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
  const box = (selector) => {
    const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
    return [x, y, width, height];
  };
  return {
    outputs: texts("[data-grid=output] .dk-number:not(.dk-hidden)"),
    products: texts(".dk-ledger b"),
    total: document.querySelector(".dk-total")?.textContent,
    sentence: document.querySelector(".dk-sentence").textContent,
    window: box(".dk-window rect"), input: box("[data-grid=input-0] .dk-border"),
  };
})"""
SCATTER = """(count) => Array.from({length: count}, (_, t) => {
  model.set("step", t);
  return [...document.querySelectorAll(".dk-touched .dk-number")].map((e) => e.textContent);
})"""
STILL = {"reduced_motion": "reduce"}  # the window is where it belongs at once


@pytest.mark.parametrize("view", ["y", "dx", "dw"])
@pytest.mark.parametrize("case", CASES)
def test_every_step_draws_what_numpy_computed(open_page, case, view):
    arguments, setting = CASES[case]
    trace = getattr(trace_conv(*arguments, **setting), view)
    page = open_page(SlidingFilter(*arguments, **setting, view=view), **STILL)
    rows, columns, planes = trace.output.shape
    for plane in {0, planes - 1}:
        page.evaluate("(plane) => new Promise((go) => { model.set('plane', plane); setTimeout(go, 20); })", plane)
        expected = [number(value) for value in trace.output[:, :, plane].ravel()]
        for t, shown in enumerate(page.evaluate(WALK, rows * columns)):
            i, j = divmod(t, columns)
            products = trace.products[i, j, plane].transpose(2, 0, 1).ravel()
            assert shown["outputs"] == expected[: t + 1]
            assert shown["products"] == [number(value) for value in products]
            assert shown["total"].split("=")[1].strip().split("  ")[0] == expected[t]
            assert expected[t] in shown["sentence"]
            assert_framed(shown, trace, i, j)


def assert_framed(shown, trace, i, j):
    """The frame lies around the window: its centre, in cells of the input."""
    x, y, width, _ = shown["input"]
    left, top, wide, tall = shown["window"]
    rows, columns = trace.rows.windows()[i], trace.columns.windows()[j]
    cell = width / trace.columns.padded
    assert (left + wide / 2 - x) / cell == pytest.approx((columns[0] + columns[-1] + 1) / 2, abs=0.1)
    assert (top + tall / 2 - y) / cell == pytest.approx((rows[0] + rows[-1] + 1) / 2, abs=0.1)


@pytest.mark.parametrize(("case", "view"), [*((case, "y") for case in CASES), ("channels", "dx"), ("dilated", "dw")])
def test_scatter_shows_what_each_input_adds(open_page, case, view):
    arguments, setting = CASES[case]
    trace = getattr(trace_conv(*arguments, **setting), view)
    page = open_page(SlidingFilter(*arguments, **setting, view=view, reading="scatter"))
    (height, width, _), planes = trace.input.shape, trace.reads[0]
    shown = page.evaluate(SCATTER, height * width * len(planes))
    for t, products in enumerate(shown):
        m, i, j = np.unravel_index(t, (len(planes), height, width))
        assert sorted(products) == sorted(number(p) for p in added_by(trace, m, i, j))


def added_by(trace, m, row, column):
    """The products that input cell (row, column) of plane m takes part in."""
    for i, rows in enumerate(trace.rows.windows()):
        for j, columns in enumerate(trace.columns.windows()):
            for u in np.flatnonzero(rows == row):
                for v in np.flatnonzero(columns == column):
                    yield trace.products[i, j, 0, u, v, m]


def step(page):
    return page.evaluate("model.get('step')")


def test_keys_step(open_page):
    page = open_page(SlidingFilter(*PLAIN))
    page.locator(".dk-step").focus()
    walk = [("ArrowRight", 1), ("ArrowDown", 6), ("ArrowLeft", 5), ("ArrowUp", 0), ("End", 24), ("Home", 0)]
    for key, expected in walk:
        page.keyboard.press(key)
        assert step(page) == expected


def test_space_plays_and_escape_stops_and_gives_the_focus_back(open_page):
    page = open_page(SlidingFilter(*PLAIN))
    page.locator(".dk-step").focus()
    page.keyboard.press(" ")
    page.wait_for_function("model.get('step') >= 2")
    page.keyboard.press("Escape")
    at = step(page)
    page.wait_for_timeout(300)
    assert step(page) == at
    assert page.evaluate("document.activeElement === document.body")


def test_every_control_keeps_its_keys_from_the_notebook(open_page):
    page = open_page(SlidingFilter(*DEEP, student=lambda x, w: 0))
    taken = "[...document.querySelectorAll('input, button, select')].every((e) => 'lmSuppressShortcuts' in e.dataset)"
    assert page.evaluate(taken)
    assert page.evaluate("document.querySelectorAll('input, button, select').length") > 10


def test_pointer_previews_and_a_click_pins(open_page):
    page = open_page(SlidingFilter(*PLAIN))
    output = page.locator("[data-grid=output] .dk-hit")
    size = output.bounding_box()["width"] / 5
    output.hover(position={"x": 2.5 * size, "y": 1.5 * size})
    assert "y[1, 2]" in page.inner_text(".dk-sentence")
    page.mouse.move(5, 5)
    assert "y[0, 0]" in page.inner_text(".dk-sentence")
    output.click(position={"x": 4.5 * size, "y": 2.5 * size})
    page.mouse.move(5, 5)
    assert "y[2, 4]" in page.inner_text(".dk-sentence")


def test_a_click_on_the_input_turns_to_scatter(open_page):
    page = open_page(SlidingFilter(*PLAIN))
    cell = page.locator("[data-grid=input-0] .dk-hit")
    size = cell.bounding_box()["width"] / 7
    cell.click(position={"x": 3.5 * size, "y": 2.5 * size})
    page.wait_for_selector(".dk-touched .dk-number")
    page.mouse.move(5, 5)
    assert f"x[2, 3] = {number(PLAIN[0][2, 3])} is read by 9 windows" in page.inner_text(".dk-sentence")


def test_remainder_is_hatched(open_page):
    page = open_page(SlidingFilter(PLAIN[0][:6, :6], PLAIN[1], stride=2))
    assert page.locator("[data-grid=input-0] .dk-hatched").count() == 11
    assert "hatched: no window reads it" in page.inner_text(".dk-legend")
    page = open_page(SlidingFilter(PLAIN[0][:6, :6], PLAIN[1], stride=2, reading="scatter", step=5))
    assert page.inner_text(".dk-sentence").endswith("is read by no window: the stride does not divide.")


def test_a_gap_between_windows_is_hatched_and_told(open_page):
    page = open_page(SlidingFilter(*PLAIN, stride=4, reading="scatter", step=3))
    assert page.locator("[data-grid=input-0] .dk-hatched").count() == 13
    assert page.inner_text(".dk-legend").endswith("hatched: no window reads it")
    value = number(PLAIN[0][0, 3])
    assert page.inner_text(".dk-sentence") == f"x[0, 3] = {value} is read by no window: the windows leave gaps."


PANEL = """(count) => Array.from({length: count}, (_, t) => {
  model.set("step", t);
  const texts = (grid) => [...grid.querySelectorAll("text.dk-number")].map((e) => e.textContent);
  return {
    grids: [...document.querySelectorAll(".dk-panel .dk-grid")].map(texts),
    words: [...document.querySelectorAll(".dk-panel p")].map((e) => e.textContent),
  };
})"""
X, W = np.array([3.0, -1, 4, 1, 5]), np.array([2.0, -7])


def numbers(array):
    return [number(value) for value in np.ravel(array)]


def test_the_matrix_row_of_every_step_is_right(open_page):
    matrix = trace_conv(X, W).matrix()
    page = open_page(SlidingFilter(X, W, panel="matrix"))
    for t, shown in enumerate(page.evaluate(PANEL, 4)):
        assert shown["grids"] == [numbers(matrix), numbers(X), numbers(matrix[t])]
        columns = ", ".join(map(str, np.flatnonzero(matrix[t])))
        assert shown["words"][-1] == f"row {t}: 2 of 5 entries are not zero, in columns {columns}"


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (PLAIN, "25 × 49 matrix, made of 9 weights;"),
        (DEEP, "16 × 90 matrix, made of 18 weights;"),
        ((X, [2.0]), "5 × 5 matrix, made of 1 weight;"),
    ],
    ids=["equal weights", "two filters of three channels", "one weight"],
)
def test_the_matrix_counts_the_weights_of_the_plane_that_is_drawn(open_page, arguments, made):
    page = open_page(SlidingFilter(*arguments, panel="matrix"))
    assert page.inner_text(".dk-panel .dk-caption").startswith(made)


def test_the_im2col_row_of_every_step_is_right(open_page):
    trace = trace_conv(*DEEP, padding=1).y
    page = open_page(SlidingFilter(*DEEP, padding=1, panel="im2col"))
    rows, columns, _ = trace.output.shape
    for t, shown in enumerate(page.evaluate(PANEL, rows * columns)):
        i, j = divmod(t, columns)
        window = trace.input[i : i + 2, j : j + 3]
        assert shown["grids"] == [numbers(window), numbers(trace.filters[..., 0])]
        assert shown["words"][-1] == f"row {t} · filter = {number(trace.output[i, j, 0])}"


@pytest.mark.parametrize("view", ["y", "dx", "dw"])
def test_the_formula_of_every_step_names_what_it_multiplies(open_page, view):
    trace = getattr(trace_conv(X, W, 2, 1), view)
    page = open_page(SlidingFilter(X, W, stride=2, padding=1, view=view, panel="formula"))
    arrays = {"x": X, "w": W, "dy": trace_conv(X, W, 2, 1).dy.ravel()}
    for t, shown in enumerate(page.evaluate(PANEL, trace.output.size)):
        _, *terms, value = re.split(r" [=+] ", shown["words"][-1])
        assert value == number(trace.output.ravel()[t])
        made = [[arrays[name][int(place)] for name, place in re.findall(r"(\w+)\[(\d+)\]", term)] for term in terms]
        assert sum(a * b for a, b in filter(None, made)) == trace.output.ravel()[t]


def test_formula_of_a_cell_names_its_entries(open_page):
    page = open_page(SlidingFilter([3, -1, 4, 1, 5], [2, -7], stride=2, padding=1, step=1, panel="formula"))
    general, here = page.locator(".dk-formula").all_inner_texts()
    assert general == "y[i] = Σ x[2·i + u − 1] · w[u], summed over u"
    assert here == "y[1] = x[1]·w[0] + x[2]·w[1] = −30"


def test_a_link_opens_what_was_looked_at(open_page):
    widget = SlidingFilter(*DEEP, view="dx", plane=2, step=5, panel="formula")
    page = open_page(SlidingFilter(*DEEP), widget.link())
    names = ["view", "plane", "step", "panel"]
    assert page.evaluate("(names) => names.map((name) => model.get(name))", names) == ["dx", 2, 5, "formula"]
    assert "dx[0, 5, 2]" in page.inner_text(".dk-sentence")


def test_new_arrays_are_drawn_when_the_revision_changes(open_page):
    page = open_page(SlidingFilter(*PLAIN, step=20))
    changed = SlidingFilter(*PLAIN, stride=2)
    state, data = {"index": changed.index, "info": changed.info}, list(changed.data)
    page.evaluate(
        "([state, data]) => { for (const name in state) model.set(name, state[name]);"
        " model.set('data', new Uint8Array(data).buffer); model.set('revision', 99); }",
        [state, data],
    )
    page.wait_for_function("document.querySelector('.dk-count').textContent === '9 / 9'")
    expected = [number(v) for v in trace_conv(*PLAIN, stride=2).y.output.ravel()]
    assert page.locator("[data-grid=output] .dk-number").all_text_contents() == expected


def test_a_photograph_is_drawn_as_an_image_and_steps(open_page):
    photo = np.random.default_rng(0).random((60, 50))
    page = open_page(SlidingFilter(photo, PLAIN[1], padding=1, step=777, reading="scatter"))
    assert page.locator("[data-grid=input-0] image").count() == 1
    assert number(trace_conv(photo, PLAIN[1], padding=1).y.output.ravel()[777]) in page.inner_text(".dk-sentence")
    assert "x is too large to show every number" in page.inner_text(".dk-panel")
    assert "scatter" not in page.inner_text(".dk-choices")
    page.locator("[data-grid=input-0] .dk-hit").click(position={"x": 30, "y": 30})
    assert step(page) == 777


@pytest.mark.parametrize("panel", ["sum", "formula", "matrix", "im2col", "code"])
def test_every_panel_of_a_photographs_filter_gradient_stays_small(open_page, panel):
    photo = np.random.default_rng(0).random((60, 50))
    page = open_page(SlidingFilter(photo, PLAIN[1], view="dw", panel=panel))
    assert page.locator(".dnnkit *").count() < 600
    assert page.eval_on_selector(".dk-stage svg", "(e) => e.getBoundingClientRect().width") < 1000
    assert len(page.inner_text(".dk-panel")) < 3000
