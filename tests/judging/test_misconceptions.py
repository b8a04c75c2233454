"""Every named mistake loses points, is called by its name, and every group of cases is there for a reason."""

from autograder.hidden import ASSIGNMENTS, items_of
from autograder.hidden.conv_dimensions.misconceptions import size_never_refuses, size_rounds_up
from autograder.matrix import matrix, table
from dnnkit.check import report


def test_every_mistake_loses_points_and_gets_its_own_hint(item, judged_mistakes):
    for misconception in item.misconceptions:
        for verdict in judged_mistakes(item.name)[misconception.name]:
            assert verdict.earned < verdict.points, misconception.name
            assert verdict.hints == (misconception.hint,), misconception.name


def test_hints_of_an_item_differ(item):
    hints = [misconception.hint for misconception in item.misconceptions]
    assert len(set(hints)) == len(hints)


def test_every_group_is_lost_by_some_mistake(item, judged_mistakes):
    for of_one_seed in zip(*judged_mistakes(item.name).values(), strict=True):
        lost = {g.name for verdict in of_one_seed for g in verdict.groups if g.earned < g.points}
        assert lost == {group.name for group in of_one_seed[0].groups}


def test_items_of_three_points_have_five_mistakes_others_one(item, prepared):
    enough = 5 if prepared(item.name, 1).points >= 3 else 1
    assert len(item.misconceptions) >= enough


def test_every_mistake_is_named_by_the_visible_check(item):
    """So the visible cases let none through, but for by-hand answers, whose values are told after grading."""
    for misconception in item.misconceptions:
        found = report(item.name, misconception.answer)
        assert found.passed == item.form_only, misconception.name
        assert (misconception.hint in found.hints) != item.form_only, misconception.name


def test_there_are_more_than_a_hundred_mistakes():
    assert sum(len(item.misconceptions) for a in ASSIGNMENTS for item in items_of(a).values()) > 100


def test_two_mistakes_at_once_are_both_named(judged):
    def rounds_up_and_never_refuses(n, k, stride=1, padding=0, dilation=1):
        return -(-(n + 2 * padding - dilation * (k - 1) - 1) // stride) + 1

    for verdict in judged("conv_output_size", rounds_up_and_never_refuses):
        assert set(verdict.hints) == {size_rounds_up.__doc__, size_never_refuses.__doc__}


def test_each_wrong_entry_of_a_dictionary_is_named_by_itself(judged):
    answers = {
        "plain": (28, 28, 1),
        "padded": (30, 30, 1),
        "stacked": (30, 30, 10),
        "parameters": 1,
        "parameters_with_bias": 751,
        "pointwise": (32, 32),
    }
    verdict, *_ = judged("answers", answers)
    assert verdict.earned == 2
    assert verdict.hints == (
        "Padding by 2 adds zeros at both ends of each axis.",
        "How many biases does a layer of ten filters have?",
    )


def test_an_unknown_mistake_gets_no_hint(judged):
    def multiplies(n, k, stride=1, padding=0, dilation=1):
        return n * k

    assert [verdict.hints for verdict in judged("conv_output_size", multiplies)] == [()] * 3


def test_matrix_has_a_line_for_every_mistake():
    rows = list(matrix("04_pooling", seed=1))
    lines = table(rows).splitlines()
    assert len(lines) == len(rows) + 1
    assert any("last_of_the_ties" in line and "killed" in line and line.endswith("named") for line in lines)
