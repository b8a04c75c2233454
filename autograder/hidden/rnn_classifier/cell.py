"""Cases of the cell: one step of one layer, forward and backward."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.hidden.draws import integer, numbers
from autograder.items import Group
from dnnkit import reference as ref
from dnnkit.check.outcome import Case, Step, call, perform, read, write

__all__ = [
    "GRADIENTS",
    "VISIBLE_BACKWARD",
    "VISIBLE_FORWARD",
    "Weights",
    "backward",
    "cell_weights",
    "forward",
    "small",
]

Groups = Sequence[Group]
Weights = tuple[np.ndarray, ...]
GRADIENTS = ("dW_ih", "dW_hh", "db_ih", "db_hh")


def cell_weights(rng: np.random.Generator, D: int, H: int) -> Weights:
    return tuple(0.4 * numbers(rng, *shape) for shape in ((H, D), (H, H), (H,), (H,)))


def _cell(tries: str, weights: Weights, *steps: Step, untouched: bool = False) -> Case:
    """A cell with these weights, and what is done with it; only the steps behind the weights are compared."""
    H, D = weights[0].shape
    return Case(tries, (D, H), steps=(call("init_weights", *weights), *steps), untouched=untouched)


def forward(rng: np.random.Generator) -> Groups:
    B, D, H = integer(rng, 3, 4), integer(rng, 2, 3), integer(rng, 5, 6)
    weights = cell_weights(rng, D, H)
    step = call("forward", numbers(rng, B, D), 0.5 * numbers(rng, B, H))
    first = call("forward", numbers(rng, 1, 1), numbers(rng, 1, 2))
    wide = call("forward", numbers(rng, 2, 5), numbers(rng, 2, 2))
    ones = [write(name, np.ones(shape)) for name, shape in _gradient_shapes(D, H)]
    return (
        Group(
            "a step",
            2,
            (
                _cell("a batch, H larger than D", weights, step),
                _cell("H smaller than D", cell_weights(rng, 5, 2), wide),
                _cell("batch of one", cell_weights(rng, 1, 2), first),
            ),
        ),
        Group(
            "the cell called like a function, arguments left as they are",
            0.5,
            (_cell("called", weights, replace(step, path="__call__"), step, untouched=True),),
        ),
        Group("gradients start at zero", 0.5, (Case("a new cell", (D, H), steps=tuple(map(read, GRADIENTS))),)),
        Group(
            "zero_grad",
            1,
            (_cell("zero_grad", weights, *ones, call("zero_grad"), *map(read, GRADIENTS)),),
        ),
    )


def _gradient_shapes(D: int, H: int) -> Sequence[tuple[str, tuple[int, ...]]]:
    return tuple(zip(GRADIENTS, ((H, D), (H, H), (H,), (H,)), strict=True))


def _backward_step(rng: np.random.Generator, weights: Weights, B: int) -> Step:
    """A backward call with states that belong together."""
    H, D = weights[0].shape
    x, h_prev_t = numbers(rng, B, D), 0.5 * numbers(rng, B, H)
    cell = ref.RNNCell(D, H)
    cell.init_weights(*weights)
    return call("backward", numbers(rng, B, H), cell.forward(x, h_prev_t), x, h_prev_t)


def backward(rng: np.random.Generator) -> Groups:
    B, D, H = integer(rng, 3, 4), integer(rng, 2, 3), integer(rng, 5, 6)
    weights = cell_weights(rng, D, H)
    wide = cell_weights(rng, 6, 2)
    first, second = _backward_step(rng, weights, B), _backward_step(rng, weights, B + 1)
    other, single = _backward_step(rng, wide, 2), _backward_step(rng, weights, 1)
    silent, single = (replace(step, do="perform") for step in (first, single))
    return (
        Group(
            "dx and dh_prev_t",
            2,
            (_cell("a batch", weights, first), _cell("H smaller than D", wide, other)),
        ),
        Group(
            "gradients of the weights",
            1.5,
            (
                _cell("averaged over the batch", weights, silent, read("dW_ih"), read("dW_hh")),
                _cell("batch of one", weights, single, read("dW_ih"), read("dW_hh")),
            ),
        ),
        Group(
            "gradients of both biases",
            1,
            (_cell("averaged over the batch", weights, silent, read("db_ih"), read("db_hh")),),
        ),
        Group(
            "gradients add up over calls",
            1,
            (_cell("two calls", weights, silent, replace(second, do="perform"), *map(read, GRADIENTS)),),
        ),
        Group(
            "arguments left as they are",
            0.5,
            (_cell("a batch", weights, first, untouched=True),),
        ),
    )


def small(*shape: int) -> np.ndarray:
    """Small numbers for paper: quarters of both signs."""
    return (np.arange(np.prod(shape)) % 5 - 2).reshape(shape) / 4


_CELL = tuple(small(*shape) for shape in ((2, 3), (2, 2), (2,), (2,)))
_BACK = call("backward", np.array([[1.0, -2.0], [4.0, 1.0]]), 0.5 * small(2, 2), small(2, 3), small(2, 2))
_QUIET_BACK = replace(_BACK, do="perform")

VISIBLE_FORWARD = (
    _cell(
        "zero_grad",
        _CELL,
        *[write(name, np.ones(shape)) for name, shape in _gradient_shapes(3, 2)],
        perform("zero_grad"),
        *map(read, GRADIENTS),
    ),
    _cell("one step", _CELL, call("forward", small(1, 3), small(1, 2))),
    _cell("a batch, the cell called like a function", _CELL, call("__call__", small(4, 3), small(4, 2))),
    Case("gradients of a new cell", (3, 2), steps=tuple(map(read, GRADIENTS))),
)
VISIBLE_BACKWARD = (
    _cell("dx and dh_prev_t", _CELL, _BACK),
    _cell("gradients after one call", _CELL, _QUIET_BACK, *map(read, GRADIENTS)),
    _cell("gradients after two calls", _CELL, _QUIET_BACK, _QUIET_BACK, *map(read, GRADIENTS)),
)
