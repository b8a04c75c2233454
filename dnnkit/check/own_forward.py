"""A student's backward held against the student's own forward, which is nudged.

So "right for your forward, but your forward is wrong" and "not the gradient of your own forward" are different
sentences. No formula of the task is needed for either.
"""

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnkit.check.compare import difference
from dnnkit.check.outcome import STOPPED, Case, Outcome
from dnnkit.check.pairs import PAIRS, Inputs, Pair
from dnnkit.check.stored import stored_item
from dnnkit.numeric import adjoint_error, numerical_gradient

__all__ = ["Agreement", "Ask", "Find", "agreement", "finder"]

Ask = Callable[[Any, Case], Outcome]
Find = Callable[[str, str], Any]

TOLERANCE = 1e-6  # of how large the numbers could at most be; nudging a tanh is exact to about 1e-9
LARGEST = 1e100  # of a larger number, nan included, nothing is computed
SECONDS = 2.0  # for everything that is asked here
UNWRITTEN = "NotImplementedError"


@dataclass(frozen=True)
class Agreement:
    """Whether a backward is the gradient of the student's own `forward`, and whether that one is right.

    `kind` is empty where they agree, else "gradient", "adjoint" or "not comparable"; `text` says how they differ.
    `remedy` is what to do where the forward is wrong.
    """

    forward: str
    forward_right: bool
    remedy: str
    kind: str = ""
    text: str = ""

    def sentence(self, right: bool) -> str:
        """What to tell a student whose backward is `right` on its visible cases, or is not."""
        if self.kind == "not comparable":
            return f"Your backward could not be held against your own {self.forward}: {self.text}."
        is_or_not = "is not" if self.kind else "is"
        claim = f"Your backward {is_or_not} the gradient of your own {self.forward}"
        if not self.kind and not self.forward_right:
            return f"{claim}, but that is wrong: {self.remedy}."
        if not self.kind:
            return f"{claim}." if right else f"{claim} on a plain input: what does the wrong case try beyond that?"
        if right and not self.forward_right:
            return f"{claim}: {self.text}. It is your {self.forward} that is wrong: {self.remedy}."
        if right:
            return f"{claim}, for an input that no case above tries: {self.text}."
        if self.forward_right:
            return f"{claim}, which is right: {self.text}."
        return f"{claim} either: {self.text}. That one is wrong, too: {self.remedy}."


def agreement(name: str, answer: Any, find: Find, ask: Ask) -> Agreement | None:
    """Hold the backward `answer` of the task `name` against the student's own forward.

    `find(name, library)` gives the student's function of that name, or None. Returns None where there is no such
    forward, where it is not written yet, or where the backward itself does not run.
    """
    pair = PAIRS[name]() if name in PAIRS else None
    if pair is None:
        return None
    by_itself = pair.forward == name.removesuffix("-backward")
    forward = answer if by_itself else find(pair.forward, pair.library)
    if forward is None:
        return None
    called = f"{pair.forward}.forward" if by_itself else pair.forward
    remedy = "mend it first" if name == pair.forward else "run its check, and mend it first"
    if pair.library:
        remedy = "mend it in its own notebook, save that, and run its last cell"
    with contextlib.redirect_stdout(io.StringIO()):  # what a student's function prints, it prints for every nudge
        try:
            kind, text = _Comparison(pair, forward, answer, called, ask).result()
        except _NotComparable as reason:
            kind, text = "not comparable", str(reason)
        if kind == "not comparable" and not text:
            return None
        return Agreement(called, _passes(pair.forward, forward, ask), remedy, kind, text)


def finder(answer: Any) -> Find:
    """Finds a student's function beside `answer`: where that was defined, else in the student's own library."""

    def find(name: str, library: str) -> Any:
        beside = getattr(answer, "__globals__", {}).get(name)
        return _in_library(name, library) if beside is None and library else beside

    return find


def _in_library(name: str, module: str) -> Any:
    from dnnkit.mytorch import borrow

    try:
        return getattr(borrow(module, name), name)
    except Exception:  # not gathered yet, or edited into something that cannot be imported
        return None


def _passes(task: str, forward: Any, ask: Ask) -> bool:
    """Whether a forward is right in the visible cases of its own task."""
    item = stored_item(task)
    ahead = [i for i, case in enumerate(item.cases) if all(step.path != "backward" for step in case.steps)]
    return all(difference(ask(forward, item.cases[i]), item.expected[i], item.cases[i]) is None for i in ahead)


class _NotComparable(Exception):
    """Says why nothing can be said; without words where it is told elsewhere."""


