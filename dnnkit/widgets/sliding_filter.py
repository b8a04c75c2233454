"""A filter slides over an input: forward, input gradient and filter gradient of a convolution."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace import Axis, Comparison, Sliding, compare, compare_each, trace_conv
from dnnkit.widgets.bundle import module
from dnnkit.widgets.picture import Columns, Plane, number
from dnnkit.widgets.sliding_words import code_of, describe, output_size
from dnnkit.widgets.student import LARGEST_MATRIX, Answer, Part, beside, first_wrong, matrices
from dnnkit.widgets.view import View, drawable

__all__ = ["SlidingFilter"]

MOST_PRODUCTS = 20_000  # of one view; the products of more, those of a photograph say, are not sent


class SlidingFilter(View):
    """Watch a filter slide over an input, number by number, forward and backward.

    x        (n,), (H, W), (H, W, C) or (1, H, W, C); a photograph too
    w        (k,), (kh, kw) or (kh, kw, C, F)
    student  called as student(x, w), with stride, padding and dilation as keywords where they are not 1, 0, 1
    backward called as backward(dy, x, w), with the same keywords; gives dx and dw, and whatever else
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
        backward: Callable[..., Any] | None = None,
        dy: ArrayLike | None = None,
        **looked_at: Any,
    ) -> None:
        self._x, self._w = drawable(x), np.array(w, float)
        self._student, self._backward = student, backward
        self._dy = None if dy is None else np.array(dy, float)
        self._trace = trace_conv(self._x, self._w, stride, padding, dilation, self._dy)
        super().__init__(stride=stride, padding=padding, dilation=dilation, **looked_at)
        answers = self._update()
        if "step" not in looked_at:
            self._look_at(first_wrong(answers))
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

    def _update(self) -> list[Answer]:
        """Send the present trace, and the student's answers beside it."""
        trace = self._trace
        arrays: dict[str, Any] = {}
        for name, view in (("y", trace.y), ("dx", trace.dx), ("dw", trace.dw)):
            fields = ["input", "filters", "reads", "output", "input_kinds", "output_kinds"]
            for field in fields + ["products"] * (view.products.size <= MOST_PRODUCTS):
                arrays[f"{name}.{field}"] = getattr(view, field)
        answers = self._answers(arrays)
        info = {
            "title": "Sliding filter",
            "views": describe(trace),
            "settings": _bounds(trace.axes),
            "size": output_size(trace.axes),
            # who asks about a function of their own is to write that code
            "code": "" if self._student or self._backward else code_of(self._x, self._w, self._setting()),
            "verdict": beside(answers, arrays),
        }
        self._show(arrays, info)
        return answers

    def _answers(self, arrays: dict[str, Any]) -> list[Answer]:
        """The student's answers; the effective matrices of a small input join `arrays`."""
        trace, answers = self._trace, []
        usual = {"stride": 1, "padding": 0, "dilation": 1}
        keywords = {name: value for name, value in self._setting().items() if value != usual[name]}
        if self._student is not None:
            y = trace.y.output.reshape(trace.shape)
            part = self._part("y", compare(y, self._student, self._x, self._w, **keywords))
            answers.append(Answer("function", "y", [part]))
            if self._x.size <= LARGEST_MATRIX:
                matrix = trace.matrix()[:, trace.is_image()]
                arrays |= matrices("y", matrix, self._student, self._x, self._w, **keywords)
        if self._backward is not None:
            dy = trace.dy.reshape(trace.shape)
            expected = {
                "dx": trace.image_gradient().reshape(self._x.shape),
                "dw": trace.dw.output.reshape(self._w.shape),
            }
            compared = compare_each(expected, self._backward, dy, self._x, self._w, **keywords)
            parts = [self._part(name, comparison) for name, comparison in compared.items()]
            answers.append(Answer("backward", "dx and dw", parts))
            if dy.size <= LARGEST_MATRIX:
                matrix = trace.matrix()[:, trace.is_image()].T
                arrays |= matrices("dx", matrix, self._backward, dy, self._x, self._w, **keywords)
        return answers

    def _part(self, name: str, comparison: Comparison) -> Part:
        """One view's numbers; dx is drawn with its padding, of which the student's has none."""
        view: Sliding = getattr(self._trace, name)
        rows, columns = self._trace.y.rows, self._trace.y.columns
        top, left = (rows.padding, columns.padding) if name == "dx" else (0, 0)
        shape = self._trace.image.shape if name == "dx" else view.output.shape

        def look(row: int, column: int, plane: int) -> dict[str, Any]:
            step = (row + top) * view.output.shape[1] + column + left
            return {"view": name, "reading": "gather", "plane": plane, "step": step}

        return Part(name, comparison, lambda array: array.reshape(shape), look)

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
