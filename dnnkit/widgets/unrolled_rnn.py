"""A vanilla RNN unrolled in time: the forward wave, the backward wave, and what the gradient becomes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Comparison, Layer, RNNTrace, compare_each, spectral_radius, trace_rnn
from dnnkit.trace.sliding import Floats
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane
from dnnkit.widgets.student import Answer, Part, beside, first_wrong
from dnnkit.widgets.view import View, drawable

__all__ = ["UnrolledRNN"]

Weights = tuple[Floats, Floats, Floats]
FORWARD = ("x", "p", "q", "b", "z", "h", "slope")
BACKWARD = ("from_above", "from_future", "dh", "dz", "dx", "to_past", "dWx", "dWh")


class UnrolledRNN(View):
    """Watch an RNN read a sequence, and the gradient walk back through it.

    cell_or_weights  (Wx, Wh, b) of one layer or a list of them: (D, H), (H, H), (H,), row vectors; or a cell with
                     W_ih, W_hh, b_ih, b_hh as in MyTorch, or a model whose `.rnn` is a list of such cells
    x                (T, D) or (1, T, D)
    student          called as student(x, h0, Wx, Wh, b) with a batch of one on each layer; gives h (1, T, H), or a
                     tuple that begins with it
    backward         called as backward(dh, cache) on each layer with dh (1, T, H) and the right cache, for each step
                     (x, prev_h, Wx, Wh, next_h); gives dx, dh0, dWx, dWh, db
    dh               (T, H), each step's own loss gradient; small whole numbers where it is not given
    radius           spectral radius that each Wh is scaled to; None leaves it as given
    truncate         number of steps in each block of truncated backpropagation; None carries the gradient all the way

    Further keywords (`step`, `panel`) say what is looked at first.

    Raises:
        ValueError: the shapes do not go together.
    """

    _script = "unrolled_rnn.js"
    _esm = module(_script)

    activation = traitlets.Enum(["tanh", "linear"], "tanh").tag(sync=True)
    loss = traitlets.Enum(["many-to-many", "many-to-one"], "many-to-many").tag(sync=True)
    radius = traitlets.Float(None, allow_none=True, min=0).tag(sync=True)
    truncate = traitlets.Int(1, min=1).tag(sync=True)

    def __init__(
        self,
        cell_or_weights: Any,
        x: ArrayLike,
        student: Callable[..., Any] | None = None,
        *,
        backward: Callable[..., Any] | None = None,
        dh: ArrayLike | None = None,
        truncate: int | None = None,
        **looked_at: Any,
    ) -> None:
        self._weights, self._student, self._backward = _layers(cell_or_weights), student, backward
        x = drawable(x)
        self._x = x[0] if x.ndim == 3 and len(x) == 1 else x
        self._dh = None if dh is None else np.array(dh, float)
        trace_rnn(self._weights, self._x, dh=self._dh)
        super().__init__(truncate=len(self._x) if truncate is None else truncate, **looked_at)
        answers = self._update()
        self.observe(lambda change: self._update(), ["activation", "loss", "radius", "truncate"])
        if "step" not in looked_at:
            self._look_at(first_wrong(answers))

    def _scaled(self) -> list[Weights]:
        """The weights, each Wh with the spectral radius that is asked for."""
        if self.radius is None:
            return self._weights
        return [(Wx, Wh * (self.radius / (spectral_radius(Wh) or 1)), b) for Wx, Wh, b in self._weights]

    def _run(self, activation: str) -> RNNTrace:
        return trace_rnn(
            self._scaled(),
            self._x,
            linear=activation == "linear",
            many_to_one=self.loss == "many-to-one",
            truncate=self.truncate,
            dh=self._dh,
        )

    def _update(self) -> list[Answer]:
        """Send the present trace, and the student's answers beside it."""
        traces = {name: self._run(name) for name in ("tanh", "linear")}
        self._trace = trace = traces[self.activation]
        arrays: dict[str, Any] = {"x": trace.x, "dh": trace.dh}
        for number, layer in enumerate(trace.layers):
            arrays |= {f"{number}.{name}": getattr(layer, name) for name in FORWARD + BACKWARD}
            arrays[f"{number}.sums.dWh"], arrays[f"{number}.sums.dWx"] = layer.dWh.sum(0), layer.dWx.sum(0)
            for name, other in traces.items():
                arrays[f"{number}.norms.{name}"] = other.layers[number].norms
        answers = self._answers()
        radii = [spectral_radius(layer.Wh) for layer in trace.layers]
        info = {
            "title": "Unrolled RNN",
            "layers": len(trace.layers),
            "settings": self._settings(radii),
            "activation": self.activation,
            "truncate": self.truncate,
            "radii": [round(radius, 3) for radius in radii],
            "verdict": beside(answers, arrays),
        }
        self._show(arrays, info)
        return answers

    def _settings(self, radii: list[float]) -> list[dict[str, Any]]:
        label = "spectral radius of Wh" if len(radii) == 1 else "give every Wh the spectral radius"
        return [
            {"name": "radius", "label": label, "min": 0, "max": 2, "step": 0.05, "value": radii[0]},
            {"name": "truncate", "label": "truncate after steps", "min": 1, "max": len(self._x)},
            {"name": "activation", "label": "activation", "options": [["tanh", "tanh"], ["linear", "linear"]]},
            {
                "name": "loss",
                "label": "loss",
                "options": [["many-to-many", "at every step"], ["many-to-one", "at the last step"]],
            },
        ]

    def _answers(self) -> list[Answer]:
        """The student's answers on each layer with the right input, for tanh and without truncation."""
        if self._student is None and self._backward is None:
            return []
        trace = trace_rnn(self._scaled(), self._x, many_to_one=self.loss == "many-to-one", dh=self._dh)
        answers = []
        if self._student is not None:
            states = _joined([_forward_of(layer, self._student) for layer in trace.layers])
            answers.append(Answer("function", "the hidden states", [self._by_time("h", states, trace)]))
        if self._backward is not None:
            compared = [_backward_of(layer, self._backward) for layer in trace.layers]
            parts = [self._by_time("dx", _joined([one["dx"] for one in compared]), trace)]
            for number, one in enumerate(compared):
                suffix = f" {number + 1}" if len(compared) > 1 else ""
                parts += [self._at_end(name + suffix, one[name], number) for name in one if name != "dx"]
            answers.append(Answer("backward", "dx, dh0, dWx, dWh and db", parts))
        return answers

    def _by_time(self, name: str, compared: Comparison, trace: RNNTrace) -> Part:
        """h at the steps of the forward wave or dx at those of the backward wave: (units of all layers, T)."""
        sizes = [getattr(layer, name).shape[1] for layer in trace.layers]
        layer_of_row, count = np.repeat(np.arange(len(sizes)), sizes), len(sizes)

        def look(row: int, t: int, plane: int) -> dict[str, Any]:
            step = t * count + int(layer_of_row[row])
            return (
                self._step(step) if name == "h" else self._step(2 * len(self._x) * count - 1 - step, "yours-backward")
            )

        return Part(name, compared, lambda array: array[..., None], look)

    def _at_end(self, name: str, compared: Comparison, layer: int) -> Part:
        """What is known when the backward wave has gone all the way back through a layer."""
        step = 2 * len(self._x) * len(self._weights) - 1 - layer
        return Part(
            name, compared, lambda array: np.atleast_2d(array)[..., None], lambda *_: self._step(step, "yours-backward")
        )

    def _step(self, step: int, panel: str = "yours") -> dict[str, Any]:
        return {"activation": "tanh", "truncate": len(self._x), "step": step, "panel": panel}

    def _arguments(self) -> dict[str, Any]:
        return {
            "cell_or_weights": [[w.tolist() for w in layer] for layer in self._weights],
            "x": self._x.tolist(),
            "dh": None if self._dh is None else self._dh.tolist(),
            "radius": self.radius,
            "truncate": self.truncate,
            "activation": self.activation,
            "loss": self.loss,
        }

    def _planes(self) -> Columns:
        columns = []
        for t in range(len(self._x)):
            states = [
                Plane(f"h{number + 1}  dh{number + 1}", np.column_stack([layer.h[t], layer.dh[t]]))
                for number, layer in enumerate(self._trace.layers)
            ]
            columns.append([*reversed(states), Plane(f"x, step {t + 1}", self._x[t][:, None])])
        return columns

    def _caption(self) -> str:
        layers = len(self._trace.layers)
        return f"{len(self._x)} steps through {layers} layer{'s' * (layers > 1)}: each h beside its gradient dh."


