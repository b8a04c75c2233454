"""Batch normalisation in a browser: every number drawn is the NumPy one, and the right ones share a frame."""

import numpy as np
import pytest

from dnnkit.trace import trace_batchnorm
from dnnkit.widgets import BatchNormAxes
from dnnkit.widgets.picture import number

RNG = np.random.default_rng(0)
CASES = {"rows": RNG.normal(size=(4, 3)), "images": RNG.integers(-5, 6, (2, 2, 3, 2)).astype(float)}
WALK = """(count) => Array.from({length: count}, (_, t) => {
  model.set("step", t);
  const [before, after] = [...document.querySelectorAll(".dk-stage .dk-grid")].map((grid) => ({
    texts: [...grid.querySelectorAll(".dk-number")].map((e) => e.textContent),
    framed: [...grid.querySelectorAll(".dk-cell")].map((e) => e.classList.contains("dk-used")),
  }));
  const [formula, here] = [...document.querySelectorAll(".dk-formula")].map((e) => e.textContent);
  return { before, after, here, sentence: document.querySelector(".dk-sentence").textContent };
})"""


def tiled(array):
    return array if array.ndim == 2 else array.transpose(0, 1, 3, 2).reshape(-1, array.shape[2] * array.shape[3])


def numbers(array):
    return [number(value) for value in tiled(array).ravel()]


@pytest.mark.parametrize("mode", ["train", "evaluate"])
@pytest.mark.parametrize("view", ["y", "dx"])
@pytest.mark.parametrize("case", CASES)
def test_every_step_draws_what_numpy_computed(open_page, case, view, mode):
    x = CASES[case]
    trace = trace_batchnorm(x, training=mode == "train")
    page = open_page(BatchNormAxes(x, mode=mode, view=view, panel="terms"))
    group = tiled(np.broadcast_to(np.arange(x.shape[-1]), x.shape)).ravel()
    before, after = (trace.x, trace.y) if view == "y" else (trace.dy, trace.dx)
    for t, shown in enumerate(page.evaluate(WALK, x.size)):
        assert shown["before"]["texts"] == numbers(before)
        assert shown["after"]["texts"] == numbers(after)
        assert shown["before"]["framed"] == [mode == "train" and bool(g == group[t]) for g in group]
        value = numbers(after)[t]
        assert f"becomes {view} = {value}" in shown["sentence"]
        assert shown["here"].endswith(f"= {value}")


@pytest.mark.parametrize("mode", ["train", "evaluate"])
def test_what_changes_is_the_derivative_of_y(open_page, mode):
    x = CASES["rows"]
    page = open_page(BatchNormAxes(x, mode=mode, view="change"))
    slopes = trace_batchnorm(x, training=mode == "train").matrix()
    for t, shown in enumerate(page.evaluate(WALK, x.size)):
        assert shown["after"]["texts"] == numbers(slopes[:, t].reshape(x.shape))
        count = "4 numbers of y change" if mode == "train" else "1 number of y changes"
        assert f"grows a little, {count}; its own by {number(slopes[t, t])} per unit." in shown["sentence"]
    assert "per unit of x, for a small step" in page.inner_text(".dk-legend")


def test_slopes_that_cancel_are_no_change(open_page):
    x = np.array([[1.0, 4], [1, 6], [5, 4], [5, 9]])
    page = open_page(BatchNormAxes(x, view="change"))
    shown = page.evaluate(WALK, 1)[0]
    assert shown["after"]["texts"] == ["0.25", "0", "−0.25", "0", "0", "0", "0", "0"]
    assert shown["sentence"] == "If x[0, 0] = 1 grows a little, 2 numbers of y change; its own by 0.25 per unit."


def test_the_statistics_of_the_group_are_listed(open_page):
    page = open_page(BatchNormAxes(CASES["images"], step=4))
    trace = trace_batchnorm(CASES["images"])
    row = page.locator(".dk-table .dk-now").locator("th, td").all_inner_texts()
    per_channel = (trace.mean, trace.var, trace.std, trace.gamma, trace.beta, trace.dgamma, trace.dbeta)
    assert row == ["1", *(number(values[1]) for values in per_channel)]


def test_a_wrong_student_is_drawn_beside_the_right_numbers(open_page, grids):
    x = CASES["images"]

    def per_position(x, gamma, beta, epsilon):
        return (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon)

    page = open_page(BatchNormAxes(x, per_position))
    right, found = trace_batchnorm(x).y, per_position(x, 1, 0, 1e-8)
    assert grids(page, ".dk-panel .dk-grid") == [numbers(found), numbers(right), numbers(found - right)]
