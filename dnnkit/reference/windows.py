"""Sliding windows over images: what each window holds, laid out as a matrix, and the way back.

``unfold`` copies every window into a row of a matrix, so that a convolution becomes one matrix product;
``fold`` is its transpose and adds every row back to the pixels it came from. Copying and adding are fast where
runs in memory are long. So the arrays between are laid out with channels innermost, as images are, or, where
those runs would be short, with pixels innermost; their axes are the same either way.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["blocks", "few_channels", "fold", "tap", "unfold"]

BLOCK_BYTES = 2**19


def tap(offset: int, positions: int, stride: int = 1) -> slice:
    """Entries that lie ``offset`` behind the window's start, for all positions of the window.

    >>> np.arange(10)[tap(2, positions=3, stride=2)]
    array([2, 4, 6])
    """
    return slice(offset, offset + stride * (positions - 1) + 1, stride)


def few_channels(channels: int) -> bool:
    """Whether what ``fold`` adds up should lie in runs of pixels: products with so few columns are slow."""
    return channels < 8


def blocks(images: int, bytes_per_image: int) -> Iterator[slice]:
    """Cut a batch into blocks of about 512 KiB, so that what is computed of a block stays in the cache.

    >>> list(blocks(5, bytes_per_image=2**18))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    size = max(1, BLOCK_BYTES // bytes_per_image)
    for start in range(0, images, size):
        yield slice(start, start + size)


def unfold(x: np.ndarray, window: tuple[int, ...], stride: int, padding: int, dilation: int) -> np.ndarray:
    """Lay out every window of a batch of images as a row.

    x: (B, H, W, C), window: (H', W', kh, kw). Returns (B*H'*W', kh*kw*C); rows by image, row, column,
    columns by filter row, filter column, channel.
    """
    B, _, _, C = x.shape
    rows, columns, kh, kw = window
    pixels_innermost = columns > kw * C
    x = _framed(x, padding, pixels_innermost)
    image, row, column, channel = x.strides
    positions, position_strides = (B, rows, columns), (image, stride * row, stride * column)
    taps, tap_strides = (kh, kw, C), (dilation * row, dilation * column, channel)
    if pixels_innermost:
        return as_strided(x, taps + positions, tap_strides + position_strides).reshape(kh * kw * C, -1).T
    return as_strided(x, positions + taps, position_strides + tap_strides).reshape(-1, kh * kw * C)


def fold(windows: np.ndarray, height: int, width: int, stride: int, padding: int, dilation: int) -> np.ndarray:
    """Add every entry of every window to the pixel that ``unfold`` took it from.

    windows: (kh, kw, B, H', W', C). Returns (B, height, width, C).
    First the rows of the windows, then their columns: kh + kw additions in place of kh*kw.
    """
    kh, kw, B, rows, columns, C = windows.shape
    strips = _zeros((kw, B, height + 2 * padding, columns, C), windows.dtype, few_channels(C))
    x = _zeros((B, height + 2 * padding, width + 2 * padding, C), windows.dtype, few_channels(C))
    with np.errstate():  # which takes the next line back in the end
        np.setbufsize(512)  # with its usual room for 8192 numbers NumPy gathers short runs before it adds them
        for u in range(kh):
            strips[:, :, tap(u * dilation, rows, stride)] += windows[u]
        for v in range(kw):
            x[:, :, tap(v * dilation, columns, stride)] += strips[v]
    return x[:, padding : padding + height, padding : padding + width]


def _framed(x: np.ndarray, padding: int, pixels_innermost: bool) -> np.ndarray:
    """The images in a frame of ``padding`` zeros."""
    B, H, W, C = x.shape
    if padding == 0 and not pixels_innermost:
        return x
    framed = _zeros((B, H + 2 * padding, W + 2 * padding, C), x.dtype, pixels_innermost)
    framed[:, padding : padding + H, padding : padding + W] = x
    return framed


def _zeros(shape: tuple[int, ...], dtype: np.dtype, pixels_innermost: bool) -> np.ndarray:
    """Zeros (..., B, H, W, C), in that memory order or as (..., C, B, H, W)."""
    if not pixels_innermost:
        return np.zeros(shape, dtype)
    *before, B, H, W, C = shape
    n = len(before)
    return np.zeros((*before, C, B, H, W), dtype).transpose(*range(n), n + 1, n + 2, n + 3, n)
