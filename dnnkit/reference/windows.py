"""Sliding windows as slices: what one tap of the filter meets, at all positions at once."""

import numpy as np

__all__ = ["pad", "tap"]


def tap(offset: int, positions: int, stride: int = 1) -> slice:
    """Entries that lie ``offset`` behind the window's start, for all positions of the window.

    >>> np.arange(10)[tap(2, positions=3, stride=2)]
    array([2, 4, 6])
    """
    return slice(offset, offset + stride * (positions - 1) + 1, stride)


def pad(x: np.ndarray, padding: int) -> np.ndarray:
    """Add ``padding`` zeros on both sides of the second and third axis of a batch of images.

    x: (B, H, W, C). Returns (B, H + 2*padding, W + 2*padding, C); x itself when padding is 0.
    """
    if padding == 0:
        return x
    B, H, W, C = x.shape
    padded = np.zeros((B, H + 2 * padding, W + 2 * padding, C), x.dtype)
    padded[:, padding:-padding, padding:-padding] = x
    return padded
