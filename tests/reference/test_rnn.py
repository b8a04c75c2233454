"""Recurrent networks against PyTorch, numerical gradients and Jacobians."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import numerical_gradient, relative_error

sweep = settings(max_examples=80)
sizes = {name: st.integers(1, 5) for name in "NTDH"}


def draw(N: int, T: int, D: int, H: int, dtype: type = np.float64) -> list[np.ndarray]:
    """x, h0, Wx, Wh, b, dh."""
    rng = np.random.default_rng(0)
    shapes = ((N, T, D), (N, H), (D, H), (H, H), (H,), (N, T, H))
    return [(0.7 * rng.normal(size=shape)).astype(dtype) for shape in shapes]


@sweep
@given(**sizes, dtype=st.sampled_from([np.float32, np.float64]))
@example(N=1, T=1, D=1, H=1, dtype=np.float64)
def test_sequence(torch: ModuleType, agree, N: int, T: int, D: int, H: int, dtype: type) -> None:
    x, h0, Wx, Wh, b, dh = draw(N, T, D, H, dtype)
    leaves = [torch.from_numpy(a).requires_grad_() for a in (x, h0, Wx, Wh, b)]
    tx, th, tWx, tWh, tb = leaves
    states = []
    for t in range(T):
        th = torch.tanh(tx[:, t] @ tWx + th @ tWh + tb)
        states.append(th)
    torch.stack(states, dim=1).backward(torch.from_numpy(dh))
    h, cache = ref.rnn_forward(x, h0, Wx, Wh, b)
    agree(h, torch.stack(states, dim=1), dtype)
    for gradient, leaf in zip(ref.rnn_backward(dh, cache), leaves, strict=True):
        agree(gradient, leaf.grad, dtype)


@sweep
@given(N=sizes["N"], D=sizes["D"], H=sizes["H"])
def test_one_step_is_a_sequence_of_one(N: int, D: int, H: int) -> None:
    x, h0, Wx, Wh, b, dh = draw(N, 1, D, H)
    h, caches = ref.rnn_forward(x, h0, Wx, Wh, b)
    next_h, cache = ref.rnn_step_forward(x[:, 0], h0, Wx, Wh, b)
    assert relative_error(next_h, h[:, 0]) < 1e-14
    for of_step, of_sequence in zip(ref.rnn_step_backward(dh[:, 0], cache), ref.rnn_backward(dh, caches), strict=True):
        assert relative_error(of_step, of_sequence.reshape(of_step.shape)) < 1e-13


def test_caches_hold_what_the_course_says() -> None:
    x, h0, Wx, Wh, b, _ = draw(3, 4, 2, 5)
    h, cache = ref.rnn_forward(x, h0, Wx, Wh, b)
    assert type(cache) is list
    states = np.concatenate([h0[:, None], h], axis=1)
    for t, entry in enumerate(cache):
        expected = (x[:, t], states[:, t], Wx, Wh, states[:, t + 1])
        for cached, value in zip(entry, expected, strict=True):
            np.testing.assert_array_equal(cached, value)
    next_h, entry = ref.rnn_step_forward(x[:, 0], h0, Wx, Wh, b)
    for cached, value in zip(entry, (x[:, 0], h0, Wx, Wh, next_h), strict=True):
        np.testing.assert_array_equal(cached, value)


def test_backward_takes_caches_that_were_put_together_by_hand() -> None:
    x, h0, Wx, Wh, b, dh = draw(3, 4, 2, 5)
    caches, prev_h = [], h0
    for t in range(4):
        prev_h, cache = ref.rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)
        caches.append(cache)
    _, own = ref.rnn_forward(x, h0, Wx, Wh, b)
    for a, e in zip(ref.rnn_backward(dh, tuple(caches)), ref.rnn_backward(dh, own), strict=True):
        assert relative_error(a, e) < 1e-13


def test_backward_is_the_numerical_gradient() -> None:
    x, h0, Wx, Wh, b, dh = draw(2, 3, 2, 3)
    dx, dh0, dWx, dWh, db = ref.rnn_backward(dh, ref.rnn_forward(x, h0, Wx, Wh, b)[1])
    for gradient, f, at in (
        (dx, lambda x: ref.rnn_forward(x, h0, Wx, Wh, b)[0], x),
        (dh0, lambda h0: ref.rnn_forward(x, h0, Wx, Wh, b)[0], h0),
        (dWx, lambda Wx: ref.rnn_forward(x, h0, Wx, Wh, b)[0], Wx),
        (dWh, lambda Wh: ref.rnn_forward(x, h0, Wx, Wh, b)[0], Wh),
        (db, lambda b: ref.rnn_forward(x, h0, Wx, Wh, b)[0], b),
    ):
        assert relative_error(gradient, numerical_gradient(f, at, dh)) < 1e-8


def test_vanilla_rnn_keeps_its_state() -> None:
    rnn = ref.VanillaRNN(input_size=2, hidden_size=3, output_size=4)
    shapes = {"W_xh": (3, 2), "W_hh": (3, 3), "W_hy": (4, 3), "Bh": (3,), "By": (4,), "hidden_state": (3,)}
    assert {name: getattr(rnn, name).shape for name in shapes} == shapes
    np.testing.assert_array_equal(rnn.hidden_state, np.zeros(3))
    h = np.zeros(3)
    for x in np.random.default_rng(0).normal(size=(3, 2)):
        h = np.tanh(rnn.W_hh @ h + rnn.W_xh @ x + rnn.Bh)
        np.testing.assert_allclose(rnn.forward(x), rnn.W_hy @ h + rnn.By)
        np.testing.assert_allclose(rnn.hidden_state, h)


def test_task_types_use_the_four_words() -> None:
    assert ref.task_types == {
        "image classification": "one-to-one",
        "image captioning": "one-to-many",
        "sentiment of a review": "many-to-one",
        "phoneme of a speech clip": "many-to-one",
        "translation": "many-to-many",
        "label for every video frame": "many-to-many",
    }


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_local_gradients_are_derivatives(point: list[float]) -> None:
    def derivatives(f, *at: float) -> np.ndarray:
        return numerical_gradient(lambda values: np.asarray(f(*values)), np.array(at))

    first, second, _ = point
    for node in ("mul_x", "mul_h"):
        expected = derivatives(lambda a, b: a * b, first, second)
        np.testing.assert_allclose(ref.local_gradients[node](first, second), expected, atol=1e-8)
    expected = derivatives(lambda p, q, b: p + q + b, *point)
    np.testing.assert_allclose(ref.local_gradients["add"](*point), expected, atol=1e-8)
    expected = derivatives(np.tanh, first)
    np.testing.assert_allclose(ref.local_gradients["tanh"](first), expected[0], atol=1e-8)


@given(T=st.integers(1, 5), H=st.integers(1, 4))
def test_gradient_norms_are_those_of_numerical_jacobians(T: int, H: int) -> None:
    x, h0, Wx, Wh, b, _ = draw(1, T, 2, H)
    h, _ = ref.rnn_forward(x, h0, Wx, Wh, b)

    def last_state(h_t: np.ndarray, t: int) -> np.ndarray:
        for later in range(t + 1, T):
            h_t = np.tanh(x[:, later] @ Wx + h_t @ Wh + b)
        return h_t

    for t, norm in enumerate(ref.gradient_norms(Wh, h[0])):
        rows = [numerical_gradient(lambda h_t, t=t: last_state(h_t, t), h[:, t], np.eye(H)[[i]]) for i in range(H)]
        np.testing.assert_allclose(norm, np.linalg.norm(np.concatenate(rows), ord=2), rtol=1e-6, atol=1e-9)


def test_gradient_norms_without_tanh_are_powers_of_the_matrix() -> None:
    Wh = np.random.default_rng(0).normal(size=(3, 3))
    expected = [np.linalg.norm(np.linalg.matrix_power(Wh, 4 - t), ord=2) for t in range(5)]
    np.testing.assert_allclose(ref.gradient_norms(Wh, np.zeros((5, 3))), expected)
    assert ref.gradient_norms(Wh.astype(np.float32), np.zeros((5, 3), np.float32)).dtype == np.float32


def step_back(dnext_h: np.ndarray, *cache: np.ndarray) -> None:
    ref.rnn_step_backward(dnext_h, cache)


def walk_back(dh: np.ndarray, *cache: np.ndarray) -> None:
    """Back through a single step."""
    ref.rnn_backward(dh[:, :1], [cache])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_forward(x, h0[1:], Wx, Wh, b), "but N is 3 and 2"),
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_forward(x, h0, Wx.T, Wh, b), "rnn_forward: got .* but D is 2 and 5"),
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_forward(x[:, :0], h0, Wx, Wh, b), "but T is 0"),
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_step_forward(x, h0, Wx, Wh, b), r"expected x \(N, D\)"),
        (
            lambda x, h0, Wx, Wh, b, dh: ref.rnn_backward(dh[:, 1:], ref.rnn_forward(x, h0, Wx, Wh, b)[1]),
            r"rnn_backward: got dh \(3, 3, 5\); expected \(3, 4, 5\)",
        ),
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_backward(dh, []), "rnn_backward: got an empty cache"),
        (lambda x, h0, Wx, Wh, b, dh: ref.rnn_step_backward(h0[1:], (x[:, 0], h0, Wx, Wh, h0)), "N is 2 and 3"),
        (
            lambda x, h0, Wx, Wh, b, dh: step_back(h0, x[:, 0], h0, Wx[:1], Wh, h0),
            "^rnn_step_backward: .* D is 2 and 1",
        ),
        (lambda x, h0, Wx, Wh, b, dh: step_back(h0, x[1:, 0], h0, Wx, Wh, h0), "^rnn_step_backward: .* N is 3 and 2"),
        (
            lambda x, h0, Wx, Wh, b, dh: step_back(h0, x[:, 0], h0[:, 1:], Wx, Wh, h0),
            "^rnn_step_backward: .* is 5 and 4",
        ),
        (
            lambda x, h0, Wx, Wh, b, dh: step_back(h0, x[:, 0], h0, Wx, Wh[1:], h0),
            "^rnn_step_backward: .* H is 5 and 4",
        ),
        (lambda x, h0, Wx, Wh, b, dh: walk_back(dh, x[:, 0], h0, Wx[:1], Wh, h0), "^rnn_backward: .* D is 2 and 1"),
        (lambda x, h0, Wx, Wh, b, dh: walk_back(dh, x[:, 0], h0[1:], Wx, Wh, h0), "^rnn_backward: .* N is 3 and 2"),
        (lambda x, h0, Wx, Wh, b, dh: walk_back(dh, x[:, 0], h0, Wx, Wh[1:], h0), "^rnn_backward: .* H is 5 and 4"),
        (lambda x, h0, Wx, Wh, b, dh: walk_back(dh, x[:, 0], h0, Wx, Wh, h0[:, 1:]), "^rnn_backward: .* H is 5 and 4"),
        (
            lambda x, h0, Wx, Wh, b, dh: ref.rnn_backward(
                dh[:, :2], [(x[:, 0], h0, Wx, Wh, h0), (x[1:, 0], h0, Wx, Wh, h0)]
            ),
            r"^rnn_backward: got x \(3, 2\), \(2, 2\) in the cache; expected one shape at all steps",
        ),
        (
            lambda x, h0, Wx, Wh, b, dh: ref.rnn_backward(
                dh[:, :2], [(x[:, 0], h0, Wx, Wh, h0), (x[:, 0], h0, Wx, Wh, h0[:, :1])]
            ),
            r"^rnn_backward: got next_h \(3, 5\), \(3, 1\) in the cache; expected one shape at all steps",
        ),
        (lambda x, h0, Wx, Wh, b, dh: ref.VanillaRNN(2, 0, 1), "^VanillaRNN: hidden_size is 0; expected an int"),
        (lambda x, h0, Wx, Wh, b, dh: ref.gradient_norms(Wh, dh[0, :, 1:]), "gradient_norms: .* H is 4 and 5"),
        (lambda x, h0, Wx, Wh, b, dh: ref.VanillaRNN(2, 5, 1).forward(b), "VanillaRNN.forward: .* D is 2 and 5"),
    ],
)
def test_nonsense_is_refused_in_words(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(*draw(3, 4, 2, 5))
