"""Notebook 06: cases of one step of an RNN, of whole sequences, and of gradients through time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.hidden.draws import integer, numbers
from autograder.hidden.vanilla_rnn import cell
from autograder.hidden.vanilla_rnn.misconceptions import MISCONCEPTIONS
from autograder.items import Group, HelperCall, Item
from dnnkit import reference as ref
from dnnkit.check.outcome import Case

__all__ = ["ITEMS"]

Groups = Sequence[Group]


def _parts(name: str, points: float, part: int, cases: Iterable[Case]) -> Group:
    return Group(name, points, tuple(replace(case, part=part) for case in cases))


def _task_types(rng: np.random.Generator) -> Groups:
    harder = {"phoneme of a speech clip", "label for every video frame"}
    return tuple(
        Group(f"task_types[{key!r}]", 0.5 if key in harder else 0.25, (Case(key, (key,)),)) for key in ref.task_types
    )


def _weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wx, Wh, b that keep tanh away from its flat ends."""
    return numbers(rng, D, H) / (2 * D), numbers(rng, H, H) / (2 * H), numbers(rng, H) / 4


def _step(rng: np.random.Generator, N: int, D: int, H: int) -> tuple[np.ndarray, ...]:
    return numbers(rng, N, D), numbers(rng, N, H) / 2, *_weights(rng, D, H)


def _rnn_step_forward(rng: np.random.Generator) -> Groups:
    N = integer(rng, 5, 6)
    calls = (
        Case("all sizes different", _step(rng, N, 3, 4)),
        Case("all sizes equal, Fortran order", tuple(map(np.asfortranarray, _step(rng, 3, 3, 3)))),
        Case("one example, one input", _step(rng, 1, 1, 3)),
    )
    return (
        _parts("next_h", 1.5, 0, calls),
        _parts("cache", 1, 1, calls),
        Group("arguments left as they are", 0.5, (Case("any call", _step(rng, N, 3, 2), untouched=True),)),
    )


def _step_with_cache(rng: np.random.Generator, N: int, D: int, H: int) -> tuple[np.ndarray, Any]:
    return numbers(rng, N, H), ref.rnn_step_forward(*_step(rng, N, D, H))[1]


def _rnn_step_backward(rng: np.random.Generator) -> Groups:
    N = integer(rng, 5, 6)
    calls = (
        Case("all sizes different", _step_with_cache(rng, N, 3, 4)),
        Case("all sizes equal", _step_with_cache(rng, 3, 3, 3)),
    )
    return (
        _parts("dx", 0.75, 0, calls),
        _parts("dprev_h", 1, 1, calls),
        _parts("dWx", 0.75, 2, calls),
        _parts("dWh", 1, 3, calls),
        _parts("db", 0.5, 4, calls),
        Group(
            "one example, one unit",
            0.5,
            (
                Case("one example", _step_with_cache(rng, 1, 2, 3)),
                Case("one unit", _step_with_cache(rng, N, 2, 1)),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _step_with_cache(rng, N, 3, 2), untouched=True),)),
    )


def _sequence(rng: np.random.Generator, N: int, T: int, D: int, H: int) -> tuple[np.ndarray, ...]:
    return numbers(rng, N, T, D), numbers(rng, N, H) / 2, *_weights(rng, D, H)


def _rnn_forward(rng: np.random.Generator) -> Groups:
    T = integer(rng, 5, 6)
    calls = (
        Case("all sizes different", _sequence(rng, 2, T, 3, 4)),
        Case("as many examples as steps, Fortran order", tuple(map(np.asfortranarray, _sequence(rng, 3, 3, 2, 4)))),
    )
    return (
        _parts("h", 1.5, 0, calls),
        _parts("cache", 0.75, 1, calls),
        Group(
            "one step, one example",
            0.25,
            (Case("one step", _sequence(rng, 3, 1, 2, 4)), Case("one example", _sequence(rng, 1, 4, 2, 3))),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _sequence(rng, 2, T, 3, 2), untouched=True),)),
    )


def _sequence_with_cache(rng: np.random.Generator, N: int, T: int, D: int, H: int) -> tuple[np.ndarray, Any]:
    _, cache = ref.rnn_forward(*_sequence(rng, N, T, D, H))
    return numbers(rng, N, T, H), [tuple(np.array(entry) for entry in step) for step in cache]


def _rnn_backward(rng: np.random.Generator) -> Groups:
    T = integer(rng, 5, 6)
    calls = (
        Case("all sizes different", _sequence_with_cache(rng, 2, T, 3, 4)),
        Case("as many examples as steps", _sequence_with_cache(rng, 3, 3, 2, 4)),
    )
    return (
        _parts("dx", 1.25, 0, calls),
        _parts("dh0", 1, 1, calls),
        _parts("dWx", 1, 2, calls),
        _parts("dWh", 1.25, 3, calls),
        _parts("db", 0.5, 4, calls),
        Group(
            "one step, one example",
            0.5,
            (
                Case("one step", _sequence_with_cache(rng, 3, 1, 2, 4)),
                Case("one example", _sequence_with_cache(rng, 1, 4, 2, 3)),
            ),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (Case("any call", _sequence_with_cache(rng, 2, T, 3, 2), untouched=True),),
        ),
    )


