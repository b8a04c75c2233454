"""What a student's call prints, kept short, and a keyboard that nobody waits for."""

import builtins
import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

__all__ = ["console"]

LINES = 20
CHARACTERS = 2000
CUT = "(This call prints more, which is not shown.)"
NO_KEYBOARD = "input() is not available in a check: a function gets what it works on as arguments"


@contextlib.contextmanager
def console() -> Iterator[None]:
    """Show the first lines of what one call prints, and let `input()` raise. A debugger keeps both."""
    output, keyboard = _Short(sys.stdout), builtins.input

    def no_keyboard(prompt: object = "", /) -> str:
        if sys.gettrace() is not None:
            return keyboard(prompt)
        raise RuntimeError(NO_KEYBOARD)

    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        builtins.input = no_keyboard
        try:
            yield
        finally:
            builtins.input = keyboard


class _Short(io.TextIOBase):
    """Hands on the first lines of what is written, and one sentence where that is not all."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._lines, self._characters = LINES, CHARACTERS
        self._in_line = self._cut = False

    def write(self, text: str) -> int:
        if sys.gettrace() is not None:
            return self._output.write(text)
        if text and not self._cut:
            self._hand_on(text)
        return len(text)

    def _hand_on(self, text: str) -> None:
        ends = text[: self._characters].split("\n")
        shown = "\n".join([*ends[: self._lines], ""]) if len(ends) > self._lines else "\n".join(ends)
        self._lines -= shown.count("\n")
        self._characters -= len(shown)
        self._in_line = not shown.endswith("\n") if shown else self._in_line
        self._cut = len(shown) < len(text)
        self._output.write(shown + ("\n" * self._in_line + CUT + "\n") * self._cut)

    def flush(self) -> None:
        self._output.flush()
