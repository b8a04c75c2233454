"""A vanilla RNN on one sequence, unrolled: every hidden state, and every gradient on its way back through time.

Row vectors, as in the course: z_t = x_t Wx + h_(t-1) Wh + b and h_t = tanh(z_t), or h_t = z_t where `linear`.
Layer l reads the hidden states of layer l - 1; the loss reads those of the last layer.

The gradients come from the forward pass alone: a number moves a little, the network runs on, and what the loss does
is looked at. The moves are imaginary, so that no digit is lost however small they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.conv import upstream
from dnnkit.trace.sliding import Floats

__all__ = ["Layer", "RNNTrace", "spectral_radius", "trace_rnn"]

TINY = 1e-30


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer in numbers: T steps, D inputs, H hidden units.

    Wx  (D, H)
    Wh  (H, H)
    b   (H,)
    x   (T, D), what the layer reads
    p   (T, H), x_t Wx
    q   (T, H), h_(t-1) Wh
    z   (T, H), p + q + b
    h   (T, H)
    slope        (T, H), d h_t / d z_t
    from_above   (T, H), gradient of h_t that comes from the layer above or, on the last layer, from the loss
    from_future  (T, H), gradient of h_t that comes from step t + 1
    dh           (T, H), the two together
    dz           (T, H)
    dx           (T, D)
    to_past      (T, H), gradient of h_(t-1) that step t gives; truncation may not carry it on
    dWx          (T, D, H), each step's own part of the sum
    dWh          (T, H, H), each step's own part of the sum
    norms        (T,), spectral norm of d h_T / d h_t along this layer
    """

    Wx: Floats
    Wh: Floats
    b: Floats
    x: Floats
    p: Floats
    q: Floats
    z: Floats
    h: Floats
    slope: Floats
    from_above: Floats
    from_future: Floats
    dh: Floats
    dz: Floats
    dx: Floats
    to_past: Floats
    dWx: Floats
    dWh: Floats
    norms: Floats


@dataclass(frozen=True, eq=False)
class RNNTrace:
    """One sequence through all layers.

    x   (T, D)
    dh  (T, H), each step's own loss gradient; all but the last row 0 where the loss is many-to-one
    """

    x: Floats
    dh: Floats
    layers: tuple[Layer, ...]


def trace_rnn(
    weights: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]],
    x: ArrayLike,
    *,
    linear: bool = False,
    many_to_one: bool = False,
    truncate: int | None = None,
    dh: ArrayLike | None = None,
) -> RNNTrace:
    """Every number of a forward and a backward pass through time, starting from h_0 = 0.

    weights   [(Wx, Wh, b), ...], one for each layer: (D, H), (H, H), (H,)
    x         (T, D)
    truncate  the gradient is not carried from one block of so many steps to the block before
    dh        (T, H), each step's own loss gradient; small whole numbers where it is not given

    >>> trace_rnn([([[1]], [[1]], [0])], [[1], [2]], linear=True).layers[0].h.ravel()
    array([1., 3.])

    Raises:
        ValueError: the shapes do not go together, or `truncate` is below 1.
    """
    sequence = np.asarray(x, float)
    if sequence.ndim != 2 or not sequence.size:
        raise ValueError(f"x has shape {sequence.shape}; expected one sequence, (T, D)")
    if truncate is not None and truncate < 1:
        raise ValueError(f"truncate is {truncate}; it must be at least 1")
    forwards, read = [], sequence
    for number, layer in enumerate(weights):
        Wx, Wh, b = (np.asarray(w, float) for w in layer)
        if Wx.shape != (read.shape[1], b.size) or Wh.shape != (b.size, b.size) or b.ndim != 1:
            raise ValueError(
                f"layer {number} reads {read.shape[1]} numbers and has Wx {Wx.shape}, Wh {Wh.shape}, b {b.shape}; "
                "expected (D, H), (H, H), (H,)"
            )
        forwards.append(_forward(Wx, Wh, b, read, linear))
        read = forwards[-1]["h"]
    own = upstream(read.shape) if dh is None else np.array(dh, float)
    if own.shape != read.shape:
        raise ValueError(f"dh has shape {own.shape}; expected that of the last layer's h, {read.shape}")
    if many_to_one:
        own = np.where(np.arange(len(own))[:, None] == len(own) - 1, own, 0.0)
    layers, above = [], own
    for forward in reversed(forwards):
        layers.append(_backward(forward, above, truncate or len(sequence)))
        above = layers[-1].dx
    return RNNTrace(sequence, own, tuple(reversed(layers)))


