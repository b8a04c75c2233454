"""Cases of the classifier: layers of cells through time, forward and backward."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.hidden.draws import integer, numbers
from autograder.hidden.rnn_classifier.cell import GRADIENTS, Weights, cell_weights, small
from autograder.items import Group
from dnnkit import reference as ref
from dnnkit.check.outcome import Case, Step, call, perform, read, write

__all__ = ["VISIBLE_BACKWARD", "VISIBLE_FORWARD", "backward", "forward"]

Groups = Sequence[Group]
NetworkWeights = tuple[list[Weights], Weights]


def _network_weights(rng: np.random.Generator, D: int, H: int, outputs: int, L: int) -> NetworkWeights:
    rnn = [cell_weights(rng, D if layer == 0 else H, H) for layer in range(L)]
    return rnn, (numbers(rng, outputs, H), numbers(rng, outputs, 1))


def _classifier(tries: str, weights: NetworkWeights, *steps: Step, untouched: bool = False) -> Case:
    """A classifier with these weights, and what is done with it."""
    rnn, linear = weights
    H, D = rnn[0][0].shape
    start = call("init_weights", rnn, linear)
    return Case(tries, (D, H, len(linear[0]), len(rnn)), steps=(start, *steps), untouched=untouched)


def forward(rng: np.random.Generator) -> Groups:
    B, T, D, H, outputs = integer(rng, 3, 4), integer(rng, 5, 6), 2, integer(rng, 3, 4), 5
    one, two, three = (_network_weights(rng, D, H, outputs, L) for L in (1, 2, 3))
    square = _network_weights(rng, H, H, outputs, 2)
    x, short = numbers(rng, B, T, D), numbers(rng, 1, 1, D)
    h_0, once = 0.5 * numbers(rng, 2, B, H), perform("forward", x)
    return (
        Group(
            "one layer",
            1,
            (
                _classifier("several steps", one, call("forward", x)),
                _classifier("one step, batch of one", one, call("forward", short)),
            ),
        ),
        Group(
            "several layers",
            1.5,
            (
                _classifier("two layers", two, call("forward", x)),
                replace(_classifier("two layers unless told otherwise", two, call("forward", x)), args=(D, H, outputs)),
                _classifier("three layers", three, call("forward", x[:1])),
                _classifier("as many inputs as hidden units", square, call("forward", numbers(rng, B, T, H))),
            ),
        ),
        Group(
            "initial states",
            1,
            (_classifier("h_0 is not zero", two, call("forward", x, h_0), untouched=True),),
        ),
        Group(
            "hiddens",
            1,
            (_classifier("the states at all times", two, perform("forward", x, h_0), read("hiddens")),),
        ),
        Group(
            "a second forward starts afresh, called like a function",
            0.5,
            (
                _classifier("a shorter sequence", two, once, call("__call__", x[:2, :3]), read("hiddens")),
                _classifier("the same sequence", three, once, call("__call__", x), read("hiddens")),
            ),
        ),
    )


def _backward_case(
    tries: str, weights: NetworkWeights, x: np.ndarray, h_0: np.ndarray, delta: np.ndarray, *reads: Step
) -> Case:
    """Backward on the right states, whatever the forward made of them; then either its result or `reads`."""
    case = _classifier(tries, weights)
    right = ref.RNNPhonemeClassifier(*case.args)
    right.init_weights(*weights)
    right.forward(x, h_0)
    steps = (
        perform("forward", x, h_0),
        write("hiddens", right.hiddens),
        perform("output_layer.forward", right.hiddens[-1][-1]),
        *((perform("backward", delta), *reads) if reads else (call("backward", delta),)),
    )
    return replace(case, steps=case.steps + steps)


def backward(rng: np.random.Generator) -> Groups:
    B, T, D, H, outputs = integer(rng, 3, 4), integer(rng, 4, 5), 2, integer(rng, 3, 4), 5
    weights = {L: _network_weights(rng, D, H, outputs, L) for L in (1, 2, 3)}
    h_0 = {L: 0.5 * numbers(rng, L, B, H) for L in weights}
    x, delta = numbers(rng, B, T, D), numbers(rng, B, outputs)

    def case(tries: str, L: int, *reads: Step, steps: int = T) -> Case:
        return _backward_case(tries, weights[L], x[:, :steps], h_0[L], delta, *reads)

    return (
        Group("initial states, one layer", 1.5, (case("several steps", 1), case("one step", 1, steps=1))),
        Group(
            "initial states, several layers",
            2,
            (case("two layers", 2), case("three layers", 3), case("three layers, one step", 3, steps=1)),
        ),
        Group("the top layer's gradients", 1.5, (case("two layers", 2, *_gradients(1)),)),
        Group(
            "the lower layers' gradients",
            2,
            (case("two layers", 2, *_gradients(0)), case("three layers", 3, *_gradients(0), *_gradients(1))),
        ),
        Group(
            "the output layer's gradients",
            1,
            (case("two layers", 2, read("output_layer.dW"), read("output_layer.db")),),
        ),
    )


def _gradients(layer: int) -> Sequence[Step]:
    return tuple(read(f"rnn.{layer}.{name}") for name in GRADIENTS)


def _small_weights() -> NetworkWeights:
    lower = tuple(small(*shape) for shape in ((2, 3), (2, 2), (2,), (2,)))
    upper = tuple(small(*shape) for shape in ((2, 2), (2, 2), (2,), (2,)))
    return [lower, upper], (small(3, 2), small(3, 1))


_TWO = _small_weights()
_ONE = (_TWO[0][:1], _TWO[1])
_SQUARE = (_TWO[0][1:] * 2, _TWO[1])
_X = small(2, 3, 3) + 0.1
_FORWARD = call("forward", _X, 0.5 * small(2, 2, 2))
_BACKWARD = call("backward", np.array([[1.0, -1.0, 2.0], [0.5, 3.0, -2.0]]))

VISIBLE_FORWARD = (
    _classifier("one layer", _ONE, call("forward", _X)),
    _classifier("two layers, h_0 is not zero", _TWO, _FORWARD),
    _classifier("as many inputs as hidden units", _SQUARE, call("forward", _X[:, :, :2])),
    _classifier("hiddens after two forwards", _TWO, perform("forward", _X), perform("forward", _X), read("hiddens")),
)
VISIBLE_BACKWARD = (
    _classifier("one step", _TWO, call("forward", _X[:, :1]), _BACKWARD),
    _classifier("three steps", _TWO, _FORWARD, _BACKWARD, read("output_layer.dW"), read("output_layer.db")),
    _classifier("gradients of the lower layer", _TWO, _FORWARD, _BACKWARD, *_gradients(0)),
)
