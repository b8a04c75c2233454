"""The widget that opens at the first wrong number of a check, where one of them can show the case."""

import contextlib
import functools
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnkit.check import limit
from dnnkit.check.limit import InTime
from dnnkit.check.outcome import Case, call, perform, read, write
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
    # of y or dx, the first of what is returned, the first index is that of the example
    example = difference.where[0] if difference.where and difference.entry in ((), (0,)) else 0
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            words, view = PICTURES[found.name](_asking(found.name, answer), found.cases[i], example)
            is_wrong = _look_at_first_wrong(view)
        if is_wrong and _saved_size(view) <= LARGEST:
            return words, view
        view.close()  # the front end need not know it
        return None
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


def _look_at_first_wrong(view: "View") -> bool:
    """Turn a widget to what is wrong first; whether anything is, in what it shows."""
    lines = [line for line in view.info["verdict"]["lines"] if not line["agrees"]]
    for trait, value in (lines[0]["look"] if lines else {}).items():
        setattr(view, trait, value)
    return bool(lines)


def _saved_size(view: "View") -> int:
    data, _ = view._repr_mimebundle_()
    return sum(len(str(content).encode()) for content in data.values())


def _conv1d(ask: Asked, case: Case, example: int) -> Shown:
    from dnnkit.widgets import SlidingFilter

    x, w, *setting = case.args
    return THE_CASE, SlidingFilter(x, w, **_setting(setting, case), student=ask)


def _setting(given: list[int], case: Case) -> dict[str, Any]:
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


def _gradient_of_x(ask: Asked, case: Case, example: int) -> Shown:
    """The task is not given x, so that is zero, and dw with it."""
    from dnnkit.widgets import SlidingFilter

    dy, w = case.args

    @functools.wraps(ask)
    def backward(dy: np.ndarray, x: np.ndarray, w: np.ndarray) -> Any:
        return ask(dy, w), np.zeros(w.shape)

    return THE_CASE, SlidingFilter(np.zeros(len(dy) + len(w) - 1), w, dy=dy, backward=backward, view="dx")


def _gradient_of_w(ask: Asked, case: Case, example: int) -> Shown:
    """The task is not given w, so that is zero, and dx with it. kernel_gradient takes x first."""
    from dnnkit.widgets import SlidingFilter

    x, dy = sorted(case.args, key=len, reverse=True)
    in_order = (lambda dy, x: (dy, x)) if case.args[0] is dy else (lambda dy, x: (x, dy))

    @functools.wraps(ask)
    def backward(dy: np.ndarray, x: np.ndarray, w: np.ndarray) -> Any:
        return np.zeros(x.shape), ask(*in_order(dy, x))

    k = len(x) - len(dy) + 1
    return THE_CASE, SlidingFilter(x, np.zeros((k,) * x.ndim), dy=dy, backward=backward, view="dw")


def _conv2d_backward(ask: Asked, case: Case, image: int) -> Shown:
    from dnnkit.widgets import SlidingFilter

    dy, x, w, *setting = case.args

    @functools.wraps(ask)
    def one_image(dy: np.ndarray, x: np.ndarray, w: np.ndarray, **setting: int) -> Any:
        dx, dw, *_ = ask(dy[None], x[None], w, **setting)
        return dx[0], dw

    words = "One image of the first wrong case, step by step:" if len(x) > 1 else THE_CASE
    return words, SlidingFilter(x[image], w, **_setting(setting, case), dy=dy[image], backward=one_image, view="dx")


def _pooling(kind: str) -> Callable[[Asked, Case, int], Shown]:
    def picture(ask: Asked, case: Case, image: int) -> Shown:
        from dnnkit.widgets import Pooling

        x, K, S = case.args

        @functools.wraps(ask)
        def one_image(x: np.ndarray, K: int, S: int) -> Any:
            return ask(x[None], K, S)[0]

        return THE_CASE, Pooling(x[image], K, S, kind, student=one_image)

    return picture