def spectral_radius(matrix: ArrayLike) -> float:
    """The largest absolute eigenvalue.

    >>> spectral_radius([[0.5, 1], [0, -2]])
    2.0
    """
    return float(np.abs(np.linalg.eigvals(np.asarray(matrix, float))).max())


def _forward(Wx: Floats, Wh: Floats, b: Floats, x: Floats, linear: bool) -> dict[str, Floats]:
    p = x @ Wx
    q, z, h = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    before = np.zeros(len(b))
    for t in range(len(x)):
        q[t] = before @ Wh
        z[t] = p[t] + q[t] + b
        before = h[t] = z[t] if linear else np.tanh(z[t])
    slope = np.ones_like(h) if linear else 1 - h**2
    return {"Wx": Wx, "Wh": Wh, "b": b, "x": x, "p": p, "q": q, "z": z, "h": h, "slope": slope}


def _backward(forward: dict[str, Floats], from_above: Floats, truncate: int) -> Layer:
    """Every gradient by moving what it is the gradient of and running on, to the end of the block of steps."""
    Wx, Wh, x, h, z = (forward[name] for name in ("Wx", "Wh", "x", "h", "z"))
    (steps, units), one = h.shape, np.eye(len(Wh))
    before = np.vstack([np.zeros((1, units)), h[:-1]])
    shapes = {"dz": (units,), "dx": (len(Wx),), "to_past": (units,), "dWx": Wx.shape, "dWh": Wh.shape}
    gradients = {name: np.empty((steps, *shape)) for name, shape in shapes.items()}
    for t in range(steps):
        end = min(steps, truncate * (t // truncate + 1))
        # what z_t does when each of z_t, x_t, h_(t-1), Wx and Wh, number after number, moves by 1
        z_moves = np.vstack([one, Wx, Wh, np.kron(x[t][:, None], one), np.kron(before[t][:, None], one)])
        states = _run_on(forward, t, z[t] + 1j * TINY * z_moves, end)
        losses = sum(h @ above for h, above in zip(states, from_above[t:end], strict=True))
        effects = np.split(losses.imag / TINY, np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1])
        for (name, shape), effect in zip(shapes.items(), effects, strict=True):
            gradients[name][t] = effect.reshape(shape)
    carried = np.vstack([gradients["to_past"][1:], np.zeros((1, units))])
    from_future = np.where((np.arange(1, steps + 1) % truncate == 0)[:, None], 0.0, carried)
    dh = from_above + from_future
    return Layer(**forward, **gradients, from_above=from_above, from_future=from_future, dh=dh, norms=_norms(forward))


def _norms(forward: dict[str, Floats]) -> Floats:
    """Spectral norms of d h_T / d h_t, t = 1..T: move each unit of h_t a little, run on, and see what h_T does."""
    Wh, z, steps = forward["Wh"], forward["z"], len(forward["h"])
    norms = np.ones(steps)
    for t in range(steps - 1):
        last = _run_on(forward, t + 1, z[t + 1] + 1j * TINY * Wh, steps)[-1]
        norms[t] = np.linalg.norm(last.imag / TINY, 2)
    return norms


def _run_on(forward: dict[str, Floats], t: int, z: Any, end: int) -> list[Any]:
    """The hidden states of steps t to end - 1 when step t has these z (moves, H) instead of its own."""
    Wh, b, p = (forward[name] for name in ("Wh", "b", "p"))
    activation = np.positive if np.array_equal(forward["z"], forward["h"]) else np.tanh
    states = [activation(z)]
    for later in range(t + 1, end):
        states.append(activation(states[-1] @ Wh + p[later] + b))
    return states
