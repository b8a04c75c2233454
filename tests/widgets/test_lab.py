"""The widgets in JupyterLab with a kernel: keys, themes, settings through Python, reload, restart, many at once."""

import json

import nbformat
import numpy as np

from dnnkit.trace import trace_conv
from dnnkit.widgets import SlidingFilter
from dnnkit.widgets.picture import number

SETUP = """\
import numpy as np
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN
x = np.random.default_rng(0).integers(-4, 5, (7, 7))
w = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
"""
X = np.random.default_rng(0).integers(-4, 5, (7, 7))
W = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"


def outputs(page):
    """The numbers of y that the page shows now."""
    return page.locator("[data-grid=output] .dk-number:not(.dk-hidden)").all_text_contents()


def expected(**setting):
    return [number(value) for value in trace_conv(X, W, **setting).y.output.ravel()]


def cells(page):
    """What a key must not change: cell types, sources, the active cell."""
    return page.evaluate(
        "(() => { const n = window.jupyterapp.shell.currentWidget.content;"
        " return [n.activeCellIndex, n.widgets.map((c) => [c.model.type, c.model.sharedModel.source])]; })()"
    )


def test_keys_move_the_widget_and_not_the_notebook(notebook):
    page, _ = notebook(SETUP, "SlidingFilter(x, w, padding=1)", "1 + 1")
    page.wait_for_selector(".dk-drawing")
    page.locator(".dk-step").focus()
    before = cells(page)
    walk = {"ArrowRight": 2, "ArrowDown": 9, "ArrowUp": 2, "End": 49, "Home": 1, "m": 1, "d": 1}
    for key, count in walk.items():
        page.keyboard.press(key)
        page.wait_for_function(f"document.querySelector('.dk-count').textContent === '{count} / 49'")
        assert outputs(page) == expected(padding=1)[:count]
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.dk-step').value >= 2")
    page.keyboard.press("Escape")
    assert cells(page) == before
    assert page.evaluate("document.activeElement.classList.contains('jp-Cell')")


def test_a_setting_goes_through_python_and_back(notebook):
    page, _ = notebook(SETUP, "view = SlidingFilter(x, w)\nview")
    page.wait_for_selector(".dk-drawing")
    page.locator("[data-name=stride]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.dk-count').textContent.endsWith('/ 9')")
    page.locator(".dk-step").focus()
    page.keyboard.press("End")
    assert outputs(page) == expected(stride=2)
    assert page.evaluate("document.querySelector('[data-name=stride]').value") == "2"


def test_themes_change_the_colours(notebook):
    page, _ = notebook(SETUP, "SlidingFilter(x, w)")
    page.wait_for_selector(".dk-drawing")
    fills = "[...document.querySelectorAll('text.dk-number, .dk-ground')].map((e) => getComputedStyle(e).fill)"
    colours = f"[...new Set({fills})]"
    light = page.evaluate(colours)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function(f"JSON.stringify({colours}) !== '{json.dumps(light, separators=(',', ':'))}'")
    dark = page.evaluate(colours)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    assert not set(light) & set(dark)


def test_a_reload_keeps_the_widget_and_a_restart_says_so(notebook):
    page, file = notebook(SETUP, "SlidingFilter(x, w, step=3)")
    page.wait_for_selector(".dk-drawing")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    page.wait_for_selector(".dk-drawing", timeout=60_000)
    assert outputs(page) == expected()[:4]
    assert not page.is_visible(".dk-lost")
    page.evaluate(f"{KERNEL}.restart()")
    page.wait_for_selector(".dk-lost", state="visible", timeout=30_000)
    assert "The kernel was restarted" in page.inner_text(".dk-lost")
    page.locator(".dk-step").focus()
    page.keyboard.press("ArrowRight")
    assert outputs(page) == expected()[:5]
    assert file.stat().st_size < 40_000 + 3_000  # the cells and metadata around one widget
    saved = nbformat.read(file, 4)
    assert "widgets" not in saved.metadata
    assert '<img alt="y[0, 3] = ' in saved.cells[1].outputs[0].data["text/html"]


MANY = """\
weights = (np.ones((7, 2)), np.eye(2), np.zeros(2))
for k in range(30):
    make = [lambda: SlidingFilter(x, w), lambda: Pooling(x), lambda: BatchNormAxes(x), lambda: UnrolledRNN(weights, x)]
    display(make[k % 4]())
"""


def test_thirty_widgets_of_all_kinds_in_one_notebook(notebook):
    page, _ = notebook(SETUP, MANY)
    page.wait_for_function("document.querySelectorAll('.dnnkit .dk-stage .dk-drawing').length === 30", timeout=60_000)
    titles = page.locator(".dnnkit .dk-head").all_inner_texts()
    kinds = ["Sliding filter", "Pooling", "Batch normalisation", "Unrolled RNN"]
    assert titles == [kinds[k % 4] for k in range(30)]
    assert outputs(page) == [expected()[0]] * 8
    sheets = "[...document.querySelectorAll('style')].filter((e) => e.textContent.includes('.dnnkit')).length"
    assert page.evaluate(sheets) == 1
    before = cells(page)
    for kind in kinds:
        slider = page.locator(f".dnnkit[aria-label='{kind}'] .dk-step").first
        slider.focus()
        for key, value in {"ArrowRight": "1", "m": "1", "End": slider.get_attribute("max"), "Home": "0"}.items():
            page.keyboard.press(key)
            assert slider.input_value() == value
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.classList.contains('jp-Cell')")
    assert cells(page)[1] == before[1]
    first, second = page.locator(".dnnkit[aria-label=Pooling]").all()[:2]
    first.get_by_label("numbers of x").check()
    assert second.get_by_label("windows").is_checked()


def test_the_still_picture_stands_in_where_no_widget_can_run(open_page, browser):
    data, _ = SlidingFilter(X, W)._repr_mimebundle_()
    page = browser.new_page()
    page.set_content(data["text/html"])
    assert page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)") > 200
    page.close()
