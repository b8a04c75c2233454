"""A student's function in the browser: found, expected, difference, and never a dead widget."""

import numpy as np

from dnnkit.trace import trace_conv
from dnnkit.widgets import SlidingFilter
from dnnkit.widgets.picture import number

X = np.random.default_rng(0).integers(-4, 5, (5, 5))
W = np.array([[1, 2], [3, 4]])
RIGHT = trace_conv(X, W).y.output[..., 0]
WRONG = [1, 6, 11]


def three_wrong(x, w):
    y = RIGHT.copy()
    y.flat[WRONG] += [1, -2, 0.5]
    return y


def step(page):
    return page.evaluate("model.get('step')")


def test_found_expected_and_difference_are_drawn(open_page, grids):
    page = open_page(SlidingFilter(X, W, student=three_wrong))
    wrong = three_wrong(X, W)
    assert grids(page, ".dk-panel .dk-grid") == [
        [number(v) for v in plane.ravel()] for plane in (wrong, RIGHT, wrong - RIGHT)
    ]
    assert "3 of 16 numbers of y differ" in page.inner_text(".dk-verdict")
    marked = "(all) => all.map((g) => g.querySelectorAll('.dk-wrong').length)"
    assert page.eval_on_selector_all("[data-grid=output], [data-grid=found]", marked) == [3, 3]


def test_buttons_walk_through_the_wrong_numbers(open_page):
    page = open_page(SlidingFilter(X, W, student=three_wrong))
    assert step(page) == 1
    for button, expected in [("next", 6), ("next", 11), ("next", 11), ("previous", 6), ("first", 1)]:
        page.get_by_role("button", name=f"{button} wrong number").click()
        assert step(page) == expected
    assert f"expected {number(RIGHT.flat[1])}: wrong by 1" in page.inner_text(".dk-panel")


def test_a_right_function_is_told_so(open_page):
    page = open_page(SlidingFilter(X, W, student=lambda x, w: RIGHT))
    assert "✓ Your function agrees: all 16 numbers of y are right." in page.inner_text(".dk-verdict")
    assert page.locator(".dk-wrong").count() == 0


def test_a_wrong_shape_is_drawn_as_it_came(open_page, grids):
    page = open_page(SlidingFilter(X, W, student=lambda x, w: RIGHT[:2], panel="yours"))
    assert "returned shape (2, 4); expected (4, 4)" in page.inner_text(".dk-verdict")
    assert grids(page, ".dk-panel .dk-grid") == [[number(v) for v in RIGHT[:2].ravel()]]


def test_an_exception_leaves_the_widget_alive(open_page):
    def crashes(x, w):
        raise ZeroDivisionError("by <b>zero</b>")

    page = open_page(SlidingFilter(X, W, student=crashes, panel="yours"))
    assert "crashes raised ZeroDivisionError: by <b>zero</b>, in line" in page.inner_text(".dk-verdict")
    page.locator(".dk-step").focus()
    page.keyboard.press("End")
    assert page.locator("[data-grid=output] .dk-number:not(.dk-hidden)").count() == 16


def test_nan_is_shown_as_nan(open_page, grids):
    page = open_page(SlidingFilter(X, W, student=lambda x, w: RIGHT * np.nan))
    assert grids(page, ".dk-panel .dk-grid")[0] == ["nan"] * 16
