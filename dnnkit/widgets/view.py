"""What every widget of dnnkit has in common: arrays across, a still picture, one offline file, a state."""

import base64
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from dnnkit.trace.sliding import Floats
from dnnkit.widgets.bundle import STATIC, bundle
from dnnkit.widgets.picture import Columns, as_figure, as_image, as_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["View", "drawable"]

MOST_NUMBERS = 100_000
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body class="dk-page"><main><h1>{title}</h1><div id="widget"></div></main>
<script type="application/json" id="state">{state}</script>
<script type="module">
{script}
openOffline(render, document.getElementById("widget"), JSON.parse(document.getElementById("state").textContent));
</script></body></html>
"""


def drawable(x: ArrayLike) -> Floats:
    """x as floats.

    Raises ValueError where it has more numbers than can be drawn and stepped through.
    """
    array = np.array(x, float)
    if array.size > MOST_NUMBERS:
        raise ValueError(
            f"x has shape {array.shape}: a widget draws at most {MOST_NUMBERS:,} numbers; "
            "give a part of it, or every fourth pixel, x[::4, ::4]"
        )
    return array


class View(anywidget.AnyWidget):
    """Base of the widgets: Python computes every number, JavaScript selects, formats and animates.

    Arrays travel as the bytes of `data`, where `index` gives the place and shape of each; `info` holds words and whole
    numbers. The front end draws again when `revision` changes, which is set last.
    """

    index = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    info = traitlets.Dict().tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0, min=0).tag(sync=True)
    panel = traitlets.Unicode("").tag(sync=True)

    _script: str  # the file in static/ that draws this widget
    _choices: tuple[str, ...] = ()  # traits that say what is looked at, beside step and panel

    def _show(self, arrays: Mapping[str, Any], info: dict[str, Any]) -> None:
        """Hand arrays and words to the front end in one message, the revision last."""
        index, chunks, offset = {}, [], 0
        for name, array in arrays.items():
            array = np.ascontiguousarray(array, dtype="<f8")
            index[name] = [offset, list(array.shape)]
            chunks.append(array.tobytes())
            offset += array.size
        with self.hold_sync():
            self.index, self.data, self.info = index, b"".join(chunks), info
            self.revision += 1

    def _planes(self) -> Columns:
        """What the still picture shows: columns of planes."""
        raise NotImplementedError

    def _caption(self) -> str:
        """One sentence under the still picture."""
        raise NotImplementedError

    def _arguments(self) -> dict[str, Any]:
        """The arguments of the constructor, as plain values."""
        raise NotImplementedError

    def _look_at(self, look: Mapping[str, Any]) -> None:
        """Set the traits that say what is looked at."""
        for name, value in look.items():
            setattr(self, name, value)

    def figure(self) -> "Figure":
        """The present step as a matplotlib figure, for slides and print."""
        return as_figure(self._planes(), self._caption())

    def state(self) -> dict[str, Any]:
        """Plain values for ``type(view)(**view.state())``, the same widget again without the student's functions."""
        looked_at = {name: getattr(self, name) for name in ("step", "panel", *self._choices)}
        return self._arguments() | looked_at

    def link(self) -> str:
        """What is looked at, to put behind the address of the file that :meth:`to_html` writes."""
        return "#" + urlencode({name: getattr(self, name) for name in ("step", "panel", *self._choices)})

    def to_html(self, path: str | Path | None = None) -> str:
        """One HTML file that steps without a kernel or a network; written to `path` where that is given."""
        skipped = {"layout", "tabbable", "tooltip", "data"}
        state = {k: v for k, v in self.get_state().items() if k not in skipped and not k.startswith("_")}
        state["data"] = base64.b64encode(self.data).decode()
        page = _PAGE.format(
            title=escape(self.info["title"]),
            style=(STATIC / "style.css").read_text(encoding="utf-8"),
            state=json.dumps(state).replace("</", "<\\/"),
            script=bundle(self._script, "offline.js").replace("export default { render };", ""),
        )
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and a still picture for untrusted notebooks, feedback and no front end."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        caption = self._caption()
        data["text/plain"] = caption
        data["text/html"] = as_image(as_svg(self._planes(), caption), caption)
        return data, metadata
