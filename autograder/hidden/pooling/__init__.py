"""Notebook 04: cases of max and average pooling, forward and backward."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.draws import axis_length, numbers
from autograder.hidden.pooling.misconceptions import MISCONCEPTIONS
from autograder.items import Group, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]
Call = tuple[np.ndarray, int, int]  # x, K, S

X_HAND, DY_HAND = np.array([[1.0, 3.0], [7.0, 2.0]]), np.array([[8.0]])  # as in the notebook


def _call(rng: np.random.Generator, K: int, S: int, rest: int = 0, B: int = 2, C: int = 3) -> Call:
    """An image of two windows by three, with `rest` rows and columns left over."""
    H, W = axis_length(K, S, 1, rest), axis_length(K, S, 2, rest)
    return (numbers(rng, B, H, W, C), K, S) if rng.integers(2) else (numbers(rng, B, W, H, C), K, S)


def _one_image(rng: np.random.Generator) -> Call:
    return _call(rng, K=2, S=2, B=1, C=1)


def _fortran_order(call: Call) -> Call:
    x, K, S = call
    return np.asfortranarray(x), K, S


def _numpy_ints(call: Call) -> tuple:
    x, K, S = call
    return x, np.int64(K), np.int64(S)


def _by_hand(rng: np.random.Generator) -> Groups:
    return tuple(Group(f"by_hand[{key!r}]", 1, (Case(key, (key,)),)) for key in ("max", "average"))


def _maxpool(rng: np.random.Generator) -> Groups:
    below_zero, K, S = _call(rng, K=2, S=2)
    overlapping, *_ = _call(rng, K=3, S=1)
    return (
        Group(
            "windows side by side",
            1,
            (
                Case("K = S = 2", _call(rng, 2, 2)),
                Case("K = S = 3, NumPy ints", _numpy_ints(_call(rng, 3, 3))),
            ),
        ),
        Group(
            "overlapping windows",
            0.75,
            (
                Case("K = 3, S = 1", _call(rng, 3, 1)),
                Case("K = 3, S = 2, a rest left over", _call(rng, 3, 2, 1)),
            ),
        ),
        Group(
            "stride larger than the window, a rest left over",
            0.75,
            (
                Case("K = 2, S = 3", _call(rng, 2, 3, 2)),
                Case("K = S = 3, a rest left over", _call(rng, 3, 3, 1)),
            ),
        ),
        Group(
            "windows of negative numbers",
            0.5,
            (
                Case("all negative, windows side by side", (-np.abs(below_zero), K, S)),
                Case("all negative, overlapping windows", (-np.abs(overlapping), 3, 1)),
            ),
        ),
        Group(
            "one image, one channel, another memory order",
            0.5,
            (
                Case("one image of one channel", _one_image(rng)),
                Case("Fortran order", _fortran_order(_call(rng, 2, 1))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("K = S = 2", _call(rng, 2, 2), untouched=True),)),
    )


def _with_dy(rng: np.random.Generator, call: Call) -> tuple[np.ndarray, np.ndarray, int, int]:
    x, K, S = call
    return numbers(rng, *ref.maxpool2d(x, K, S).shape), x, K, S


def _ties(rng: np.random.Generator, call: Call) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Few different values, so that most windows hold their maximum more than once."""
    x, K, S = call
    return _with_dy(rng, (rng.integers(-2, 1, x.shape) * 0.75 - 0.5, K, S))


def _maxpool_backward(rng: np.random.Generator) -> Groups:
    tied, _, _ = _call(rng, K=2, S=2, C=1)
    tied[:, :2, :2, 0] = [[0.5, 9.0], [9.0, 9.0]]  # first by rows: top right; first by columns: bottom left
    fortran_dy, x, K, S = _with_dy(rng, _call(rng, 2, 1))
    return (
        Group(
            "windows side by side",
            1,
            (
                Case("K = S = 2", _with_dy(rng, _call(rng, 2, 2))),
                Case("K = S = 3, a rest left over", _with_dy(rng, _call(rng, 3, 3, 2))),
            ),
        ),
        Group(
            "overlapping windows",
            1.5,
            (
                Case("K = 3, S = 1", _with_dy(rng, _call(rng, 3, 1))),
                Case("K = 3, S = 2, a rest left over", _with_dy(rng, _call(rng, 3, 2, 1))),
            ),
        ),
        Group(
            "equal maxima in one window",
            1.5,
            (
                Case("three equal maxima", _with_dy(rng, (tied, 2, 2))),
                Case("many equal entries, overlapping windows", _ties(rng, _call(rng, 3, 1))),
                Case("many equal entries, K = S = 3", _ties(rng, _call(rng, 3, 3, C=2))),
            ),
        ),
        Group(
            "stride larger than the window, a rest left over",
            1,
            (
                Case("K = 2, S = 3", _with_dy(rng, _call(rng, 2, 3, 2))),
                Case("K = 1, S = 2", _with_dy(rng, _call(rng, 1, 2, 1))),
            ),
        ),
        Group(
            "one image, one channel, another memory order",
            0.5,
            (
                Case("one image of one channel", _with_dy(rng, _one_image(rng))),
                Case("Fortran order", (np.asfortranarray(fortran_dy), np.asfortranarray(x), K, S)),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("K = 3, S = 2", _with_dy(rng, _call(rng, 3, 2)), untouched=True),),
        ),
    )


