"""What a call prints is shown, but not without end; nobody types anything into a check."""

import builtins
import sys

import pytest

from dnnkit.check import check
from dnnkit.check.console import CHARACTERS, CUT, LINES, console
from dnnkit.check.limit import InTime
from dnnkit.check.outcome import STOPPED, Case
from dnnkit.errors import CheckFailed
from dnnkit.reference import conv1d

CASE = Case("a call", (3,))


def printed(capsys, *texts, end="\n"):
    with console():
        for text in texts:
            print(text, end=end)
    return capsys.readouterr().out


def test_a_few_lines_are_shown_as_they_are(capsys):
    assert printed(capsys, *range(LINES)) == "".join(f"{i}\n" for i in range(LINES))
    assert printed(capsys, "a\nb", "", "c", end="") == "a\nbc"


@pytest.mark.parametrize("end", ["\n", " \n"])
def test_of_many_lines_the_first_are_shown(capsys, end):
    lines = printed(capsys, *range(9999), end=end).splitlines()
    assert [line.strip() for line in lines] == [*map(str, range(LINES)), CUT]
    assert printed(capsys, "x\n" * 99, end=end) == "x\n" * LINES + f"{CUT}\n"


def test_of_a_long_line_the_beginning_is_shown(capsys):
    assert printed(capsys, "x" * 99_999) == f"{'x' * CHARACTERS}\n{CUT}\n"
    assert printed(capsys, *["x"] * 99_999, end="") == f"{'x' * CHARACTERS}\n{CUT}\n"


def test_what_goes_to_stderr_is_kept_short_as_well(capsys):
    with console():
        for i in range(9999):
            print(i, file=sys.stderr)
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == LINES + 1
    assert not shown.err


def test_a_loop_that_prints_is_ended_and_its_first_lines_shown(capsys):
    def endless(n):
        while True:
            print()

    assert InTime(0.05)(endless, CASE).error == STOPPED
    assert capsys.readouterr().out == "\n" * LINES + f"{CUT}\n"


def test_every_call_of_a_check_may_print(capsys):
    def talks(x, w, stride=1, padding=0):
        print("called with", stride)
        return conv1d(x, w, stride, padding)

    check("conv1d", talks)
    assert capsys.readouterr().out.count("called with") == 4


def test_a_debugger_shows_everything(capsys):
    tracing = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        shown = printed(capsys, *range(99))
    finally:
        sys.settrace(tracing)
    assert len(shown.splitlines()) == 99


def asks(x, w, stride=1, padding=0):
    return float(input("x? "))


def test_input_raises_at_once(capsys, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda prompt="": pytest.fail("a box was opened"))
    before = builtins.input
    with pytest.raises(CheckFailed, match=r"it raised RuntimeError: input\(\) is not available in a check"):
        check("conv1d", asks)
    assert builtins.input is before


def test_a_debugger_may_ask(monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda prompt="": "7")
    tracing = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        found = InTime(1)(asks, Case("a call", (1, 2)))
    finally:
        sys.settrace(tracing)
    assert found.value == 7
