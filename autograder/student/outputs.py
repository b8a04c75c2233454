"""Outputs of a cell, made safe to put into a notebook.

Used on both sides: in the student process so that what is sent is small, in the trusted one because it counts.
"""

import base64
import binascii
import re
from typing import Any

__all__ = ["KEPT_TYPES", "MAX_OUTPUTS", "MAX_TEXT", "STILL_PICTURE", "TRUNCATED", "clean_count", "clean_outputs"]

TEXT_TYPES = ("text/plain", "text/latex")
IMAGE_TYPES = ("image/png", "image/jpeg")
KEPT_TYPES = (*TEXT_TYPES, *IMAGE_TYPES, "text/html")
# the only HTML that is kept: a widget's still picture (dnnkit.widgets.picture.as_image); in an <img>, SVG is inert
STILL_PICTURE = re.compile(r'<img alt="([^"<>]{0,1000})" src="(data:image/svg\+xml;base64,[A-Za-z0-9+/]+={0,2})"/>')
SVG_ELEMENTS = {"svg", "g", "path", "text", "image"}

MAX_OUTPUTS = 200
MAX_TEXT = 1 << 20
MAX_ERRORS = 200_000  # characters of all errors; apart from other text, so that a flood does not hide an error
MAX_LINES = 100
MAX_COUNT = 1 << 31
MAX_IMAGE = 2 << 20
MAX_IMAGES = 8 << 20
TRUNCATED = "\n... the rest of the output was cut ...\n"

_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def clean_outputs(outputs: Any, max_text: int = MAX_TEXT) -> list[dict[str, Any]]:
    """Return what is well-formed and harmless in a list of nbformat outputs.

    Streams, errors, plain text, LaTeX, PNG, JPEG and the still pictures of widgets are kept; other HTML, SVG,
    JavaScript and widgets are not. Text is cut at `max_text` characters in all, oversized pictures are dropped, at
    most 200 outputs are kept.

    >>> clean_outputs([{"output_type": "stream", "name": "stdout", "text": ["a", "b"], "more": 1}, 7])
    [{'output_type': 'stream', 'name': 'stdout', 'text': 'ab'}]
    >>> clean_outputs([{"output_type": "display_data", "data": {"text/html": "<script>"}}])
    []
    """
    cleaner = _Cleaner(max_text)
    cleaned = [cleaner.output(output) for output in _list(outputs)[:MAX_OUTPUTS] if isinstance(output, dict)]
    return [output for output in cleaned if output]


def clean_count(count: Any) -> int | None:
    """Return an execution count that a notebook may have, or None.

    >>> clean_count(3), clean_count(-3), clean_count(True)
    (3, None, None)
    """
    return count if type(count) is int and 0 <= count < MAX_COUNT else None


class _Cleaner:
    def __init__(self, max_text: int) -> None:
        self._left = {"text": max_text + len(TRUNCATED), "errors": MAX_ERRORS, "images": MAX_IMAGES}

    def output(self, output: dict[str, Any]) -> dict[str, Any] | None:
        match output.get("output_type"):
            case str("stream"):
                return self._stream(output)
            case str("error"):
                return self._error(output)
            case str("display_data"):
                return self._data(output, {})
            case str("execute_result"):
                return self._data(output, {"execution_count": clean_count(output.get("execution_count"))})
        return None

    def _stream(self, output: dict[str, Any]) -> dict[str, Any] | None:
        name = output.get("name")
        text = self._text(output.get("text"))
        stream = "stderr" if isinstance(name, str) and name == "stderr" else "stdout"
        return {"output_type": "stream", "name": stream, "text": text} if text else None

    def _error(self, output: dict[str, Any]) -> dict[str, Any]:
        return {
            "output_type": "error",
            "ename": self._text(output.get("ename"), "errors"),
            "evalue": self._text(output.get("evalue"), "errors"),
            "traceback": [self._text(line, "errors") for line in _list(output.get("traceback"))[:MAX_LINES]],
        }

    def _data(self, output: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any] | None:
        given = output.get("data")
        if not isinstance(given, dict):
            return None
        data = {mime: self._text(given[mime]) for mime in TEXT_TYPES if mime in given}
        data |= {mime: self._image(given[mime], mime) for mime in IMAGE_TYPES if mime in given}
        data["text/html"] = self._still_picture(given.get("text/html"))
        data = {mime: content for mime, content in data.items() if content}
        if not data:
            return None
        return {"output_type": output["output_type"], "data": data, "metadata": {}, **extra}

    def _text(self, value: Any, budget: str = "text") -> str:
        text = _joined(value)[: self._left[budget]]
        self._left[budget] -= len(text)
        return text.encode("utf-8", "replace").decode()

    def _still_picture(self, value: Any) -> str:
        """Return the HTML of a widget's still picture, or nothing if it is too large or any other HTML."""
        html = _joined(value)
        match = STILL_PICTURE.fullmatch(html) if self._has_room(html) else None
        if match is None or not _is_plain_svg(match[2].partition(",")[2]):
            return ""
        self._left["images"] -= len(html)
        return html

    def _has_room(self, picture: str) -> bool:
        return len(picture) <= min(MAX_IMAGE, self._left["images"])

    def _image(self, value: Any, mime: str) -> str:
        """Return the picture encoded anew, or nothing if it is too large or no picture of its kind."""
        encoded = _joined(value)
        if not self._has_room(encoded):
            return ""
        try:
            content = base64.b64decode(encoded.replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            return ""
        if not content.startswith(_SIGNATURES[mime]):
            return ""
        self._left["images"] -= len(encoded)
        return base64.b64encode(content).decode()


def _is_plain_svg(encoded: str) -> bool:
    """Whether SVG has shapes, text and pixels only: repeated uses and entities can keep a browser busy for ever."""
    try:
        svg = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return False
    hides_nothing = "image/svg" not in svg and "&#" not in svg.replace("&#x27;", "")
    elements = re.findall(r"<([^\s/>]*)", svg.replace("</", ""))
    return svg.startswith("<svg ") and SVG_ELEMENTS.issuperset(elements) and hides_nothing


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(value: Any) -> str:
    """Return a string given whole or as a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(line for line in _list(value) if isinstance(line, str))
