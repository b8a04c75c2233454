"""Notebook 06: cases of the class VanillaRNN and of the dictionary local_gradients."""

from collections.abc import Sequence

import numpy as np

from autograder.hidden.draws import integer, numbers
from autograder.items import Group
from dnnkit.check.outcome import Case, Step, call, read, write

__all__ = ["VISIBLE_GRADIENTS", "VISIBLE_RNN", "gradients", "rnn"]

NAMES = ("W_xh", "W_hh", "W_hy", "Bh", "By")


def _shapes(D: int, H: int, outputs: int) -> Sequence[tuple[int, ...]]:
    return (H, D), (H, H), (outputs, H), (H,), (outputs,)


def _rnn(tries: str, weights: Sequence[np.ndarray], *steps: Step, untouched: bool = False) -> Case:
    """A network with these weights, and what is done with it."""
    (H, D), outputs = weights[0].shape, len(weights[4])
    start = tuple(write(name, array) for name, array in zip(NAMES, weights, strict=True))
    return Case(tries, (D, H, outputs), steps=(*start, *steps), untouched=untouched)


def rnn(rng: np.random.Generator) -> Sequence[Group]:
    D, H, outputs = integer(rng, 2, 3), integer(rng, 4, 5), 6
    weights = [0.4 * numbers(rng, *shape) for shape in _shapes(D, H, outputs)]
    steps = [call("forward", numbers(rng, D)) for _ in range(3)]
    square = [0.4 * numbers(rng, *shape) for shape in _shapes(3, 3, 3)]
    state = read("hidden_state")
    return (
        Group(
            "the first step",
            1,
            (
                _rnn("all sizes different", weights, steps[0]),
                _rnn("all sizes equal", square, call("forward", numbers(rng, 3))),
            ),
        ),
        Group(
            "the state persists",
            1.5,
            (
                _rnn("three steps", weights, *steps, state),
                _rnn("all sizes equal", square, *(call("forward", numbers(rng, 3)) for _ in range(3)), state),
            ),
        ),
        Group(
            "a new network, arguments left as they are",
            0.5,
            (
                Case("the state of a new network", (D, H, outputs), steps=(state,)),
                _rnn("one step", weights, state, steps[0], untouched=True),
            ),
        ),
    )


def gradients(rng: np.random.Generator) -> Sequence[Group]:
    a, b, c, d = (float(value) for value in numbers(rng, 4))
    return (
        Group("local_gradients['mul_x']", 0.75, (_node("mul_x", a, b), _node("mul_x", b, c))),
        Group("local_gradients['mul_h']", 0.75, (_node("mul_h", c, a), _node("mul_h", d, b))),
        Group("local_gradients['add']", 0.5, (_node("add", a, b, c),)),
        Group("local_gradients['tanh']", 1, (_node("tanh", a), _node("tanh", b / 2))),
    )


def _node(name: str, *values: float) -> Case:
    return Case(name, (name, *values))


_WEIGHTS = [(np.arange(np.prod(shape)) % 5 - 2).reshape(shape) / 4 for shape in _shapes(2, 3, 2)]
_STEPS = (call("forward", np.array([1.0, -2.0])), call("forward", np.array([0.5, 3.0])))

VISIBLE_RNN = (
    _rnn("the first step", _WEIGHTS, _STEPS[0]),
    _rnn("two steps", _WEIGHTS, *_STEPS, read("hidden_state"), untouched=True),
    Case("the state of a new network", (2, 3, 4), steps=(read("hidden_state"),)),
)
VISIBLE_GRADIENTS = (
    _node("mul_x", 2.0, -3.0),
    _node("mul_h", 0.5, 4.0),
    _node("add", 1.0, 2.0, 5.0),
    _node("tanh", 0.5),
)
