"""The unrolled RNN in a browser: every number drawn is the NumPy one, at every step of both waves."""

import numpy as np
import pytest

from dnnkit.trace import trace_rnn
from dnnkit.widgets import UnrolledRNN
from dnnkit.widgets.picture import number

RNG = np.random.default_rng(0)
FIRST = (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
SECOND = (RNG.normal(size=(3, 2)), RNG.normal(size=(2, 2)), RNG.normal(size=2))
X = RNG.normal(size=(4, 2))
CASES = {
    "one layer": ([FIRST], {}),
    "two layers": ([FIRST, SECOND], {}),
    "truncated": ([FIRST, SECOND], {"truncate": 2}),
    "many-to-one, linear": ([FIRST], {"loss": "many-to-one", "activation": "linear"}),
}
WALK = """(count) => Array.from({length: count}, (_, s) => {
  model.set("step", s);
  const grids = {};
  for (const grid of document.querySelectorAll(".dk-grid"))
    grids[grid.dataset.grid] = [...grid.querySelectorAll(".dk-number:not(.dk-hidden)")].map((e) => e.textContent);
  const boxes = [...document.querySelectorAll(".dk-panel text")].map((e) => e.textContent);
  return { grids, boxes, arrows: document.querySelectorAll(".dk-flow").length,
    sentence: document.querySelector(".dk-sentence").textContent };
})"""


def numbers(array):
    return [number(value) for value in np.ravel(array)]


def vector(row):
    return f"({', '.join(numbers(row))})"


def traced(weights, options):
    return trace_rnn(
        weights,
        X,
        linear=options.get("activation") == "linear",
        many_to_one=options.get("loss") == "many-to-one",
        truncate=options.get("truncate"),
    )


@pytest.mark.parametrize("case", CASES)
def test_both_waves_draw_what_numpy_computed(open_page, case):
    weights, options = CASES[case]
    trace, depth = traced(weights, options), len(weights)
    half = len(X) * depth
    page = open_page(UnrolledRNN(weights, X, **options))
    for s, shown in enumerate(page.evaluate(WALK, 2 * half)):
        t, l = divmod(s if s < half else 2 * half - 1 - s, depth)  # noqa: E741
        for k, layer in enumerate(trace.layers):
            for u in range(len(X)):
                place = u * depth + k
                assert shown["grids"][f"h-{k}-{u}"] == (numbers(layer.h[u]) if place <= s else [])
                assert shown["grids"][f"dh-{k}-{u}"] == (numbers(layer.dh[u]) if 2 * half - 1 - place <= s else [])
        layer = trace.layers[l]
        assert vector(layer.h[t] if s < half else layer.dh[t]) in shown["sentence"]
        assert {vector(layer.z[t]), vector(layer.p[t]), vector(layer.q[t])} <= set(shown["boxes"])
        if s >= half:
            assert {vector(layer.dz[t]), vector(layer.dx[t]), vector(layer.to_past[t])} <= set(shown["boxes"])
            cut = t + 1 < len(X) and (t + 1) % options.get("truncate", len(X)) == 0
            assert shown["arrows"] == 1 + (t + 1 < len(X) and not cut)
            assert ("cut: truncated" in shown["sentence"]) == cut


def test_weight_gradients_add_up_over_time(open_page):
    layer = trace_rnn([FIRST], X).layers[0]
    page = open_page(UnrolledRNN(FIRST, X, panel="sums"))
    walk = page.evaluate(WALK, 8)
    for s, shown in enumerate(walk):
        for t in range(4):
            for name in ("dWh", "dWx"):
                known = s >= 7 - t
                assert shown["grids"][f"{name}-{t}"] == (numbers(getattr(layer, name)[t]) if known else [])
    assert walk[-1]["grids"]["dWh-sum"] == numbers(layer.dWh.sum(0))
    assert walk[-1]["grids"]["dWx-sum"] == numbers(layer.dWx.sum(0))
    assert walk[-2]["grids"]["dWh-sum"] == []


def test_gradient_norms_are_told_for_tanh_and_linear(open_page):
    page = open_page(UnrolledRNN(FIRST, X, panel="norms"))
    curved, linear = (trace_rnn([FIRST], X, linear=flag).layers[0].norms for flag in (False, True))
    for t in range(4):
        page.evaluate("(t) => model.set('step', t)", t)
        words = page.inner_text(".dk-formula")
        assert words == f"t = {t + 1}: {number(curved[t])} with tanh, {number(linear[t])} linear"


def test_each_layer_is_told_with_its_own_radius(open_page):
    layers = [(np.ones((2, 2)), radius * np.eye(2), np.zeros(2)) for radius in (0.5, 1.8)]
    page = open_page(UnrolledRNN(layers, X, panel="norms"))
    for step, words in enumerate(
        ("of layer 1, spectral radius of its Wh 0.5", "of layer 2, spectral radius of its Wh 1.8")
    ):
        page.evaluate("(step) => model.set('step', step)", step)
        assert page.inner_text(".dk-panel .dk-caption").endswith(words)


def test_a_wrong_student_is_walked_through(open_page, grids):
    def transposed(x, h0, Wx, Wh, b):
        h, before = np.zeros((1, 4, 3)), h0
        for t in range(4):
            before = h[:, t] = np.tanh(x[:, t] @ Wx + before @ Wh.T + b)
        return h, None

    page = open_page(UnrolledRNN(FIRST, X, transposed))
    found = transposed(X[None], np.zeros((1, 3)), *FIRST)[0][0].T
    assert grids(page, ".dk-panel .dk-grid")[0] == numbers(found)
    assert page.evaluate("model.get('step')") == 1
    page.get_by_label("next wrong number").click()
    assert page.evaluate("model.get('step')") == 2


def test_a_click_on_a_gradient_goes_to_its_backward_step(open_page):
    page = open_page(UnrolledRNN(FIRST, X))
    page.locator("[data-grid=dh-0-1] .dk-hit").click()
    assert page.evaluate("model.get('step')") == 6
    page.locator("[data-grid=h-0-2] .dk-hit").click()
    assert page.evaluate("model.get('step')") == 2


@pytest.mark.parametrize("width", [1100, 800])
def test_one_step_is_not_cut_off(open_page, width):
    wide = (RNG.normal(size=(2, 5)), RNG.normal(size=(5, 5)), RNG.normal(size=5))
    page = open_page(UnrolledRNN(wide, X, step=5))
    page.set_viewport_size({"width": width, "height": 900})
    inside = """() => {
      const panel = document.querySelector(".dk-panel").getBoundingClientRect();
      const edges = [...document.querySelectorAll(".dk-panel svg *")].map((e) => e.getBoundingClientRect().right);
      const boxes = [...document.querySelectorAll(".dk-box")].map((box) => {
        const [value, gradient] = [box.nextElementSibling, box.nextElementSibling.nextElementSibling];
        return [box, value, gradient].map((e) => e.getBoundingClientRect().right);
      });
      const within = boxes.every(([box, ...texts]) => texts.every((right) => right <= box));
      return [Math.max(...edges) <= panel.right, within];
    }"""
    assert page.evaluate(inside) == [True, True]
