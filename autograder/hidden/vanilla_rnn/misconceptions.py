"""Notebook 06: mistakes worth naming in task types, in one step of an RNN, and in gradient norms.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of whole sequences are in
`sequences`, those of VanillaRNN and local_gradients in `cell_mistakes`.
"""

import numpy as np

from autograder.hidden.named import named
from autograder.hidden.vanilla_rnn.cell_mistakes import GRADIENT_MISTAKES, RNN_MISTAKES
from autograder.hidden.vanilla_rnn.sequences import RNN_BACKWARD, RNN_FORWARD
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def step_without_tanh(x, prev_h, Wx, Wh, b):
    """Is a new state a linear function of the old one?"""
    next_h = x @ Wx + prev_h @ Wh + b
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_with_sigmoid(x, prev_h, Wx, Wh, b):
    """Which activation is asked for? Its values lie between -1 and 1."""
    next_h = 1 / (1 + np.exp(-(x @ Wx + prev_h @ Wh + b)))
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_without_bias(x, prev_h, Wx, Wh, b):
    """Which of the arguments does your result not depend on?"""
    next_h = np.tanh(x @ Wx + prev_h @ Wh)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_without_memory(x, prev_h, Wx, Wh, b):
    """What does the new state know of the old one?"""
    next_h = np.tanh(x @ Wx + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_with_weights_transposed(x, prev_h, Wx, Wh, b):
    """Row vectors here: on which side of Wh does the state stand?"""
    next_h = np.tanh(x @ Wx + prev_h @ Wh.T + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_with_bias_after_tanh(x, prev_h, Wx, Wh, b):
    """Is the bias added before or after tanh?"""
    next_h = np.tanh(x @ Wx + prev_h @ Wh) + b
    return next_h, (x, prev_h, Wx, Wh, next_h)


def step_keeps_the_pre_activation(x, prev_h, Wx, Wh, b):
    """next_h is right; what is asked for as the last entry of the cache?"""
    z = x @ Wx + prev_h @ Wh + b
    return np.tanh(z), (x, prev_h, Wx, Wh, z)


def step_cache_in_another_order(x, prev_h, Wx, Wh, b):
    """next_h is right; in which order is the cache asked for?"""
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (next_h, x, prev_h, Wx, Wh)


def step_updates_the_state_in_place(x, prev_h, Wx, Wh, b):
    """What is left of prev_h after the call? The backward needs it as it was."""
    before = prev_h.copy()
    prev_h[:] = np.tanh(x @ Wx + prev_h @ Wh + b)
    return prev_h, (x, before, Wx, Wh, prev_h)


def tanh_derivative_forgotten(dnext_h, cache):
    """What does the gradient pass first on its way back, tanh or the weights?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def tanh_derivative_of_the_state(dnext_h, cache):
    """next_h is tanh(z) already: what is the derivative of tanh, said with it?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - np.tanh(next_h) ** 2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def tanh_derivative_without_square(dnext_h, cache):
    """What is the derivative of tanh, said with tanh itself?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def tanh_derivative_of_sigmoid(dnext_h, cache):
    """h (1 - h) is the derivative of another function: of which one?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * next_h * (1 - next_h)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def tanh_derivative_at_the_old_state(dnext_h, cache):
    """At which state is the derivative of tanh taken, at the old one or the new one?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - prev_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def dprev_h_without_transposing(dnext_h, cache):
    """On its way back the gradient meets Wh from the other side: which shape would tell, if Wh were not square?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def weight_gradient_of_the_new_state(dnext_h, cache):
    """Which state did Wh meet, the old one or the new one?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, next_h.T @ dz, dz.sum(axis=0)


def weight_gradient_transposed(dnext_h, cache):
    """Which index of dWh belongs to the old state, the row or the column?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, dz.T @ prev_h, dz.sum(axis=0)


def bias_gradient_averaged(dnext_h, cache):
    """One bias for all examples: is its gradient a mean or a sum?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.mean(axis=0)


def bias_gradient_not_summed(dnext_h, cache):
    """Which shape has b, and so its gradient?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz


def weight_gradients_averaged(dnext_h, cache):
    """Is anything left to be averaged over the batch? The loss of each example came in with dnext_h."""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    N = len(x)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz / N, prev_h.T @ dz / N, dz.sum(axis=0) / N


def gradients_in_another_order(dnext_h, cache):
    """In which order are the five gradients asked for?"""
    x, prev_h, Wx, Wh, next_h = cache
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, x.T @ dz, dz @ Wh.T, prev_h.T @ dz, dz.sum(axis=0)


def scales_dnext_h_in_place(dnext_h, cache):
    """What is left of dnext_h after the call? An operator like *= works on the caller's array."""
    x, prev_h, Wx, Wh, next_h = cache
    dnext_h *= 1 - next_h**2
    return dnext_h @ Wx.T, dnext_h @ Wh.T, x.T @ dnext_h, prev_h.T @ dnext_h, dnext_h.sum(axis=0)


def norms_without_tanh(Wh, h):
    """A step from one state to the next passes tanh as well as Wh."""
    chain, norms = np.eye(len(Wh)), [1.0]
    for _ in range(len(h) - 1):
        chain = chain @ Wh.T
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms[::-1])


def norms_with_the_old_state(Wh, h):
    """At which state is the derivative of tanh taken, at the old one or the new one?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - h[t] ** 2) @ Wh.T)
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms[::-1])


def norms_with_tanh_of_the_state(Wh, h):
    """h is tanh(z) already: what is the derivative of tanh, said with it?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - np.tanh(h[t + 1]) ** 2) @ Wh.T)
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms[::-1])


