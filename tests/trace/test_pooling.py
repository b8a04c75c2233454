"""The pooling trace against PyTorch, and its rule for ties."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from dnnkit.trace import trace_pooling

POOLS = {"max": torch.nn.functional.max_pool2d, "average": torch.nn.functional.avg_pool2d}


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 2)),
    k=st.integers(1, 4),
    s=st.integers(1, 4),
    kind=st.sampled_from(sorted(POOLS)),
)
def test_forward_and_backward_equal_pytorch(size, k, s, kind):
    assume(min(size[:2]) >= k)
    image = np.random.default_rng(0).normal(size=size)
    trace = trace_pooling(image, k, s, kind)
    x = torch.tensor(image.transpose(2, 0, 1)[None], requires_grad=True)
    y = POOLS[kind](x, k, s)
    y.backward(torch.tensor(trace.dy.transpose(2, 0, 1)[None].copy()))
    assert_allclose(trace.y, y.detach().numpy()[0].transpose(1, 2, 0), atol=1e-12)
    assert_allclose(trace.dx, x.grad.numpy()[0].transpose(1, 2, 0), atol=1e-12)
    assert_allclose(trace.matrix().T @ trace.dy.ravel(), trace.dx.ravel(), atol=1e-12)


def test_the_first_of_equal_maxima_wins_and_ties_are_counted():
    trace = trace_pooling([[1, 7], [7, 7]], 2, 2, dy=[[5]])
    assert trace.shares[0, 0, 0].tolist() == [[0, 1], [0, 0]]
    assert trace.ties[0, 0, 0] == 3
    assert_allclose(trace.dx[..., 0], [[0, 5], [0, 0]])


def test_overlapping_windows_add_up():
    trace = trace_pooling([[0, 9, 0], [0, 0, 0]], 2, 1, dy=[[2, 3]])
    assert_allclose(trace.dx[..., 0], [[0, 5, 0], [0, 0, 0]])
    assert trace.readers.tolist() == [[1, 2, 1], [1, 2, 1]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones((4, 4)), 2, 2, "min"), "'max', 'average'"),
        ((np.ones(4), 2, 2), "one image"),
        ((np.ones((4, 6)), 5, 1), "a window of K = 5 does not fit on an image of 4 x 6; take a smaller K"),
        ((np.ones((4, 4)), 0, 1), "^K is 0; it must be at least 1"),
        ((np.ones((4, 4)), 2, 0), "^S is 0; it must be at least 1"),
        ((np.ones((4, 4)), 2, 2, "max", np.ones((3, 3))), "shape of y"),
    ],
)
def test_says_what_is_wrong(arguments, words):
    with pytest.raises(ValueError, match=words):
        trace_pooling(*arguments)
