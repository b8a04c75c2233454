"""What every widget gives besides itself: a small still picture, a figure, a file, a state; and what its tests need."""

import html
import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from autograder.student.outputs import STILL_PICTURE
from dnnkit.widgets import BatchNormAxes, Pooling, SlidingFilter, UnrolledRNN

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 7))
WEIGHTS = (RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3))
WIDGETS = {
    "sliding filter": lambda: SlidingFilter(X, X[:3, :3], padding=1),
    "pooling": lambda: Pooling(X, 3, 2),
    "batch norm": lambda: BatchNormAxes(X[:6, :4]),
    "unrolled RNN": lambda: UnrolledRNN(WEIGHTS, X[:6, :2]),
}


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_a_saved_notebook_grows_by_at_most_40_kilobytes(make):
    data, _ = make()._repr_mimebundle_()
    assert 2000 < len(json.dumps(data)) < 40_000


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_the_still_picture_is_one_that_feedback_shows(make):
    widget = make()
    data, _ = widget._repr_mimebundle_()
    picture = STILL_PICTURE.fullmatch(data["text/html"])
    assert html.unescape(picture[1]) == data["text/plain"]


@pytest.mark.parametrize("make", WIDGETS.values(), ids=WIDGETS)
def test_every_way_out_shows_the_present_step(make):
    widget = make()
    caption = widget._repr_mimebundle_()[0]["text/plain"]
    assert isinstance(widget.figure(), Figure)
    assert widget.figure().get_suptitle() == caption
    assert widget.link().startswith("#step=0&")
    widget.step = 3
    assert "step=3" in widget.link()
    page = widget.to_html()
    state = json.loads(re.search(r'id="state">(.*?)</script>', page)[1])
    assert state["step"] == widget.state()["step"] == 3
    assert not re.search(r"(?:src|href)=.?https?:|@import|fetch\(", page)


@pytest.mark.parametrize("name", ["Chromium is not installed", "axe-core is not installed"])
def test_what_is_absent_skips_with_the_reason_and_fails_under_ci(required, monkeypatch, name):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=name):
        required(None, name)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"{name}; under CI it must be there"):
        required(None, name)