def _pooling_backward(kind: str) -> Callable[[Asked, Case, int], Shown]:
    def picture(ask: Asked, case: Case, image: int) -> Shown:
        from dnnkit.widgets import Pooling

        dy, pooled, K, S = case.args
        x = pooled if kind == "max" else np.zeros(pooled)  # of an average the values of x play no part

        @functools.wraps(ask)
        def one_image(dy: np.ndarray, x: np.ndarray, K: int, S: int) -> Any:
            return ask(dy[None], x[None] if kind == "max" else (1, *x.shape), K, S)[0]

        return THE_CASE, Pooling(x[image], K, S, kind, backward=one_image, dy=dy[image])

    return picture


def _batchnorm(ask: Asked, case: Case, example: int) -> Shown:
    from dnnkit.widgets import BatchNormAxes

    x, gamma, beta = case.args
    return THE_CASE, BatchNormAxes(x, ask, gamma=gamma, beta=beta, **case.kwargs)


def _batchnorm_backward(ask: Asked, case: Case, example: int) -> Shown:
    """The task is not given x, but what it is without its mean."""
    from dnnkit.widgets import BatchNormAxes

    dy, (x_hat, gamma, inv_std) = case.args
    return THE_CASE, BatchNormAxes(x_hat / inv_std, gamma=gamma, dy=dy, backward=ask, view="dx")


def _batchnorm_layer(ask: Asked, case: Case, example: int) -> Shown:
    """Training on the last batch of the case."""
    from dnnkit.widgets import BatchNormAxes

    given = tuple(step for step in case.steps if step.do == "write" and step.path in ("gamma", "beta"))
    args = {step.path: step.args[0] for step in case.steps if step.args}

    @functools.wraps(ask)
    def forward(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float) -> Any:
        return ask(*case.args, steps=(*given, call("forward", x)))[-1]

    @functools.wraps(ask)
    def backward(dy: np.ndarray, cache: Any) -> Any:
        steps = (*given, perform("forward", args["forward"]), call("backward", dy), read("dgamma"), read("dbeta"))
        return ask(*case.args, steps=steps)[-3:]

    view = BatchNormAxes(
        args["forward"],
        forward,
        gamma=args["gamma"],
        beta=args["beta"],
        epsilon=1e-5,
        **({"backward": backward, "dy": args["backward"]} if "backward" in args else {}),
    )
    return "Training on the last batch of the first wrong case:", view


def _rnn_forward(ask: Asked, case: Case, example: int) -> Shown:
    """The widget starts from a state of zeros."""
    from dnnkit.widgets import UnrolledRNN

    x, _, *weights = case.args
    return "One sequence of the first wrong case, from h0 = 0:", UnrolledRNN(tuple(weights), x[example], student=ask)


def _rnn_backward(ask: Asked, case: Case, example: int) -> Shown:
    """The task is given neither h0 nor b."""
    from dnnkit.widgets import UnrolledRNN

    dh, cache = case.args
    _, _, Wx, Wh, _ = cache[0]
    x = np.stack([step[0][example] for step in cache])
    view = UnrolledRNN((Wx, Wh, np.zeros(len(Wh))), x, dh=dh[example], backward=ask)
    return "One sequence of the first wrong case, with h0 = 0 and b = 0:", view


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
    "conv1d_backward_x": _gradient_of_x,
    "conv1d_backward_x_as_conv": _gradient_of_x,
    "conv1d_backward_w": _gradient_of_w,
    "kernel_gradient": _gradient_of_w,
    "conv2d": _conv2d,
    "conv2d_backward": _conv2d_backward,
    "pointwise_conv": _pointwise_conv,
    "maxpool2d": _pooling("max"),
    "maxpool2d_backward": _pooling_backward("max"),
    "avgpool2d": _pooling("average"),
    "avgpool2d_backward": _pooling_backward("average"),
    "batchnorm": _batchnorm,
    "batchnorm_backward": _batchnorm_backward,
    "batchnorm_cnn": _batchnorm,
    "batchnorm_cnn_backward": _batchnorm_backward,
    "BatchNorm2d": _batchnorm_layer,
    "rnn_forward": _rnn_forward,
    "rnn_backward": _rnn_backward,
    "VanillaRNN": _vanilla_rnn,
}
