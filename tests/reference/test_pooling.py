"""Pooling against PyTorch, against loops where maxima tie, and by hand."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import numerical_gradient_of_batch, relative_error
from dnnkit.reference import windows

sweep = settings(max_examples=150)
geometries = {
    "shape": st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3, 9])),
    "K": st.integers(1, 4),
    "S": st.integers(1, 5),
}


@sweep
@given(**geometries, dtype=st.sampled_from([np.float32, np.float64]))
@example(shape=(1, 4, 4, 1), K=2, S=2, dtype=np.float64)
@example(shape=(2, 7, 5, 3), K=3, S=2, dtype=np.float64)
@example(shape=(2, 7, 5, 3), K=2, S=3, dtype=np.float32)
def test_both_poolings(torch: ModuleType, agree, shape: tuple[int, ...], K: int, S: int, dtype: type) -> None:
    x = -1 - np.random.default_rng(0).random(shape).astype(dtype)  # all negative: a window padded by 0 would show
    if min(shape[1:3]) < K:
        for call in (lambda: ref.maxpool2d(x, K, S), lambda: ref.avgpool2d_backward(x, shape, K, S)):
            with pytest.raises(
                ValueError, match=r"pool2d.*: a window of length K = \d does not fit on [HW] = \d; take a smaller K"
            ):
                call()
        return
    functional = torch.nn.functional
    for pool, backward, torch_pool in (
        (ref.maxpool2d, lambda dy: ref.maxpool2d_backward(dy, x, K, S), functional.max_pool2d),
        (ref.avgpool2d, lambda dy: ref.avgpool2d_backward(dy, x.shape, K, S), functional.avg_pool2d),
    ):
        tx = torch.from_numpy(x).requires_grad_()
        ty = torch_pool(tx.permute(0, 3, 1, 2).contiguous(), K, S).permute(0, 2, 3, 1)
        y = pool(x, K, S)
        dy = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
        ty.backward(torch.from_numpy(dy))
        dx = backward(dy)
        agree(y, ty, dtype)
        agree(dx, tx.grad, dtype)


def maxpool_backward_by_loops(dy: np.ndarray, x: np.ndarray, K: int, S: int) -> np.ndarray:
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        u, v = np.unravel_index(np.argmax(window), window.shape)  # argmax gives the first of equals
        dx[b, i * S + u, j * S + v, c] += dy[b, i, j, c]
    return dx


@sweep
@given(**geometries)
@example(shape=(2, 6, 9, 3), K=3, S=3)  # windows that cover every pixel once
@example(shape=(2, 7, 11, 3), K=3, S=3)  # a rest at the edge
@example(shape=(2, 2, 2, 3), K=2, S=5)
@example(shape=(2, 8, 8, 3), K=3, S=2)  # overlap
def test_first_of_equal_maxima_takes_the_gradient(shape: tuple[int, ...], K: int, S: int) -> None:
    shape = (shape[0], max(shape[1], K), max(shape[2], K), shape[3])
    x = np.random.default_rng(0).integers(-2, 1, size=shape).astype(float)
    dy = np.random.default_rng(1).integers(1, 9, size=ref.maxpool2d(x, K, S).shape).astype(float)
    np.testing.assert_array_equal(ref.maxpool2d_backward(dy, x, K, S), maxpool_backward_by_loops(dy, x, K, S))


@pytest.mark.parametrize(("K", "S"), [(2, 2), (3, 1), (2, 3)])
def test_blocks_and_memory_order_make_no_difference(monkeypatch: pytest.MonkeyPatch, K: int, S: int) -> None:
    x = np.random.default_rng(0).normal(size=(5, 6, 7, 2))
    dy = np.random.default_rng(1).normal(size=ref.maxpool2d(x, K, S).shape)

    def all_four(x: np.ndarray, dy: np.ndarray) -> list[np.ndarray]:
        return [
            ref.maxpool2d(x, K, S),
            ref.maxpool2d_backward(dy, x, K, S),
            ref.avgpool2d(x, K, S),
            ref.avgpool2d_backward(dy, x.shape, K, S),
        ]

    whole = all_four(x, dy)
    monkeypatch.setattr(windows, "BLOCK_BYTES", 2 * x[0].nbytes)
    for a, b in zip(whole, all_four(np.asfortranarray(x), dy[::-1][::-1]), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("K", "S"), [(2, 2), (3, 2), (2, 3)])
def test_gradients_are_numerical_gradients(K: int, S: int) -> None:
    x = np.random.default_rng(0).permutation(2.0 * np.arange(7 * 5 * 2)).reshape(1, 7, 5, 2)  # no ties within 1
    dy = np.random.default_rng(1).normal(size=ref.maxpool2d(x, K, S).shape)
    numerical = numerical_gradient_of_batch(lambda x: ref.maxpool2d(x, K, S), x, dy, h=0.5)
    assert relative_error(ref.maxpool2d_backward(dy, x, K, S), numerical) < 1e-12
    numerical = numerical_gradient_of_batch(lambda x: ref.avgpool2d(x, K, S), x, dy, h=1.0)
    assert relative_error(ref.avgpool2d_backward(dy, x.shape, K, S), numerical) < 1e-12


def test_worksheet_f() -> None:
    by_hand = ref.pool_by_hand(np.array([[9, 1], [4, 2]]), np.array([[8]]))
    np.testing.assert_array_equal(by_hand["max"], [[8, 0], [0, 0]])
    np.testing.assert_array_equal(by_hand["average"], [[2, 2], [2, 2]])
    np.testing.assert_array_equal(ref.pool_by_hand(np.eye(2)[::-1], np.ones((1, 1)))["max"], [[0, 1], [0, 0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: ref.maxpool2d(x[0], 2, 2), r"maxpool2d: .* shape \(4, 4, 1\); expected \(B, H, W, C\)"),
        (lambda x: ref.maxpool2d(x[:0], 2, 2), r"maxpool2d: .* shape \(0, 4, 4, 1\); expected .* none of them 0"),
        (lambda x: ref.maxpool2d(x, 2, 0), "^maxpool2d: S is 0"),
        (lambda x: ref.maxpool2d(x, 0, 1), "^maxpool2d: K is 0"),
        (lambda x: ref.maxpool2d(x[:, :, :2], 3, 1), "^maxpool2d: a window of length K = 3 does not fit on W = 2"),
        (lambda x: ref.avgpool2d_backward(x, (1, 2, 2, 1), 2, 1.0), "^avgpool2d_backward: S is 1.0"),
        (lambda x: ref.maxpool2d_backward(x, x, 2, 2), r"got dy \(1, 4, 4, 1\); expected \(1, 2, 2, 1\)"),
        (lambda x: ref.avgpool2d_backward(x, (1, 6, 9, 1), 2, 2), r"got dy .* expected \(1, 3, 4, 1\)"),
        (lambda x: ref.pool_by_hand(np.ones((3, 3)), x[0, :1, :1, 0]), r"got X \(3, 3\); expected \(2, 2\)"),
        (lambda x: ref.pool_by_hand(x[0, :2, :2, 0], np.ones((2, 2))), r"got dY \(2, 2\); expected \(1, 1\)"),
    ],
)
def test_nonsense_is_refused_in_words(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.ones((1, 4, 4, 1)))
