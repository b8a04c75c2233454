"""Vanilla recurrent networks: one step, a whole sequence, and how gradients travel through time.

Except in ``VanillaRNN``, vectors are rows::

    next_h = tanh(x Wx + prev_h Wh + b)

In a sequence the inputs are known beforehand, so x Wx is one product for all steps, and so is dx on the way
back; only what passes from state to state has to wait for its turn.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dnnkit.reference.arguments import expect_shape, floats, match_shapes, whole_numbers

__all__ = [
    "VanillaRNN",
    "gradient_norms",
    "local_gradients",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "task_types",
]

StepCache = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

# Worksheet part 2: what goes in and what comes out, one thing or a sequence.
task_types: dict[str, str] = {
    "image classification": "one-to-one",
    "image captioning": "one-to-many",
    "sentiment of a review": "many-to-one",
    "phoneme of a speech clip": "many-to-one",
    "translation": "many-to-many",
    "label for every video frame": "many-to-many",
}

# The computational graph of one scalar step, node by node: derivatives with respect to each input.
local_gradients: dict[str, Callable[..., Any]] = {
    "mul_x": lambda x, wx: (wx, x),
    "mul_h": lambda prev_h, wh: (wh, prev_h),
    "add": lambda p, q, b: (1.0, 1.0, 1.0),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
}


class VanillaRNN:
    """A recurrent network on single column vectors, one call for every time step.

    h_t = tanh(W_hh h_{t-1} + W_xh x_t + Bh) and y_t = W_hy h_t + By, with W_xh (H, D), W_hh (H, H), W_hy (O, H),
    Bh (H,), By (O,). The state starts at zero and persists from call to call.
    Raises ValueError when a size is below 1.

    >>> rnn = VanillaRNN(input_size=3, hidden_size=5, output_size=2)
    >>> rnn.forward(np.ones(3)).shape, rnn.hidden_state.shape
    ((2,), (5,))
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        whole_numbers("VanillaRNN", 1, **sizes)
        rng = np.random.default_rng()
        self.W_xh = rng.normal(size=(hidden_size, input_size))
        self.W_hh = rng.normal(size=(hidden_size, hidden_size))
        self.W_hy = rng.normal(size=(output_size, hidden_size))
        self.Bh = rng.normal(size=hidden_size)
        self.By = rng.normal(size=output_size)
        self.hidden_state = np.zeros(hidden_size)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Take one step: update the hidden state and return the output.

        x: (D,). Returns (O,). Raises ValueError when x has another length.
        """
        x, h, W_xh, W_hh, W_hy, Bh, By = floats(x, self.hidden_state, self.W_xh, self.W_hh, self.W_hy, self.Bh, self.By)
        match_shapes("VanillaRNN.forward", W_xh=(W_xh, "H D"), x=(x, "D"))
        self.hidden_state = np.tanh(W_hh @ h + W_xh @ x + Bh)
        return W_hy @ self.hidden_state + By


def rnn_step_forward(
    x: np.ndarray, prev_h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, StepCache]:
    """One time step of a batch: next_h = tanh(x Wx + prev_h Wh + b).

    x: (N, D), prev_h: (N, H), Wx: (D, H), Wh: (H, H), b: (H,).
    Returns next_h (N, H) and cache = (x, prev_h, Wx, Wh, next_h).

    >>> next_h, cache = rnn_step_forward(np.ones((4, 3)), np.zeros((4, 5)), np.ones((3, 5)), np.eye(5), np.zeros(5))
    >>> next_h.shape
    (4, 5)
    """
    x, prev_h, Wx, Wh, b = floats(x, prev_h, Wx, Wh, b)
    match_shapes(
        "rnn_step_forward",
        x=(x, "N D"),
        prev_h=(prev_h, "N H"),
        Wx=(Wx, "D H"),
        Wh=(Wh, "H H"),
        b=(b, "H"),
    )
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h: np.ndarray, cache: StepCache) -> tuple[np.ndarray, ...]:
    """Gradient of one time step. With z what goes into tanh, dz = dnext_h (1 - next_h^2).

    dnext_h: (N, H), cache of ``rnn_step_forward``.
    Returns dx (N, D), dprev_h (N, H), dWx (D, H), dWh (H, H), db (H,).
    Raises ValueError when the shapes do not match.

    >>> _, cache = rnn_step_forward(np.ones((4, 3)), np.zeros((4, 5)), np.ones((3, 5)), np.eye(5), np.zeros(5))
    >>> [d.shape for d in rnn_step_backward(np.ones((4, 5)), cache)]
    [(4, 3), (4, 5), (3, 5), (5, 5), (5,)]
    """
    dnext_h, x, prev_h, Wx, Wh, next_h = floats(dnext_h, *cache)
    match_shapes(
        "rnn_step_backward",
        dnext_h=(dnext_h, "N H"),
        x=(x, "N D"),
        prev_h=(prev_h, "N H"),
        Wx=(Wx, "D H"),
        Wh=(Wh, "H H"),
        next_h=(next_h, "N H"),
    )
    dz = dnext_h * (1 - next_h * next_h)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def rnn_forward(
    x: np.ndarray, h0: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, list[StepCache]]:
    """All time steps of a batch of sequences.

    x: (N, T, D), h0: (N, H), Wx: (D, H), Wh: (H, H), b: (H,).
    Returns h (N, T, H) and cache, a list of T caches of ``rnn_step_forward``. The caches share h's memory.

    >>> h, cache = rnn_forward(np.ones((4, 7, 3)), np.zeros((4, 5)), np.ones((3, 5)), np.eye(5), np.zeros(5))
    >>> h.shape, len(cache)
    ((4, 7, 5), 7)
    """
    x, h0, Wx, Wh, b = floats(x, h0, Wx, Wh, b)
    N, T, D, H = match_shapes("rnn_forward", x=(x, "N T D"), h0=(h0, "N H"), Wx=(Wx, "D H"), Wh=(Wh, "H H"), b=(b, "H"))
    h = np.empty((T + 1, N, H), x.dtype)
    h[0] = h0
    np.matmul(x.swapaxes(0, 1).reshape(T * N, D), Wx, out=h[1:].reshape(T * N, H))
    h[1:] += b
    for t in range(T):
        h[t + 1] += h[t] @ Wh
        np.tanh(h[t + 1], out=h[t + 1])
    cache = [(x[:, t], h[t], Wx, Wh, h[t + 1]) for t in range(T)]
    return h[1:].swapaxes(0, 1), cache


def rnn_backward(dh: np.ndarray, cache: Sequence[StepCache]) -> tuple[np.ndarray, ...]:
    """Gradient of a whole sequence: each state hears from its own loss and from the step after it.

    dh: (N, T, H), each step's own loss gradient; cache of ``rnn_forward``.
    Returns dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).
    Raises ValueError when the shapes do not match, or are others at another step.

    >>> _, cache = rnn_forward(np.ones((4, 7, 3)), np.zeros((4, 5)), np.ones((3, 5)), np.eye(5), np.zeros(5))
    >>> [d.shape for d in rnn_backward(np.ones((4, 7, 5)), cache)]
    [(4, 7, 3), (4, 5), (3, 5), (5, 5), (5,)]
    """
    if not cache:
        raise ValueError("rnn_backward: got an empty cache; expected one entry for each time step")
    dh, x, h0, Wx, Wh, next_h = floats(dh, *cache[0])
    N, D, H = match_shapes(
        "rnn_backward",
        x=(x, "N D"),
        prev_h=(h0, "N H"),
        Wx=(Wx, "D H"),
        Wh=(Wh, "H H"),
        next_h=(next_h, "N H"),
    )
    T = len(cache)
    expect_shape("rnn_backward", "dh", dh, (N, T, H))
    x = _stacked("x", [x for x, *_ in cache], dh.dtype)
    h = _stacked("next_h", [h0, *(next_h for *_, next_h in cache)], dh.dtype)
    dz = 1 - h[1:] * h[1:]
    WhT, dprev_h = Wh.T.copy(), np.zeros((N, H), dh.dtype)  # turned over once, not in every product
    for t in reversed(range(T)):
        dz[t] *= dh[:, t] + dprev_h
        dprev_h = dz[t] @ WhT
    dz = dz.reshape(T * N, H)
    dx = (dz @ Wx.T).reshape(T, N, D).swapaxes(0, 1)
    db = np.ones(len(dz), dz.dtype) @ dz
    return dx, dprev_h, x.reshape(T * N, D).T @ dz, h[:-1].reshape(T * N, H).T @ dz, db


def _stacked(name: str, steps: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """One array of what a cache has at its steps. Raises ValueError when the shapes differ."""
    try:
        return np.array(steps, dtype)
    except ValueError:
        shapes = ", ".join(dict.fromkeys(str(np.shape(step)) for step in steps))
        raise ValueError(f"rnn_backward: got {name} {shapes} in the cache; expected one shape at all steps") from None


def gradient_norms(Wh: np.ndarray, h: np.ndarray) -> np.ndarray:
    """How strongly the last state hears of each earlier one: spectral norm of d h_T / d h_t.

    Wh: (H, H), h: (T, H), the states h_1..h_T of one sequence. Returns (T,), the last 1.
    One step is d h_{t+1} / d h_t = diag(1 - h_{t+1}^2) Wh^T; the chain rule multiplies the steps from t to T.

    >>> gradient_norms(np.diag([0.5, 0.1]), np.zeros((4, 2)))
    array([0.125, 0.25 , 0.5  , 1.   ])
    """
    h, Wh = floats(h, Wh)
    T, H = match_shapes("gradient_norms", h=(h, "T H"), Wh=(Wh, "H H"))
    norms = np.ones(T, h.dtype)
    chain = np.eye(H, dtype=h.dtype)
    for t in reversed(range(T - 1)):
        chain = chain @ ((1 - h[t + 1] ** 2)[:, None] * Wh.T)
        norms[t] = np.linalg.norm(chain, ord=2)
    return norms
