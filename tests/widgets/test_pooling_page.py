"""The pooling widget in a browser: every number drawn is the NumPy one, at every step."""

import numpy as np
import pytest

from dnnkit.trace import trace_pooling
from dnnkit.widgets import Pooling
from dnnkit.widgets.picture import number

X = np.random.default_rng(0).integers(-4, 8, (6, 7))
DEEP = np.random.default_rng(1).normal(size=(5, 4, 2))
CASES = {"overlapping": (X, 3, 2), "apart": (X, 2, 3), "channels": (DEEP, 2, 2)}
WALK = """(count) => Array.from({length: count}, (_, t) => {
  model.set("step", t);
  const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
  return {
    y: texts("[data-grid=y] .dk-number:not(.dk-hidden)"), sent: texts(".dk-marks .dk-weight"),
    ...Object.fromEntries(["x", "dx", "dy"].map((name) => [name, texts(`[data-grid=${name}] .dk-number`)])),
    window: texts(".dk-ledger b"), back: texts(".dk-back"), ties: document.querySelectorAll(".dk-tie").length,
    total: texts(".dk-total")[0], sentence: texts(".dk-sentence")[0],
  };
})"""


def numbers(array):
    return [number(value) for value in np.ravel(array)]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("case", CASES)
def test_every_window_draws_what_numpy_computed(open_page, case, kind):
    trace = trace_pooling(*CASES[case], kind)
    page = open_page(Pooling(*CASES[case], kind, plane=trace.x.shape[2] - 1))
    c, columns = trace.x.shape[2] - 1, trace.columns.size
    for t, shown in enumerate(page.evaluate(WALK, trace.rows.size * columns)):
        i, j = divmod(t, columns)
        back = trace.dy[i, j, c] * trace.shares[i, j, c]
        assert shown["y"] == numbers(trace.y[..., c])[: t + 1]
        for name in ("x", "dx", "dy"):
            assert shown[name] == numbers(getattr(trace, name)[..., c])
        assert shown["window"] == numbers(trace.windows[i, j, c])
        assert shown["back"] == [f" gets {text}" for text in numbers(back)]
        assert [text.lstrip("+") for text in shown["sent"]] == numbers(back[trace.shares[i, j, c] > 0])
        assert shown["total"].endswith(f"= {number(trace.y[i, j, c])}")
        assert shown["ties"] == (trace.ties[i, j, c] - 1 if kind == "max" else 0)
        if kind == "max":
            u, v = np.argwhere(trace.windows[i, j, c] == trace.y[i, j, c])[0]
            assert f"x[{i * trace.rows.stride + u}, {j * trace.columns.stride + v}" in shown["sentence"]


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("case", CASES)
def test_every_number_tells_its_gradient(open_page, case, kind):
    trace = trace_pooling(*CASES[case], kind)
    page = open_page(Pooling(*CASES[case], kind, reading="numbers"))
    for t, shown in enumerate(page.evaluate(WALK, trace.readers.size)):
        place = divmod(t, trace.x.shape[1])
        count = trace.readers[place]
        assert shown["total"].endswith(f"= {number(trace.dx[place][0])}")
        assert ("no window" if not count else f"read by {count} window") in shown["sentence"]


def test_the_other_kind_is_one_click_away(open_page, grids):
    page = open_page(Pooling(X, 2, 2))
    page.get_by_label("average").check()
    page.locator(".dk-step").focus()
    page.keyboard.press("End")
    assert grids(page, "[data-grid=y]") == [numbers(trace_pooling(X, 2, 2, "average").y)]


def test_overlap_is_counted(open_page, grids):
    page = open_page(Pooling(X, 3, 2, panel="overlap"))
    assert grids(page, "[data-grid=readers]") == [numbers(trace_pooling(X, 3, 2).readers)]
    assert page.locator("[data-grid=x] .dk-hatched").count() == 7


def test_a_click_turns_between_windows_and_numbers(open_page):
    page = open_page(Pooling(X, 2, 2))
    page.locator("[data-grid=x] .dk-hit").click(position={"x": 5, "y": 5})
    page.wait_for_selector(".dk-sentence:has-text('x[0, 0]')")
    page.locator("[data-grid=dy] .dk-hit").click(position={"x": 5, "y": 5})
    page.wait_for_selector(".dk-sentence:has-text('y[0, 0]')")


def test_a_wrong_student_is_marked_and_the_matrices_drawn(open_page, grids):
    def halved(x, K, S):
        return trace_pooling(x, K, S, "average").y[..., 0] / 2

    page = open_page(Pooling(X, 2, 2, "average", halved))
    trace = trace_pooling(X, 2, 2, "average").y
    assert grids(page, ".dk-panel .dk-grid") == [numbers(trace / 2), numbers(trace), numbers(-trace / 2)]
    assert page.locator(".dk-panel image").count() == 2
