"""A student's backward functions in the browser: every gradient found, expected and its difference."""

import numpy as np
import pytest

from dnnkit import reference
from dnnkit.trace import trace_batchnorm, trace_conv, trace_pooling, trace_rnn
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN
from dnnkit.widgets.picture import number

RNG = np.random.default_rng(0)
X, W = RNG.integers(-4, 5, (5, 5)).astype(float), RNG.integers(-2, 3, (2, 2)).astype(float)
WEIGHTS = (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
SEQUENCE = RNG.normal(size=(4, 2))


def numbers(array):
    return [number(value) for value in np.ravel(array)]


def triple(found, expected):
    off = np.where(np.isclose(found, expected), 0, found - expected)
    return [numbers(found), numbers(expected), numbers(off)]


def step(page):
    return page.evaluate("model.get('step')")


def go(page, **traits):
    page.evaluate("(traits) => Object.entries(traits).forEach(([name, value]) => model.set(name, value))", traits)
    page.wait_for_timeout(30)


def test_dx_and_dw_of_a_filter(open_page, grids):
    trace = trace_conv(X, W, padding=1)
    dx, dw = trace.image_gradient()[..., 0], trace.dw.output[..., 0]
    wrong = dx + np.eye(5)
    page = open_page(SlidingFilter(X, W, padding=1, backward=lambda dy, x, w, padding: (wrong, 2 * dw)))
    assert grids(page, ".dk-panel .dk-grid") == triple(wrong, dx)
    assert step(page) == 8  # dx[0, 0], in a picture with a rim of padding
    marked = "(all) => all.map((g) => g.querySelectorAll('.dk-wrong').length)"
    assert page.eval_on_selector_all("[data-grid=output], [data-grid=found]", marked) == [5, 5]
    page.get_by_role("button", name="next wrong number").click()
    assert step(page) == 16
    assert f"found {number(wrong[1, 1])}, expected {number(dx[1, 1])}: wrong by 1" in page.inner_text(".dk-panel")
    go(page, step=0)
    assert page.eval_on_selector_all(".dk-panel .dk-outline[visibility=visible]", "(all) => all.length") == 0
    page.get_by_role("button", name="first wrong number of dw").click()
    page.wait_for_function("model.get('view') === 'dw'")
    page.wait_for_selector("text=found dw")
    assert grids(page, ".dk-panel .dk-grid") == triple(2 * dw, dw)


def test_dx_of_a_pooling(open_page, grids):
    dx = trace_pooling(X, 3, 1).dx[..., 0]
    found = reference.maxpool2d_backward(np.abs(trace_pooling(X, 3, 1).dy)[None], X[None, ..., None], 3, 1)[0, ..., 0]
    page = open_page(Pooling(X, 3, 1, backward=lambda dy, x, K, S: found))
    assert page.get_by_label("your backward").is_checked()
    assert grids(page, ".dk-panel .dk-grid") == triple(found, dx)
    assert page.evaluate("model.get('reading')") == "numbers"
    assert step(page) == np.flatnonzero(found != dx)[0]


def test_all_gradients_of_a_batch_norm(open_page, grids):
    trace = trace_batchnorm(X)
    page = open_page(BatchNormAxes(X, backward=lambda dy, cache: (dy, trace.dgamma, -trace.dbeta)))
    expected = triple(trace.dy, trace.dx) + triple(trace.dgamma, trace.dgamma) + triple(-trace.dbeta, trace.dbeta)
    assert grids(page, ".dk-panel .dk-grid") == expected
    lines = page.locator(".dk-verdict > div").all_inner_texts()
    wrong = [(~np.isclose(trace.dy, trace.dx)).sum(), np.count_nonzero(trace.dbeta)]
    assert [line.split(" differ")[0] for line in lines] == [
        f"✗ {wrong[0]} of 25 numbers of dx",
        f"✗ {wrong[1]} of 5 numbers of dbeta",
    ]


def test_all_gradients_of_an_rnn(open_page, grids):
    layer = trace_rnn([WEIGHTS], SEQUENCE).layers[0]

    found, dWh = layer.dx * [[1], [0], [1], [1]], layer.dWh.sum(0)

    def transposed(dh, cache):
        return found[None], layer.to_past[:1], layer.dWx.sum(0), dWh.T, layer.dz.sum(0)

    page = open_page(UnrolledRNN(WEIGHTS, SEQUENCE, reference.rnn_forward, backward=transposed))
    assert step(page) == 6  # step 2 of 4 on the way back
    drawn = grids(page, ".dk-panel .dk-grid")
    assert drawn[:3] == triple(found.T, layer.dx.T)
    assert drawn[9:12] == triple(dWh.T, dWh)
    page.get_by_label("your function").check()
    page.wait_for_selector("text=found h")
    assert grids(page, ".dk-panel .dk-grid")[1] == numbers(layer.h.T)


def test_a_saved_page_keeps_to_the_setting_that_it_was_saved_with(open_page, grids):
    widget = UnrolledRNN(WEIGHTS, SEQUENCE, lambda *_: np.zeros((1, 4, 3)), activation="linear", step=7)
    page = open_page(widget)
    page.get_by_role("button", name="first wrong number").click()
    assert step(page) == 0
    assert page.evaluate("model.get('activation')") == "linear"
    assert "h = x·Wx" in page.inner_text(".dk-sentence")


@pytest.mark.parametrize("view", ["dx", "dw"])
def test_a_backward_that_fails_is_told_where_it_would_be_drawn(open_page, view):
    page = open_page(SlidingFilter(X, W, view=view, panel="yours", backward=lambda dy, x, w: dy))
    assert "returned an array; expected dx, dw" in page.inner_text(".dk-panel")
    page.locator(".dk-step").focus()
    page.keyboard.press("End")
    assert page.locator("[data-grid=output] .dk-number:not(.dk-hidden)").count() == (25 if view == "dx" else 4)
