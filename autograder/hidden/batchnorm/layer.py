"""Notebook 05: cases of the layer BatchNorm2d, a class with running statistics."""

from collections.abc import Sequence

import numpy as np

from autograder.given import Given
from autograder.hidden.draws import integer, numbers
from autograder.items import Group, given_by
from dnnkit import reference as ref
from dnnkit.check.outcome import Case, Step, call, perform, read, run, write

__all__ = ["VISIBLE", "function_results", "hidden"]

STATISTICS = (read("running_mean"), read("running_var"))
PARAMETER_GRADIENTS = (read("dgamma"), read("dbeta"))


def _layer(
    tries: str, gamma: np.ndarray, beta: np.ndarray, *steps: Step, untouched: bool = False, **settings: float
) -> Case:
    """A layer with these parameters, and what is done with it."""
    start = (write("gamma", gamma), write("beta", beta))
    return Case(tries, (len(gamma),), settings, steps=(*start, *steps), untouched=untouched)


def hidden(rng: np.random.Generator) -> Sequence[Group]:
    B, H, W, C = integer(rng, 3, 4), 2, integer(rng, 3, 4), integer(rng, 2, 3)
    gamma, beta, scale = numbers(rng, C), numbers(rng, C), numbers(rng, C)
    first, second = (3 + scale * numbers(rng, B, H, W, C) for _ in range(2))
    dy, other_dy = numbers(rng, B, H, W, C), numbers(rng, B, H, W, C)
    evaluate = write("training", False)

    def layer(tries: str, *steps: Step, untouched: bool = False, **settings: float) -> Case:
        return _layer(tries, gamma, beta, *steps, untouched=untouched, **settings)

    return (
        Group(
            "a new layer",
            0.5,
            (Case("a new layer", (C,), steps=tuple(map(read, ("gamma", "beta", "training"))) + STATISTICS),),
        ),
        Group(
            "forward in training",
            1,
            (
                layer("the batch's own statistics", call("forward", first), call("forward", second)),
                layer("another epsilon", call("forward", first), epsilon=0.5),
            ),
        ),
        Group(
            "running statistics",
            1.25,
            (
                layer("after one batch", perform("forward", first), *STATISTICS),
                layer("after two batches, another momentum", perform("forward", first), perform("forward", second),
                      *STATISTICS, momentum=0.3),
            ),
        ),
        Group(
            "evaluation",
            1,
            (
                layer("running statistics are used and stay", perform("forward", first), evaluate,
                      call("forward", second), *STATISTICS),
                layer("a single image", perform("forward", first), evaluate, call("forward", second[:1, :1, :1])),
            ),
        ),
        Group(
            "backward",
            1,
            (
                layer("after one batch", perform("forward", first), call("backward", dy), *PARAMETER_GRADIENTS),
                layer("after two batches", perform("forward", first), perform("backward", dy),
                      perform("forward", second), call("backward", other_dy), *PARAMETER_GRADIENTS),
            ),
        ),
        Group(
            "arguments left as they are",
            0.25,
            (layer("forward and backward", call("forward", first), call("backward", dy), untouched=True),),
        ),
    )  # fmt: skip


def function_results(case: Case) -> Sequence[Given]:
    """What `batchnorm_cnn` and its backward give in `case`, so that a wrong one does not cost the layer."""
    calls: list[Given] = []

    class Layer(ref.BatchNorm2d):
        def forward(self, x: np.ndarray) -> np.ndarray:
            if self.training:
                args = x.copy(), self.gamma.copy(), self.beta.copy(), self.epsilon
                calls.append(given_by(ref.batchnorm_cnn, "batchnorm_cnn", args, ref.batchnorm_cnn(*args)))
            return super().forward(x)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            cache = next(call.result[1] for call in reversed(calls) if call.name == "batchnorm_cnn")
            args = dy.copy(), cache
            result = ref.batchnorm_cnn_backward(*args)
            calls.append(given_by(ref.batchnorm_cnn_backward, "batchnorm_cnn_backward", args, result))
            return super().backward(dy)

    run(Layer, case)
    return calls


_X = np.array([1.0, 10.0, 3.0, 20.0, 5.0, 30.0, 7.0, 60.0]).reshape(2, 1, 2, 2)
_DY = np.array([1.0, -2.0, 0.0, 3.0, 2.0, 1.0, -4.0, 0.5]).reshape(2, 1, 2, 2)
_START = (np.array([2.0, 0.5]), np.array([1.0, -1.0]))

VISIBLE = (
    Case("a new layer", (2,), steps=tuple(map(read, ("gamma", "beta", "training"))) + STATISTICS),
    _layer("forward in training", *_START, call("forward", _X)),
    _layer("running statistics after two batches", *_START, perform("forward", _X), perform("forward", 2 * _X),
           *STATISTICS),
    _layer("evaluation", *_START, perform("forward", _X), write("training", False), call("forward", _X), *STATISTICS),
    _layer("backward after another batch", *_START, perform("forward", 2 * _X), perform("backward", _DY),
           perform("forward", _X), call("backward", _DY), *PARAMETER_GRADIENTS),
)  # fmt: skip
