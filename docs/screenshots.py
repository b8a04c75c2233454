"""Make the pictures in docs/screenshots: each widget as its own saved page, some in dark too.

Run it where Chromium is installed: python docs/screenshots.py
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from dnnkit.trace import trace_conv
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN, View

FOLDER = Path(__file__).parent / "screenshots"
IN_DARK = {"sliding-filter", "unrolled-rnn"}
SIZE = {"width": 1040, "height": 600}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--no-proxy-server"]


def flipped(x: np.ndarray, w: np.ndarray, padding: int = 0) -> np.ndarray:
    """A student's mistake: the filter is flipped, as in the mathematical convolution."""
    return trace_conv(x, w[::-1, ::-1], padding=padding).y.output[..., 0]


def without_overlaps(dy: np.ndarray, x: np.ndarray, w: np.ndarray, padding: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Another: where windows overlap, the last one overwrites what the others gave to dx."""
    trace, k = trace_conv(x, w, padding=padding, dy=dy), len(w)
    full = np.zeros(trace.y.input.shape[:2])
    for i, j in np.ndindex(dy.shape):
        full[i : i + k, j : j + k] = dy[i, j] * w
    rim = slice(padding, len(full) - padding)
    return full[rim, rim], trace.dw.output[..., 0]


def widgets() -> Iterator[tuple[str, View]]:
    """Name and widget of every picture."""
    rng = np.random.default_rng(0)
    x = rng.integers(-4, 8, (7, 7))
    edges = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    yield "sliding-filter", SlidingFilter(x, edges, padding=1, step=16)
    yield "sliding-filter-dx", SlidingFilter(x, edges, stride=2, padding=1, view="dx", step=32, panel="formula")
    yield "sliding-filter-student", SlidingFilter(x, edges, padding=1, student=flipped)
    yield "sliding-filter-backward", SlidingFilter(x, edges, padding=1, backward=without_overlaps)
    yield "pooling", Pooling(x, 3, 2, step=4)
    yield "batch-norm", BatchNormAxes(rng.integers(-3, 6, (2, 3, 3, 2)), view="change", step=8)
    weights = (rng.normal(size=(2, 3)).round(1), rng.normal(size=(3, 3)).round(1), np.zeros(3))
    yield "unrolled-rnn", UnrolledRNN(weights, rng.normal(size=(6, 2)).round(1), step=8, panel="sums")


def picture(browser: Browser, name: str, widget: View, scheme: str, folder: Path) -> None:
    """Save one widget in one colour scheme."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    file = folder / f"{name}.html"
    widget.to_html(file)
    page.goto(file.as_uri())
    page.wait_for_selector(".dk-drawing")
    page.screenshot(path=FOLDER / f"{name}-{scheme}.png", full_page=True)
    page.close()


def main() -> None:
    """Make all pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed; the pictures are made with it.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, widget in widgets():
            for scheme in ("light", "dark") if name in IN_DARK else ("light",):
                picture(browser, name, widget, scheme, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
