"""Convolution of images against PyTorch, numerical gradients, its own matrices and the worksheet."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import adjoint_error, numerical_gradient, numerical_gradient_of_batch, relative_error
from dnnkit.reference import windows

sweep = settings(max_examples=250)
geometries = st.fixed_dictionaries(
    {
        "image": st.tuples(st.integers(1, 9), st.integers(1, 9)),
        "filter": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "batch": st.integers(1, 3),
        "channels": st.sampled_from([1, 2, 3, 7, 8, 9]),
        "filters": st.integers(1, 4),
        "stride": st.integers(1, 4),
        "padding": st.integers(0, 3),
        "dilation": st.integers(1, 3),
    }
)
PLAIN = {"batch": 2, "channels": 3, "filters": 2, "stride": 1, "padding": 0, "dilation": 1}
ONE_PIXEL = PLAIN | {"image": (1, 1), "filter": (1, 1), "stride": 3}
TOO_WIDE = PLAIN | {"image": (9, 2), "filter": (3, 3)}


def draw(g: dict, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(g["batch"], *g["image"], g["channels"])).astype(dtype)
    w = rng.normal(size=(*g["filter"], g["channels"], g["filters"])).astype(dtype)
    return x, w, rng.normal(size=g["filters"]).astype(dtype)


def fits(g: dict) -> bool:
    return all(
        g["dilation"] * (k - 1) + 1 <= n + 2 * g["padding"] for n, k in zip(g["image"], g["filter"], strict=True)
    )


def torch_conv2d(torch: ModuleType, x: np.ndarray, w: np.ndarray, b: np.ndarray, dy: np.ndarray, how: dict) -> list:
    """y, dx, dw, db of PyTorch, in the course's axes."""
    tx, tw, tb, tdy = (torch.from_numpy(a) for a in (x, w, b, dy))
    for leaf in (tx, tw, tb):
        leaf.requires_grad_()
    y = torch.conv2d(tx.permute(0, 3, 1, 2).contiguous(), tw.permute(3, 2, 0, 1).contiguous(), tb, **how).permute(
        0, 2, 3, 1
    )
    y.backward(tdy)
    return [y, tx.grad, tw.grad, tb.grad]


@sweep
@given(g=geometries, dtype=st.sampled_from([np.float32, np.float64]))
@example(g=ONE_PIXEL, dtype=np.float64)
@example(g=TOO_WIDE, dtype=np.float64)
def test_forward_and_backward(torch: ModuleType, agree, g: dict, dtype: type) -> None:
    x, w, b = draw(g, dtype)
    how = {name: g[name] for name in ("stride", "padding", "dilation")}
    if not fits(g):
        with pytest.raises(ValueError, match="conv2d: a filter of length"):
            ref.conv2d(x, w, b, **how)
        with pytest.raises(ValueError, match="conv2d_backward: a filter of length"):
            ref.conv2d_backward(x, x, w, **how)
        return
    y = ref.conv2d(x, w, b, **how)
    dy = np.random.default_rng(1).normal(size=y.shape).astype(dtype)
    ours = [y, *ref.conv2d_backward(dy, x, w, **how)]
    for mine, theirs in zip(ours, torch_conv2d(torch, x, w, b, dy, how), strict=True):
        agree(mine, theirs, dtype)


@pytest.mark.parametrize("channels", [3, 9])
def test_blocks_and_memory_order_make_no_difference(monkeypatch: pytest.MonkeyPatch, channels: int) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5, 7, 6, channels)), rng.normal(size=(3, 2, channels, 4))
    y = ref.conv2d(x, w, stride=2, padding=1)
    dy = rng.normal(size=y.shape)
    whole = [y, *ref.conv2d_backward(dy, x, w, stride=2, padding=1)]
    monkeypatch.setattr(windows, "BLOCK_BYTES", 2 * y[0, :, :, 0].size * w[..., 0].nbytes)
    x, w, dy = np.asfortranarray(x), np.repeat(w, 2, axis=0)[::2], dy[::-1][::-1]
    blocked = [ref.conv2d(x, w, stride=2, padding=1), *ref.conv2d_backward(dy, x, w, stride=2, padding=1)]
    for a, b in zip(whole, blocked, strict=True):
        assert relative_error(a, b) < 1e-12


