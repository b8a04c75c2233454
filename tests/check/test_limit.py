"""A call that does not return: it is ended, told by its case, and everything after it goes on."""

import signal
import sys
import threading
import time

import pytest

from dnnkit.check import check, limit, report
from dnnkit.check.limit import InTime
from dnnkit.check.outcome import STOPPED, Case
from dnnkit.errors import CheckFailed
from dnnkit.reference import conv1d

SHORT = 0.05
CASE = Case("a call", (3,))


def endless(*args, **kwargs):
    while True:
        pass


def keeps_exceptions(*args, **kwargs):
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def keeps_the_first(*args, **kwargs):
    try:
        time.sleep(60)
    except:  # noqa: E722 – as students write
        time.sleep(60)


def waits(*args, **kwargs):
    time.sleep(60)


@pytest.mark.parametrize("answer", [endless, keeps_exceptions, keeps_the_first, waits])
def test_what_does_not_return_is_ended(answer):
    found = InTime(SHORT)(answer, CASE)
    assert found.error == STOPPED
    assert found.message.startswith("it did not return within 0.05 seconds and was stopped")


def test_what_returns_is_as_without_a_limit():
    assert InTime(SHORT)(lambda n: n + 1, CASE).value == 4
    assert InTime(SHORT)(lambda n: n / 0, CASE).error == "ZeroDivisionError"


def test_after_the_end_nothing_more_is_asked():
    ask, asked = InTime(SHORT), []
    ask(endless, CASE)
    assert ask(asked.append, CASE).message == "it was not tried, because a call before it did not return"
    assert not asked


def test_an_interrupt_of_the_user_goes_through():
    def interrupted(n):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InTime(SHORT)(interrupted, CASE)


@pytest.mark.parametrize("answer", [endless, abs])
def test_alarm_and_timer_are_as_they_were(answer):
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        InTime(SHORT)(answer, CASE)
        assert signal.getsignal(signal.SIGALRM).__name__ == "<lambda>"
        assert 90 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not rung


def test_beside_the_main_thread_there_is_no_limit():
    found = []

    def slow(n):
        time.sleep(2 * SHORT)
        return n

    thread = threading.Thread(target=lambda: found.append(InTime(SHORT)(slow, CASE)))
    thread.start()
    thread.join()
    assert found[0].value == 3


def test_a_debugger_may_take_its_time():
    def slow(n):
        time.sleep(2 * SHORT)
        return n

    tracing = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        found = InTime(SHORT)(slow, CASE)
    finally:
        sys.settrace(tracing)
    assert found.value == 3


def test_the_report_names_the_case_that_did_not_return():
    def hangs_with_padding(x, w, stride=1, padding=0):
        return endless() if padding else conv1d(x, w, stride)

    found = report("conv1d", hangs_with_padding, InTime(SHORT))
    assert [difference and difference.kind for difference in found.differences] == [None, None, "stopped", "stopped"]
    assert found.summary.startswith("conv1d: 2 of 4 visible cases are right. Look at “padding”: it did not return")
    assert str(found).count("  —      ") == 2
    assert found._repr_html_().count(">—<") == 2


def test_check_goes_on_after_a_call_that_did_not_return(monkeypatch, capsys):
    monkeypatch.setattr(limit, "SECONDS", SHORT)
    with pytest.raises(CheckFailed, match="did not return within"):
        check("conv1d", endless)
    check("conv1d", conv1d)
    assert "conv1d: all 4 visible cases are right." in capsys.readouterr().out
