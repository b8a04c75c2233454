"""Max and average pooling: windows, winners, ties, overlaps, and where the gradient goes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Axis, Cell, Comparison, PoolTrace, compare, effective_matrix, trace_pooling
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane, number
from dnnkit.widgets.view import LARGEST_MATRIX, View, drawable, verdict

__all__ = ["Pooling"]


class Pooling(View):
    """Watch a window pool its numbers, and the gradient go back to where it came from.

    x        (H, W), (H, W, C) or (1, H, W, C); a photograph too
    K, S     length of the window and distance between windows, on both axes
    kind     "max" or "average": what `student` is compared with, and what is looked at first
    student  called as student(x, K, S)
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
        dy: ArrayLike | None = None,
        **looked_at: Any,
    ) -> None:
        self._x, self._kind, self._student = np.array(x, float), kind, student
        self._dy = None if dy is None else np.array(dy, float)
        self._traces = {
            name: trace_pooling(self._x, K, S, name, self._dy) for name in dict.fromkeys((kind, "max", "average"))
        }
        super().__init__(K=K, S=S, **({"view": kind} | looked_at))
        comparison = self._update()
        if comparison is not None and not comparison.problem and "step" not in looked_at:
            self._go_to_first_wrong(comparison.wrong.reshape(self._traces[kind].y.shape))
        self.observe(self._on_setting, ["K", "S"])

    @traitlets.validate("K", "S")
    def _fits(self, proposal: Any) -> int:
        """Refuse a window that does not fit."""
        setting = {"K": self.K, "S": self.S} | {proposal.trait.name: proposal.value}
        for n in self._traces["max"].x.shape[:2]:
            Axis(n, setting["K"], setting["S"])
        return int(proposal.value)

    def _on_setting(self, change: Any) -> None:
        for kind in self._traces:
            trace = trace_pooling(self._x, self.K, self.S, kind)
            if self._dy is not None and self._dy.shape == trace.shape:
                trace = trace_pooling(self._x, self.K, self.S, kind, self._dy)
            self._traces[kind] = trace
        self._update()

    def _update(self) -> Comparison | None:
        """Send the traces of both kinds, and the student's answer beside its own."""
        arrays: dict[str, Any] = {}
        for kind, trace in self._traces.items():
            for field in ("y", "windows", "ties", "shares", "dx"):
                arrays[f"{kind}.{field}"] = getattr(trace, field)
            arrays[f"{kind}.products"] = trace.shares * trace.dy[..., None, None]
        trace = self._traces[self._kind]
        arrays |= {"x": trace.x, "dy": trace.dy, "readers": trace.readers}
        comparison = None if self._student is None else self._compare(self._student, arrays)
        info = {
            "title": "Pooling",
            "kind": self._kind,
            "deep": len(trace.shape) > 2,
            "settings": self._bounds(trace),
            "size": _output_size(trace),
            "verdict": verdict(comparison, f"{self._kind} pooling"),
        }
        self._show(arrays, info)
        return comparison

    def _compare(self, student: Callable[..., Any], arrays: dict[str, Any]) -> Comparison:
        """The student's answer; its numbers and, of a small average, its effective matrix join `arrays`."""
        trace = self._traces[self._kind]
        comparison = compare(trace.y.reshape(trace.shape), student, self._x, self.K, self.S)
        if comparison.problem:
            arrays["found"] = drawable(comparison.found)
        else:
            for name in ("found", "difference", "wrong"):
                arrays[name] = getattr(comparison, name).reshape(trace.y.shape)
        if self._kind == "average" and self._x.size <= LARGEST_MATRIX:
            matrix = effective_matrix(student, self._x, self.K, self.S)
            if matrix is not None:
                arrays |= {"matrix.found": matrix, "matrix.expected": trace.matrix()}
        return comparison

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
