"""Convolution of vectors against PyTorch, against its own matrix and against the worksheet."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import relative_error

sweep = settings(max_examples=150)
geometry = {
    "n": st.integers(1, 12),
    "k": st.integers(1, 6),
    "stride": st.integers(1, 4),
    "padding": st.integers(0, 3),
    "dilation": st.integers(1, 3),
    "seed": st.integers(0, 2**32 - 1),
}


def vectors(seed: int, *lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=length) for length in lengths]


@sweep
@given(**geometry)
@example(n=3, k=3, stride=5, padding=0, dilation=1, seed=0)
@example(n=1, k=2, stride=1, padding=0, dilation=1, seed=0)
def test_forward(torch: ModuleType, n: int, k: int, stride: int, padding: int, dilation: int, seed: int) -> None:
    x, w = vectors(seed, n, k)
    if dilation * (k - 1) + 1 > n + 2 * padding:
        with pytest.raises(ValueError, match="conv1d: a filter"):
            ref.conv1d(x, w, stride, padding, dilation)
        with pytest.raises(ValueError, match="conv_matrix: a filter"):
            ref.conv_matrix(w, n, stride, padding, dilation)
        return
    images, filters = torch.from_numpy(x)[None, None], torch.from_numpy(w)[None, None]
    expected = torch.conv1d(images, filters, stride=stride, padding=padding, dilation=dilation)[0, 0].numpy()
    y = ref.conv1d(x, w, stride, padding, dilation)
    assert relative_error(y, expected) < 1e-10
    W = ref.conv_matrix(w, n, stride, padding, dilation)
    assert W.shape == (len(y), n + 2 * padding)
    assert relative_error(W @ np.pad(x, padding), expected) < 1e-10
    assert np.count_nonzero(W) == len(y) * k


@sweep
@given(n=st.integers(1, 10), k=st.integers(1, 10), seed=st.integers(0, 2**32 - 1))
def test_backward(torch: ModuleType, n: int, k: int, seed: int) -> None:
    x, w, dy = vectors(seed, n, k, max(n - k + 1, 1))
    if k > n:
        with pytest.raises(ValueError, match=r"conv1d_backward_w: got dy .* no longer than x"):
            ref.conv1d_backward_w(w, x)
        return
    tx, tw = (torch.from_numpy(a).requires_grad_() for a in (x, w))
    torch.conv1d(tx[None, None], tw[None, None])[0, 0].backward(torch.from_numpy(dy))
    assert relative_error(ref.conv1d_backward_x(dy, w), tx.grad.numpy()) < 1e-10
    assert relative_error(ref.conv1d_backward_x_as_conv(dy, w), tx.grad.numpy()) < 1e-10
    assert relative_error(ref.conv1d_backward_w(dy, x), tw.grad.numpy()) < 1e-10


def test_worksheet_problem_2() -> None:
    w1, w2, w3 = w = np.array([2.0, 3.0, 5.0])
    x1, x2, x3, x4 = x = np.array([7.0, 11.0, 13.0, 17.0])
    W = ref.conv_matrix(w, n=4, padding=1)
    np.testing.assert_array_equal(
        W, [[w1, w2, w3, 0, 0, 0], [0, w1, w2, w3, 0, 0], [0, 0, w1, w2, w3, 0], [0, 0, 0, w1, w2, w3]]
    )
    by_hand = [
        x1 * w2 + x2 * w3,
        x1 * w1 + x2 * w2 + x3 * w3,
        x2 * w1 + x3 * w2 + x4 * w3,
        x3 * w1 + x4 * w2,
    ]
    np.testing.assert_array_equal(ref.conv1d(x, w, padding=1), by_hand)


def test_worksheet_problem_3() -> None:
    w1, w2, w3 = w = np.array([2.0, 3.0, 5.0])
    x1, x2, x3, x4 = x = np.array([7.0, 11.0, 13.0, 17.0])
    d1, d2 = dy = np.array([19.0, 23.0])
    dx = [w1 * d1, w2 * d1 + w1 * d2, w3 * d1 + w2 * d2, w3 * d2]
    np.testing.assert_array_equal(ref.conv1d_backward_x(dy, w), dx)
    np.testing.assert_array_equal(ref.conv1d_backward_x_as_conv(dy, w), dx)
    dw = [d1 * x1 + d2 * x2, d1 * x2 + d2 * x3, d1 * x3 + d2 * x4]
    np.testing.assert_array_equal(ref.conv1d_backward_w(dy, x), dw)


@given(n=st.integers(1, 12), k=st.integers(1, 6), padding=st.integers(0, 3))
def test_sparsity_and_reuse_are_those_of_the_matrix(n: int, k: int, padding: int) -> None:
    if k > n + 2 * padding:
        with pytest.raises(ValueError, match="conv_vs_dense: a filter"):
            ref.conv_vs_dense(n, k, padding)
        return
    W = ref.conv_matrix(np.arange(1.0, k + 1), n, padding=padding)
    nonzero = W[W != 0]
    assert ref.conv_vs_dense(n, k, padding) == (nonzero.size, W.size, len(set(nonzero)))


def test_vectors_must_be_vectors() -> None:
    with pytest.raises(ValueError, match=r"conv1d: got x \(2, 3\), w \(3,\); expected x \(n\), w \(k\)"):
        ref.conv1d(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match=r"conv1d: got x .* but n is 0"):
        ref.conv1d(np.ones(0), np.ones(1))


def test_what_does_not_fit_is_told_by_name() -> None:
    with pytest.raises(ValueError, match=r"^conv1d: a filter of length k = 4 spans 4 entries, but n = 3; take"):
        ref.conv1d(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match=r"^conv_matrix: n is 0; expected an int of at least 1"):
        ref.conv_matrix(np.ones(3), 0)
    with pytest.raises(
        ValueError, match=r"^conv1d_backward_w: got dy \(5,\), x \(4,\); expected a dy no longer than x"
    ):
        ref.conv1d_backward_w(np.ones(5), np.ones(4))
