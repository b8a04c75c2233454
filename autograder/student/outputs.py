"""What a cell prints and shows, collected as nbformat outputs and cut to size while it happens."""

import base64
import io
from typing import Any

MAX_OUTPUTS = 200
MAX_TEXT = 1 << 20
MAX_IMAGE = 2 << 20
MAX_IMAGES = 8 << 20
MAX_TRACEBACK = 100
TRUNCATED = "\n... the rest of the output was cut ...\n"

TEXT_TYPES = ("text/plain", "text/latex")
IMAGE_TYPES = ("image/png", "image/jpeg")


class Outputs:
    """The outputs of the running cell. Between cells, and in a quiet run, everything is dropped."""

    def __init__(self) -> None:
        self.start(keep=False)

    def start(self, keep: bool, max_text: int = MAX_TEXT) -> None:
        """Begin a new cell; nothing is collected unless `keep`."""
        self._keep = keep
        self._text_left = max_text
        self._images_left = MAX_IMAGES
        self._collected: list[dict[str, Any]] = []
        self._clear_next = False

    def finish(self) -> list[dict[str, Any]]:
        """Return what was collected, and collect no more."""
        collected = self._collected
        self.start(keep=False)
        for output in collected:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return collected

    def clear(self, wait: bool) -> None:
        """Forget what was collected, at once or before the next output."""
        self._clear_next = wait
        if not wait:
            self._collected = []

    def stream(self, name: str, text: str) -> None:
        """Add printed text, to the last output if it is of the same stream."""
        text = self._cut(text)
        last = self._collected[-1] if self._collected and not self._clear_next else {}
        if last.get("name") == name:
            last["text"].append(text)
        elif text:
            self._add({"output_type": "stream", "name": name, "text": [text]})

    def data(self, output_type: str, data: dict[str, Any], **extra: Any) -> None:
        """Add a displayed or returned object: its text and pictures, nothing else."""
        kept: dict[str, str] = {}
        for mime, content in data.items():
            if mime in TEXT_TYPES and isinstance(content, str):
                kept[mime] = self._cut(content)
            elif mime in IMAGE_TYPES and isinstance(content, bytes | str):
                self._image(kept, mime, content)
        if kept:
            self._add({"output_type": output_type, "data": kept, "metadata": {}, **extra})

    def error(self, name: str, message: str, traceback: list[str]) -> None:
        """Add an error with its traceback."""
        lines = [self._cut(line) for line in traceback[:MAX_TRACEBACK]]
        self._add({"output_type": "error", "ename": name[:200], "evalue": self._cut(message), "traceback": lines})

    def _image(self, kept: dict[str, str], mime: str, content: bytes | str) -> None:
        encoded = base64.b64encode(content).decode() if isinstance(content, bytes) else content
        if len(encoded) <= min(MAX_IMAGE, self._images_left):
            self._images_left -= len(encoded)
            kept[mime] = encoded

    def _cut(self, text: str) -> str:
        """Return what of `text` there is room for; the end of the room is said once."""
        if not self._keep or self._text_left < 0:
            return ""
        self._text_left -= len(text)
        return text if self._text_left >= 0 else text[: self._text_left] + TRUNCATED

    def _add(self, output: dict[str, Any]) -> None:
        if self._clear_next:
            self.clear(wait=False)
        if self._keep and len(self._collected) < MAX_OUTPUTS:
            self._collected.append(output)


class Stream(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr``."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs = outputs
        self._name = name

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str) -> int:
        """Collect `text`."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.stream(self._name, text)
        return len(text)
