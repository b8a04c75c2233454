"""Everyone can use it: axe-core finds nothing, both themes are readable, reduced motion is honoured."""

import numpy as np
import pytest

from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN

X = np.random.default_rng(0).integers(-4, 5, (6, 6))
W = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
WEIGHTS = (np.ones((2, 3)), np.eye(3) / 2, np.zeros(3))
WIDGETS = {
    "sliding filter": lambda: SlidingFilter(X, W, 2, 1),
    "sliding filter, backward": lambda: SlidingFilter(X, W, 2, 1, view="dx", panel="im2col"),
    "sliding filter, code": lambda: SlidingFilter(X, W, panel="code"),
    "sliding filter, wrong": lambda: SlidingFilter(X, W, student=lambda x, w: np.zeros((4, 4))),
    "pooling": lambda: Pooling(X, 3, 2, student=lambda x, K, S: np.zeros((2, 2))),
    "pooling, averages": lambda: Pooling(X, 2, 2, "average", reading="numbers"),
    "batch norm": lambda: BatchNormAxes(X, lambda x, *_, epsilon: x),
    "batch norm, change": lambda: BatchNormAxes(X, view="change", panel="terms"),
    "batch norm, backward": lambda: BatchNormAxes(X, backward=lambda dy, cache: (dy, cache[1], cache[1])),
    "unrolled RNN": lambda: UnrolledRNN(WEIGHTS, X[:, :2], truncate=2, step=9),
    "unrolled RNN, norms": lambda: UnrolledRNN(WEIGHTS, X[:, :2], lambda *_: np.zeros((1, 6, 3)), panel="norms"),
}
CONTRAST = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = channels(getComputedStyle(document.querySelector(".dk-ground")).fill);
  return [...document.querySelectorAll("text.dk-number")].filter((e) => e.textContent).map((e) => {
    const style = getComputedStyle(e.previousElementSibling);
    if (!e.previousElementSibling.classList.contains("dk-cell")) return 21;
    const [hue, share] = [channels(style.fill), Number(style.fillOpacity)];
    const back = light(hue.slice(0, 3).map((v, k) => share * v + (1 - share) * ground[k]));
    const ink = light(channels(getComputedStyle(e).fill));
    return (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05);
  });
}"""


@pytest.mark.parametrize("name", WIDGETS)
def test_axe_finds_nothing(open_page, axe, name):
    page = open_page(WIDGETS[name](), color_scheme="light")
    page.evaluate(axe)
    assert broken_rules(page, "") == []
    page.emulate_media(color_scheme="dark")
    assert broken_rules(page, "{runOnly: ['color-contrast']}") == []


def broken_rules(page, options):
    """What axe-core objects to, and where."""
    found = page.evaluate(f"axe.run({options})")["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("name", WIDGETS)
def test_numbers_stand_out_from_their_cells(open_page, name):
    page = open_page(WIDGETS[name]())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        ratios = page.evaluate(CONTRAST)
        assert len(ratios) > 20
        assert min(ratios) >= 4.5


@pytest.mark.parametrize(("motion", "expected"), [("reduce", "0s"), ("no-preference", "0.11s")])
def test_reduced_motion_is_honoured(open_page, motion, expected):
    page = open_page(WIDGETS["sliding filter"](), reduced_motion=motion)
    assert page.eval_on_selector(".dk-window", "(e) => getComputedStyle(e).transitionDuration") == expected


@pytest.mark.parametrize("name", WIDGETS)
def test_one_sentence_is_spoken_for_each_step(open_page, name):
    page = open_page(WIDGETS[name]())
    assert page.locator("[aria-live=polite]").count() == 1
    before = page.inner_text(".dk-sentence")
    page.get_by_label("one step forward").click()
    assert page.inner_text(".dk-sentence") != before
