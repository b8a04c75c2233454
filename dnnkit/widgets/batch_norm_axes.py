"""Batch normalisation: which numbers share a mean, and what that means forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import BatchNormTrace, Comparison, compare_each, trace_batchnorm
from dnnkit.trace.sliding import Floats
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane, number
from dnnkit.widgets.student import LARGEST_MATRIX, Answer, Part, beside, first_wrong
from dnnkit.widgets.view import View, drawable

__all__ = ["BatchNormAxes"]

MODES = ("train", "evaluate")
NOTHING = 1e-6  # times gamma / deviation: a slope that is 0 but for epsilon and rounding


class BatchNormAxes(View):
    """See which numbers share a mean, and what changes in the others when one number does.

    x            (N, D), a mean for each column, or (B, H, W, D), a mean for each channel; drawn with the images under
                 each other and the channels side by side
    student      called as student(x, gamma, beta, epsilon=epsilon); gives y, or a tuple that begins with it
    backward     called as backward(dy, (x_hat, gamma, inv_std)) with the right cache, inv_std (D,) being
                 1 / sqrt(variance + epsilon); gives dx, dgamma, dbeta
    gamma, beta  (D,), ones and zeros where they are not given
    dy           the shape of x: the gradient that comes back; small whole numbers where it is not given

    Further keywords (`step`, `mode`, `view`, `panel`) say what is looked at first.

    Raises:
        ValueError: a shape does not fit, or each mean would be that of one number.
    """

    _script = "batch_norm_axes.js"
    _esm = module(_script)
    _choices = ("mode", "view")

    mode = traitlets.Enum(MODES, "train").tag(sync=True)
    view = traitlets.Enum(["y", "change", "dx"], "y").tag(sync=True)

    def __init__(
        self,
        x: ArrayLike,
        student: Callable[..., Any] | None = None,
        *,
        backward: Callable[..., Any] | None = None,
        gamma: ArrayLike | None = None,
        beta: ArrayLike | None = None,
        epsilon: float = 1e-8,
        dy: ArrayLike | None = None,
        **looked_at: Any,
    ) -> None:
        self._epsilon, self._student, self._backward = epsilon, student, backward
        options = {"gamma": gamma, "beta": beta, "epsilon": epsilon, "dy": dy}
        x = drawable(x)
        self._traces = {mode: trace_batchnorm(x, **options, training=mode == "train") for mode in MODES}  # type: ignore[arg-type]
        super().__init__(**looked_at)
        answers = self._update()
        if "step" not in looked_at:
            self._look_at(first_wrong(answers))

    def _update(self) -> list[Answer]:
        """Send the traces of both modes, and the student's answers beside those of training."""
        train = self._traces["train"]
        places = np.moveaxis(np.indices(train.x.shape), 0, -1)
        arrays: dict[str, Any] = {
            "x": _tiled(train.x),
            "dy": _tiled(train.dy),
            "places": np.stack([_tiled(places[..., axis]) for axis in range(train.x.ndim)], axis=-1),
        }
        for mode, trace in self._traces.items():
            arrays |= {f"{mode}.{name}": _tiled(getattr(trace, name)) for name in ("x_hat", "y", "dx")}
            for name in ("gamma", "beta", "mean", "var", "std", "mean_dy", "mean_dy_x_hat", "dgamma", "dbeta"):
                arrays[f"{mode}.{name}"] = getattr(trace, name)
            if train.x.size <= LARGEST_MATRIX:
                arrays[f"{mode}.change"] = self._changes(trace)
        answers = self._answers()
        tile = train.x.shape[1:3] if train.x.ndim == 4 else train.x.shape
        info = {
            "title": "Batch normalisation",
            "tile": list(tile),
            "shared": train.x.size // train.x.shape[-1],
            "group": "column" if train.x.ndim == 2 else "channel",
            "verdict": beside(answers, arrays),
        }
        self._show(arrays, info)
        return answers

    def _changes(self, trace: BatchNormTrace) -> Floats:
        """Row n: by how much each number of y changes per unit of number n of x, in the order drawn.

        What only epsilon keeps from 0 is 0.
        """
        size, features = trace.x.size, trace.x.shape[-1]
        slopes = trace.matrix().T.reshape(size, -1, features)
        slopes[np.abs(slopes) < NOTHING * np.abs(trace.gamma) / trace.std] = 0
        drawn = _tiled(np.arange(size).reshape(trace.x.shape)).ravel()
        return slopes.reshape(size, size)[np.ix_(drawn, drawn)]

    def _answers(self) -> list[Answer]:
        trace, answers = self._traces["train"], []
        given = (trace.x, trace.gamma, trace.beta)
        if self._student is not None:
            compared = compare_each({"y": trace.y}, self._student, *given, epsilon=self._epsilon)
            answers.append(Answer("function", "y in training", [self._part("y", compared["y"])]))
        if self._backward is not None:
            cache = (trace.x_hat, trace.gamma, 1 / trace.std)
            expected = {name: getattr(trace, name) for name in ("dx", "dgamma", "dbeta")}
            compared = compare_each(expected, self._backward, trace.dy, cache)
            parts = [self._part(name, comparison) for name, comparison in compared.items()]
            answers.append(Answer("backward", "dx, dgamma and dbeta", parts))
        return answers

    def _part(self, name: str, compared: Comparison) -> Part:
        view = "y" if name == "y" else "dx"

        def look(row: int, column: int, plane: int) -> dict[str, Any]:
            step = row * _tiled(self._traces["train"].x).shape[1] + column if name == view else self.step
            return {"mode": "train", "view": view, "step": step}

        return Part(name, compared, lambda array: np.atleast_2d(_tiled(array))[..., None], look)

    def _arguments(self) -> dict[str, Any]:
        trace = self._traces["train"]
        arrays = {name: getattr(trace, name).tolist() for name in ("x", "gamma", "beta", "dy")}
        return arrays | {"epsilon": self._epsilon}

    def _place(self) -> tuple[int, int]:
        """Row and column, as drawn, of the present number."""
        x = _tiled(self._traces["train"].x)
        row, column = divmod(min(self.step, x.size - 1), x.shape[1])
        return row, column

    def _planes(self) -> Columns:
        trace, (row, column) = self._traces[self.mode], self._place()
        cell = (slice(row, row + 1), slice(column, column + 1))
        names = ("dy", "dx") if self.view == "dx" else ("x", "y")
        return [[Plane(name, _tiled(getattr(trace, name)), None, cell)] for name in names]

    def _caption(self) -> str:
        trace, (row, column) = self._traces[self.mode], self._place()
        shared = trace.x.size // trace.x.shape[-1]
        x, y = (number(_tiled(a)[row, column]) for a in (trace.x, trace.y))
        return f"{x} becomes {y}: normalised with the mean of {shared} numbers ({self.mode})."


def _tiled(array: np.ndarray) -> np.ndarray:
    """(N, D) and (D,) as they are; (B, H, W, D) with images under each other and channels side by side: (B*H, D*W)."""
    if array.ndim <= 2:
        return array
    batch, height, width, channels = array.shape
    return array.transpose(0, 1, 3, 2).reshape(batch * height, channels * width)
