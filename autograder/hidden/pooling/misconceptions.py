"""Notebook 04: mistakes worth naming in max pooling, and in the gradients by hand.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of average pooling
are in `averages`.
"""

import numpy as np

from autograder.hidden.named import named
from autograder.hidden.pooling.averages import AVGPOOL2D, AVGPOOL2D_BACKWARD
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def starts_from_zero(x, K, S):
    """What is the largest of -3, -1 and -2? And what is yours?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            for u in range(K):
                for v in range(K):
                    y[:, i, j] = np.maximum(y[:, i, j], x[:, i * S + u, j * S + v])
    return y


def largest_magnitude(x, K, S):
    """Is -5 larger than 3?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = np.abs(x[:, i * S : i * S + K, j * S : j * S + K]).max(axis=(1, 2))
    return y


def windows_side_by_side(x, K, S):
    """Which of the arguments does your result not depend on? Windows may overlap."""
    B, H, W, C = x.shape
    rows, columns = H // K, W // K
    return x[:, : rows * K, : columns * K].reshape(B, rows, K, columns, K, C).max(axis=(2, 4))


def moves_by_one(x, K, S):
    """The shape is right; where does the window of output (i, j) start?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i : i + K, j : j + K].max(axis=(1, 2))
    return y


def window_as_long_as_stride(x, K, S):
    """Where does a window end that starts at i*S?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : (i + 1) * S, j * S : (j + 1) * S].max(axis=(1, 2))
    return y


