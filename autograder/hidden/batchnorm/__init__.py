"""Notebook 05: cases of batch normalisation, of features and of channels."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.hidden.batchnorm import layer
from autograder.hidden.batchnorm.misconceptions import MISCONCEPTIONS
from autograder.hidden.draws import integer, numbers
from autograder.items import Group, HelperCall, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]


def _parts(name: str, points: float, part: int, cases: Iterable[Case]) -> Group:
    return Group(name, points, tuple(replace(case, part=part) for case in cases))


def _call(rng: np.random.Generator, *shape: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x with another mean and spread in every feature, gamma and beta."""
    D = shape[-1]
    x = numbers(rng, *shape) * rng.uniform(0.5, 3, D) + rng.uniform(-4, 4, D)
    return x, numbers(rng, D), numbers(rng, D)


def _with_constant_feature(rng: np.random.Generator, *shape: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, gamma, beta = _call(rng, *shape)
    x[..., 1] = 2.5
    return x, gamma, beta


def _batchnorm(rng: np.random.Generator) -> Groups:
    N, D = integer(rng, 5, 7), integer(rng, 3, 4)
    calls = (
        Case("more examples than features", _call(rng, N, D)),
        Case("two examples", _call(rng, 2, D)),
        Case("as many examples as features, Fortran order", tuple(map(np.asfortranarray, _call(rng, D, D)))),
    )
    return (
        _parts("y", 1.5, 0, calls),
        _parts("cache", 1, 1, calls),
        Group(
            "epsilon, constant features",
            1,
            (
                Case("a large epsilon", _call(rng, N, D), {"epsilon": 0.75}),
                Case("a constant feature", (*_with_constant_feature(rng, N, D), 0.25)),
                Case("one example", _call(rng, 1, D)),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _call(rng, N, D), untouched=True),)),
    )


def _with_cache(rng: np.random.Generator, *shape: int, epsilon: float = 1e-8) -> tuple[np.ndarray, Any]:
    _, cache = ref.batchnorm_cnn(*_call(rng, *shape), epsilon)
    return numbers(rng, *shape), cache


def _features(rng: np.random.Generator, N: int, D: int, epsilon: float = 1e-8) -> tuple[np.ndarray, Any]:
    dy, (x_hat, gamma, inv_std) = _with_cache(rng, N, 1, 1, D, epsilon=epsilon)
    return dy[:, 0, 0], (x_hat[:, 0, 0], gamma, inv_std)


def _batchnorm_backward(rng: np.random.Generator) -> Groups:
    N, D = integer(rng, 5, 7), integer(rng, 3, 4)
    calls = (
        Case("more examples than features", _features(rng, N, D)),
        Case("more features than examples", _features(rng, 3, N)),
        Case("a large epsilon in the forward", _features(rng, N, D, epsilon=0.75)),
    )
    _, (x_hat, gamma, inv_std) = ref.batchnorm(*_with_constant_feature(rng, N, D), 0.25)
    return (
        _parts("dx", 3, 0, calls),
        _parts("dgamma", 0.75, 1, calls),
        _parts("dbeta", 0.75, 2, calls),
        Group(
            "constant features, one example",
            1,
            (
                Case("a constant feature", (numbers(rng, N, D), (x_hat, gamma, inv_std))),
                Case("one example", _features(rng, 1, D)),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _features(rng, N, D), untouched=True),)),
    )


def _batchnorm_cnn(rng: np.random.Generator) -> Groups:
    H, W = integer(rng, 2, 3), integer(rng, 4, 5)
    calls = (
        Case("images that are not square", _call(rng, 2, H, W, 3)),
        Case("one image", _call(rng, 1, W, H, 2)),
        Case("Fortran order", tuple(map(np.asfortranarray, _call(rng, 3, H, W, 3)))),
    )
    return (
        _parts("y", 1.25, 0, calls),
        _parts("cache", 0.75, 1, calls),
        Group(
            "epsilon, constant channels",
            0.5,
            (
                Case("a large epsilon", _call(rng, 2, H, W, 3), {"epsilon": 0.75}),
                Case("a constant channel", (*_with_constant_feature(rng, 2, H, W, 3), 0.25)),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _call(rng, 2, H, W, 3), untouched=True),)),
    )


