"""Notebook 06: mistakes worth naming in `rnn_forward` and `rnn_backward`."""

# mypy: no-check-untyped-defs

import numpy as np

from autograder.hidden.named import named

__all__ = ["RNN_BACKWARD", "RNN_FORWARD"]


def starts_at_zero(x, h0, Wx, Wh, b):
    """Which of the arguments does your result not depend on?"""
    state, h, cache = np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h, axis=1), cache


def never_moves_on(x, h0, Wx, Wh, b):
    """Which state goes into the second step?"""
    h, cache = [], []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + h0 @ Wh + b)
        cache.append((x[:, t], h0, Wx, Wh, new))
        h.append(new)
    return np.stack(h, axis=1), cache


def backwards_in_time(x, h0, Wx, Wh, b):
    """In which direction does time run?"""
    state, h, cache = h0, [], []
    for t in reversed(range(x.shape[1])):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h, axis=1), cache


def time_first(x, h0, Wx, Wh, b):
    """x is (N, T, D): on which axis of the result does time run?"""
    state, h, cache = h0, [], []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h), cache


def counts_the_first_state(x, h0, Wx, Wh, b):
    """How many states does h hold? Is h0 one of them?"""
    state, h, cache = h0, [h0], []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h, axis=1), cache


def last_state_only(x, h0, Wx, Wh, b):
    """How many states are asked for?"""
    state, cache = h0, []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
    return state, cache


def forgets_tanh(x, h0, Wx, Wh, b):
    """Is a new state a linear function of the old one?"""
    state, h, cache = h0, [], []
    for t in range(x.shape[1]):
        new = x[:, t] @ Wx + state @ Wh + b
        cache.append((x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h, axis=1), cache


def keeps_the_last_cache_only(x, h0, Wx, Wh, b):
    """h is right; what does the backward need of the earlier steps?"""
    state, h = h0, []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache = (x[:, t], state, Wx, Wh, new)
        state = new
        h.append(state)
    return np.stack(h, axis=1), [cache]


def caches_in_reverse(x, h0, Wx, Wh, b):
    """h is right; in which order are the caches asked for?"""
    state, h, cache = h0, [], []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.insert(0, (x[:, t], state, Wx, Wh, new))
        state = new
        h.append(state)
    return np.stack(h, axis=1), cache


def overwrites_the_first_state(x, h0, Wx, Wh, b):
    """What is left of h0 after the call?"""
    h, cache = [], []
    for t in range(x.shape[1]):
        before = h0.copy()
        h0[:] = np.tanh(x[:, t] @ Wx + h0 @ Wh + b)
        cache.append((x[:, t], before, Wx, Wh, h0.copy()))
        h.append(h0.copy())
    return np.stack(h, axis=1), cache


def nothing_from_the_future(dh, cache):
    """A state acts on its own loss and on the next state: do both gradients arrive?"""
    dx, dWx, dWh, db = [], 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = dh[:, t] * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def last_loss_only(dh, cache):
    """Has every step a loss of its own, or the last one only?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, dh[:, -1]
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = dprev_h * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def gradients_overwritten(dh, cache):
    """All steps share the same weights: what happens to the gradients of the earlier ones?"""
    dx, dprev_h = [], 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def gradients_averaged_over_time(dh, cache):
    """Is the gradient of a shared weight a mean over the steps or a sum?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    T = len(cache)
    return np.stack(dx, axis=1), dprev_h, dWx / T, dWh / T, db / T


def forwards_in_time(dh, cache):
    """In which direction do gradients travel through time?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in range(len(cache)):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.append(dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def dx_in_reverse(dh, cache):
    """You walk back through time: in which order must the gradients of x stand in the end?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.append(dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def first_state_unheard(dh, cache):
    """The gradient that leaves the first step belongs to h0: where does it go?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), np.zeros_like(dprev_h), dWx, dWh, db


def future_passes_without_weights(dh, cache):
    """From the state after to the state before: through which weights does the gradient pass?"""
    dx, dWx, dWh, db, future = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        future = dz = (dh[:, t] + future) * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), future, dWx, dWh, db


def weights_not_transposed(dh, cache):
    """On its way back the gradient meets Wh from the other side."""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def tanh_derivative_forgotten(dh, cache):
    """What does the gradient pass first on its way back, tanh or the weights?"""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, _ = cache[t]
        dz = dh[:, t] + dprev_h
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


def adds_the_future_in_place(dh, cache):
    """What is left of dh after the call? An operator like += works on the caller's array."""
    dx, dWx, dWh, db, dprev_h = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        x, prev_h, Wx, Wh, next_h = cache[t]
        dh[:, t] += dprev_h
        dz = dh[:, t] * (1 - next_h**2)
        dx.insert(0, dz @ Wx.T)
        dprev_h = dz @ Wh.T
        dWx, dWh, db = dWx + x.T @ dz, dWh + prev_h.T @ dz, db + dz.sum(axis=0)
    return np.stack(dx, axis=1), dprev_h, dWx, dWh, db


RNN_FORWARD = named(
    starts_at_zero,
    never_moves_on,
    backwards_in_time,
    time_first,
    counts_the_first_state,
    last_state_only,
    forgets_tanh,
    keeps_the_last_cache_only,
    caches_in_reverse,
    overwrites_the_first_state,
)

RNN_BACKWARD = named(
    nothing_from_the_future,
    last_loss_only,
    gradients_overwritten,
    gradients_averaged_over_time,
    forwards_in_time,
    dx_in_reverse,
    first_state_unheard,
    future_passes_without_weights,
    weights_not_transposed,
    tanh_derivative_forgotten,
    adds_the_future_in_place,
)