class _Comparison:
    """A forward and a backward, asked and compared within some seconds."""

    def __init__(self, pair: Pair, forward: Any, backward: Any, called: str, ask: Ask) -> None:
        self._pair, self._forward, self._backward, self._called, self._ask = pair, forward, backward, called, ask
        self._deadline = time.monotonic() + SECONDS

    def result(self) -> tuple[str, str]:
        """The kind of disagreement, and its words; both empty where there is none."""
        value = self._value(self._pair.inputs)
        y = self._y(value)
        gradients = dict(zip(self._pair.gradients, self._gradients(value), strict=True))
        # all inputs nudged together cost two calls; only where that fails is it asked which of them
        if not self._pair.linear and self._promises_hold(gradients):
            return "", ""
        for name, gradient in gradients.items():
            kind, text = self._disagreement(name, gradient, y)
            if kind:
                return kind, text
        return "", ""

    def _disagreement(self, name: str, gradient: np.ndarray, y: np.ndarray) -> tuple[str, str]:
        """The same of the gradient of one input, at which the forward gave y."""
        x, dy = self._pair.inputs[name], self._pair.dy
        if not (self._pair.linear and x.any()):
            return ("", "") if self._promises_hold({name: gradient}) else ("gradient", self._place(name, gradient))
        if adjoint_error(lambda x: y, lambda dy: gradient, x, dy) <= TOLERANCE:
            return "", ""
        called = self._pair.gradients[name]
        numbers = f"⟨y, dy⟩ is {np.vdot(y, dy):.6g} and ⟨{name}, {called}⟩ is {np.vdot(x, gradient):.6g}"
        return "adjoint", f"{numbers}, and for a linear function the two are equal; {self._place(name, gradient)}"

    def _promises_hold(self, gradients: Inputs) -> bool:
        """Whether nudging all of these inputs at once, each along one direction, gives what their gradients promise."""
        pair, rng = self._pair, np.random.default_rng(1)
        ways = {name: rng.uniform(-1, 1, gradient.shape) for name, gradient in gradients.items()}

        def f(t: np.ndarray) -> np.ndarray:
            return self._y(self._value({**pair.inputs, **{name: pair.inputs[name] + t * ways[name] for name in ways}}))

        seen = float(numerical_gradient(f, np.zeros(()), pair.dy, pair.step))
        sums = {name: gradient * self._shares(name) for name, gradient in gradients.items()}
        promised = sum(float(np.vdot(ways[name], sums[name])) for name in ways)
        scale = sum(float(np.linalg.norm(ways[name]) * np.linalg.norm(sums[name])) for name in ways)
        return abs(seen - promised) <= TOLERANCE * max(1.0, scale)

    def _shares(self, name: str) -> int:
        """By how much the gradient of an input was divided."""
        return len(self._pair.dy) if name in self._pair.averaged else 1

    def _place(self, name: str, gradient: np.ndarray) -> str:
        """The first entry in which a gradient is not what nudging every entry gives."""
        pair = self._pair

        def f(moved: np.ndarray) -> np.ndarray:
            return self._y(self._value({**pair.inputs, name: moved}))

        nudged = numerical_gradient(f, pair.inputs[name], pair.dy / self._shares(name), pair.step)
        off = np.abs(nudged - gradient)
        at = tuple(np.argwhere(off >= off.max() / 1000)[0])
        where = f"{pair.gradients[name]}[{', '.join(map(str, at))}]"
        return f"{where} is {gradient[at]:.6g}, and nudging the forward gives {nudged[at] + 0:.6g}"

    def _asked(self, who: Any, case: Case) -> Outcome:
        if time.monotonic() > self._deadline:
            raise _NotComparable(f"nudging it takes longer than {SECONDS:g} seconds")
        return self._ask(who, case)

    def _value(self, inputs: Inputs) -> Any:
        """What the forward gives, cache and all."""
        found = self._asked(self._forward, self._pair.ahead(inputs))
        if found.error == UNWRITTEN:
            raise _NotComparable
        if found.error:
            raise _NotComparable(found.message if found.error == STOPPED else f"that raised {_raised(found)}")
        return found.value

    def _y(self, value: Any) -> np.ndarray:
        """The output among what the forward gave."""
        if isinstance(value, tuple) and value:
            value = value[-1 if self._pair.ahead(self._pair.inputs).steps else 0]
        if not _is_array(value, self._pair.dy.shape):
            raise _NotComparable(f"that did not return an array {self._pair.dy.shape} of ordinary numbers")
        return np.asarray(value, dtype=float)

    def _gradients(self, value: Any) -> list[np.ndarray]:
        """What the backward gives, in the order of the pair's gradients."""
        try:
            case = self._pair.back(self._pair.dy, self._pair.inputs, value)
        except (TypeError, LookupError):
            raise _NotComparable("that did not return (y, cache)") from None
        found = self._asked(self._backward, case)
        if found.error:
            raise _NotComparable(f"with what that returned, the backward raised {_raised(found)}")
        arrays = _flat(found.value)[-len(self._pair.gradients) :]
        shapes = [self._pair.inputs[name].shape for name in self._pair.gradients]
        if len(arrays) != len(shapes) or not all(map(_is_array, arrays, shapes)):
            raise _NotComparable  # its own cases tell
        return [np.asarray(array, dtype=float) for array in arrays]


def _is_array(value: Any, shape: tuple[int, ...]) -> bool:
    is_real = isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    return is_real and value.shape == shape and bool((np.abs(value) < LARGEST).all())


def _raised(found: Outcome) -> str:
    return f"{found.error}: {found.message}" if found.message else str(found.error)


def _flat(value: Any) -> list[Any]:
    """The arrays of nested tuples, one after the other."""
    if isinstance(value, (tuple, list)):
        return [array for entry in value for array in _flat(entry)]
    return [] if value is None else [value]