@sweep
@given(g=geometries.filter(fits))
def test_im2col_holds_every_window(g: dict) -> None:
    x, _, _ = draw(g)
    (kh, kw), s, d = g["filter"], g["stride"], g["dilation"]
    columns = ref.im2col(x, kh, kw, s, g["padding"], d)
    padded = np.pad(x, [(0, 0), (g["padding"],) * 2, (g["padding"],) * 2, (0, 0)])
    rows = [
        image[i : i + d * kh - d + 1 : d, j : j + d * kw - d + 1 : d].ravel()
        for image in padded
        for i in range(0, padded.shape[1] - d * (kh - 1), s)
        for j in range(0, padded.shape[2] - d * (kw - 1), s)
    ]
    np.testing.assert_array_equal(columns, rows)


def test_gradients_are_numerical_gradients() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 8, 7, 3)), rng.normal(size=(3, 2, 3, 4))
    dy = rng.normal(size=ref.conv2d(x, w, stride=2, padding=1, dilation=2).shape)
    dx, dw, db = ref.conv2d_backward(dy, x, w, stride=2, padding=1, dilation=2)

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
        return ref.conv2d(x, w, b, stride=2, padding=1, dilation=2)

    assert relative_error(dx, numerical_gradient_of_batch(lambda x: forward(x, w), x, dy, h=1.0)) < 1e-10
    assert relative_error(dw, numerical_gradient(lambda w: forward(x, w), w, dy, h=1.0)) < 1e-10
    assert relative_error(db, numerical_gradient(lambda b: forward(x, w, b), np.zeros(4), dy, h=1.0)) < 1e-10


@pytest.mark.parametrize("channels", [1, 8])
def test_backward_is_the_adjoint(channels: int) -> None:
    rng = np.random.default_rng(0)
    x, w, y = (rng.normal(size=s) for s in ((2, 6, 9, channels), (3, 3, channels, 5), (2, 2, 3, 5)))
    error = adjoint_error(
        lambda x: ref.conv2d(x, w, stride=3, padding=1), lambda y: ref.conv2d_backward(y, x, w, 3, 1)[0], x, y
    )
    assert error < 1e-14


@given(image=st.tuples(st.integers(1, 6), st.integers(1, 6)), kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_doubly_blocked_matrix_convolves(image: tuple, kernel: tuple) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=image), rng.normal(size=kernel)
    if kernel[0] > image[0] or kernel[1] > image[1]:
        with pytest.raises(ValueError, match="conv_matrix_2d: a filter"):
            ref.conv_matrix_2d(w, *image)
        return
    y = ref.conv2d(x[None, :, :, None], w[:, :, None, None])[0, :, :, 0]
    W = ref.conv_matrix_2d(w, *image)
    assert W.shape == (y.size, x.size)
    assert relative_error(W @ x.ravel(), y.ravel()) < 1e-12


def test_pointwise_is_a_1x1_convolution() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5, 7, 3)), rng.normal(size=(3, 4))
    assert relative_error(ref.pointwise_conv(x, w), ref.conv2d(x[None], w[None, None])[0]) < 1e-14
    with pytest.raises(ValueError, match=r"pointwise_conv: got .* but C is 3 and 2"):
        ref.pointwise_conv(x, w[:2])


