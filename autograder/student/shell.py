"""An IPython shell without a kernel: runs cells as Jupyter does and keeps what they print and show."""

import builtins
import getpass
import io
import pydoc
import sys
import traceback
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, NoReturn

import matplotlib.pyplot as plt
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from autograder.student.capture import Capture, Stream
from autograder.student.outputs import IMAGE_TYPES, TEXT_TYPES

capture = Capture()
"""The one of this process: there is one standard output."""


class _Hook(DisplayHook):
    """Collects the value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        """Jupyter shows no prompt in the output."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Collect the value in its several formats."""
        capture.show("execute_result", format_dict)


class _Publisher(DisplayPublisher):
    """Collects what ``display`` shows."""

    def publish(self, data: dict[str, Any], metadata: Any = None, *, update: bool = False, **other: Any) -> None:
        """Collect a displayed object; updates of an earlier one are dropped."""
        if not update:
            capture.show("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs."""
        capture.clear(wait)


class Shell(InteractiveShell):
    """IPython's shell with outputs collected, and no way to the system."""

    displayhook_class = _Hook
    display_pub_class = _Publisher

    def init_history(self) -> None:
        """Keep no history file, whose thread would not survive a fork."""
        self.history_manager = HistoryManager(shell=self, parent=self, enabled=False)

    def _tee(self, channel: str) -> AbstractContextManager[None]:
        return nullcontext()  # IPython 9 would keep all that is printed a second time

    def system(self, cmd: str) -> None:
        """Say that shell commands do not run; the rest of the cell does."""
        print(f"Shell commands do not run while grading: {cmd}", file=sys.stderr)

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Return no output."""
        self.system(cmd)
        return [] if split else ""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop to integrate with."""

    def showtraceback(self, *args: Any, **options: Any) -> None:
        """Explain an error, which takes longer than most cells do, only where somebody reads it."""
        if capture.keeps:
            super().showtraceback(*args, **options)

    def showsyntaxerror(self, *args: Any, **options: Any) -> None:
        """Explain what is not Python, as above."""
        if capture.keeps:
            super().showsyntaxerror(*args, **options)

    def _format_exception_for_storage(self, *args: Any, **options: Any) -> dict[str, Any]:
        return {}  # for IPython 9's history, which is not kept

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        capture.error(etype.__name__, _text_of(evalue), stb)


def build() -> Shell:
    """Return the shell, with the inline backend on, everything loaded and a first figure drawn."""
    shell = Shell.instance(colors="nocolor")
    shell.run_cell("%matplotlib inline")
    plt.uninstall_repl_displayhook()  # which draws every figure at the end of a cell, before the inline backend does
    figure, axes = plt.subplots()
    axes.imshow([[0, 1], [1, 0]])
    axes.contour([[0, 1], [1, 0]])
    figure.savefig(io.BytesIO())
    plt.close(figure)
    _explain_an_error(shell)
    return shell


def _explain_an_error(shell: Shell) -> None:
    """Have the sources read that stand in most tracebacks, which takes a quarter of a second once."""
    try:
        shell.user_ns.get("open", open)("missing")
    except OSError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())


def settle() -> None:
    """Point this process's standard streams at the collector and close the keyboard."""
    sys.stdout, sys.stderr, sys.stdin = Stream(capture, "stdout"), Stream(capture, "stderr"), io.StringIO()
    vars(sys).update(__stdout__=sys.stdout, __stderr__=sys.stderr, __stdin__=sys.stdin)
    builtins.input = getpass.getpass = _no_keyboard
    vars(builtins)["help"] = pydoc.help  # which Python adds at an ordinary start


def run_cell(shell: Shell, source: str, quiet: bool, max_text: int) -> tuple[ExecutionResult, list[dict[str, Any]]]:
    """Run one cell; a quiet one draws nothing and returns no outputs."""
    text = list(TEXT_TYPES)
    shell.display_formatter.active_types = text[:1] if quiet else [*text, *IMAGE_TYPES]
    capture.start(keep=not quiet, max_text=max_text)
    try:
        result = shell.run_cell(source, store_history=True)
    finally:
        collected = capture.finish()
    return result, collected


def describe(error: BaseException) -> tuple[str, str, str]:
    """Return the kind, the message and the traceback of `error`, without this package's frames.

    The kind is the name of the built-in type that it is or is derived from: NumPy's AxisError is a ValueError.
    """
    inner: TracebackType | None = error.__traceback__
    while inner is not None and inner.tb_frame.f_globals.get("__name__", "").startswith("autograder."):
        inner = inner.tb_next
    try:
        lines = traceback.format_exception(type(error), error, inner, limit=-30)
    except Exception:  # a hostile __str__ or __cause__
        lines = []
    kind = next(kind for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind)
    return kind.__name__, _text_of(error), "".join(lines)


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message could not be shown)"


def _no_keyboard(*prompt: Any, **options: Any) -> NoReturn:
    raise RuntimeError("input() is not available while grading: nobody is there to type")
