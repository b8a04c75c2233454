"""Max and average pooling: windows, winners, ties, overlaps, and where the gradient goes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Cell, Comparison, PoolTrace, compare, compare_each, trace_pooling
from dnnkit.trace.pooling import pool_axes
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane, number
from dnnkit.widgets.student import LARGEST_MATRIX, Answer, Part, beside, first_wrong, matrices
from dnnkit.widgets.view import View, drawable

__all__ = ["Pooling"]


class Pooling(View):
    """Watch a window pool its numbers, and the gradient go back to where it came from.

    x        (H, W), (H, W, C) or (1, H, W, C); a photograph too
    K, S     length of the window and distance between windows, on both axes
    kind     "max" or "average": what `student` is compared with, and what is looked at first
    student  called as student(x, K, S)
    backward called as backward(dy, x, K, S); gives dx
    dy       the shape of y: the gradient that comes back; small whole numbers where it is not given or,
             after a setting changed, does not fit

    Further keywords (`step`, `view`, `plane`, `reading`, `panel`) say what is looked at first.

    Raises:
        ValueError: the kind is unknown, x is not one image, or the window does not fit.
    """

    _script = "pooling.js"
    _esm = module(_script)
    _choices = ("view", "plane", "reading")

    K = traitlets.Int(2).tag(sync=True)
    S = traitlets.Int(2).tag(sync=True)
    view = traitlets.Enum(["max", "average"], "max").tag(sync=True)
    plane = traitlets.Int(0, min=0).tag(sync=True)
    reading = traitlets.Enum(["windows", "numbers"], "windows").tag(sync=True)

    def __init__(
        self,
        x: ArrayLike,
        K: int = 2,
        S: int = 2,
        kind: str = "max",
        student: Callable[..., Any] | None = None,
        *,
        backward: Callable[..., Any] | None = None,
        dy: ArrayLike | None = None,
        **looked_at: Any,
    ) -> None:
        self._x, self._kind = drawable(x), kind
        self._student, self._backward = student, backward
        self._dy = None if dy is None else np.array(dy, float)
        self._traces = {
            name: trace_pooling(self._x, K, S, name, self._dy) for name in dict.fromkeys((kind, "max", "average"))
        }
        super().__init__(K=K, S=S, **({"view": kind} | looked_at))
        answers = self._update()
        if "step" not in looked_at:
            self._look_at(first_wrong(answers))
        self.observe(self._on_setting, ["K", "S"])

    @traitlets.validate("K", "S")
    def _fits(self, proposal: Any) -> int:
        """Refuse a window that does not fit."""
        setting = {"K": self.K, "S": self.S} | {proposal.trait.name: proposal.value}
        height, width, _ = self._traces["max"].x.shape
        pool_axes(height, width, **setting)
        return int(proposal.value)

    def _on_setting(self, change: Any) -> None:
        for kind in self._traces:
            trace = trace_pooling(self._x, self.K, self.S, kind)
            if self._dy is not None and self._dy.shape == trace.shape:
                trace = trace_pooling(self._x, self.K, self.S, kind, self._dy)
            self._traces[kind] = trace
        self._update()

    def _update(self) -> list[Answer]:
        """Send the traces of both kinds, and the student's answers beside their own."""
        arrays: dict[str, Any] = {}
        for kind, trace in self._traces.items():
            for field in ("y", "ties", "dx"):
                arrays[f"{kind}.{field}"] = getattr(trace, field)
            shares = trace.shares.reshape(*trace.y.shape, -1)
            arrays[f"{kind}.winner"] = shares.argmax(-1) if kind == "max" else np.full(trace.y.shape, -1)
            arrays[f"{kind}.gets"] = shares.max(-1) * trace.dy
        trace = self._traces[self._kind]
        arrays |= {"x": trace.x, "dy": trace.dy, "readers": trace.readers}
        answers = self._answers(arrays)
        info = {
            "title": "Pooling",
            "kind": self._kind,
            "K": self.K,
            "S": self.S,
            "deep": len(trace.shape) > 2,
            "settings": self._bounds(trace),
            "size": _output_size(trace),
            "verdict": beside(answers, arrays),
        }
        self._show(arrays, info)
        return answers

    def _answers(self, arrays: dict[str, Any]) -> list[Answer]:
        """The student's answers; effective matrices join `arrays` where the operation is linear and small."""
        trace, answers = self._traces[self._kind], []
        if self._student is not None:
            compared = compare(trace.y.reshape(trace.shape), self._student, self._x, self.K, self.S)
            answers.append(Answer("function", f"{self._kind} pooling", [self._part("y", "windows", compared)]))
            if self._kind == "average" and self._x.size <= LARGEST_MATRIX:
                arrays |= matrices("y", trace.matrix(), self._student, self._x, self.K, self.S)
        if self._backward is not None:
            dy = trace.dy.reshape(trace.shape)
            expected = {"dx": trace.dx.reshape(self._x.shape)}
            compared = compare_each(expected, self._backward, dy, self._x, self.K, self.S)["dx"]
            answers.append(Answer("backward", f"dx of {self._kind} pooling", [self._part("dx", "numbers", compared)]))
            if dy.size <= LARGEST_MATRIX:
                arrays |= matrices("dx", trace.matrix().T, self._backward, dy, self._x, self.K, self.S)
        return answers

    def _part(self, name: str, reading: str, compared: Comparison) -> Part:
        shape = getattr(self._traces[self._kind], name).shape

        def look(row: int, column: int, plane: int) -> dict[str, Any]:
            step = row * shape[1] + column
            return {"view": self._kind, "reading": reading, "plane": plane, "step": step}

        return Part(name, compared, lambda array: array.reshape(shape), look)

    def _bounds(self, trace: PoolTrace) -> list[dict[str, Any]]:
        """How far each slider goes, so that the window always fits."""
        shortest = min(trace.x.shape[:2])
        limits = {"K": shortest, "S": max(shortest - self.K, self.S)}
        labels = {"K": "K, window", "S": "S, stride"}
        return [{"name": name, "label": labels[name], "min": 1, "max": most} for name, most in limits.items()]

    def _arguments(self) -> dict[str, Any]:
        dy = None if self._dy is None else self._dy.tolist()
        return {"x": self._x.tolist(), "K": self.K, "S": self.S, "kind": self._kind, "dy": dy}

    def _shown(self) -> tuple[PoolTrace, int, int, int]:
        """The present trace, channel, row and column of y, each within what there is."""
        trace = self._traces[self.view]
        step = self.step if self.reading == "windows" else 0
        row, column = divmod(min(step, trace.rows.size * trace.columns.size - 1), trace.columns.size)
        return trace, min(self.plane, trace.y.shape[2] - 1), row, column

    def _planes(self) -> Columns:
        trace, c, row, column = self._shown()
        rows, columns = trace.rows.windows()[row], trace.columns.windows()[column]
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        cell = (slice(row, row + 1), slice(column, column + 1))
        kinds = np.where(trace.readers == 0, Cell.UNREAD, Cell.DATA)
        return [
            [Plane("x", trace.x[..., c], kinds, window)],
            [Plane("y", trace.y[..., c], None, cell)],
            [Plane("dx", trace.dx[..., c], kinds, window)],
            [Plane("dy", trace.dy[..., c], None, cell)],
        ]

    def _caption(self) -> str:
        trace, c, row, column = self._shown()
        what = "largest" if self.view == "max" else "average"
        value = number(trace.y[row, column, c])
        return f"y[{row}, {column}] = {value}: the {what} of {self.K**2} numbers of x."


def _output_size(trace: PoolTrace) -> str:
    """How many windows there are along each axis, and why."""
    sizes = [f"⌊({a.n} − {a.k}) / {a.stride}⌋ + 1 = {a.size}" for a in (trace.rows, trace.columns)]
    return "size of y: " + " and ".join(dict.fromkeys(sizes))
