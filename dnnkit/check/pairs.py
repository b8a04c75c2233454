"""Which forward each backward belongs to, and a small input to try the two together on.

The inputs have neither ties nor special sizes: here a backward is held against a forward, not against the task.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnkit.check.outcome import Case, call, perform, read, write

__all__ = ["PAIRS", "Inputs", "Pair"]

Inputs = Mapping[str, np.ndarray]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """A backward and its forward.

    `forward` is the name of the forward's task. `ahead(inputs)` asks it: its value is y, begins with y, or, step by
    step, ends with it. `back(dy, inputs, value)` asks the backward, where `value` is what the forward gave.
    `gradients` names, in the order in which they come, the inputs and what their gradients are called.
    A `linear` forward is linear in each of its inputs. `step` is how far an input is nudged; the gradients of the
    `averaged` inputs are divided by `batch`. `library` is the module of MyTorch that has the forward, where that
    is the work of an earlier notebook.
    """

    forward: str
    inputs: Inputs
    dy: np.ndarray
    ahead: Callable[[Inputs], Case]
    back: Callable[[np.ndarray, Inputs, Any], Case]
    gradients: Mapping[str, str]
    linear: bool = False
    step: float = 1e-5
    averaged: tuple[str, ...] = ()
    library: str = ""


def _drawn(dy: Shape, **shapes: Shape) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Random numbers for dy and for each of the inputs."""
    rng = np.random.default_rng(5)
    return rng.normal(size=dy).round(2), {name: rng.normal(size=shape).round(2) for name, shape in shapes.items()}


def _named(names: str) -> dict[str, str]:
    return {name: f"d{name}" for name in names.split()}


