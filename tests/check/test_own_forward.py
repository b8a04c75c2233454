"""A backward beside the student's own forward: which of the two is wrong, in words."""

import inspect
import sys
import time

import numpy as np
import pytest

import dnnkit.reference as reference
from dnnkit.check import check, own_forward, report
from dnnkit.check.outcome import run
from dnnkit.check.own_forward import PAIRS, agreement, finder
from dnnkit.check.stored import task_names
from dnnkit.reference import (
    BatchNorm2d,
    RNNCell,
    RNNPhonemeClassifier,
    avgpool2d,
    avgpool2d_backward,
    batchnorm,
    batchnorm_backward,
    maxpool2d,
    maxpool2d_backward,
    rnn_forward,
)


def reference_of(name):
    return getattr(reference, name.removesuffix("-backward"))


def finds(forward):
    return lambda name, library: forward


def doubled(name):
    """The right backward of a task, with the last of its gradients twice as large."""
    right = reference_of(name)
    if inspect.isclass(right):

        class Doubled(right):
            def backward(self, *args):
                first = super().backward(*args)
                return tuple(2 * entry for entry in first) if isinstance(first, tuple) else 2 * first

        return Doubled

    def twice(*args):
        gradients = right(*args)
        return (*gradients[:-1], 2 * gradients[-1]) if isinstance(gradients, tuple) else 2 * gradients

    return twice


def own(name, backward, forward=None):
    """What the report of a backward says of the student's own forward."""
    return report(name, backward, find=finds(forward or reference_of(PAIRS[name]().forward))).own


@pytest.mark.parametrize("name", PAIRS)
def test_right_backwards_are_the_gradients_of_right_forwards(name):
    found = own(name, reference_of(name))
    assert found.forward_right
    assert (found.kind, found.text) == ("", "")


@pytest.mark.parametrize("name", PAIRS)
def test_a_gradient_that_is_twice_as_large_disagrees(name):
    found = own(name, doubled(name))
    assert found.forward_right
    assert found.kind in ("gradient", "adjoint")
    assert "nudging the forward gives" in found.text


def test_pairs_are_tasks():
    assert {pair().forward for pair in PAIRS.values()} | set(PAIRS) <= set(task_names())
    assert {name for name in task_names() if "backward" in name} <= set(PAIRS)


def test_the_gradient_names_its_first_wrong_number_and_what_nudging_gives():
    def everywhere(dy, x, K, S):
        return maxpool2d_backward(dy, x, K, S) + 0.5

    found = own("maxpool2d_backward", everywhere)
    pair = PAIRS["maxpool2d_backward"]()
    right = maxpool2d_backward(pair.dy, pair.inputs["x"], 2, 1)
    assert found.kind == "gradient"
    assert found.text == f"dx[0, 0, 0, 0] is 0.5, and nudging the forward gives {right[0, 0, 0, 0]:.6g}"


def test_of_a_linear_function_the_two_sums_are_told():
    found = own("avgpool2d_backward", lambda dy, shape, K, S: K * avgpool2d_backward(dy, shape, K, S))
    assert found.kind == "adjoint"
    pair = PAIRS["avgpool2d_backward"]()
    both = np.vdot(avgpool2d(pair.inputs["x"], 2, 1), pair.dy)
    assert f"⟨y, dy⟩ is {both:.6g} and ⟨x, dx⟩ is {2 * both:.6g}" in found.text


def relu_then_max(x, K, S):
    return np.maximum(0, maxpool2d(x, K, S))


def averages(x, K, S):
    return avgpool2d(x, K, S)


def shares(dy, x, K, S):
    return avgpool2d_backward(dy, x.shape, K, S)