def norms_without_transposing(Wh, h):
    """Row vectors: is the derivative of h @ Wh with respect to h, as a matrix that acts from the left, Wh?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - h[t + 1] ** 2) @ Wh)
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms[::-1])


def norms_with_factors_in_the_wrong_order(Wh, h):
    """Matrices do not commute: which step comes first in the product?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = (np.diag(1 - h[t + 1] ** 2) @ Wh.T) @ chain
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms[::-1])


def norms_of_frobenius(Wh, h):
    """Which norm is the spectral norm? For the identity it is 1."""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - h[t + 1] ** 2) @ Wh.T)
        norms.append(np.linalg.norm(chain))
    return np.array(norms[::-1])


def norms_as_spectral_radius(Wh, h):
    """Spectral norm or spectral radius: singular values or eigenvalues?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - h[t + 1] ** 2) @ Wh.T)
        norms.append(np.abs(np.linalg.eigvals(chain)).max())
    return np.array(norms[::-1])


def norms_multiplied(Wh, h):
    """Is the norm of a product the product of the norms?"""
    norms = [1.0]
    for t in range(len(h) - 2, -1, -1):
        norms.append(norms[-1] * np.linalg.norm(np.diag(1 - h[t + 1] ** 2) @ Wh.T, 2))
    return np.array(norms[::-1])


def norms_in_reverse(Wh, h):
    """Which entry belongs to t = 1, the smallest or the largest distance from T?"""
    chain, norms = np.eye(len(Wh)), [1.0]
    for t in range(len(h) - 2, -1, -1):
        chain = chain @ (np.diag(1 - h[t + 1] ** 2) @ Wh.T)
        norms.append(np.linalg.norm(chain, 2))
    return np.array(norms)


_RIGHT = {
    "image classification": "one-to-one",
    "image captioning": "one-to-many",
    "sentiment of a review": "many-to-one",
    "phoneme of a speech clip": "many-to-one",
    "translation": "many-to-many",
    "label for every video frame": "many-to-many",
}

TASK_TYPES = (
    Misconception(
        "review_is_one_thing",
        "A review is a sequence of words: what goes in, one thing or many?",
        _RIGHT | {"sentiment of a review": "one-to-one"},
    ),
    Misconception(
        "clip_is_one_thing",
        "A speech clip is a sequence of frames, and one phoneme is asked for.",
        _RIGHT | {"phoneme of a speech clip": "one-to-one"},
    ),
    Misconception(
        "clip_has_many_phonemes",
        "How many phonemes are asked for one clip?",
        _RIGHT | {"phoneme of a speech clip": "many-to-many"},
    ),
    Misconception(
        "caption_the_wrong_way_round",
        "A caption is made of an image: which of the two is a sequence?",
        _RIGHT | {"image captioning": "many-to-one"},
    ),
    Misconception(
        "image_is_many_pixels",
        "An image comes in as a whole, not as a sequence.",
        _RIGHT | {"image classification": "many-to-one", "image captioning": "many-to-many"},
    ),
    Misconception(
        "translation_of_one_thing",
        "A sentence is a sequence of words, and so is its translation.",
        _RIGHT | {"translation": "one-to-one"},
    ),
    Misconception(
        "one_label_for_the_video",
        "How many labels has a video of 100 frames?",
        _RIGHT | {"label for every video frame": "many-to-one"},
    ),
)

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "task_types": TASK_TYPES,
    "VanillaRNN": RNN_MISTAKES,
    "rnn_step_forward": named(
        step_without_tanh,
        step_with_sigmoid,
        step_without_bias,
        step_without_memory,
        step_with_weights_transposed,
        step_with_bias_after_tanh,
        step_keeps_the_pre_activation,
        step_cache_in_another_order,
        step_updates_the_state_in_place,
    ),
    "rnn_step_backward": named(
        tanh_derivative_forgotten,
        tanh_derivative_of_the_state,
        tanh_derivative_without_square,
        tanh_derivative_of_sigmoid,
        tanh_derivative_at_the_old_state,
        dprev_h_without_transposing,
        weight_gradient_of_the_new_state,
        weight_gradient_transposed,
        bias_gradient_averaged,
        bias_gradient_not_summed,
        weight_gradients_averaged,
        gradients_in_another_order,
        scales_dnext_h_in_place,
    ),
    "rnn_forward": RNN_FORWARD,
    "rnn_backward": RNN_BACKWARD,
    "local_gradients": GRADIENT_MISTAKES,
    "gradient_norms": named(
        norms_without_tanh,
        norms_with_the_old_state,
        norms_with_tanh_of_the_state,
        norms_without_transposing,
        norms_with_factors_in_the_wrong_order,
        norms_of_frobenius,
        norms_as_spectral_radius,
        norms_multiplied,
        norms_in_reverse,
    ),
}
