"""Every named mistake loses points, is called by its name, and every group of cases is there for a reason."""

from autograder.hidden import ASSIGNMENTS
from autograder.hidden.conv_dimensions.misconceptions import size_never_refuses, size_rounds_up
from autograder.matrix import matrix, table
from dnnkit.check import report

# What a visible check lets through on purpose: by-hand answers, whose values are told after grading.
FORM_ONLY = {"answers", "by_hand", "task_types"}


def test_mistake_loses_points_and_gets_its_own_hint(item, misconception, judged):
    for verdict in judged(item.name, misconception.answer):
        assert verdict.earned < verdict.points
        assert verdict.hints == (misconception.hint,)


def test_hints_of_an_item_differ(item):
    hints = [misconception.hint for misconception in item.misconceptions]
    assert len(set(hints)) == len(hints)


def test_every_group_is_lost_by_some_mistake(item, judged):
    verdicts = [judged(item.name, misconception.answer) for misconception in item.misconceptions]
    for of_one_seed in zip(*verdicts, strict=True):
        lost = {g.name for verdict in of_one_seed for g in verdict.groups if g.earned < g.points}
        assert lost == {group.name for group in of_one_seed[0].groups}


def test_items_of_three_points_have_five_mistakes_others_one(item, prepared):
    enough = 5 if prepared(item.name, 1).points >= 3 else 1
    assert len(item.misconceptions) >= enough


def test_mistakes_that_the_visible_cases_let_through():
    survivors = {(row.item, row.mistake) for a in ASSIGNMENTS for row in matrix(a, 1) if not row.killed_by_visible}
    assert {pair for pair in survivors if pair[0] not in FORM_ONLY} == set()


def test_mistake_is_named_by_the_visible_check(item, misconception):
    found = report(item.name, misconception.answer)
    if item.form_only:
        assert found.passed  # all of ours have the right form; the value is not told
        assert found.hints == ()
    else:
        assert misconception.hint in found.hints


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