@pytest.mark.parametrize(
    ("backward", "forward", "words"),
    [
        (maxpool2d_backward, maxpool2d, ["are right. Your backward is the gradient of your own maxpool2d."]),
        (shares, averages, ["Your backward is the gradient of your own maxpool2d, but that is wrong: run its check"]),
        (maxpool2d_backward, averages, ["is not the gradient", "It is your maxpool2d that is wrong: run its check"]),
        (shares, maxpool2d, ["is not the gradient of your own maxpool2d, which is right: dx["]),
        (
            doubled("maxpool2d_backward"),
            averages,
            ["is not the gradient of your own maxpool2d either", "is wrong, too"],
        ),
    ],
)
def test_each_combination_has_its_sentence(backward, forward, words):
    found = report("maxpool2d_backward", backward, find=finds(forward))
    assert all(part in found.summary for part in words)
    assert found.passed == (backward is maxpool2d_backward)


def test_a_backward_that_fits_but_fails_a_special_case_is_told_so():
    def last_of_ties(dy, x, K, S):
        return (
            maxpool2d_backward(dy[:, ::-1, ::-1], x[:, ::-1, ::-1], K, S)[:, ::-1, ::-1]
            if S == K
            else (maxpool2d_backward(dy, x, K, S))
        )

    found = report("maxpool2d_backward", last_of_ties, find=finds(maxpool2d))
    assert not found.passed
    assert found.own.kind == ""
    assert "on a plain input: what does the wrong case try beyond that?" in found.summary


def test_a_pair_that_passes_and_yet_disagrees_is_told():
    pair = PAIRS["maxpool2d_backward"]()

    def wrong_there(dy, x, K, S):
        return maxpool2d_backward(dy, x, K, S) * (1 + (x.shape == pair.inputs["x"].shape and x.max() > 20))

    found = report("maxpool2d_backward", wrong_there, find=finds(maxpool2d))
    assert found.passed
    assert "for an input that no case above tries: dx[" in found.summary


def test_a_wrong_cache_is_the_forwards_mistake():
    def keeps_std(x, gamma, beta, epsilon=1e-8):
        y, (x_hat, gamma, inv_std) = batchnorm(x, gamma, beta, epsilon)
        return y, (x_hat, gamma, 1 / inv_std)

    found = report("batchnorm_backward", batchnorm_backward, find=finds(keeps_std))
    assert found.passed
    assert "It is your batchnorm that is wrong" in found.summary


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda *args: [][0], "that raised IndexError: list index out of range"),
        (lambda *args: np.zeros(3), "that did not return an array (4, 2) of ordinary numbers"),
        (lambda *args: None, "that did not return an array (4, 2) of ordinary numbers"),
        (lambda *args: batchnorm(*args)[0], "that did not return (y, cache)"),
        (lambda *args: (batchnorm(*args)[0] * np.nan, None), "that did not return an array (4, 2) of ordinary numbers"),
        (7, "that raised TypeError: 'int' object is not callable"),
    ],
)
def test_a_forward_that_gives_nothing_to_compare_is_told(forward, words):
    found = report("batchnorm_backward", batchnorm_backward, find=finds(forward))
    assert found.own.kind == "not comparable"
    assert f"Your backward could not be held against your own batchnorm: {words}." in found.summary


def test_a_forward_that_is_not_there_or_not_written_is_passed_over():
    def unwritten(x, K, S):
        raise NotImplementedError

    for forward in (None, unwritten):
        assert report("maxpool2d_backward", maxpool2d_backward, find=finds(forward)).own is None
    assert report("conv1d", reference.conv1d, find=finds(None)).own is None
    assert report("maxpool2d_backward", lambda *args: None, find=finds(maxpool2d)).own is None
    assert report("maxpool2d_backward", lambda *args: [][0], find=finds(maxpool2d)).own is None


def test_nudging_ends_after_some_seconds(monkeypatch):
    monkeypatch.setattr(own_forward, "SECONDS", 0.02)

    def slow(x, K, S):
        time.sleep(0.02)
        return maxpool2d(x, K, S)

    found = agreement("maxpool2d_backward", maxpool2d_backward, finds(slow), run)
    assert found.text == "nudging it takes longer than 0.02 seconds"