@given(n=st.integers(1, 7), m=st.integers(1, 7), lr=st.floats(-2, 2))
def test_one_kernel_on_one_image(n: int, m: int, lr: float) -> None:
    rng = np.random.default_rng(0)
    X, dY = rng.normal(size=(n, n)), rng.normal(size=(m, m))
    if m > n:
        for function in (ref.kernel_gradient, lambda X, dY: ref.patch_decomposition(X, dY, lr)):
            with pytest.raises(ValueError, match=r": got X .*, dY .*; expected a dY no larger than X"):
                function(X, dY)
        return
    k = n - m + 1
    w = rng.normal(size=(k, k))
    by_equation_11 = [[np.sum(X[h : h + m, l : l + m] * dY) for l in range(k)] for h in range(k)]  # noqa: E741
    _, dw, _ = ref.conv2d_backward(dY[None, :, :, None], X[None, :, :, None], w[:, :, None, None])
    assert relative_error(ref.kernel_gradient(X, dY), by_equation_11) < 1e-12
    assert relative_error(ref.kernel_gradient(X, dY), dw[:, :, 0, 0]) < 1e-12
    step = ref.sgd_step(w, X, dY, lr) - w
    np.testing.assert_allclose(step, -lr * dw[:, :, 0, 0], atol=1e-12)
    patches, coefficients = ref.patch_decomposition(X, dY, lr)
    assert (patches.shape, coefficients.shape) == ((m * m, k, k), (m * m,))
    np.testing.assert_array_equal(patches[-1], X[m - 1 :, m - 1 :])
    np.testing.assert_allclose(np.tensordot(coefficients, patches, 1), step, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, w: ref.conv2d(x[0], w), r"conv2d: got x \(8, 6, 3\), .* expected x \(B, H, W, C\)"),
        (lambda x, w: ref.conv2d(x, w[:, :, 1:]), "conv2d: got .* but C is 3 and 2"),
        (lambda x, w: ref.conv2d(x, w, np.ones(3)), "conv2d: got .* but F is 10 and 3"),
        (lambda x, w: ref.conv2d(x, w, stride=0), "conv2d: stride is 0"),
        (lambda x, w: ref.conv2d(x, w, padding=-1), "conv2d: padding is -1"),
        (lambda x, w: ref.conv2d(x, w, dilation=0), "conv2d: dilation is 0"),
        (lambda x, w: ref.conv2d(x[:0], w), "conv2d: got .* but B is 0"),
        (lambda x, w: ref.conv2d_backward(x, x, w), r"got dy \(2, 8, 6, 3\); expected \(2, 4, 4, 10\)"),
        (lambda x, w: ref.im2col(x, 9, 3), "im2col: a filter of length kh = 9 spans 9 entries, but H = 8; take"),
        (lambda x, w: ref.kernel_gradient(x[0, :, :, 0], np.ones((2, 2))), "but n is 8 and 6"),
        (lambda x, w: ref.im2col(x, 3, 0), "im2col: kw is 0; expected an int of at least 1"),
        (
            lambda x, w: ref.conv2d(x, w, padding=1, dilation=3),
            "conv2d: a filter of length kh = 5 with dilation 3 spans 13 entries, but H = 8, 10 with its padding",
        ),
        (lambda x, w: ref.conv_matrix_2d(w[:, :, 0, 0], 8, 0), "conv_matrix_2d: width is 0"),
        (lambda x, w: ref.conv_matrix_2d(w[:, :, 0, 0], 4, 8), "kh = 5 spans 5 entries, but height = 4;"),
        (lambda x, w: ref.sgd_step(np.ones((3, 3)), w[0, :, :3, 0], np.ones((4, 4)), 1), "^sgd_step: got X .* dY no"),
        (
            lambda x, w: ref.sgd_step(np.ones((3, 3)), np.ones((4, 4)), np.ones((3, 3)), 1),
            r"^sgd_step: got w \(3, 3\); expected \(2, 2\)",
        ),
    ],
)
def test_nonsense_is_refused_in_words(call, message: str) -> None:
    x, w = np.ones((2, 8, 6, 3)), np.ones((5, 3, 3, 10))
    with pytest.raises(ValueError, match=message):
        call(x, w)
