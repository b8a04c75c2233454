"""What a cell prints and shows, collected as nbformat outputs while it happens."""

import base64
import io
from typing import Any

from autograder.student.outputs import KEPT_TYPES, MAX_OUTPUTS, MAX_TEXT, TRUNCATED, clean_outputs

__all__ = ["Capture", "Stream"]


class Capture:
    """Collects the outputs of the running cell. Between cells, and in a quiet run, everything is dropped."""

    def __init__(self) -> None:
        self.start(keep=False)

    def start(self, keep: bool, max_text: int = MAX_TEXT) -> None:
        """Begin a new cell; nothing is collected unless `keep`."""
        self.keeps = keep
        self._max_text = self._room = max_text
        self._outputs: list[dict[str, Any]] = []
        self._clear_next = False

    def finish(self) -> list[dict[str, Any]]:
        """Return what was collected, cut to size, and collect no more."""
        collected, max_text = self._outputs, self._max_text
        self.start(keep=False)
        return clean_outputs(collected, max_text)

    def clear(self, wait: bool) -> None:
        """Forget what was collected, at once or before the next output."""
        self._clear_next = wait
        if not wait:
            self._outputs = []

    def print(self, stream: str, text: str) -> None:
        """Add printed text, to the last output if that is of the same stream."""
        if not self.keeps or self._room < 0 or not text:
            return
        self._room -= len(text)
        if self._room < 0:
            text = text[: self._room] + TRUNCATED
        if not self._clear_next and self._outputs and self._outputs[-1].get("name") == stream:
            self._outputs[-1]["text"].append(text)
        else:
            self._add({"output_type": "stream", "name": stream, "text": [text]})

    def show(self, output_type: str, data: dict[str, Any]) -> None:
        """Add a displayed or returned object: its texts and pictures, nothing else."""
        kept = {mime: _encoded(data[mime]) for mime in KEPT_TYPES if mime in data}
        self._add({"output_type": output_type, "data": kept})

    def error(self, name: str, message: str, traceback: list[str]) -> None:
        """Add an error with its traceback."""
        self._add({"output_type": "error", "ename": name, "evalue": message, "traceback": traceback})

    def _add(self, output: dict[str, Any]) -> None:
        if self._clear_next:
            self.clear(wait=False)
        if self.keeps and len(self._outputs) < MAX_OUTPUTS:
            self._outputs.append(output)


class Stream(io.TextIOBase):
    """Stands for ``sys.stdout`` or ``sys.stderr``."""

    encoding = "utf-8"

    def __init__(self, capture: Capture, name: str) -> None:
        self._capture = capture
        self._name = name

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str) -> int:
        """Collect `text`."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._capture.print(self._name, text)
        return len(text)


def _encoded(content: Any) -> Any:
    return base64.b64encode(content).decode() if isinstance(content, bytes) else content
