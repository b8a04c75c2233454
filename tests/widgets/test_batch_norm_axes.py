"""Batch normalisation without a browser."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dnnkit.trace import trace_batchnorm
from dnnkit.widgets import BatchNormAxes

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(5, 3))
IMAGES = RNG.normal(size=(2, 3, 4, 2))
GAMMA, BETA = np.array([2.0, -1]), np.array([0.5, 1])


def received(widget):
    """The arrays as the front end unpacks them."""
    numbers = np.frombuffer(widget.data, "<f8")
    return {
        name: numbers[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (offset, shape) in widget.index.items()
    }


@pytest.mark.parametrize("mode", ["train", "evaluate"])
def test_images_are_drawn_under_each_other_and_channels_side_by_side(mode):
    arrays = received(BatchNormAxes(IMAGES, gamma=GAMMA, beta=BETA))
    trace = trace_batchnorm(IMAGES, GAMMA, BETA, training=mode == "train")
    places = arrays["places"].astype(int)
    assert arrays["x"].shape == (6, 8)
    for i, j in np.ndindex(6, 8):
        at = tuple(places[i, j])
        assert at[0] == i // 3
        assert at[3] == j // 4
        assert arrays["x"][i, j] == IMAGES[at]
        assert arrays[f"{mode}.y"][i, j] == trace.y[at]
        assert arrays[f"{mode}.dx"][i, j] == trace.dx[at]


def test_changes_are_slopes_between_a_little_less_and_a_little_more():
    arrays = received(BatchNormAxes(IMAGES, gamma=GAMMA, beta=BETA))
    step = np.zeros(IMAGES.shape)
    step[1, 0, 2, 1] = 1e-6
    more, less = (trace_batchnorm(IMAGES + move, GAMMA, BETA).y for move in (step, -step))
    drawn = ((more - less) / 2e-6).transpose(0, 1, 3, 2).ravel()
    assert_allclose(arrays["train.change"][3 * 8 + 4 + 2], drawn, atol=1e-8)
    assert np.count_nonzero(arrays["evaluate.change"]) == IMAGES.size


@pytest.mark.parametrize("size", [1e-6, 1, 1e8])
def test_what_only_epsilon_keeps_from_zero_does_not_change(size):
    """The notebooks' batch: where x_hat is 1 or -1, the mean's part and the deviation's part cancel."""
    batch = size * np.array([[1.0, 4], [1, 6], [5, 4], [5, 9]])
    change = received(BatchNormAxes(batch, epsilon=1e-8 * size**2))["train.change"]
    assert np.flatnonzero(change[0]).tolist() == [0, 2]
    assert_allclose(change[0, [0, 2]] * size, [0.25, -0.25], rtol=1e-6)
    assert np.flatnonzero(change[1]).tolist() == [1, 3, 5, 7]


def test_many_numbers_are_not_all_tried():
    assert "train.change" not in received(BatchNormAxes(RNG.normal(size=(50, 3))))


def batchnorm(x, gamma, beta, epsilon):
    return trace_batchnorm(x, gamma, beta, epsilon).y, "cache"


def with_sample_variance(x, gamma, beta, epsilon):
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0, ddof=1) + epsilon) + beta, "cache"


def test_the_student_is_compared_in_training():
    assert BatchNormAxes(ROWS, batchnorm).info["verdict"]["agrees"]
    assert BatchNormAxes(IMAGES, batchnorm, gamma=GAMMA, beta=BETA).info["verdict"]["agrees"]
    wrong = BatchNormAxes(ROWS, with_sample_variance)
    assert wrong.info["verdict"]["lines"][0]["text"] == "15 of 15 numbers of y in training differ from yours."
    assert wrong.panel == "yours"


def test_a_failing_student_is_told_not_raised():
    verdict = BatchNormAxes(ROWS, lambda x: x).info["verdict"]
    assert "TypeError" in verdict["lines"][0]["text"]


def test_state_makes_the_same_widget_again():
    widget = BatchNormAxes(
        IMAGES, gamma=GAMMA, beta=BETA, epsilon=1e-3, mode="evaluate", view="dx", step=7, panel="terms"
    )
    again = BatchNormAxes(**json.loads(json.dumps(widget.state())))
    assert (again.state(), again.data) == (widget.state(), widget.data)


def test_the_still_picture_is_small_and_the_figure_draws_before_and_after():
    widget = BatchNormAxes(IMAGES, view="dx")
    data, _ = widget._repr_mimebundle_()
    assert "the mean of 24 numbers" in data["text/plain"]
    assert sum(len(json.dumps(part)) for part in data.values()) < 40_000
    assert [ax.get_title() for ax in widget.figure().axes] == ["dy", "dx"]