def _avgpool(rng: np.random.Generator) -> Groups:
    return (
        Group(
            "windows side by side",
            0.5,
            (
                Case("K = S = 2", _call(rng, 2, 2)),
                Case("K = S = 3, NumPy ints", _numpy_ints(_call(rng, 3, 3))),
            ),
        ),
        Group(
            "windows that overlap or leave a rest",
            0.75,
            (
                Case("K = 3, S = 1", _call(rng, 3, 1)),
                Case("K = 2, S = 3, a rest left over", _call(rng, 2, 3, 1)),
            ),
        ),
        Group(
            "one image, one channel, another memory order",
            0.25,
            (
                Case("one image of one channel", _one_image(rng)),
                Case("Fortran order", _fortran_order(_call(rng, 2, 1))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("K = S = 2", _call(rng, 2, 2), untouched=True),)),
    )


def _with_shape(rng: np.random.Generator, call: Call) -> tuple[np.ndarray, tuple[int, ...], int, int]:
    dy, x, K, S = _with_dy(rng, call)
    return dy, x.shape, K, S


def _avgpool_backward(rng: np.random.Generator) -> Groups:
    fortran_dy, shape, K, S = _with_shape(rng, _call(rng, 2, 1))
    return (
        Group(
            "windows side by side",
            1,
            (
                Case("K = S = 2", _with_shape(rng, _call(rng, 2, 2))),
                Case("K = S = 3", _with_shape(rng, _call(rng, 3, 3))),
            ),
        ),
        Group(
            "overlapping windows",
            1.25,
            (
                Case("K = 3, S = 1", _with_shape(rng, _call(rng, 3, 1))),
                Case("K = 3, S = 2", _with_shape(rng, _call(rng, 3, 2))),
            ),
        ),
        Group(
            "stride larger than the window, a rest left over",
            1,
            (
                Case("K = 2, S = 3", _with_shape(rng, _call(rng, 2, 3, 2))),
                Case("K = S = 2, a rest left over", _with_shape(rng, _call(rng, 2, 2, 1))),
            ),
        ),
        Group(
            "one image, one channel, another memory order",
            0.25,
            (
                Case("one image of one channel", _with_shape(rng, _one_image(rng))),
                Case("Fortran order", (np.asfortranarray(fortran_dy), shape, K, S)),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("K = S = 2", _with_shape(rng, _call(rng, 2, 2)), untouched=True),),
        ),
    )


def _image(*rows: list[float]) -> np.ndarray:
    """Rows of one channel as a batch of one image, (1, H, W, 1)."""
    return np.array(rows)[None, :, :, None]


_ROWS = ([1.0, 4.0, -2.0, 3.0], [5.5, -1.0, 8.0, 6.0], [7.0, 2.0, 9.5, -3.0])
_TWO_CHANNELS = np.stack([np.array(_ROWS)[None], -np.array(_ROWS)[None, ::-1]], axis=-1)
_FORWARD = (
    Case("K = S = 2, a row left over", (_image(*_ROWS), 2, 2), untouched=True),
    Case("K = 2, S = 1", (_image(*_ROWS), 2, 1)),
    Case("K = 1, S = 2", (_image(*_ROWS), 1, 2)),
    Case("two channels", (_TWO_CHANNELS, 2, 2)),
)
_BATCH = np.concatenate([_TWO_CHANNELS[:, :, :2], -_TWO_CHANNELS[:, :, 2:]])

_VISIBLE: dict[str, tuple[Case, ...]] = {
    "by_hand": (Case("max", ("max",)), Case("average", ("average",))),
    "maxpool2d": (
        *_FORWARD,
        Case("two images of two channels, overlapping windows", (_BATCH, 2, 1)),
        Case("negative numbers alone", (-np.abs(_image(*_ROWS)), 2, 2)),
    ),
    "maxpool2d_backward": (
        Case("K = S = 2, a row left over", (_image([3.0, -5.0]), _image(*_ROWS), 2, 2), untouched=True),
        Case("K = 2, S = 1", (_image([3.0, -5.0, 2.5], [4.0, 6.0, -1.0]), _image(*_ROWS), 2, 1)),
        Case("equal maxima", (_image([3.0]), _image([2.0, 7.0], [7.0, 7.0]), 2, 2)),
        Case("K = 1, S = 2", (_image([3.0, -5.0], [2.0, 4.0]), _image(*_ROWS), 1, 2)),
        Case("two channels", (np.array([[[[3.0, -5.0], [2.0, 4.0]]]]), _TWO_CHANNELS, 2, 2)),
    ),
    "avgpool2d": _FORWARD,
    "avgpool2d_backward": (
        Case("K = S = 2, a row left over", (_image([3.0, -5.0]), (1, 3, 4, 1), 2, 2), untouched=True),
        Case("K = 2, S = 1", (_image([3.0, -5.0, 2.0], [4.0, 6.0, -1.0]), (1, 3, 4, 1), 2, 1)),
        Case("K = 2, S = 3, two channels", (np.array([[[[4.0, 2.0], [-8.0, 6.0]]]]), (1, 3, 5, 2), 2, 3)),
    ),
}

_ANSWERS = {
    "by_hand": ref.pool_by_hand(X_HAND, DY_HAND),
    "maxpool2d": ref.maxpool2d,
    "maxpool2d_backward": ref.maxpool2d_backward,
    "avgpool2d": ref.avgpool2d,
    "avgpool2d_backward": ref.avgpool2d_backward,
}


def _item(name: str, hidden, form_only: bool = False) -> Item:
    return Item(name, _ANSWERS[name], _VISIBLE[name], hidden, MISCONCEPTIONS[name], form_only)


ITEMS: list[Item] = [
    _item("by_hand", _by_hand, form_only=True),
    _item("maxpool2d", _maxpool),
    _item("maxpool2d_backward", _maxpool_backward),
    _item("avgpool2d", _avgpool),
    _item("avgpool2d_backward", _avgpool_backward),
]
