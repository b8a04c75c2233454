"""Notebook 02: cases of the matrices of a convolution, of im2col and of conv2d."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.hidden.conv_as_matrix.misconceptions import MISCONCEPTIONS
from autograder.hidden.draws import axis_length, integer, numbers
from autograder.items import Group, HelperCall, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]


def _conv_matrix(rng: np.random.Generator) -> Groups:
    k, n = integer(rng, 3, 4), integer(rng, 7, 9)
    w = numbers(rng, k)
    rest, sparse = axis_length(k, 2, integer(rng, 2, 3), rest=1), axis_length(k, k + 2, 2, rest=2)
    return (
        Group(
            "one step at a time",
            1.5,
            (Case("stride 1, no padding", (w, n)), Case("a filter as long as the vector", (numbers(rng, n), n))),
        ),
        Group(
            "stride",
            1.25,
            (
                Case("stride 2 that does not divide", (w, rest, 2)),
                Case("stride longer than the filter", (w, sparse), {"stride": k + 2}),
            ),
        ),
        Group(
            "padding",
            1.25,
            (
                Case("padding 1", (w, n, 1, 1)),
                Case("a filter longer than the vector", (numbers(rng, 5), 3), {"padding": 2}),
            ),
        ),
        Group(
            "stride and padding together",
            0.5,
            (
                Case("stride 3, padding 2", (w, n, 3, 2)),
                Case("NumPy ints as arguments", (w, np.int64(rest), np.int64(2), np.int64(1))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("stride 2", (w, rest, 2), untouched=True),)),
    )


def _conv_vs_dense(rng: np.random.Generator) -> Groups:
    n, k = integer(rng, 12, 20), integer(rng, 3, 5)
    return (
        Group("no padding", 1, (Case("a short filter", (n, k)), Case("a longer filter", (n + 7, k + 4)))),
        Group(
            "padding",
            1,
            (Case("padding 1", (n, k, 1)), Case("padding as a keyword", (n + 5, k + 2), {"padding": 3})),
        ),
        Group(
            "the shortest and the longest filter, NumPy ints",
            1,
            (
                Case("a filter of one tap", (n, 1, 1)),
                Case("a filter as long as the vector", (n, n)),
                Case("NumPy ints as arguments", (np.int64(n + 1), np.int64(k), np.int64(2))),
            ),
        ),
    )


def _images(rng: np.random.Generator, kh: int, kw: int, stride: int, rest: int = 0, **sizes: int) -> np.ndarray:
    """Images of which a filter finds two rows by three columns, with `rest` pixels left over each way."""
    B, C, padding = sizes.get("B", 2), sizes.get("C", 3), sizes.get("padding", 0)
    H = axis_length(kh, stride, 1, rest, padding)
    W = axis_length(kw, stride, 2, rest, padding)
    return numbers(rng, B, H, W, C)


def _im2col(rng: np.random.Generator) -> Groups:
    wide, tall = _images(rng, 2, 4, 1), _images(rng, 4, 2, 1)
    rest = _images(rng, 3, 2, 2, rest=1)
    return (
        Group(
            "one step at a time",
            1.25,
            (Case("a wide filter", (wide, 2, 4)), Case("a high filter, larger images", (tall, 3, 2))),
        ),
        Group(
            "stride",
            1.25,
            (
                Case("stride 2 that does not divide", (rest, 3, 2, 2)),
                Case("stride larger than the filter", (_images(rng, 1, 2, 3), 1, 2), {"stride": 3}),
            ),
        ),
        Group(
            "padding",
            1,
            (Case("padding 1", (wide, 2, 4, 1, 1)), Case("padding 2", (tall, 4, 2), {"padding": 2})),
        ),
        Group(
            "stride and padding together",
            0.5,
            (
                Case("stride 2, padding 1", (_images(rng, 3, 4, 2, rest=1, padding=1), 3, 4, 2, 1)),
                Case("NumPy ints as arguments", (rest, *map(np.int64, (2, 3, 3, 2)))),
            ),
        ),
        Group(
            "one image, one channel, one tap, another memory order",
            0.5,
            (
                Case("one image of one channel", (_images(rng, 2, 3, 1, B=1, C=1), 2, 3)),
                Case("a filter of one tap", (_images(rng, 1, 1, 1), 1, 1)),
                Case("Fortran order", (np.asfortranarray(wide), 2, 3)),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("stride 2", (rest, 3, 2, 2), untouched=True),)),
    )


def _filters(rng: np.random.Generator, kh: int, kw: int, C: int = 3, F: int = 4) -> np.ndarray:
    return numbers(rng, kh, kw, C, F)


def _conv2d(rng: np.random.Generator) -> Groups:
    wide, w, b = _images(rng, 2, 3, 1), _filters(rng, 2, 3), numbers(rng, 4)
    rest = _images(rng, 3, 2, 2, rest=1)
    return (
        Group(
            "one step at a time",
            1,
            (
                Case("a wide filter, no bias", (wide, w)),
                Case("a high filter, no bias", (wide, _filters(rng, 2, 1, F=2), None)),
            ),
        ),
        Group(
            "bias",
            0.5,
            (
                Case("one bias for each filter", (wide, w, b)),
                Case("as many filters as channels", (wide, _filters(rng, 2, 2, F=3)), {"b": b[:3]}),
            ),
        ),
        Group(
            "stride",
            0.75,
            (
                Case("stride 2 that does not divide", (rest, _filters(rng, 3, 2)), {"stride": 2}),
                Case("stride larger than the filter", (_images(rng, 1, 2, 3), _filters(rng, 1, 2), b, 3)),
            ),
        ),
        Group(
            "padding",
            0.75,
            (
                Case("padding 1", (wide, w), {"padding": 1}),
                Case("stride 2, padding 2", (rest, _filters(rng, 2, 3), b, 2, 2)),
            ),
        ),
        Group(
            "one image, one channel, one filter, another memory order",
            0.5,
            (
                Case("one of each", (_images(rng, 2, 3, 1, B=1, C=1), _filters(rng, 2, 3, 1, 1), b[:1])),
                Case("Fortran order", (np.asfortranarray(wide), np.asfortranarray(w), b)),
                Case("NumPy ints as arguments", (rest, w, b, np.int64(2), np.int64(1))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("stride 2", (rest, w, b, 2), untouched=True),)),
    )


def _conv_matrix_2d(rng: np.random.Generator) -> Groups:
    height, width = integer(rng, 4, 5), integer(rng, 6, 7)
    return (
        Group(
            "images and filters that are not square",
            2,
            (
                Case("a wide image", (numbers(rng, 3, 2), height, width)),
                Case("a high image", (numbers(rng, 2, 4), width, height)),
            ),
        ),
        Group(
            "filters of one row, one column, one tap",
            1,
            (
                Case("one row", (numbers(rng, 1, 3), height, width)),
                Case("one column", (numbers(rng, 2, 1), height, width)),
                Case("one tap, NumPy ints", (numbers(rng, 1, 1), np.int64(2), np.int64(3))),
            ),
        ),
        Group(
            "filters as large as the image, another memory order",
            0.5,
            (
                Case("as large as the image", (numbers(rng, 3, 4), 3, 4)),
                Case("as wide as the image", (numbers(rng, 2, 5), 4, 5)),
                Case("Fortran order", (numbers(rng, 2, 3).T, height, width)),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("any call", (numbers(rng, 2, 3), height, width), untouched=True),),
        ),
    )


_W = np.array([2.0, 1.5, -3.0])
_IMAGE = np.array([[[[1.0, -2.0], [3.0, 5.0], [-4.0, 6.0]], [[7.0, 0.5], [-8.0, 9.0], [2.5, -6.0]]]])
_PAIR = np.concatenate([_IMAGE[:, :, :, :1], _IMAGE[:, :, :, 1:]])
_FILTER = np.array([[[[1.0, 2.0], [-3.0, 0.5]], [[4.0, -1.0], [2.0, 3.0]]]])
_BIAS = np.array([10.0, -20.0])

_VISIBLE: dict[str, tuple[Case, ...]] = {
    "conv_matrix": (
        Case("stride 1, no padding", (_W, 4), untouched=True),
        Case("stride that does not divide", (_W, 6, 2)),
        Case("padding", (_W, 3), {"padding": 1}),
        Case("stride and padding", (_W, 4, 2, 1)),
    ),
    "conv_vs_dense": (Case("no padding", (6, 2)), Case("padding", (5, 3, 1))),
    "im2col": (
        Case("two channels", (_IMAGE, 1, 2)),
        Case("two images", (_PAIR, 2, 2)),
        Case("stride that does not divide", (_PAIR, 1, 1, 2)),
        Case("padding, a high filter", (_IMAGE[:, :, :2, :1], 2, 1), {"padding": 1}),
    ),
    "conv2d": (
        Case("no bias", (_IMAGE, _FILTER), untouched=True),
        Case("two images, bias", (_PAIR[:, :, :2], _FILTER[:, :, :1], _BIAS)),
        Case("stride and padding, one filter, bias", (_IMAGE, _FILTER[..., :1], _BIAS[:1], 2, 1)),
    ),
    "conv_matrix_2d": (
        Case("a wide image, a filter of one row", (np.array([[2.5, -1.0]]), 2, 3)),
        Case("a high image", (np.array([[1.0, 2.0], [3.5, 4.0]]), 4, 3)),
    ),
}


def _item(name: str, hidden: Any, **details: Any) -> Item:
    return Item(name, getattr(ref, name), _VISIBLE[name], hidden, MISCONCEPTIONS[name], **details)


IM2COL = _item("im2col", _im2col)
CONV_MATRIX = _item("conv_matrix", _conv_matrix)


def _conv2d_uses(
    x: np.ndarray, w: np.ndarray, b: Any = None, stride: int = 1, padding: int = 0
) -> Sequence[HelperCall]:
    return [(IM2COL, (x, w.shape[0], w.shape[1], stride, padding))]


def _conv_matrix_2d_uses(w: np.ndarray, height: int, width: int) -> Sequence[HelperCall]:
    return [(CONV_MATRIX, (row, width, 1, 0)) for row in w]


ITEMS: list[Item] = [
    CONV_MATRIX,
    _item("conv_vs_dense", _conv_vs_dense),
    IM2COL,
    _item("conv2d", _conv2d, uses=_conv2d_uses),
    _item("conv_matrix_2d", _conv_matrix_2d, uses=_conv_matrix_2d_uses),
]
