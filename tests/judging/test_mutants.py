"""Machine-made mistakes are killed by the hidden cases, or are no mistakes; then it says why."""

import re

import pytest

from autograder.mutants import mutants
from dnnkit.check.compare import difference
from dnnkit.check.outcome import run

# What a mutant's description begins with or holds -> why it gives the same wherever the course asks.
EQUIVALENT = {
    r"n < 1 or .* -> if n < 0 or": "whether an axis of no entries makes sense is not said; k < 1 <= n follows",
    r"stride < 1\): -> .*stride < 0\):": "range() itself refuses a step of 0 with the same error",
    r"channels != C|(expect|match)_shapes?\(|whole_numbers\(|_expect_epsilon\(": "refusing these is not graded",
    r": if (not cache|m > n|len\(rnn_weights\)|not self\.hiddens|self\._cache is None|N < \d)": "nor refusing these",
    r"input_shape\[:3\]|filter_shape\[:3\]": "zip stops after two axes anyway",
    r"np\.zeros\(n \+ \(?[23] [+*] padding": "more zeros at the end than any window reaches",
    r"reshape\(-1.* -> .*reshape\(-2": "reshape takes any negative number for the axis it works out itself",
    r"\[0\]\.nbytes.* -> .*\[-1\]\.nbytes": "all images of a batch have the same size",
    r"tiled = K <= S .* -> tiled = K (< S|.* \+)": "two ways to the same sum; windows side by side may go either",
    r"cache\[0\].* -> .*cache\[-1\]": "all steps share the same weights",
    r"dh = np\.zeros(_like)?\(self\.hiddens\[": "the states of all steps have the same shape",
    r"\.uniform\(|bound = |self\.rnn = \[RNNCell\(.*if ": "weights are drawn as one likes and then set by the case",
    r"copy=False": "a copy has the same numbers",
    r"BatchNorm2d: return dy \*|BatchNorm2d: N = x\.size": "which gradient evaluation has is not said",
}


def unexplained(descriptions):
    return [text for text in descriptions if not any(re.search(pattern, text) for pattern in EQUIVALENT)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.usefixtures("no_lucky_memory")
def test_mutants_are_killed(mutated, prepared):
    """Of the reference and of another right answer, by the hidden cases of the items that ask for it."""
    answer, names = mutated
    cases = [pair for name in names for pair in zip(prepared(name, 1).cases, prepared(name, 1).expected, strict=True)]
    survivors = [
        f"{answer.__name__}: {change}"
        for change, mutant in mutants(answer)
        if not any(difference(run(mutant, case), expected, case) for case, expected in cases)
    ]
    assert unexplained(survivors) == []


def test_mutants_are_made_and_differ():
    def answer(n, k, stride=1):
        """Not mutated: 1 + 1."""
        if n < k:
            raise ValueError("no 1 here")
        n -= k
        return n // stride + 1

    made = dict(mutants(answer))
    assert made.keys() >= {
        "if n < k: -> if n <= k:",
        "if n < k: / raise ValueError -> pass",
        "n -= k -> n += k",
        "n -= k -> n = k",
        "n -= k -> pass",
        "return n // stride + 1 -> return n // stride + 2",
        "return n // stride + 1 -> return n * stride + 1",
    }
    assert len(made) == 11
    assert made["n -= k -> pass"](7, 3) == 8
