"""Notebook 03: cases of the gradients of a convolution and of what one step of SGD does to a filter."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.hidden.conv_backward.misconceptions import MISCONCEPTIONS
from autograder.hidden.draws import axis_length, integer, numbers
from autograder.items import Group, HelperCall, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]


def _vector(name: str, points: float, first: Iterable[tuple[int, int]], rng: np.random.Generator) -> Group:
    cases = [Case(f"{m} outputs, {other} entries", (numbers(rng, m), numbers(rng, other))) for m, other in first]
    return Group(name, points, tuple(cases))


def _backward_x(rng: np.random.Generator) -> Groups:
    m, k = integer(rng, 6, 8), integer(rng, 3, 4)
    return (
        _vector("more outputs than taps", 1.5, [(m, k), (m + 1, 2)], rng),
        _vector("more taps than outputs, one tap, one output", 1, [(k, m), (4, 1), (1, 4)], rng),
        Group(
            "arguments left as they are",
            0.5,
            (Case("any call", (numbers(rng, m), numbers(rng, k)), untouched=True),),
        ),
    )


def _backward_w(rng: np.random.Generator) -> Groups:
    m, k = integer(rng, 5, 7), integer(rng, 3, 4)
    return (
        _vector("more outputs than taps", 1.5, [(m, m + k - 1), (m + 1, m + 2)], rng),
        _vector("more taps than outputs, one tap, one output", 1, [(k, k + m), (5, 5), (1, 4)], rng),
        Group(
            "arguments left as they are",
            0.5,
            (Case("any call", (numbers(rng, m), numbers(rng, m + k - 1)), untouched=True),),
        ),
    )


def _backward_x_as_conv(rng: np.random.Generator) -> Groups:
    m, k = integer(rng, 6, 8), integer(rng, 3, 4)
    return (
        _vector("more outputs than taps", 1, [(m, k), (m + 1, 2)], rng),
        _vector("more taps than outputs, one output", 0.75, [(k, m), (1, 4)], rng),
        Group(
            "arguments left as they are",
            0.25,
            (Case("any call", (numbers(rng, m), numbers(rng, k)), untouched=True),),
        ),
    )


def _square(rng: np.random.Generator, m: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """X and dY of a kernel of k by k with m by m outputs."""
    return numbers(rng, m + k - 1, m + k - 1), numbers(rng, m, m)


def _kernel_gradient(rng: np.random.Generator) -> Groups:
    X, dY = _square(rng, 4, 3)
    return (
        Group(
            "more outputs than taps",
            2,
            (Case("4x4 outputs, 3x3 kernel", (X, dY)), Case("5x5 outputs, 2x2 kernel", _square(rng, 5, 2))),
        ),
        Group(
            "more taps than outputs",
            1,
            (Case("2x2 outputs, 4x4 kernel", _square(rng, 2, 4)), Case("one output", _square(rng, 1, 3))),
        ),
        Group(
            "as many taps as outputs, one tap, another memory order",
            0.5,
            (
                Case("3x3 outputs, 3x3 kernel", _square(rng, 3, 3)),
                Case("one tap", _square(rng, 3, 1)),
                Case("Fortran order", (np.asfortranarray(X), np.asfortranarray(dY))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", (X, dY), untouched=True),)),
    )


def _step(rng: np.random.Generator, m: int, k: int, lr: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    return numbers(rng, k, k), *_square(rng, m, k), lr


def _sgd_step(rng: np.random.Generator) -> Groups:
    return (
        Group(
            "the step",
            1.5,
            (
                Case("4x4 outputs, 3x3 kernel", _step(rng, 4, 3, 0.125)),
                Case("2x2 outputs, 3x3 kernel", _step(rng, 2, 3, 0.5)),
            ),
        ),
        Group("w itself unchanged", 0.5, (Case("any call", _step(rng, 3, 2, 0.25), untouched=True),)),
    )


def _layer(
    rng: np.random.Generator, kh: int, kw: int, stride: int = 1, padding: int = 0, rest: int = 0, **sizes: int
) -> tuple[Any, ...]:
    """dy, x, w, stride, padding of a layer with two rows by three columns of outputs."""
    B, C, F = sizes.get("B", 2), sizes.get("C", 3), sizes.get("F", 4)
    H, W = axis_length(kh, stride, 1, rest, padding), axis_length(kw, stride, 2, rest, padding)
    return numbers(rng, B, 2, 3, F), numbers(rng, B, H, W, C), numbers(rng, kh, kw, C, F), stride, padding


def _parts(name: str, points: float, part: int, cases: Iterable[Case]) -> Group:
    return Group(name, points, tuple(replace(case, part=part) for case in cases))


def _conv2d_backward(rng: np.random.Generator) -> Groups:
    dy, x, w, _, _ = _layer(rng, 3, 2)
    simple = (Case("a high filter", (dy, x, w)), Case("a wide filter", _layer(rng, 2, 4)[:3]))
    moved = (
        Case("stride 2, a rest left over", _layer(rng, 3, 2, stride=2, rest=1)),
        Case("stride 3, padding 1", _layer(rng, 2, 4, stride=3, padding=1)),
        Case("padding 2", (*_layer(rng, 5, 4, padding=2)[:3], 1, 2)),
    )
    ints = _layer(rng, 3, 3, stride=2, padding=1)
    return (
        _parts("dx at stride 1 without padding", 1.5, 0, simple),
        _parts("dx with stride and padding", 1.5, 0, moved),
        _parts("dw at stride 1 without padding", 1.5, 1, simple),
        _parts("dw with stride and padding", 1.5, 1, moved),
        _parts("db", 1, 2, (*simple, *moved)),
        Group(
            "one image, one channel, one filter, another memory order",
            0.5,
            (
                Case("one of each", _layer(rng, 2, 3, B=1, C=1, F=1)),
                Case("Fortran order", tuple(map(np.asfortranarray, (dy, x, w)))),
                Case("NumPy ints as arguments", (*ints[:3], np.int64(2), np.int64(1))),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("stride 2", _layer(rng, 2, 3, stride=2, rest=1), untouched=True),),
        ),
    )


def _patch_decomposition(rng: np.random.Generator) -> Groups:
    calls = (
        Case("4x4 outputs, 2x2 kernel", (*_square(rng, 4, 2), 0.125)),
        Case("2x2 outputs, 3x3 kernel", (*_square(rng, 2, 3), 0.5)),
        Case("3x3 outputs, 3x3 kernel", (*_square(rng, 3, 3), 0.25)),
    )
    return (
        _parts("patches", 1.25, 0, calls),
        _parts("coefficients", 1.25, 1, calls),
        Group(
            "one patch, one pixel, arguments left as they are",
            0.5,
            (
                Case("one output", (*_square(rng, 1, 3), 0.5)),
                Case("a kernel of one tap", (*_square(rng, 3, 1), 0.5)),
                Case("any call", (*_square(rng, 3, 2), 0.125), untouched=True),
            ),
        ),
    )


_X = np.array([[1.0, 2.0, -1.0], [4.0, -3.0, 5.0], [0.5, 6.0, -2.0]])
_DY = np.array([[2.0, -1.0], [3.0, 0.5]])
_WIDE = np.array([[[[1.0], [-2.0], [3.0]], [[4.0], [5.0], [-6.0]]], [[[2.0], [0.5], [-1.0]], [[7.0], [-3.0], [8.0]]]])
_FILTERS = np.array([[[[1.0, -1.0]], [[2.0, 3.0]]], [[[-2.0, 4.0]], [[0.5, 5.0]]]])
_DY_WIDE = np.array([[[[2.0, -1.0], [3.0, 0.5]]], [[[-4.0, 1.0], [6.0, -2.0]]]])
_DY_MOVED = np.array([[[[2.0, -1.0], [3.0, 0.5]], [[-4.0, 1.0], [6.0, -2.0]]]])

_VISIBLE: dict[str, tuple[Case, ...]] = {
    "conv1d_backward_x": (
        Case("three outputs, two taps", (np.array([2.0, -1.0, 3.0]), np.array([5.0, 4.0])), untouched=True),
        Case("two outputs, three taps", (np.array([2.0, -1.5]), np.array([1.0, 4.5, -2.0]))),
    ),
    "conv1d_backward_w": (
        Case("three outputs, two taps", (np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, -2.0, 5.0])), untouched=True),
        Case("two outputs, three taps", (np.array([2.0, -1.5]), np.array([1.0, 4.0, -2.5, 5.0]))),
    ),
    "conv1d_backward_x_as_conv": (
        Case("three outputs, two taps", (np.array([2.0, -1.0, 3.0]), np.array([5.0, 4.0])), untouched=True),
        Case("two outputs, three taps", (np.array([2.0, -1.5]), np.array([1.0, 4.5, -2.0]))),
    ),
    "kernel_gradient": (
        Case("3x3 image, 2x2 outputs", (_X, _DY), untouched=True),
        Case("3x3 image, one output", (_X, np.array([[3.0]]))),
    ),
    "sgd_step": (Case("3x3 image, 2x2 outputs", (np.array([[1.0, -2.0], [3.0, 4.0]]), _X, _DY, 0.5), untouched=True),),
    "conv2d_backward": (
        Case("two images, two filters", (_DY_WIDE, _WIDE, _FILTERS), untouched=True),
        Case("one filter, stride that does not divide", (_DY_WIDE[:, :, :, :1], _WIDE, _FILTERS[:1, :1, :, :1], 2)),
        Case("stride and padding", (_DY_MOVED, _WIDE[:1], _FILTERS, 2, 1)),
    ),
    "patch_decomposition": (
        Case("3x3 image, 2x2 outputs", (_X, _DY, 0.5), untouched=True),
        Case("3x3 image, one output", (_X, np.array([[3.0]]), 0.25)),
    ),
}


def _item(name: str, hidden: Any, **details: Any) -> Item:
    return Item(name, getattr(ref, name), _VISIBLE[name], hidden, MISCONCEPTIONS[name], **details)


KERNEL_GRADIENT = _item("kernel_gradient", _kernel_gradient)


def _sgd_step_uses(w: np.ndarray, X: np.ndarray, dY: np.ndarray, lr: float) -> Sequence[HelperCall]:
    return [(KERNEL_GRADIENT, (X, dY))]


ITEMS: list[Item] = [
    _item("conv1d_backward_x", _backward_x),
    _item("conv1d_backward_w", _backward_w),
    _item("conv1d_backward_x_as_conv", _backward_x_as_conv),
    KERNEL_GRADIENT,
    _item("sgd_step", _sgd_step, uses=_sgd_step_uses),
    _item("conv2d_backward", _conv2d_backward),
    _item("patch_decomposition", _patch_decomposition),
]