def test_what_a_nudged_forward_prints_is_not_shown(capsys):
    def talks(x, K, S):
        print("again")
        return maxpool2d(x, K, S)

    assert agreement("maxpool2d_backward", maxpool2d_backward, finds(talks), run).kind == ""
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "right", "wrong_line"),
    [
        ("BatchNorm2d", BatchNorm2d, "dx"),
        ("RNNCell-backward", RNNCell, "dx"),
        ("RNNPhonemeClassifier-backward", RNNPhonemeClassifier, "dh_0"),
    ],
)
def test_of_a_class_the_own_forward_is_its_own(name, right, wrong_line):
    class Wrong(right):
        def forward(self, *args):
            return 1.5 * super().forward(*args)

    found = report(name, Wrong, find=finds(None))
    assert found.own.forward == f"{right.__name__}.forward"
    assert not found.own.forward_right
    assert found.own.text.startswith(f"{wrong_line}[")
    assert "run its check" not in found.summary or name != "BatchNorm2d"


def test_the_forward_is_found_beside_the_backward():
    namespace = {"maxpool2d": maxpool2d, "right": maxpool2d_backward}
    exec("def maxpool2d_backward(dy, x, K, S):\n    return right(dy, x, K, S)", namespace)
    find = finder(namespace["maxpool2d_backward"])
    assert find("maxpool2d", "") is maxpool2d
    assert find("batchnorm", "") is None
    assert finder(7)("maxpool2d", "") is None


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Stand in the folder of a notebook, and write the student's own mytorch/conv.py."""
    folder = tmp_path / "notebooks/03_conv_backward"
    folder.mkdir(parents=True)
    (folder / "03_conv_backward.ipynb").touch()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text):
        package = tmp_path / "notebooks/mytorch"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / "conv.py").write_text(text)

    return write


def test_the_forward_of_an_earlier_notebook_is_found_in_the_own_library(library, capsys):
    def conv1d_backward_x(dy, w):
        return np.convolve(dy, w)

    check("conv1d_backward_x", conv1d_backward_x)
    assert "own conv1d" not in capsys.readouterr().out
    library(
        "import numpy as np\ndef conv1d(x, w, stride=1, padding=0):\n    return np.correlate(x, w[::-1], 'valid')\n"
    )
    check("conv1d_backward_x", conv1d_backward_x)
    words = "It is your conv1d that is wrong: mend it in its own notebook, save that, and run its last cell."
    assert words in capsys.readouterr().out
    library("this is no Python")
    check("conv1d_backward_x", conv1d_backward_x)
    assert "own conv1d" not in capsys.readouterr().out


def test_the_sequence_is_held_against_its_own_steps():
    def never_moves_on(x, h0, Wx, Wh, b):
        h, cache = rnn_forward(x[:, :1], h0, Wx, Wh, b)
        return np.repeat(h, x.shape[1], axis=1), cache * x.shape[1]

    found = own("rnn_backward", reference.rnn_backward, never_moves_on)
    assert not found.forward_right
    assert found.kind == "gradient"


@pytest.mark.parametrize("scale", [1e150, 1e307, np.inf, np.nan])
def test_numbers_beyond_all_floats_raise_nothing(scale):
    assert own("maxpool2d_backward", lambda *args: scale + maxpool2d_backward(*args)) is None
    found = own("maxpool2d_backward", maxpool2d_backward, lambda *args: scale + maxpool2d(*args))
    assert found.text == "that did not return an array (1, 2, 3, 2) of ordinary numbers"


class Odd:
    """What cannot be compared."""

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


@pytest.mark.parametrize("cache", [{"x_hat": np.ones((4, 2))}, Odd(), [Odd(), {1: np.ones(2)}], "text", None, (), 7])
def test_a_cache_of_any_kind_raises_nothing(cache):
    found = own("batchnorm_backward", batchnorm_backward, lambda *args: (batchnorm(*args)[0], cache))
    assert found.kind == "not comparable"
    assert found.text.startswith("with what that returned, the backward raised ")