def _batchnorm_cnn_backward(rng: np.random.Generator) -> Groups:
    H, W = integer(rng, 2, 3), integer(rng, 4, 5)
    calls = (
        Case("images that are not square", _with_cache(rng, 2, H, W, 3)),
        Case("one image, a large epsilon in the forward", _with_cache(rng, 1, W, H, 2, epsilon=0.75)),
        Case("one pixel each", _with_cache(rng, 4, 1, 1, 3)),
    )
    return (
        _parts("dx", 1.5, 0, calls),
        _parts("dgamma", 0.5, 1, calls),
        _parts("dbeta", 0.5, 2, calls),
        Group("arguments left as they are", 0.5, (Case("any call", _with_cache(rng, 2, H, W, 3), untouched=True),)),
    )


_X = np.array([[1.0, -2.0], [3.0, 4.0], [5.0, -8.0], [-1.0, 6.0]])
_GAMMA, _BETA = np.array([2.0, -1.0]), np.array([0.5, 3.0])
_DY = np.array([[1.0, -3.0], [2.0, 0.5], [-4.0, 1.0], [6.0, 2.0]])
_IMAGES = np.stack([_X.reshape(2, 2, 2), _X[::-1].reshape(2, 2, 2) * np.array([2.0, 0.5])])[:, :, :1]
_DY_IMAGES = _DY.reshape(2, 2, 1, 2)
_CACHE = ref.batchnorm(_X, _GAMMA, _BETA)[1]
_CACHE_IMAGES = ref.batchnorm_cnn(_IMAGES, _GAMMA, _BETA)[1]

_VISIBLE: dict[str, tuple[Case, ...]] = {
    "batchnorm": (
        Case("four examples, two features", (_X, _GAMMA, _BETA), untouched=True),
        Case("a large epsilon", (_X, _GAMMA, _BETA), {"epsilon": 0.5}),
    ),
    "batchnorm_backward": (Case("four examples, two features", (_DY, _CACHE), untouched=True),),
    "batchnorm_cnn": (
        Case("two images, two channels", (_IMAGES, _GAMMA, _BETA), untouched=True),
        Case("a large epsilon", (_IMAGES, _GAMMA, _BETA), {"epsilon": 0.5}),
    ),
    "BatchNorm2d": layer.VISIBLE,
    "batchnorm_cnn_backward": (Case("two images, two channels", (_DY_IMAGES, _CACHE_IMAGES), untouched=True),),
}


def _item(name: str, hidden: Any, **details: Any) -> Item:
    return Item(name, getattr(ref, name), _VISIBLE[name], hidden, MISCONCEPTIONS[name], **details)


BATCHNORM = _item("batchnorm", _batchnorm)
BATCHNORM_BACKWARD = _item("batchnorm_backward", _batchnorm_backward)


def _batchnorm_cnn_uses(
    x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-8
) -> Sequence[HelperCall]:
    return [(BATCHNORM, (x.reshape(-1, x.shape[-1]), gamma, beta, epsilon))]


def _batchnorm_cnn_backward_uses(dy: np.ndarray, cache: Any) -> Sequence[HelperCall]:
    x_hat, gamma, inv_std = cache
    C = len(gamma)
    return [(BATCHNORM_BACKWARD, (dy.reshape(-1, C), (x_hat.reshape(-1, C), gamma, inv_std)))]


ITEMS: list[Item] = [
    BATCHNORM,
    BATCHNORM_BACKWARD,
    _item("batchnorm_cnn", _batchnorm_cnn, uses=_batchnorm_cnn_uses),
    _item("batchnorm_cnn_backward", _batchnorm_cnn_backward, uses=_batchnorm_cnn_backward_uses),
    _item("BatchNorm2d", layer.hidden, given=layer.function_results),
]
