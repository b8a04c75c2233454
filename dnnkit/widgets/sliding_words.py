"""The words beside a sliding filter: what each plane and index is called, formulas, and NumPy code."""

from typing import Any

from dnnkit.trace import ConvTrace
from dnnkit.trace.sliding import Axis, Floats

__all__ = ["code_of", "describe", "output_size"]

LONGEST_LITERAL = 400  # numbers; a larger array is left as a name in the code


def describe(trace: ConvTrace) -> dict[str, Any]:
    """Names, indices and formulas of the three views.

    An index is written as [[origin, step, count], ...], one triple for each axis: cell r of a plane stands for
    entry (r - origin) / step of the array, where that is whole and below count; every other cell is a zero
    that was put in.
    """
    rows, columns = trace.y.rows, trace.y.columns
    channels, count = trace.filters.shape[2:]
    deep = trace.filters.shape[2:] != (1, 1) or len(trace.shape) > 2
    image = [[axis.padding, 1, axis.n] for axis in (rows, columns)]
    output = [[0, 1, axis.size] for axis in (rows, columns)]
    spread = [[axis.extent - 1, axis.stride, axis.size] for axis in (rows, columns)]
    kernel = [[0, 1, axis.k] for axis in (rows, columns)]
    reversed_kernel = [[axis.k - 1, -1, axis.k] for axis in (rows, columns)]
    strides, dilations = [rows.stride, columns.stride], [rows.dilation, columns.dilation]
    flat = len(trace.shape) == 1
    pair = [(c, f) for c in range(channels) for f in range(count)]

    def part(name: str, symbol: str, index: list[list[int]], suffixes: Any) -> dict[str, Any]:
        return {
            "name": name,
            "symbol": symbol,
            "index": index[1:] if flat else index,
            "suffixes": suffixes if deep else _blank(suffixes),
        }

    def planes(word: str, numbers: int) -> list[str]:
        return [f"{word} {number}" for number in range(numbers)]

    return {
        "y": {
            "label": "forward: y",
            "stride": strides,
            "dilation": dilations,
            "planes": planes("filter", count),
            "input": part("x", "x", image, [[f", {c}" for c in range(channels)]] * count),
            "filter": part("w", "w", kernel, [[f", {c}, {f}" for c in range(channels)] for f in range(count)]),
            "output": part("y", "y", output, [f", {f}" for f in range(count)]),
            "formula": _formula("y", columns, flat, deep),
        },
        "dx": {
            "label": "backward: dx",
            "stride": [1, 1],
            "dilation": dilations,
            "planes": planes("channel", channels),
            "input": part("dy, spread out", "dy", spread, [[f", {f}" for f in range(count)]] * channels),
            "filter": part(
                "w, reversed",
                "w",
                reversed_kernel,
                [[f", {c}, {f}" for f in range(count)] for c in range(channels)],
            ),
            "output": part("dx", "dx", image, [f", {c}" for c in range(channels)]),
            "formula": _formula("dx", columns, flat, deep),
        },
        "dw": {
            "label": "backward: dw",
            "stride": dilations,
            "dilation": strides,
            "planes": [f"channel {c}, filter {f}" for c, f in pair],
            "input": part("x", "x", image, [[f", {c}"] for c, _ in pair]),
            "filter": part("dy", "dy", output, [[f", {f}"] for _, f in pair]),
            "output": part("dw", "dw", kernel, [f", {c}, {f}" for c, f in pair]),
            "formula": _formula("dw", columns, flat, deep),
        },
    }


def output_size(axes: list[Axis]) -> str:
    """How many windows there are along each axis, and why.

    >>> output_size([Axis(n=7, k=3, stride=2, padding=1)])
    'size of y: ⌊(7 + 2·1 − 3) / 2⌋ + 1 = 4'
    """
    sizes = [f"⌊({axis.n} + 2·{axis.padding} − {_extent(axis)}) / {axis.stride}⌋ + 1 = {axis.size}" for axis in axes]
    return "size of y: " + (sizes[0] if len(set(sizes)) == 1 else " and ".join(sizes))


def _extent(axis: Axis) -> str:
    return f"{axis.k}" if axis.dilation == 1 else f"({axis.dilation}·({axis.k} − 1) + 1)"


def code_of(x: Floats, w: Floats, setting: dict[str, int]) -> str:
    """NumPy code that makes y of the present setting when run; arrays too long to print stay names."""
    stride, padding, dilation = setting["stride"], setting["padding"], setting["dilation"]
    axes = 1 if x.ndim == 1 else 2
    covered = tuple((k - 1) * dilation + 1 for k in w.shape[:axes])
    image = {(2, 4): "x[..., None]", (4, 4): "x[0]"}.get((x.ndim, w.ndim), "x")
    if w.ndim == 4:
        subscripts, pads, channel = "ijcuv,uvcf->ijf", f"(({padding},) * 2, ({padding},) * 2, (0, 0))", [":"]
    else:
        subscripts, pads, channel = "ijuv,uv->ij" if axes == 2 else "iu,u->i", f"{padding}", []
    steps = ", ".join([f"::{stride}"] * axes + channel + [f"::{dilation}"] * axes)
    lines = [
        "import numpy as np",
        "from numpy.lib.stride_tricks import sliding_window_view",
        "",
        _literal("x", x),
        _literal("w", w),
        f"padded = np.pad({image}, {pads})",
        f"windows = sliding_window_view(padded, {covered}, axis={tuple(range(axes))})[{steps}]",
        f'y = np.einsum("{subscripts}", windows, w)',
    ]
    if x.ndim == 4:
        lines.append("y = y[None]")
    return "\n".join(lines) + "\n"


def _literal(name: str, array: Floats) -> str:
    if array.size > LONGEST_LITERAL:
        return f"# {name}: your array of shape {array.shape}"
    return f"{name} = np.array({array.tolist()})"


def _formula(view: str, axis: Axis, flat: bool, deep: bool) -> str:
    """The general formula with the present stride, padding and dilation put in."""

    def read(i: str, u: str) -> str:
        window = ("" if axis.stride == 1 else f"{axis.stride}·") + i
        inside = ("" if axis.dilation == 1 else f"{axis.dilation}·") + u
        return f"{window} + {inside}" + (f" − {axis.padding}" if axis.padding else "")

    c, f, both = (", c", ", f", ", c, f") if deep else ("", "", "")
    at_y, at_w = ("i", "u") if flat else ("i, j", "u, v")
    x = f"x[{read('i', 'u') if flat else read('i', 'u') + ', ' + read('j', 'v')}{c}]"
    y, w = f"[{at_y}{f}]", f"w[{at_w}{both}]"
    if view == "y":
        return f"y{y} = Σ {x} · {w},  summed over {at_w}{c}"
    if view == "dw":
        return f"d{w} = Σ {x} · dy{y},  summed over {at_y}"
    reached = f"{read('i', 'u')} = r" + ("" if flat else f" and {read('j', 'v')} = q")
    return f"dx[{'r' if flat else 'r, q'}{c}] = Σ dy{y} · {w},  summed over {at_y}, {at_w}{f} with {reached}"


def _blank(suffixes: Any) -> Any:
    return [_blank(s) if isinstance(s, list) else "" for s in suffixes]
