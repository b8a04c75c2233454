"""Notebook 04: other right answers, each complete in itself. All of them must get full points and no hint."""

from typing import Any

import numpy as np

__all__ = ["STYLES"]


def maxpool_six_loops(x, K, S):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for b in range(B):
        for c in range(C):
            for i in range(y.shape[1]):
                for j in range(y.shape[2]):
                    largest = x[b, i * S, j * S, c]
                    for u in range(K):
                        for v in range(K):
                            largest = max(largest, x[b, i * S + u, j * S + v, c])
                    y[b, i, j, c] = largest
    return y


def maxpool_with_views(x, K, S):
    windows = np.lib.stride_tricks.sliding_window_view(x, (K, K), axis=(1, 2))
    return windows[:, ::S, ::S].max(axis=(-2, -1))


def maxpool_with_strides(x, K, S):
    B, H, W, C = x.shape
    b, h, w, c = x.strides
    shape = (B, (H - K) // S + 1, (W - K) // S + 1, C, K, K)
    return np.lib.stride_tricks.as_strided(x, shape, (b, h * S, w * S, c, h, w)).max((4, 5))


def maxpool_one_axis_after_the_other(x, K, S):
    tall = np.max([x[:, u : x.shape[1] - K + u + 1 : S] for u in range(K)], axis=0)
    return np.max([tall[:, :, v : x.shape[2] - K + v + 1 : S] for v in range(K)], axis=0)


def maxpool_channels_first(x, K, S):
    x = x.transpose(0, 3, 1, 2)
    rows, columns = (x.shape[2] - K) // S + 1, (x.shape[3] - K) // S + 1
    y = np.empty((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[:, :, i, j] = np.amax(x[:, :, i * S : i * S + K, j * S : j * S + K], axis=(2, 3))
    return y.transpose(0, 2, 3, 1)


def maxpool_backward_six_loops(dy, x, K, S):
    dx = np.zeros(x.shape)
    for b in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                for c in range(dy.shape[3]):
                    row, column = i * S, j * S
                    for u in range(i * S, i * S + K):
                        for v in range(j * S, j * S + K):
                            if x[b, u, v, c] > x[b, row, column, c]:
                                row, column = u, v
                    dx[b, row, column, c] += dy[b, i, j, c]
    return dx


def maxpool_backward_with_add_at(dy, x, K, S):
    windows = np.lib.stride_tricks.sliding_window_view(x, (K, K), axis=(1, 2))[:, ::S, ::S]
    u, v = np.divmod(windows.reshape(*dy.shape, K * K).argmax(axis=-1), K)
    b, i, j, c = np.indices(dy.shape)
    dx = np.zeros_like(x)
    np.add.at(dx, (b, i * S + u, j * S + v, c), dy)
    return dx


def maxpool_backward_with_masks(dy, x, K, S):
    dx = np.zeros_like(x)
    for i in range(dy.shape[1]):
        for j in range(dy.shape[2]):
            part = x[:, i * S : i * S + K, j * S : j * S + K]
            flat = part.reshape(x.shape[0], K * K, x.shape[3])
            mask = np.arange(K * K)[None, :, None] == flat.argmax(axis=1)[:, None]
            dx[:, i * S : i * S + K, j * S : j * S + K] += mask.reshape(part.shape) * dy[:, i : i + 1, j : j + 1]
    return dx


def maxpool_backward_tap_by_tap(dy, x, K, S):
    _, rows, columns, _ = dy.shape
    best, place = np.full(dy.shape, -np.inf), np.zeros(dy.shape, int)
    for t in range(K * K):
        u, v = divmod(t, K)
        tap = x[:, u : u + S * rows : S, v : v + S * columns : S][:, :rows, :columns]
        place[tap > best] = t
        best = np.maximum(best, tap)
    dx = np.zeros(x.shape, order="F")
    for t in range(K * K):
        u, v = divmod(t, K)
        dx[:, u : u + S * (rows - 1) + 1 : S, v : v + S * (columns - 1) + 1 : S] += np.where(place == t, dy, 0)
    return dx


def maxpool_backward_with_bincount(dy, x, K, S):
    B, H, W, C = x.shape
    numbering = np.arange(x.size).reshape(x.shape)
    winners = np.empty(dy.shape, int)
    for b, i, j, c in np.ndindex(*dy.shape):
        window = np.s_[b, i * S : i * S + K, j * S : j * S + K, c]
        winners[b, i, j, c] = numbering[window].ravel()[np.argmax(x[window])]
    return np.bincount(winners.ravel(), weights=dy.ravel(), minlength=x.size).reshape(B, H, W, C)


def avgpool_with_loops(x, K, S):
    B, H, W, C = x.shape
    y = np.zeros((B, (H - K) // S + 1, (W - K) // S + 1, C))
    for b, i, j, c in np.ndindex(y.shape):
        y[b, i, j, c] = sum(x[b, i * S + u, j * S + v, c] for u in range(K) for v in range(K)) / K**2
    return y


def avgpool_with_views(x, K, S):
    windows = np.lib.stride_tricks.sliding_window_view(x, (K, K), axis=(1, 2))
    return np.einsum("bijcuv->bijc", windows[:, ::S, ::S]) / (K * K)


def avgpool_with_running_sums(x, K, S):
    total = np.pad(x.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0), (0, 0)))
    sums = total[:, K:, K:] - total[:, :-K, K:] - total[:, K:, :-K] + total[:, :-K, :-K]
    return sums[:, ::S, ::S] / K**2


def avgpool_backward_six_loops(dy, input_shape, K, S):
    dx = np.zeros(input_shape)
    for b, i, j, c in np.ndindex(dy.shape):
        for u in range(K):
            for v in range(K):
                dx[b, i * S + u, j * S + v, c] += dy[b, i, j, c] / (K * K)
    return dx


def avgpool_backward_from_the_input(dy, input_shape, K, S):
    dx = np.zeros(input_shape)
    _, H, W, _ = input_shape
    for i in range(H):
        for j in range(W):
            for p in range(dy.shape[1]):
                for q in range(dy.shape[2]):
                    if p * S <= i < p * S + K and q * S <= j < q * S + K:
                        dx[:, i, j] = dx[:, i, j] + dy[:, p, q] / K**2
    return dx


def avgpool_backward_with_matrices(dy, input_shape, K, S):
    def averaging(n, n_out):
        i, p = np.arange(n)[:, None], np.arange(n_out)
        return ((p * S <= i) & (i < p * S + K)) / K

    _, H, W, _ = input_shape
    return np.einsum("ip,jq,bpqc->bijc", averaging(H, dy.shape[1]), averaging(W, dy.shape[2]), dy)


def avgpool_backward_tap_by_tap(dy, input_shape, K, S):
    dx = np.zeros(input_shape, order="F")
    down, right = S * (dy.shape[1] - 1) + 1, S * (dy.shape[2] - 1) + 1
    for u, v in np.ndindex(K, K):
        dx[:, u : u + down : S, v : v + right : S] += dy * (1 / K**2)
    return dx


def avgpool_backward_in_the_full_correlation(dy, input_shape, K, S):
    B, H, W, C = input_shape
    spread = np.zeros((B, H + 2 * K, W + 2 * K, C))
    down, right = S * (dy.shape[1] - 1) + 1, S * (dy.shape[2] - 1) + 1
    spread[:, K : K + down : S, K : K + right : S] = dy / (K * K)
    windows = np.lib.stride_tricks.sliding_window_view(spread, (K, K), axis=(1, 2)).sum(axis=(-2, -1))
    return windows[:, 1 : H + 1, 1 : W + 1]


STYLES: dict[str, tuple[Any, ...]] = {
    "by_hand": (
        {"max": np.array([[0, 0], [8, 0]]), "average": np.full((2, 2), 2)},
        {"max": np.array([[0.0, 8.0], [0.0, 0.0]]).T, "average": np.ones((2, 2)) * 8 / 4},
    ),
    "maxpool2d": (
        maxpool_six_loops,
        maxpool_with_views,
        maxpool_with_strides,
        maxpool_one_axis_after_the_other,
        maxpool_channels_first,
    ),
    "maxpool2d_backward": (
        maxpool_backward_six_loops,
        maxpool_backward_with_add_at,
        maxpool_backward_with_masks,
        maxpool_backward_tap_by_tap,
        maxpool_backward_with_bincount,
    ),
    "avgpool2d": (avgpool_with_loops, avgpool_with_views, avgpool_with_running_sums),
    "avgpool2d_backward": (
        avgpool_backward_six_loops,
        avgpool_backward_from_the_input,
        avgpool_backward_with_matrices,
        avgpool_backward_tap_by_tap,
        avgpool_backward_in_the_full_correlation,
    ),
}