def _layers(given: Any) -> list[Weights]:
    """(Wx, Wh, b) of each layer, out of weights, a cell or a model of cells."""
    if hasattr(given, "rnn"):
        return [_of_cell(cell) for cell in given.rnn]
    if hasattr(given, "W_ih") or hasattr(given, "W_xh"):
        return [_of_cell(given)]
    layers: Sequence[Any] = [given] if isinstance(given, tuple) and len(given) == 3 else given
    return [tuple(np.array(w, float) for w in layer) for layer in layers]  # type: ignore[misc]


def _of_cell(cell: Any) -> Weights:
    """Row-vector weights of a cell that is written for column vectors; its two biases act as their sum."""
    if hasattr(cell, "W_xh"):
        return np.array(cell.W_xh).T, np.array(cell.W_hh).T, np.array(cell.Bh, float)
    return np.array(cell.W_ih).T, np.array(cell.W_hh).T, np.asarray(cell.b_ih) + np.asarray(cell.b_hh)


def _forward_of(layer: Layer, student: Callable[..., Any]) -> Comparison:
    """The student's hidden states of one layer, (1, T, H)."""
    h0 = np.zeros((1, len(layer.b)))
    return compare_each({"h": layer.h[None]}, student, layer.x[None], h0, layer.Wx, layer.Wh, layer.b)["h"]


def _backward_of(layer: Layer, backward: Callable[..., Any]) -> dict[str, Comparison]:
    """The student's gradients of one layer: dx (1, T, D), dh0 (1, H), dWx, dWh, db."""
    before = np.vstack([np.zeros_like(layer.h[:1]), layer.h[:-1]])
    steps = zip(layer.x[:, None], before[:, None], layer.h[:, None], strict=True)
    cache = [(x, prev_h, layer.Wx, layer.Wh, next_h) for x, prev_h, next_h in steps]
    expected = {
        "dx": layer.dx[None],
        "dh0": layer.to_past[:1],
        "dWx": layer.dWx.sum(0),
        "dWh": layer.dWh.sum(0),
        "db": layer.dz.sum(0),
    }
    return compare_each(expected, backward, layer.from_above[None], cache)


def _joined(compared: Sequence[Comparison]) -> Comparison:
    """One comparison (units of all layers, T) out of those of the layers, (1, T, units) each."""
    failed = [one for one in compared if one.problem]
    if failed:
        return failed[0]
    fields = ("expected", "found", "difference", "wrong")
    return Comparison(
        **{name: np.concatenate([getattr(one, name)[0].T for one in compared]) for name in fields}, problem=""
    )
