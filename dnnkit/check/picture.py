"""The widget that opens at the first wrong number of a check, where one of them can show the case."""

import contextlib
import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnkit.check import limit
from dnnkit.check.limit import InTime
from dnnkit.check.outcome import Case, perform, read, write
from dnnkit.check.report import Report

if TYPE_CHECKING:
    from dnnkit.widgets import View

__all__ = ["picture_of"]

LARGEST = 40_000  # bytes that a picture may add to a saved notebook
THE_CASE = "The first wrong case, step by step:"

Asked = Callable[..., Any]
"""Calls the student's answer: positional and keyword arguments, and for a class the `steps` to take."""

Shown = tuple[str, "View"]


def picture_of(found: Report, answer: Any) -> Shown | None:
    """The first wrong case of a report as a sentence and a widget, with the student's numbers beside the right ones.

    None where no widget can show it. Never raises: a picture is an extra.
    """
    if found.passed or found.blank or found.name not in PICTURES:
        return None
    i, difference = found.first_wrong
    if difference.kind not in {"value", "shape", "not finite"}:
        return None
    example = difference.where[0] if difference.where else 0
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            words, view = PICTURES[found.name](_asking(found.name, answer), found.cases[i], example)
            agrees = view.info["verdict"]["agrees"]
        return None if agrees or _saved_size(view) > LARGEST else (words, view)
    except Exception:
        return None


def _asking(name: str, answer: Any) -> Asked:
    """The answer as a function that cannot hang; an error becomes one of ours, which the widget tells."""
    ask = InTime(limit.SECONDS)

    def asked(*args: Any, steps: tuple[Any, ...] = (), **kwargs: Any) -> Any:
        found = ask(answer, Case("", args, kwargs, steps=steps))
        if found.error:
            raise RuntimeError(f"{found.error} {found.message}")
        return found.value

    asked.__name__ = name
    return asked


def _saved_size(view: "View") -> int:
    data, _ = view._repr_mimebundle_()
    return sum(len(str(content).encode()) for content in data.values())


def _conv1d(ask: Asked, case: Case, example: int) -> Shown:
    from dnnkit.widgets import SlidingFilter

    x, w, *setting = case.args
    return THE_CASE, SlidingFilter(x, w, **_setting(setting, case), student=ask)


def _setting(given: list[int], case: Case) -> dict[str, int]:
    """Stride and padding of a case, however they were given."""
    return {**dict(zip(("stride", "padding"), given, strict=False)), **case.kwargs}


def _conv2d(ask: Asked, case: Case, image: int) -> Shown:
    """The widget knows of no bias, so the case is shown without it."""
    from dnnkit.widgets import SlidingFilter

    x, w, *others = case.args
    has_bias = bool(others) and others[0] is not None

    @functools.wraps(ask)
    def one_image(x: np.ndarray, w: np.ndarray, **setting: int) -> Any:
        return ask(x[None], w, **setting)[0]

    words = "The first wrong case without its bias, step by step:" if has_bias else THE_CASE
    return words, SlidingFilter(x[image], w, **_setting(others[1:], case), student=one_image)


def _pointwise_conv(ask: Asked, case: Case, example: int) -> Shown:
    from dnnkit.widgets import SlidingFilter

    x, w = case.args

    @functools.wraps(ask)
    def of_one_pixel(x: np.ndarray, w: np.ndarray) -> Any:
        return ask(x, w[0, 0])

    return THE_CASE, SlidingFilter(x, w[None, None], student=of_one_pixel)


def _pooling(kind: str) -> Callable[[Asked, Case, int], Shown]:
    def picture(ask: Asked, case: Case, image: int) -> Shown:
        from dnnkit.widgets import Pooling

        x, K, S = case.args

        @functools.wraps(ask)
        def one_image(x: np.ndarray, K: int, S: int) -> Any:
            return ask(x[None], K, S)[0]

        return THE_CASE, Pooling(x[image], K, S, kind, student=one_image)

    return picture


def _batchnorm(ask: Asked, case: Case, example: int) -> Shown:
    from dnnkit.widgets import BatchNormAxes

    x, gamma, beta = case.args
    return THE_CASE, BatchNormAxes(x, ask, gamma=gamma, beta=beta, **case.kwargs)


def _rnn_forward(ask: Asked, case: Case, example: int) -> Shown:
    """The widget starts from a state of zeros."""
    from dnnkit.widgets import UnrolledRNN

    x, _, *weights = case.args
    return "One sequence of the first wrong case, from h0 = 0:", UnrolledRNN(tuple(weights), x[example], student=ask)


def _vanilla_rnn(ask: Asked, case: Case, example: int) -> Shown:
    """The states of one network that reads the inputs of the case one after the other."""
    from dnnkit.widgets import UnrolledRNN

    given = {step.path: step.args[0] for step in case.steps if step.do == "write"}
    x = np.array([step.args[0] for step in case.steps if step.path == "forward"])

    @functools.wraps(ask)
    def states(x: np.ndarray, h0: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray) -> np.ndarray:
        steps = [write(name, value) for name, value in given.items()]
        for one in x[0]:
            steps += [perform("forward", one), read("hidden_state")]
        return np.array([state for state in ask(*case.args, steps=tuple(steps)) if state is not None])[None]

    weights = given["W_xh"].T, given["W_hh"].T, given["Bh"]
    return "The states of the first wrong case, step by step:", UnrolledRNN(weights, x, student=states)


PICTURES: dict[str, Callable[[Asked, Case, int], Shown]] = {
    "conv1d": _conv1d,
    "conv2d": _conv2d,
    "pointwise_conv": _pointwise_conv,
    "maxpool2d": _pooling("max"),
    "avgpool2d": _pooling("average"),
    "batchnorm": _batchnorm,
    "batchnorm_cnn": _batchnorm,
    "rnn_forward": _rnn_forward,
    "VanillaRNN": _vanilla_rnn,
}