def _cache(value: Any) -> Any:
    """The cache of what a forward gave. Raises TypeError where that is no (y, cache)."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError("no (y, cache)")
    return value[1]


def _conv1d(back: Callable[[np.ndarray, Inputs, Any], Case], wanted: str) -> Pair:
    dy, inputs = _drawn((4,), x=(6,), w=(3,))
    return Pair(
        forward="conv1d",
        dy=dy,
        inputs=inputs,
        ahead=lambda at: Case("", (at["x"], at["w"])),
        back=back,
        gradients=_named(wanted),
        linear=True,
        library="conv",
    )


def _conv1d_backward_x() -> Pair:
    return _conv1d(lambda dy, at, value: Case("", (dy, at["w"])), "x")


def _conv1d_backward_w() -> Pair:
    return _conv1d(lambda dy, at, value: Case("", (dy, at["x"])), "w")


def _kernel_gradient() -> Pair:
    dy, inputs = _drawn((1, 3, 3, 1), X=(4, 4), w=(2, 2))
    return Pair(
        forward="conv2d",
        dy=dy,
        inputs=inputs,
        ahead=lambda at: Case("", (at["X"][None, :, :, None], at["w"][:, :, None, None])),
        back=lambda dy, at, value: Case("", (at["X"], dy[0, :, :, 0])),
        gradients=_named("w"),
        linear=True,
        library="conv",
    )


def _conv2d_backward() -> Pair:
    dy, inputs = _drawn((2, 2, 2, 3), x=(2, 4, 3, 2), w=(3, 2, 2, 3))
    return Pair(
        forward="conv2d",
        dy=dy,
        inputs=inputs | {"b": np.zeros(3)},
        ahead=lambda at: Case("", (at["x"], at["w"], at["b"], 2, 1)),
        back=lambda dy, at, value: Case("", (dy, at["x"], at["w"], 2, 1)),
        gradients=_named("x w b"),
        linear=True,
        library="conv",
    )


def _maxpool2d_backward() -> Pair:
    dy, inputs = _drawn((1, 2, 3, 2), x=(1, 3, 4, 2))
    ranks = inputs["x"].ravel().argsort().argsort()
    return Pair(
        forward="maxpool2d",
        inputs={"x": ranks.reshape(inputs["x"].shape).astype(float)},
        dy=dy,
        ahead=lambda at: Case("", (at["x"], 2, 1)),
        back=lambda dy, at, value: Case("", (dy, at["x"], 2, 1)),
        gradients=_named("x"),
        step=0.25,  # exact, as no two numbers are nearer than 1
    )


def _avgpool2d_backward() -> Pair:
    dy, inputs = _drawn((1, 2, 3, 2), x=(1, 3, 4, 2))
    return Pair(
        forward="avgpool2d",
        inputs=inputs,
        dy=dy,
        ahead=lambda at: Case("", (at["x"], 2, 1)),
        back=lambda dy, at, value: Case("", (dy, at["x"].shape, 2, 1)),
        gradients=_named("x"),
        linear=True,
    )


def _with_cache(forward: str, dy: Shape, **shapes: Shape) -> Callable[[], Pair]:
    """A forward that returns (y, cache), and a backward that takes (dy, cache)."""

    def pair() -> Pair:
        drawn, inputs = _drawn(dy, **shapes)
        return Pair(
            forward=forward,
            inputs=inputs,
            dy=drawn,
            ahead=lambda at: Case("", tuple(at.values())),
            back=lambda dy, at, value: Case("", (dy, _cache(value))),
            gradients=_named(" ".join(inputs)),
        )

    return pair


def _batch_norm_layer() -> Pair:
    def given(at: Inputs) -> tuple[Any, ...]:
        return write("gamma", at["gamma"]), write("beta", at["beta"])

    asked = (read("dgamma"), read("dbeta"))
    dy, inputs = _drawn((2, 2, 2, 2), x=(2, 2, 2, 2), gamma=(2,), beta=(2,))
    return Pair(
        forward="BatchNorm2d",
        inputs=inputs,
        dy=dy,
        ahead=lambda at: Case("", (2,), steps=(*given(at), call("forward", at["x"]))),
        back=lambda dy, at, value: Case(
            "", (2,), steps=(*given(at), perform("forward", at["x"]), call("backward", dy), *asked)
        ),
        gradients=_named("x gamma beta"),
    )


CELL = ("W_ih", "W_hh", "b_ih", "b_hh")


def _cell_backward() -> Pair:
    B, D, H = 2, 3, 2

    def given(at: Inputs) -> Any:
        return perform("init_weights", *(at[name] for name in CELL))

    delta, inputs = _drawn((B, H), x=(B, D), h_prev_t=(B, H), W_ih=(H, D), W_hh=(H, H), b_ih=(H,), b_hh=(H,))
    return Pair(
        forward="RNNCell",
        inputs=inputs,
        dy=delta,
        ahead=lambda at: Case("", (D, H), steps=(given(at), call("forward", at["x"], at["h_prev_t"]))),
        back=lambda dy, at, value: Case(
            "",
            (D, H),
            steps=(
                given(at),
                call("backward", dy, value[-1], at["x"], at["h_prev_t"]),
                *(read(f"d{name}") for name in CELL),
            ),
        ),
        gradients=_named("x h_prev_t " + " ".join(CELL)),
        averaged=CELL,
    )


def _classifier_backward() -> Pair:
    B, T, D, H, L, outputs = 2, 3, 2, 2, 2, 3
    shapes: dict[str, Shape] = {"h_0": (L, B, H)}
    gradients = {"h_0": "dh_0"}
    for layer, size in enumerate((D, H)):
        for name, shape in zip(CELL, ((H, size), (H, H), (H,), (H,)), strict=True):
            shapes[f"rnn.{layer}.{name}"], gradients[f"rnn.{layer}.{name}"] = shape, f"rnn.{layer}.d{name}"
    shapes |= {"output_layer.W": (outputs, H), "output_layer.b": (outputs, 1)}
    gradients |= {"output_layer.W": "output_layer.dW", "output_layer.b": "output_layer.db"}
    delta, inputs = _drawn((B, outputs), **shapes)
    x = np.linspace(-1, 1, B * T * D).reshape(B, T, D)

    def given(at: Inputs) -> Any:
        layers = [tuple(at[f"rnn.{layer}.{name}"] for name in CELL) for layer in range(L)]
        return perform("init_weights", layers, (at["output_layer.W"], at["output_layer.b"]))

    return Pair(
        forward="RNNPhonemeClassifier",
        inputs=inputs,
        dy=delta,
        ahead=lambda at: Case("", (D, H, outputs, L), steps=(given(at), call("forward", x, at["h_0"]))),
        back=lambda dy, at, value: Case(
            "",
            (D, H, outputs, L),
            steps=(
                given(at),
                perform("forward", x, at["h_0"]),
                call("backward", dy),
                *(read(name) for name in list(gradients.values())[1:]),
            ),
        ),
        gradients=gradients,
        averaged=tuple(gradients),
    )


PAIRS: dict[str, Callable[[], Pair]] = {
    "conv1d_backward_x": _conv1d_backward_x,
    "conv1d_backward_x_as_conv": _conv1d_backward_x,
    "conv1d_backward_w": _conv1d_backward_w,
    "kernel_gradient": _kernel_gradient,
    "conv2d_backward": _conv2d_backward,
    "maxpool2d_backward": _maxpool2d_backward,
    "avgpool2d_backward": _avgpool2d_backward,
    "batchnorm_backward": _with_cache("batchnorm", (4, 2), x=(4, 2), gamma=(2,), beta=(2,)),
    "batchnorm_cnn_backward": _with_cache("batchnorm_cnn", (2, 2, 2, 2), x=(2, 2, 2, 2), gamma=(2,), beta=(2,)),
    "BatchNorm2d": _batch_norm_layer,
    "rnn_step_backward": _with_cache("rnn_step_forward", (2, 2), x=(2, 3), prev_h=(2, 2), Wx=(3, 2), Wh=(2, 2), b=(2,)),
    "rnn_backward": _with_cache("rnn_forward", (2, 3, 2), x=(2, 3, 3), h0=(2, 2), Wx=(3, 2), Wh=(2, 2), b=(2,)),
    "RNNCell-backward": _cell_backward,
    "RNNPhonemeClassifier-backward": _classifier_backward,
}
"""The tasks whose answer is a gradient of a function that students write as well."""