def keeps_incomplete_windows(x, K, S):
    """What happens to a last window that is not complete?"""
    B, H, W, C = x.shape
    y = np.zeros((B, -(-(H - K) // S) + 1, -(-(W - K) // S) + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].max(axis=(1, 2))
    return y


def pools_over_channels(x, K, S):
    """Does pooling mix channels?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].max(axis=(1, 2, 3))[:, None]
    return y


def pools_over_the_batch(x, K, S):
    """Does one image of the batch see the others?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].max(axis=(0, 1, 2))
    return y


def swaps_height_and_width(x, K, S):
    """Which axis of the image do you walk along with i, and which with j?"""
    B, H, W, C = x.shape
    y = np.zeros((B, (W - K) // S + 1, (H - K) // S + 1, C))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            y[:, i, j] = x[:, j * S : j * S + K, i * S : i * S + K].max(axis=(1, 2))
    return y


def collects_maxima_in_the_input(x, K, S):
    """A slice of an array is a view: what is left of x after the call?"""
    _, H, W, _ = x.shape
    down, right = S * ((H - K) // S) + 1, S * ((W - K) // S) + 1
    y = x[:, :down:S, :right:S]
    for u in range(K):
        for v in range(K):
            np.maximum(y, x[:, u : u + down : S, v : v + right : S], out=y)
    return y


def overwrites_where_windows_overlap(dy, x, K, S):
    """An entry may be the largest of several windows. What is its gradient then?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[b, i * S + u, j * S + v, c] = dy[b, i, j, c]
    return dx


def all_tied_maxima(dy, x, K, S):
    """When two entries of a window are equally large, how many of them take the gradient?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        dx[b, i * S : i * S + K, j * S : j * S + K, c] += (window == window.max()) * dy[b, i, j, c]
    return dx


def shared_between_ties(dy, x, K, S):
    """Equal maxima do not share the gradient here: which of them takes it?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        mask = window == window.max()
        dx[b, i * S : i * S + K, j * S : j * S + K, c] += mask * dy[b, i, j, c] / mask.sum()
    return dx


def last_of_the_ties(dy, x, K, S):
    """Among equal maxima, the first or the last? Look at your comparison: > or >=."""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        best, place = -np.inf, (0, 0)
        for u in range(K):
            for v in range(K):
                if x[b, i * S + u, j * S + v, c] >= best:
                    best, place = x[b, i * S + u, j * S + v, c], (u, v)
        dx[b, i * S + place[0], j * S + place[1], c] += dy[b, i, j, c]
    return dx


def first_tie_column_by_column(dy, x, K, S):
    """Among equal maxima the first in row-major order: in which order do you walk through a window?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        v, u = np.unravel_index(window.T.argmax(), (K, K))
        dx[b, i * S + u, j * S + v, c] += dy[b, i, j, c]
    return dx


def one_window_for_each_entry(dy, x, K, S):
    """Does every entry of x belong to exactly one window, also where windows overlap?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(x.shape):
        top, left = S * (i // S), S * (j // S)
        if i // S < dy.shape[1] and j // S < dy.shape[2] and i < top + K and j < left + K:
            window = x[b, top : top + K, left : left + K, c]
            if window.argmax() == (i - top) * K + (j - left):
                dx[b, i, j, c] = dy[b, i // S, j // S, c]
    return dx


def forgets_the_incoming_gradient(dy, x, K, S):
    """What does the chain rule multiply the derivative of the maximum by?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[b, i * S + u, j * S + v, c] += 1
    return dx


def multiplies_by_the_input(dy, x, K, S):
    """If the maximum grows by a little, by how much does y grow? Does that depend on how large it was?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[b, i * S + u, j * S + v, c] += window.max() * dy[b, i, j, c]
    return dx


def windows_ignore_stride(dy, x, K, S):
    """Where in x does the window of dy[:, i, j] start?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * K : i * K + K, j * K : j * K + K, c]
        if window.size:
            u, v = np.unravel_index(window.argmax(), window.shape)
            dx[b, i * K + u, j * K + v, c] += dy[b, i, j, c]
    return dx


def same_place_in_every_channel(dy, x, K, S):
    """Has every channel its maximum at the same place?"""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, 0]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[b, i * S + u, j * S + v, c] += dy[b, i, j, c]
    return dx


def crosses_out_maxima_in_the_input(dy, x, K, S):
    """What is left of x after the call? Whoever needs it next does not find it as it was."""
    dx = np.zeros_like(x)
    for b, i, j, c in np.ndindex(dy.shape):
        window = x[b, i * S : i * S + K, j * S : j * S + K, c]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[b, i * S + u, j * S + v, c] += dy[b, i, j, c]
    x[dx != 0] = 0
    return dx


_RIGHT = {"max": np.array([[0.0, 0.0], [8.0, 0.0]]), "average": np.full((2, 2), 2.0)}

BY_HAND = (
    Misconception(
        "gradient_to_the_top_left",
        "Which entry of X is the largest? Only that one moves the maximum.",
        _RIGHT | {"max": np.array([[8.0, 0.0], [0.0, 0.0]])},
    ),
    Misconception(
        "gradient_transposed",
        "In which row and which column stands the largest entry?",
        _RIGHT | {"max": np.array([[0.0, 8.0], [0.0, 0.0]])},
    ),
    Misconception(
        "maximum_itself",
        "The gradient says how much the loss changes, not how large the maximum is.",
        _RIGHT | {"max": np.array([[0.0, 0.0], [7.0, 0.0]])},
    ),
    Misconception(
        "gradient_to_all",
        "If a smaller entry grows by a little, does the maximum change?",
        _RIGHT | {"max": np.full((2, 2), 8.0)},
    ),
    Misconception(
        "not_shared",
        "If one of four entries grows by 1, by how much does their mean grow?",
        _RIGHT | {"average": np.full((2, 2), 8.0)},
    ),
    Misconception(
        "shared_by_window_length",
        "How many entries has the window?",
        _RIGHT | {"average": np.full((2, 2), 4.0)},
    ),
)

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "by_hand": BY_HAND,
    "maxpool2d": named(
        starts_from_zero,
        largest_magnitude,
        windows_side_by_side,
        moves_by_one,
        window_as_long_as_stride,
        keeps_incomplete_windows,
        pools_over_channels,
        pools_over_the_batch,
        swaps_height_and_width,
        collects_maxima_in_the_input,
    ),
    "maxpool2d_backward": named(
        overwrites_where_windows_overlap,
        all_tied_maxima,
        shared_between_ties,
        last_of_the_ties,
        first_tie_column_by_column,
        one_window_for_each_entry,
        forgets_the_incoming_gradient,
        multiplies_by_the_input,
        windows_ignore_stride,
        same_place_in_every_channel,
        crosses_out_maxima_in_the_input,
    ),
    "avgpool2d": AVGPOOL2D,
    "avgpool2d_backward": AVGPOOL2D_BACKWARD,
}
