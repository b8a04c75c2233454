"""A filter slides over an input: forward, input gradient and filter gradient of a convolution."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Axis, Comparison, Sliding, compare, effective_matrix, trace_conv
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane, number
from dnnkit.widgets.sliding_words import code_of, describe, output_size
from dnnkit.widgets.view import LARGEST_MATRIX, View, drawable, verdict

__all__ = ["SlidingFilter"]


class SlidingFilter(View):
    """Watch a filter slide over an input, number by number, forward and backward.

    x        (n,), (H, W), (H, W, C) or (1, H, W, C); a photograph too
    w        (k,), (kh, kw) or (kh, kw, C, F)
    student  called as student(x, w), with stride, padding and dilation as keywords where they are not 1, 0, 1
    dy       the shape of y: the gradient that the backward views start from; small whole numbers where it is
             not given or, after a setting changed, does not fit

    Further keywords (`step`, `view`, `plane`, `reading`, `panel`) say what is looked at first.

    Raises:
        ValueError: the shapes do not go together, or the filter does not fit.
    """

    _script = "sliding_filter.js"
    _esm = module(_script)
    _choices = ("view", "plane", "reading")

    stride = traitlets.Int(1).tag(sync=True)
    padding = traitlets.Int(0).tag(sync=True)
    dilation = traitlets.Int(1).tag(sync=True)
    view = traitlets.Enum(["y", "dx", "dw"], "y").tag(sync=True)
    plane = traitlets.Int(0, min=0).tag(sync=True)
    reading = traitlets.Enum(["gather", "scatter"], "gather").tag(sync=True)

    def __init__(
        self,
        x: ArrayLike,
        w: ArrayLike,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        student: Callable[..., Any] | None = None,
        *,
        dy: ArrayLike | None = None,
        **looked_at: Any,
    ) -> None:
        self._x, self._w, self._student = np.array(x, float), np.array(w, float), student
        self._dy = None if dy is None else np.array(dy, float)
        self._trace = trace_conv(self._x, self._w, stride, padding, dilation, self._dy)
        super().__init__(stride=stride, padding=padding, dilation=dilation, **looked_at)
        comparison = self._update()
        if comparison is not None and not comparison.problem and "step" not in looked_at:
            self._go_to_first_wrong(comparison.wrong.reshape(self._trace.y.output.shape))
        self.observe(self._on_setting, ["stride", "padding", "dilation"])

    @traitlets.validate("stride", "padding", "dilation")
    def _fits(self, proposal: Any) -> int:
        """Refuse a setting with which the filter does not fit."""
        setting = self._setting() | {proposal.trait.name: proposal.value}
        for axis in self._trace.axes:
            replace(axis, **setting)
        return int(proposal.value)

    def _setting(self) -> dict[str, int]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def _on_setting(self, change: Any) -> None:
        self._trace = trace_conv(self._x, self._w, **self._setting())
        if self._dy is not None and self._dy.shape == self._trace.shape:
            self._trace = trace_conv(self._x, self._w, **self._setting(), dy=self._dy)
        self._update()

    def _update(self) -> Comparison | None:
        """Send the present trace, and the student's answer beside it."""
        trace = self._trace
        arrays: dict[str, Any] = {}
        for name, view in (("y", trace.y), ("dx", trace.dx), ("dw", trace.dw)):
            for field in ("input", "filters", "reads", "products", "output", "input_kinds", "output_kinds"):
                arrays[f"{name}.{field}"] = getattr(view, field)
        comparison = None
        if self._student is not None:
            comparison = self._compare(self._student, arrays)
        info = {
            "title": "Sliding filter",
            "views": describe(trace),
            "settings": _bounds(trace.axes),
            "size": output_size(trace.axes),
            "code": code_of(self._x, self._w, self._setting()),
            "verdict": verdict(comparison, "y"),
        }
        self._show(arrays, info)
        return comparison

    def _compare(self, student: Callable[..., Any], arrays: dict[str, Any]) -> Comparison:
        """The student's answer; its numbers and, of a small input, its effective matrix join `arrays`."""
        trace = self._trace
        usual = {"stride": 1, "padding": 0, "dilation": 1}
        keywords = {name: value for name, value in self._setting().items() if value != usual[name]}
        expected = trace.y.output.reshape(trace.shape)
        comparison = compare(expected, student, self._x, self._w, **keywords)
        if comparison.problem:
            arrays["found"] = drawable(comparison.found)
        else:
            for name in ("found", "difference", "wrong"):
                arrays[name] = getattr(comparison, name).reshape(trace.y.output.shape)
        if self._x.size <= LARGEST_MATRIX:
            matrix = effective_matrix(student, self._x, self._w, **keywords)
            if matrix is not None:
                arrays["matrix.found"] = matrix
                arrays["matrix.expected"] = trace.matrix()[:, trace.is_image()]
        return comparison

    def _arguments(self) -> dict[str, Any]:
        dy = None if self._dy is None else self._dy.tolist()
        return {"x": self._x.tolist(), "w": self._w.tolist(), "dy": dy} | self._setting()

    def _shown(self) -> tuple[Sliding, int, int, int]:
        """The present view, its output plane, row and column, each within what there is."""
        view: Sliding = getattr(self._trace, self.view)
        plane = min(self.plane, view.output.shape[2] - 1)
        row, column = divmod(min(self.step, view.rows.size * view.columns.size - 1), view.columns.size)
        return view, plane, row, column

    def _planes(self) -> Columns:
        view, plane, row, column = self._shown()
        words = self.info["views"][self.view]
        rows, columns = view.rows.windows()[row], view.columns.windows()[column]
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        cell = (slice(row, row + 1), slice(column, column + 1))
        inputs, filters = [], []
        for member, channel in enumerate(view.reads[plane]):
            title = _title(words["input"], words["input"]["suffixes"][plane][member])
            inputs.append(Plane(title, view.input[:, :, channel], view.input_kinds, window))
            title = _title(words["filter"], words["filter"]["suffixes"][plane][member])
            filters.append(Plane(title, view.filters[:, :, member, plane]))
        title = _title(words["output"], words["output"]["suffixes"][plane])
        return [inputs, filters, [Plane(title, view.output[:, :, plane], view.output_kinds, cell)]]

    def _caption(self) -> str:
        view, plane, row, column = self._shown()
        output = self.info["views"][self.view]["output"]
        place = [row, column][-len(output["index"]) :]
        name = f"{output['name']}[{', '.join(map(str, place))}{output['suffixes'][plane]}]"
        count = view.products[row, column, plane].size
        return f"{name} = {number(view.output[row, column, plane])}: the sum of {count} products."


def _title(part: dict[str, Any], suffix: str) -> str:
    """The name of a plane, as planeTitle() in sliding_scene.js gives it."""
    return f"{part['name']}[…{suffix}]" if suffix else part["name"]


def _bounds(axes: list[Axis]) -> list[dict[str, Any]]:
    """How far each slider goes with the others as they are, so that the filter always fits."""
    first = axes[0]
    limits = {
        "stride": (1, min(max(axis.padded - axis.extent, 1) for axis in axes)),
        "padding": (max(0, *((axis.extent - axis.n + 1) // 2 for axis in axes)), max(axis.extent for axis in axes) - 1),
        "dilation": (1, min((axis.padded - 1) // max(axis.k - 1, 1) for axis in axes)),
    }
    return [
        {"name": name, "label": name, "min": least, "max": max(most, getattr(first, name))}
        for name, (least, most) in limits.items()
    ]
