"""How fast the sliding filter answers in JupyterLab, beside `interact` with inline matplotlib.

Measures, gates nothing: python -m pytest tests/widgets/measure_speed.py -s
A delay runs from the key's own time stamp to the first frame after the change was drawn.
"""

import statistics
import time

SETUP = """\
import numpy as np
from dnnkit.widgets import SlidingFilter
x = np.random.default_rng(0).integers(-4, 5, (7, 7))
w = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
view = SlidingFilter(x, w, padding=1)
"""
INTERACT = """\
from ipywidgets import interact
def draw(step):
    view.step = step
    display(view.figure())
interact(draw, step=(0, 48))
"""
TIMER = """(selector) => {
  window.delays = [];
  let began = null;
  const start = (event) => { began = event.timeStamp; };
  for (const kind of ["keydown", "input"]) document.addEventListener(kind, start, true);
  const painted = () => requestAnimationFrame(() => setTimeout(() => {
    if (began !== null) window.delays.push(performance.now() - began);
    began = null;
  }));
  const target = document.querySelector(selector);
  const images = () => [...target.querySelectorAll("img")].map((image) => image.decode().catch(() => 0));
  new MutationObserver(() => Promise.all(images()).then(painted))
    .observe(target, { subtree: true, childList: true, characterData: true });
}"""


def report(name, delays):
    ordered = sorted(delays)
    p90 = ordered[int(0.9 * len(ordered))]
    print(f"\n{name}: median {statistics.median(ordered):.1f} ms, p90 {p90:.1f} ms, {len(ordered)} times")


def press(page, key, times, pause):
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(pause)
    return page.evaluate("window.delays")


def test_step(notebook):
    page, _ = notebook(SETUP, "view")
    page.wait_for_selector(".dk-drawing")
    page.evaluate(TIMER, ".dk-count")
    page.locator(".dk-step").focus()
    report("step", press(page, "ArrowRight", 45, 60))


def test_interact_with_inline_matplotlib(notebook):
    page, _ = notebook(SETUP, INTERACT)
    page.wait_for_selector(".jp-OutputArea img", timeout=30_000)
    page.evaluate(TIMER, ".jp-OutputArea-output .jp-OutputArea")
    for step in range(1, 16):
        page.locator(".widget-readout").fill(str(step))
        page.locator(".widget-readout").press("Enter")
        page.wait_for_timeout(900)
    report("interact with inline matplotlib", page.evaluate("window.delays"))


def test_setting_through_python(notebook):
    page, _ = notebook(SETUP, "view")
    page.wait_for_selector(".dk-drawing")
    page.evaluate(TIMER, ".dk-stage")
    page.locator("[data-name=padding]").focus()
    for key in ["ArrowLeft", "ArrowRight"] * 10:
        page.keyboard.press(key)
        page.wait_for_timeout(250)
    report("setting through Python", page.evaluate("window.delays"))


def test_playing(notebook):
    page, _ = notebook(SETUP, "view")
    page.wait_for_selector(".dk-drawing")
    page.get_by_label("steps a second").select_option("60")
    page.locator(".dk-step").focus()
    page.keyboard.press(" ")
    script = """new Promise((done) => {
      const seen = [];
      const look = (now) => {
        const step = document.querySelector(".dk-step").value;
        if (seen.at(-1)?.[1] !== step) seen.push([now, step]);
        if (Number(step) < 48) requestAnimationFrame(look);
        else done(1000 * (seen.length - 1) / (seen.at(-1)[0] - seen[0][0]));
      };
      requestAnimationFrame(look);
    })"""
    print(f"\nplaying: {page.evaluate(script):.1f} drawn steps a second")


def test_thirty_widgets(notebook):
    page, _ = notebook(SETUP, "1")
    page.wait_for_timeout(3000)
    made = "for _ in range(30):\n    display(SlidingFilter(x, w, padding=1))"
    page.evaluate(
        "(made) => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(made)", made
    )
    began = time.perf_counter()
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function("document.querySelectorAll('.dnnkit .dk-drawing').length === 30", timeout=60_000)
    print(f"\n30 widgets: {time.perf_counter() - began:.2f} s from run to all drawn")
