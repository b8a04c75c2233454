"""Notebook 01: mistakes worth naming in the by-hand questions on a 32x32x3 image and 5x5x3 filters."""

from autograder.items import Misconception

__all__ = ["ANSWERS"]

_RIGHT = {
    "plain": (28, 28, 1),
    "padded": (32, 32, 1),
    "stacked": (32, 32, 10),
    "parameters": 750,
    "parameters_with_bias": 760,
    "pointwise": (32, 32),
}

ANSWERS = (
    Misconception(
        "keeps_depth",
        "A filter of full depth gives one number at each position: what becomes of the three channels?",
        _RIGHT | {"plain": (28, 28, 3), "padded": (32, 32, 3)},
    ),
    Misconception(
        "forgets_first_position",
        "How often does a filter of length 5 fit into a row of 5 pixels, and into one of 6?",
        _RIGHT | {"plain": (27, 27, 1)},
    ),
    Misconception(
        "pads_one_side",
        "Padding by 2 adds zeros at both ends of each axis.",
        _RIGHT | {"padded": (30, 30, 1), "stacked": (30, 30, 10)},
    ),
    Misconception(
        "stacks_channels",
        "Ten filters: how many numbers does each of them give at one position?",
        _RIGHT | {"stacked": (32, 32, 30)},
    ),
    Misconception(
        "counts_one_channel",
        "A 5x5x3 filter has more than 25 entries.",
        _RIGHT | {"parameters": 250, "parameters_with_bias": 260},
    ),
    Misconception(
        "counts_one_filter",
        "How many filters are learnt?",
        _RIGHT | {"parameters": 75, "parameters_with_bias": 76},
    ),
    Misconception(
        "one_bias_for_all",
        "How many biases does a layer of ten filters have?",
        _RIGHT | {"parameters_with_bias": 751},
    ),
    Misconception(
        "pointwise_shrinks",
        "How many positions does a filter of length 1 have on an axis of 32 pixels?",
        _RIGHT | {"pointwise": (28, 28)},
    ),
)
