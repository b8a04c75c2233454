"""Notebook 01: cases of the sizes, of the by-hand questions and of the first sliding filter."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.hidden.conv_dimensions.misconceptions import MISCONCEPTIONS
from autograder.hidden.draws import axis_length, integer, numbers
from autograder.items import Group, HelperCall, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]


def _output_size(rng: np.random.Generator) -> Groups:
    n, k, steps = integer(rng, 8, 14), integer(rng, 3, 5), integer(rng, 3, 6)
    dilated = 2 * (k - 1) + 1
    rest = axis_length(k, stride=4, steps=steps, rest=integer(rng, 1, 2))
    both = axis_length(dilated, stride=3, steps=steps, rest=1, padding=2)
    return (
        Group(
            "one step at a time",
            0.5,
            (Case("stride 1, no padding", (n, k)), Case("a longer axis", (n + 12, k + 1))),
        ),
        Group(
            "padding",
            0.5,
            (Case("padding 1", (n, 4, 1, 1)), Case("padding as a keyword", (n + 12, k), {"padding": 2})),
        ),
        Group(
            "stride",
            0.5,
            (
                Case("stride that divides", (axis_length(k, stride=2, steps=steps + 3), k, 2)),
                Case("stride that does not divide", (rest, k, 4)),
            ),
        ),
        Group(
            "dilation",
            0.5,
            (
                Case("dilation 2", (dilated + n, k), {"dilation": 2}),
                Case("dilation 3, padding", (n + 20, k, 1, 2, 3)),
            ),
        ),
        Group(
            "stride, padding and dilation together",
            0.5,
            (
                Case("all arguments", (both, k, 3, 2, 2)),
                Case("NumPy ints as arguments", tuple(map(np.int64, (both + 9, k, 3, 2, 2)))),
            ),
        ),
        Group(
            "filter that does not fit, arguments out of range",
            0.5,
            (
                Case("a filter as long as the input", (k, k)),
                Case("a filter of one tap", (n, 1)),
                Case("an input of one entry", (1, 1)),
                Case("a filter that fits thanks to the padding", (k, k + 2, 1, 2)),
                Case("a filter longer than the padded input", (n, n + 3, 1, 1)),
                Case("a dilated filter that does not fit", (dilated - 1, k), {"dilation": 2}),
                Case("stride 0", (n, k, 0)),
                Case("negative padding", (n, k, 1, -1)),
                Case("dilation 0", (n, k), {"dilation": 0}),
                Case("a filter without taps", (n, 0)),
            ),
        ),
    )


def _answers(rng: np.random.Generator) -> Groups:
    return tuple(Group(f"answers[{key!r}]", 1, (Case(key, (key,)),)) for key in ref.answers)


def _output_shape(rng: np.random.Generator) -> Groups:
    H, W, C, F = integer(rng, 9, 12), integer(rng, 15, 20), integer(rng, 2, 4), integer(rng, 5, 8)
    tall, wide = axis_length(4, 3, integer(rng, 2, 4), rest=1), axis_length(2, 3, integer(rng, 5, 7), rest=2)
    return (
        Group(
            "images and filters that are not square",
            1,
            (
                Case("image and filter not square", ((H, W, C), (2, 4, C, F))),
                Case("one filter on one channel", ((W, H, 1), (5, 3, 1, 1))),
            ),
        ),
        Group(
            "padding",
            0.5,
            (
                Case("padding 1", ((H, W, C), (3, 3, C, F), 1, 1)),
                Case("padding 2", ((W, H, C), (2, 5, C, F)), {"padding": 2}),
            ),
        ),
        Group(
            "stride that does not divide",
            0.5,
            (
                Case("stride 3", ((tall, wide, C), (4, 2, C, F), 3)),
                Case("stride 3 with padding", ((tall + 1, wide + 2, C), (4, 2, C, F), 3, 1)),
            ),
        ),
    )


def _parameter_count(rng: np.random.Generator) -> Groups:
    kh, kw, C, F = integer(rng, 2, 4), integer(rng, 5, 7), integer(rng, 2, 4), integer(rng, 6, 9)
    return (
        Group(
            "without bias",
            0.5,
            (
                Case("several channels", ((kh, kw, C, F), False)),
                Case("one channel", ((kh, kw, 1, F)), {"bias": False}),
            ),
        ),
        Group(
            "with bias",
            0.5,
            (
                Case("bias unless told otherwise", ((kh, kw, C, F),)),
                Case("bias=True", ((kw, kh, C + 1, F), True)),
            ),
        ),
    )


def _conv1d(rng: np.random.Generator) -> Groups:
    k, steps = integer(rng, 3, 4), integer(rng, 3, 5)
    w, long = numbers(rng, k), numbers(rng, axis_length(k, 1, steps + 4))
    rest = numbers(rng, axis_length(k, 2, steps, rest=1))
    sparse = numbers(rng, axis_length(k, k + 2, steps, rest=2))
    return (
        Group(
            "one step at a time",
            1,
            (
                Case("stride 1, no padding", (long, w)),
                Case("a filter as long as the vector", (long, numbers(rng, len(long)))),
            ),
        ),
        Group(
            "stride",
            1,
            (
                Case("stride 2 that does not divide", (rest, w, 2)),
                Case("stride longer than the filter", (sparse, w), {"stride": k + 2}),
            ),
        ),
        Group(
            "padding",
            1,
            (
                Case("padding 1", (long, w, 1, 1)),
                Case("a filter longer than the vector", (w, long[: k + 2]), {"padding": 2}),
            ),
        ),
        Group(
            "stride and padding together",
            0.5,
            (
                Case("stride 3, padding 2", (long, w, 3, 2)),
                Case("NumPy ints as arguments", (rest, w, np.int64(2), np.int64(1))),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (
                Case("stride 2, no padding", (rest, w, 2), untouched=True),
                Case("windows that share nothing", (sparse, w, k + 2), untouched=True),
            ),
        ),
    )


def _pointwise(rng: np.random.Generator) -> Groups:
    H, W, C = integer(rng, 2, 3), integer(rng, 4, 5), integer(rng, 2, 4)
    return (
        Group(
            "several channels and filters",
            1,
            (
                Case("more filters than channels", (numbers(rng, H, W, C), numbers(rng, C, C + 2))),
                Case("as many filters as channels", (numbers(rng, W, H, C), numbers(rng, C, C))),
            ),
        ),
        Group(
            "one channel, one filter, another memory order",
            0.5,
            (
                Case("one filter", (numbers(rng, H, W, C), numbers(rng, C, 1))),
                Case("one channel", (numbers(rng, H, W, 1), numbers(rng, 1, 3))),
                Case("Fortran order", (np.asfortranarray(numbers(rng, H, W, C)), numbers(rng, 3, C).T)),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("any call", (numbers(rng, H, W, C), numbers(rng, C, 3)), untouched=True),),
        ),
    )


def _pool_shape(rng: np.random.Generator) -> Groups:
    H, W, C = 2 * integer(rng, 3, 5), 2 * integer(rng, 7, 9), integer(rng, 3, 8)
    tall = axis_length(3, 4, integer(rng, 2, 4), rest=integer(rng, 1, 3))
    wide = axis_length(3, 4, integer(rng, 6, 8), rest=2)
    return (
        Group(
            "windows side by side",
            0.5,
            (
                Case("images that are not square", ((H, W, C), 2, 2)),
                Case("NumPy ints as arguments", ((W, H, 2), np.int64(2), np.int64(2))),
            ),
        ),
        Group(
            "windows that overlap or leave a rest",
            0.5,
            (
                Case("overlapping windows", ((H, W, C), 3, 1)),
                Case("stride larger than the window, a rest left over", ((tall, wide, C), 3, 4)),
            ),
        ),
    )


def _receptive_field(rng: np.random.Generator) -> Groups:
    a, b, c = (int(k) for k in rng.permutation([3, 5, 7]))
    return (
        Group(
            "stride 1",
            1,
            (Case("two layers", ([(a, 1), (b, 1)],)), Case("three layers", ([(c, 1), (a, 1), (b, 1)],))),
        ),
        Group(
            "strides",
            1,
            (
                Case("a stride in the first layer", ([(a, 2), (b, 1)],)),
                Case("a different stride in every layer", ([(a, 3), (b, 2), (c, 4), (a, 2)],)),
            ),
        ),
        Group(
            "layers of one tap, one layer, NumPy ints",
            0.5,
            (
                Case("one layer", ([(c, 3)],)),
                Case("1x1 layers in between", ([(1, 2), (a, 2), (1, 1), (b, 1)],)),
                Case("NumPy ints", ([(np.int64(b), np.int64(2)), (np.int64(c), np.int64(3))],)),
            ),
        ),
        Group(
            "the list of layers left as it is",
            0.5,
            (Case("three layers", ([(a, 2), (b, 3), (c, 1)],), untouched=True),),
        ),
    )


_VISIBLE: dict[str, tuple[Case, ...]] = {
    "conv_output_size": (
        Case("stride that does not divide", (9, 3, 4)),
        Case("padding", (5, 2), {"padding": 2}),
        Case("dilation", (9, 3), {"dilation": 2}),
        Case("a filter longer than the input that fits thanks to the padding", (4, 5, 1, 1)),
        Case("a filter longer than the padded input", (4, 7, 1, 1)),
        Case("stride 0", (8, 3, 0)),
    ),
    "answers": tuple(Case(key, (key,)) for key in ref.answers),
    "conv_output_shape": (
        Case("image and filter not square", ((6, 8, 2), (3, 2, 2, 5))),
        Case("stride that does not divide, padding", ((7, 10, 3), (2, 3, 3, 4), 2, 1)),
    ),
    "conv_parameter_count": (
        Case("with bias", ((3, 2, 4, 5),)),
        Case("without bias", ((3, 2, 4, 5), False)),
    ),
    "conv1d": (
        Case("stride 1, no padding", (np.array([1.0, 3.0, -2.0, 4.0]), np.array([2.0, 1.0, -3.0]))),
        Case(
            "stride that does not divide",
            (np.array([2.0, -1.0, 3.0, 5.0, -4.0, 7.0]), np.array([1.0, -2.0, 3.0]), 2),
            untouched=True,
        ),
        Case("padding", (np.array([4.0, -1.0, 2.0]), np.array([3.0, 5.0])), {"padding": 1}),
        Case("stride and padding", (np.array([1.0, 2.5, -3.0, 4.0, 6.5]), np.array([2.0, -0.5, 5.0]), 2, 1)),
    ),
    "pointwise_conv": (
        Case(
            "two channels, three filters",
            (
                np.array([[[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]], [[-2.0, 5.0], [6.0, 1.0], [2.0, -3.0]]]),
                np.array([[1.0, -1.0, 2.0], [3.0, 0.5, -2.0]]),
            ),
            untouched=True,
        ),
        Case("one filter", (np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[2.0], [-1.0]]))),
    ),
    "pool_output_shape": (
        Case("windows side by side, image not square", ((4, 6, 3), 2, 2)),
        Case("overlapping windows, a rest left over", ((8, 12, 5), 3, 2)),
    ),
    "receptive_field": (
        Case("two layers of stride 1", ([(3, 1), (2, 1)],)),
        Case("one layer", ([(4, 3)],)),
        Case("three layers, different strides", ([(3, 2), (2, 3), (4, 1)],), untouched=True),
    ),
}


def _item(name: str, hidden, **details: Any) -> Item:
    return Item(name, getattr(ref, name), _VISIBLE[name], hidden, MISCONCEPTIONS[name], **details)


SIZE = _item("conv_output_size", _output_size)


def _size(n: int, k: int, stride: int = 1, padding: int = 0) -> HelperCall:
    return SIZE, (n, k, stride, padding, 1)


ITEMS: list[Item] = [
    SIZE,
    _item("answers", _answers, form_only=True),
    _item(
        "conv_output_shape",
        _output_shape,
        uses=lambda x, w, *rest, **named: [_size(x[0], w[0], *rest, **named), _size(x[1], w[1], *rest, **named)],
    ),
    _item("conv_parameter_count", _parameter_count),
    _item("conv1d", _conv1d, uses=lambda x, w, *rest, **named: [_size(len(x), len(w), *rest, **named)]),
    _item("pointwise_conv", _pointwise),
    _item("pool_output_shape", _pool_shape, uses=lambda x, K, S: [_size(x[0], K, S), _size(x[1], K, S)]),
    _item("receptive_field", _receptive_field),
]
