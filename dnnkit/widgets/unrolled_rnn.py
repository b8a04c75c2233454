"""A vanilla RNN unrolled in time: the forward wave, the backward wave, and what the gradient becomes."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Comparison, RNNTrace, compare, spectral_radius, trace_rnn
from dnnkit.trace.sliding import Floats
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane
from dnnkit.widgets.view import View, drawable, verdict

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
        dh: ArrayLike | None = None,
        truncate: int | None = None,
        **looked_at: Any,
    ) -> None:
        self._weights, self._student = _layers(cell_or_weights), student
        x = np.array(x, float)
        self._x = x[0] if x.ndim == 3 and len(x) == 1 else x
        self._dh = None if dh is None else np.array(dh, float)
        trace_rnn(self._weights, self._x, dh=self._dh)
        super().__init__(truncate=len(self._x) if truncate is None else truncate, **looked_at)
        comparison = self._update()
        if comparison is not None and not comparison.problem and "step" not in looked_at:
            self._go_to_first_wrong_state(comparison.wrong)
        self.observe(lambda change: self._update(), ["activation", "loss", "radius", "truncate"])

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

    def _update(self) -> Comparison | None:
        """Send the present trace, and the student's hidden states beside it."""
        traces = {name: self._run(name) for name in ("tanh", "linear")}
        self._trace = trace = traces[self.activation]
        arrays: dict[str, Any] = {"x": trace.x, "dh": trace.dh}
        for number, layer in enumerate(trace.layers):
            arrays |= {f"{number}.{name}": getattr(layer, name) for name in FORWARD + BACKWARD}
            arrays[f"{number}.sums.dWh"], arrays[f"{number}.sums.dWx"] = layer.dWh.sum(0), layer.dWx.sum(0)
            for name, other in traces.items():
                arrays[f"{number}.norms.{name}"] = other.layers[number].norms
        comparison = None if self._student is None else self._compare(self._student, arrays)
        info = {
            "title": "Unrolled RNN",
            "layers": len(trace.layers),
            "settings": self._settings(),
            "radius": round(spectral_radius(self._scaled()[0][1]), 3),
            "verdict": verdict(comparison, "the hidden states"),
        }
        self._show(arrays, info)
        return comparison

    def _settings(self) -> list[dict[str, Any]]:
        radius = spectral_radius(self._scaled()[0][1])
        return [
            {"name": "radius", "label": "spectral radius of Wh", "min": 0, "max": 2, "step": 0.05, "value": radius},
            {"name": "truncate", "label": "truncate after steps", "min": 1, "max": len(self._x)},
            {"name": "activation", "label": "activation", "options": [["tanh", "tanh"], ["linear", "linear"]]},
            {
                "name": "loss",
                "label": "loss",
                "options": [["many-to-many", "at every step"], ["many-to-one", "at the last step"]],
            },
        ]

    def _compare(self, student: Callable[..., Any], arrays: dict[str, Any]) -> Comparison:
        """The student's hidden states, layer by layer on the right input: (units of all layers, T)."""

        @functools.wraps(student)
        def states(*arguments: Any) -> Any:
            answer = student(*arguments)
            return answer[0] if isinstance(answer, tuple) else answer

        compared = []
        for layer in self._trace.layers:
            h0 = np.zeros((1, len(layer.b)))
            one = compare(layer.h[None], states, layer.x[None], h0, layer.Wx, layer.Wh, layer.b)
            if one.problem:
                arrays["found"] = drawable(one.found)
                return one
            compared.append(one)
        fields = ("expected", "found", "difference", "wrong")
        joined = {name: np.concatenate([getattr(one, name)[0].T for one in compared]) for name in fields}
        arrays |= {name: array[..., None] for name, array in joined.items()}
        return Comparison(**joined, problem="")

    def _go_to_first_wrong_state(self, wrong: np.ndarray) -> None:
        """Open at the first wrong state in the order of the forward wave: wrong (units of all layers, T)."""
        layer_of_unit = np.repeat(np.arange(len(self._weights)), [len(b) for _, _, b in self._weights])
        places = np.argwhere(wrong.T)
        if len(places):
            t, unit = places[0]
            self.step, self.panel = int(t * len(self._weights) + layer_of_unit[unit]), "yours"

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