def _states(rng: np.random.Generator, T: int, H: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return scale * numbers(rng, H, H) / H, numbers(rng, T, H) / 2


def _gradient_norms(rng: np.random.Generator) -> Groups:
    T = integer(rng, 5, 7)
    return (
        Group(
            "several steps",
            2,
            (Case("more steps than units", _states(rng, T, 3)), Case("more units than steps", _states(rng, 4, T))),
        ),
        Group(
            "one step, two steps, one unit",
            1,
            (
                Case("one step", _states(rng, 1, 3)),
                Case("two steps", _states(rng, 2, 3)),
                Case("one unit", _states(rng, 4, 1)),
            ),
        ),
        Group(
            "large weights, another memory order",
            0.5,
            (
                Case("large weights", _states(rng, T, 3, scale=6.0)),
                Case("Fortran order", tuple(map(np.asfortranarray, _states(rng, 4, 3)))),
            ),
        ),
        Group("arguments left as they are", 0.5, (Case("any call", _states(rng, T, 2), untouched=True),)),
    )


_X = np.array([[1.0, -2.0, 0.5], [3.0, 1.0, -1.0]])
_H0 = np.array([[0.5, -0.25], [-0.75, 0.125]])
_WX = np.array([[0.25, -0.5], [0.125, 0.5], [-0.25, 0.75]])
_WH = np.array([[0.5, -0.25], [1.0, 0.75]])
_B = np.array([0.125, -0.5])
_DH = np.array([[2.0, -1.0], [0.5, 3.0]])
_SEQUENCES = np.stack([_X, _X[::-1] / 2, -_X / 4], axis=1)
_DH_SEQUENCES = np.stack([_DH, -_DH[::-1], _DH / 2], axis=1)
_STEP_CACHE = ref.rnn_step_forward(_X, _H0, _WX, _WH, _B)[1]
_CACHE = ref.rnn_forward(_SEQUENCES, _H0, _WX, _WH, _B)[1]

_VISIBLE: dict[str, tuple[Case, ...]] = {
    "task_types": tuple(Case(key, (key,)) for key in ref.task_types),
    "VanillaRNN": cell.VISIBLE_RNN,
    "rnn_step_forward": (Case("two examples, three inputs, two units", (_X, _H0, _WX, _WH, _B), untouched=True),),
    "rnn_step_backward": (Case("two examples, three inputs, two units", (_DH, _STEP_CACHE), untouched=True),),
    "rnn_forward": (
        Case("two examples, three steps", (_SEQUENCES, _H0, _WX, _WH, _B), untouched=True),
        Case("one step", (_SEQUENCES[:, :1], _H0, _WX, _WH, _B)),
    ),
    "rnn_backward": (
        Case("two examples, three steps", (_DH_SEQUENCES, _CACHE), untouched=True),
        Case("one step", (_DH_SEQUENCES[:, :1], _CACHE[:1])),
    ),
    "local_gradients": cell.VISIBLE_GRADIENTS,
    "gradient_norms": (
        Case("four states of two units", (_WH, np.array([[0.5, -0.25], [0.1, 0.8], [-0.5, 0.3], [0.9, -0.6]]))),
        Case("one state", (_WH, np.array([[0.5, -0.25]]))),
    ),
}


def _item(name: str, hidden: Any, **details: Any) -> Item:
    return Item(name, getattr(ref, name), _VISIBLE[name], hidden, MISCONCEPTIONS[name], **details)


STEP_FORWARD = _item("rnn_step_forward", _rnn_step_forward)
STEP_BACKWARD = _item("rnn_step_backward", _rnn_step_backward)


def _rnn_forward_uses(
    x: np.ndarray, h0: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
) -> Sequence[HelperCall]:
    h, _ = ref.rnn_forward(x, h0, Wx, Wh, b)
    states = [h0, *h.swapaxes(0, 1)]
    return [(STEP_FORWARD, (x[:, t], states[t], Wx, Wh, b)) for t in range(x.shape[1])]


def _rnn_backward_uses(dh: np.ndarray, cache: Any) -> Sequence[HelperCall]:
    calls: list[HelperCall] = []
    future = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache))):
        arguments = (dh[:, t] + future, cache[t])
        calls.append((STEP_BACKWARD, arguments))
        future = ref.rnn_step_backward(*arguments)[1]
    return calls


ITEMS: list[Item] = [
    _item("task_types", _task_types, form_only=True),
    _item("VanillaRNN", cell.rnn),
    STEP_FORWARD,
    STEP_BACKWARD,
    _item("rnn_forward", _rnn_forward, uses=_rnn_forward_uses),
    _item("rnn_backward", _rnn_backward, uses=_rnn_backward_uses),
    _item("local_gradients", cell.gradients),
    _item("gradient_norms", _gradient_norms),
]
