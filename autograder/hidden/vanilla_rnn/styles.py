"""Notebook 06: other right answers, each complete in itself. All of them must get full points and no hint."""

from functools import reduce
from itertools import accumulate
from typing import Any

import numpy as np

from autograder.hidden.vanilla_rnn.cell_styles import GRADIENTS, NETWORKS

__all__ = ["STYLES"]


def step_with_loops(x, prev_h, Wx, Wh, b):
    next_h = np.zeros(prev_h.shape)
    for n in range(len(x)):
        for j in range(len(b)):
            z = b[j]
            for d in range(len(Wx)):
                z += x[n, d] * Wx[d, j]
            for i in range(len(Wh)):
                z += prev_h[n, i] * Wh[i, j]
            next_h[n, j] = np.tanh(z)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_with_stacked_weights(x, prev_h, Wx, Wh, b):
    z = np.hstack([x, prev_h]) @ np.vstack([Wx, Wh]) + b
    next_h = np.tanh(z)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_with_exponentials(x, prev_h, Wx, Wh, b):
    z = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    next_h = 1 - 2 / (np.exp(2 * z) + 1)
    return next_h, [x, prev_h, Wx, Wh, next_h]


def step_of_columns(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(Wx.T @ x.T + Wh.T @ prev_h.T + b[:, None]).T
    return next_h, (x.copy(), prev_h.copy(), Wx.copy(), Wh.copy(), next_h)


def step_with_einsum(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(np.einsum("nd,dh->nh", x, Wx) + np.einsum("ni,ih->nh", prev_h, Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def back_with_loops(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dx, dprev_h = np.zeros(x.shape), np.zeros(prev_h.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(len(Wh))
    for n, j in np.ndindex(dnext_h.shape):
        dz = dnext_h[n, j] * (1 - next_h[n, j] ** 2)
        db[j] += dz
        for d in range(x.shape[1]):
            dx[n, d] += dz * Wx[d, j]
            dWx[d, j] += dz * x[n, d]
        for i in range(len(Wh)):
            dprev_h[n, i] += dz * Wh[i, j]
            dWh[i, j] += dz * prev_h[n, i]
    return dx, dprev_h, dWx, dWh, db


def back_with_matrices(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = (1 - next_h * next_h) * dnext_h
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, np.sum(dz, axis=0)


def back_from_the_pre_activation(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h / np.cosh(np.arctanh(next_h)) ** 2
    dx, dprev_h = np.split(dz @ np.vstack([Wx, Wh]).T, [x.shape[1]], axis=1)
    dWx, dWh = np.split(np.hstack([x, prev_h]).T @ dz, [x.shape[1]])
    return [dx, dprev_h, dWx, dWh, np.ones(len(dz)) @ dz]


def back_with_einsum(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h - dnext_h * next_h**2
    return (
        np.einsum("nh,dh->nd", dz, Wx),
        np.einsum("nh,ih->ni", dz, Wh),
        np.einsum("nd,nh->dh", x, dz),
        np.einsum("ni,nh->ih", prev_h, dz),
        np.einsum("nh->h", dz),
    )


def forward_in_an_array(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h, cache, state = np.zeros((N, T, len(b))), [], h0
    for t in range(T):
        previous, state = state, np.tanh(x[:, t] @ Wx + state @ Wh + b)
        cache.append((x[:, t], previous, Wx, Wh, state))
        h[:, t] = state
    return h, cache


def forward_in_a_list(x, h0, Wx, Wh, b):
    states = [h0]
    for x_t in np.moveaxis(x, 1, 0):
        states.append(np.tanh(x_t @ Wx + states[-1] @ Wh + b))
    cache = [(x[:, t], states[t], Wx, Wh, states[t + 1]) for t in range(x.shape[1])]
    return np.stack(states[1:], axis=1), cache


def forward_all_inputs_at_once(x, h0, Wx, Wh, b):
    driven = np.einsum("ntd,dh->tnh", x, Wx) + b
    states = list(accumulate(driven, lambda h, z: np.tanh(z + h @ Wh), initial=h0))
    cache = tuple([x[:, t], states[t], Wx, Wh, states[t + 1]] for t in range(x.shape[1]))
    return np.array(states[1:]).transpose(1, 0, 2), cache


def forward_with_a_row_for_the_start(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h = np.empty((N, T + 1, h0.shape[1]))
    h[:, 0] = h0
    for t in range(T):
        h[:, t + 1] = np.tanh(np.concatenate([x[:, t], h[:, t]], axis=1) @ np.concatenate([Wx, Wh]) + b)
    return h[:, 1:], [(x[:, t], h[:, t], Wx, Wh, h[:, t + 1]) for t in range(T)]


def through_time_in_arrays(dh, cache):
    N, T, H = dh.shape
    _, _, Wx, Wh, _ = cache[0]
    dx, dprev_h = np.zeros((N, T, len(Wx))), np.zeros((N, H))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    for t in range(T - 1, -1, -1):
        x, prev_h, _, _, next_h = cache[t]
        dz = (dh[:, t] + dprev_h) * (1 - next_h**2)
        dx[:, t] = dz @ Wx.T
        dprev_h = dz @ Wh.T
        dWx += x.T @ dz
        dWh += prev_h.T @ dz
        db += dz.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def through_time_gathering_dz(dh, cache):
    Wx, Wh = cache[0][2], cache[0][3]
    x, prev_h, next_h = (np.stack([step[k] for step in cache], axis=1) for k in (0, 1, 4))
    dz = np.zeros_like(dh)
    dprev_h = 0
    for t in reversed(range(dh.shape[1])):
        dz[:, t] = (dh[:, t] + dprev_h) * (1 - next_h[:, t] ** 2)
        dprev_h = dz[:, t] @ Wh.T
    dWx, dWh = np.einsum("ntd,nth->dh", x, dz), np.einsum("nti,nth->ih", prev_h, dz)
    return dz @ Wx.T, dprev_h, dWx, dWh, dz.sum(axis=(0, 1))


def through_time_with_separate_states(dh, cache):
    xs, befores, Wxs, Whs, states = zip(*cache, strict=True)
    Wx, Wh = Wxs[0], Whs[0]
    dz = [np.zeros_like(states[0])]  # of the step after the last one
    for t in reversed(range(len(states))):
        dz.insert(0, (dh[:, t] + dz[0] @ Wh.T) * (1 - states[t] ** 2))
    dx = np.stack([step @ Wx.T for step in dz[:-1]], axis=1)
    dWx = sum(x.T @ step for x, step in zip(xs, dz, strict=False))
    dWh = sum(before.T @ step for before, step in zip(befores, dz, strict=False))
    return dx, dz[0] @ Wh.T, dWx, dWh, np.sum(dz, axis=(0, 1))


def through_time_example_by_example(dh, cache):
    results = []
    for n in range(len(dh)):
        dx, future = [], np.zeros(dh.shape[2])
        dWx, dWh, db = 0, 0, 0
        for t in range(len(cache))[::-1]:
            x, prev_h, Wx, Wh, next_h = cache[t]
            dz = (dh[n, t] + future) * (1 - next_h[n] ** 2)
            dx = [Wx @ dz, *dx]
            future = Wh @ dz
            dWx, dWh, db = dWx + np.outer(x[n], dz), dWh + np.outer(prev_h[n], dz), db + dz
        results.append((np.array(dx), future, dWx, dWh, db))
    dx, dh0, dWx, dWh, db = zip(*results, strict=True)
    return [np.array(dx), np.array(dh0), sum(dWx), sum(dWh), sum(db)]


def norms_of_each_product(Wh, h):
    T, H = h.shape
    steps = [np.diag(1 - h[t] ** 2) @ Wh.T for t in range(1, T)]
    norms = [np.linalg.norm(reduce(lambda a, b: b @ a, steps[t:], np.eye(H)), ord=2) for t in range(T)]
    return np.array(norms)


def norms_of_row_vectors(Wh, h):
    chain, norms = np.eye(len(Wh)), [1.0]
    for state in h[:0:-1]:
        chain = (Wh * (1 - state**2)) @ chain
        norms.insert(0, np.linalg.svd(chain, compute_uv=False)[0])
    return np.array(norms)


def norms_from_eigenvalues(Wh, h):
    T, H = h.shape
    norms, chain = np.zeros(T), np.eye(H)
    for t in range(T - 1, -1, -1):
        norms[t] = np.sqrt(np.linalg.eigvalsh(chain.T @ chain)[-1])
        chain = chain @ np.diag(1 - h[t] ** 2) @ Wh.T
    return norms


def norms_with_einsum(Wh, h):
    chains = [np.eye(len(Wh))]
    for t in reversed(range(len(h) - 1)):
        chains.append(np.einsum("ij,j,kj->ik", chains[-1], 1 - h[t + 1] ** 2, Wh))
    return np.linalg.norm(np.array(chains), ord=2, axis=(1, 2))[::-1]


STYLES: dict[str, tuple[Any, ...]] = {
    "task_types": (
        {
            "label for every video frame": "many-to-many",
            "translation": "many-to-many",
            "phoneme of a speech clip": "many-to-one",
            "sentiment of a review": "many-to-one",
            "image captioning": "one-to-many",
            "image classification": "one-to-one",
        },
    ),
    "VanillaRNN": NETWORKS,
    "rnn_step_forward": (
        step_with_loops,
        step_with_stacked_weights,
        step_with_exponentials,
        step_of_columns,
        step_with_einsum,
    ),
    "rnn_step_backward": (back_with_loops, back_with_matrices, back_from_the_pre_activation, back_with_einsum),
    "rnn_forward": (
        forward_in_an_array,
        forward_in_a_list,
        forward_all_inputs_at_once,
        forward_with_a_row_for_the_start,
    ),
    "rnn_backward": (
        through_time_in_arrays,
        through_time_gathering_dz,
        through_time_example_by_example,
        through_time_with_separate_states,
    ),
    "local_gradients": GRADIENTS,
    "gradient_norms": (
        norms_of_each_product,
        norms_of_row_vectors,
        norms_from_eigenvalues,
        norms_with_einsum,
    ),
}
