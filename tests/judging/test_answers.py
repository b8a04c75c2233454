"""Right answers in any style get everything, empty ones nothing, and nothing one answer does touches another."""

from dataclasses import replace

import numpy as np
import pytest
from contract import CODE

from autograder.hidden import ASSIGNMENTS, items_of
from autograder.items import outcomes, prepare
from autograder.judge import verdict
from dnnkit.check import Outcome, report


def not_filled_in(*args, **kwargs):
    raise NotImplementedError


def always_refuses(*args, **kwargs):
    raise ValueError("never mind")


def as_list(answer):
    """A function whose arrays are lists, and whose numbers and tuples stand in a list of one."""

    def listed(*args, **kwargs):
        value = answer(*args, **kwargs)
        return value.tolist() if isinstance(value, np.ndarray) else [value]

    return listed


def as_objects(answer):
    return lambda *args, **kwargs: np.array(answer(*args, **kwargs), dtype=object)


def as_text(answer):
    return lambda *args, **kwargs: str(answer(*args, **kwargs))


def always_recurses(*args, **kwargs):
    return always_recurses(*args, **kwargs)


WORTHLESS = {
    "not filled in": not_filled_in,
    "always refuses": always_refuses,
    "recurses without end": always_recurses,
    "returns None": lambda *args, **kwargs: None,
    "returns 0": lambda *args, **kwargs: 0,
    "returns 1": lambda *args, **kwargs: 1,
    "returns its first argument": lambda first, *args, **kwargs: first,
    "returns its last argument": lambda *args, **kwargs: args[-1],
    "returns all its arguments": lambda *args, **kwargs: args,
    "returns an empty array": lambda *args, **kwargs: np.zeros(0),
    "returns an empty list": lambda *args, **kwargs: [],
    "returns nan": lambda *args, **kwargs: np.nan,
    "returns text": lambda *args, **kwargs: "right",
    "is no function": 7,
}


def test_points_are_those_of_the_contract(item, prepared):
    promised = {name: points for items in CODE.values() for name, points in items.items()}
    assert prepared(item.name, 1).points == promised[item.name]


def test_every_item_of_the_contract_is_judged():
    assert {a: set(items_of(a)) for a in ASSIGNMENTS} == {a: set(items) for a, items in CODE.items() if items}


def test_reference_gets_everything(item, judged):
    for given in judged(item.name, item.answer):
        assert given.earned == given.points
        assert given.hints == ()


def test_every_style_gets_everything(item, style, judged):
    for given in judged(item.name, style):
        assert [(group.name, group.reason) for group in given.groups if group.reason] == []
        assert given.hints == ()


def test_every_style_passes_the_visible_check(item, style):
    assert report(item.name, style).differences == (None,) * len(item.visible)


def test_items_of_three_points_have_four_styles_others_one(item, styles, prepared):
    enough = 4 if prepared(item.name, 1).points >= 3 and not item.entries else 1
    assert len(styles.get(item.name, ())) >= enough


def test_worthless_answer_earns_nothing(item, judged):
    earned = {(what, given.earned) for what, answer in WORTHLESS.items() for given in judged(item.name, answer)}
    assert earned == {(what, 0) for what in WORTHLESS}


@pytest.mark.parametrize("container", [as_list, as_objects, as_text])
def test_right_numbers_in_the_wrong_container_earn_nothing(function_item, container, judged):
    for given in judged(function_item.name, container(function_item.answer)):
        assert given.earned == 0


def test_what_an_answer_does_to_its_arguments_stays_there(item, judged, judged_mistakes):
    judged_mistakes(item.name)
    assert all(given.earned == given.points for given in judged(item.name, item.answer))


def test_a_course_seed_draws_its_own_cases(function_item, prepared):
    one, other = prepared(function_item.name, 1).cases, prepared(function_item.name, 20).cases
    assert repr(one) == repr(prepare(function_item, seed=1).cases)
    assert repr(one) != repr(other)


def test_verdict_says_nothing_of_what_was_expected(item, prepared):
    """The same numbers, all of them wrong, read the same against any other expected numbers."""
    ready = prepared(item.name, 1)
    other = replace(ready, expected=tuple(changed(outcome, add=77) for outcome in ready.expected))
    for misconception in item.misconceptions:
        wrong = tuple(changed(outcome, add=1000.25) for outcome in outcomes(misconception.answer, ready.cases))
        assert verdict(ready, wrong) == verdict(other, wrong)


def test_verdict_says_nothing_of_the_shape_that_was_expected(item, prepared):
    ready = prepared(item.name, 1)
    other = replace(ready, expected=tuple(changed(outcome, axes=1) for outcome in ready.expected))
    for wrong in (np.zeros((1, 2, 1, 2, 1, 2)), (1, 2, 3, 4, 5, 6, 7)):
        got = (Outcome(wrong),) * len(ready.cases)
        assert verdict(ready, got) == verdict(other, got)


def changed(outcome, add=0, axes=0):
    """An outcome with `add` added to every number, and every array with `axes` axes more."""
    return replace(outcome, value=_changed(outcome.value, add, axes))


def _changed(value, add, axes):
    if isinstance(value, np.ndarray):
        return value.reshape(value.shape + (1,) * axes) + add
    if isinstance(value, (tuple, list)):
        return type(value)(_changed(entry, add, axes) for entry in value)
    if isinstance(value, str):
        return f"{value} {add}"
    return value if value is None or isinstance(value, bool) else value + add
