"""What counts as right: the kind, then shape, dtype, finiteness, value, and arguments left alone."""

import builtins

import numpy as np
import pytest

from dnnkit.check.compare import TOLD_ERRORS, difference, value_difference
from dnnkit.check.outcome import STOPPED, Case, Outcome, call, read

ARRAY = np.array([[1.5, -2.0, 3.0], [4.0, 5.0, 6.25]])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (7, 7),
        (np.int32(7), 7),
        (True, True),
        (2, 2.0),
        (np.float64(2.5), 2.5),
        (2.5 * (1 + 1e-9), 2.5),
        ("valid", "valid"),
        ([28, np.int64(28), 1], (28, 28, 1)),
        ((), ()),
        (ARRAY, ARRAY),
        (np.asfortranarray(ARRAY), ARRAY),
        (np.repeat(ARRAY, 2, axis=1)[:, ::2], ARRAY),
        (ARRAY * (1 + 1e-9), ARRAY),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ([ARRAY, 3], (ARRAY, 3)),
    ],
)
def test_right(got, expected):
    assert value_difference(got, expected) is None


@pytest.mark.parametrize(
    ("got", "expected", "kind"),
    [
        (None, 7, "type"),
        (None, ARRAY, "type"),
        (7.0, 7, "type"),
        (True, 1, "type"),
        (1, True, "type"),
        ("7", 7, "type"),
        (np.array(7), 7, "type"),
        (ARRAY, 7, "type"),
        ([7], 7, "type"),
        (2j, 2.0, "type"),
        (8, 7, "value"),
        (10**400, 1.5, "value"),
        (-(10**400), 1.5, "value"),
        (1e308, -1e308, "value"),
        (np.array([1e308]), np.array([-1e308]), "value"),
        (2.5 * (1 + 1e-5), 2.5, "value"),
        (float("nan"), 2.5, "value"),
        ("same", "valid", "value"),
        (28, (28, 28), "type"),
        (np.array([28, 28]), (28, 28), "type"),
        ((28, 28, 1), (28, 28), "type"),
        ((28, 28.0), (28, 28), "type"),
        ((28, 29), (28, 28), "value"),
        (ARRAY.tolist(), ARRAY, "type"),
        (1.5, np.array(1.5), "type"),
        (ARRAY[None], ARRAY, "shape"),
        (ARRAY.T, ARRAY, "shape"),
        (ARRAY[:, :1], ARRAY, "shape"),
        (np.zeros((0, 3)), ARRAY, "shape"),
        (ARRAY.astype(object), ARRAY, "dtype"),
        (ARRAY.astype(complex), ARRAY, "dtype"),
        (ARRAY.astype(str), ARRAY, "dtype"),
        (ARRAY > 0, ARRAY, "dtype"),
        (ARRAY.astype(int), ARRAY, "dtype"),
        (np.where(ARRAY > 5, np.nan, ARRAY), ARRAY, "not finite"),
        (np.where(ARRAY > 5, np.inf, ARRAY), ARRAY, "not finite"),
        (ARRAY * (1 + 1e-6), ARRAY, "value"),
        (ARRAY + 1e-5, ARRAY, "value"),
        (-ARRAY, ARRAY, "value"),
        ((ARRAY, ARRAY), (ARRAY, -ARRAY), "value"),
    ],
)
def test_wrong(got, expected, kind):
    found = value_difference(got, expected)
    assert found is not None
    assert found.kind == kind
    assert found.shown


def test_the_first_wrong_number_is_told_by_its_place():
    got = ARRAY.copy()
    got[0, 2] = got[1, 1] = 9.0
    found = value_difference(got, ARRAY)
    assert found.where == (0, 2)
    assert found.shown == "2 of 6 numbers are wrong; the first is the result[0, 2] = 9, expected 3"
    assert found.told == "some numbers of the result are wrong"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (Outcome(8.125), Outcome(7.375)),
        (Outcome(ARRAY + 8.125), Outcome(ARRAY)),
        (Outcome(np.zeros((11, 13))), Outcome(ARRAY)),
        (Outcome((17, 19)), Outcome((23, 29))),
        (Outcome(error="ValueError", message="hidden number 17.5"), Outcome(7)),
        (Outcome(error="Error17_5", message=""), Outcome(7)),
        (Outcome("17.5"), Outcome(error="ValueError")),
        (Outcome(error="KeyError", message="17.5"), Outcome(error="ValueError")),
    ],
)
def test_what_is_told_of_a_hidden_case_holds_no_value(got, expected):
    found = difference(got, expected, Case("a call"))
    for value in ("8.125", "7.375", "9.625", "11", "13", "17", "19", "23", "29"):
        assert value not in found.told


class Own:
    """A class of the student's own."""


def choices(number):
    """What a function may hand out instead of two right arrays, chosen by a hidden number that it knows."""
    spoilt, longer = ARRAY.copy(), (3 + number % 3, 3 + number // 3)
    spoilt.ravel()[: number % 6 + 1] = 99.0 * number
    infinite = np.where(np.arange(6).reshape(2, 3) == number % 6, np.inf, ARRAY)
    dtypes = [np.dtype(name) for name in ("complex64", "complex128", "bool", "U3", "S7", "m8[ns]")]
    types = [7, 7.5, "text", {}, [], (1,), 2j, True, Own(), ()]
    errors = [name for name, found in vars(builtins).items() if isinstance(found, type) and "Error" in name]
    yield "value", Outcome((ARRAY, spoilt))
    yield "not finite", Outcome((ARRAY, infinite))
    yield "shape", Outcome((ARRAY, np.zeros(longer)))
    yield "axes", Outcome((ARRAY, np.zeros((1,) * (number % 9 + 3))))
    yield "dtype", Outcome((ARRAY, ARRAY.astype(dtypes[number % len(dtypes)])))
    yield "integers", Outcome((ARRAY, ARRAY.astype(["i1", "i2", "i4", "i8", "u8"][number % 5])))
    yield "type", Outcome((ARRAY, types[number % len(types)]))
    yield "form", Outcome((ARRAY,) * (number % 9 + 3))
    yield "error", Outcome(error=errors[number % len(errors)], message=str(number), line=str(number))
    yield "own error", Outcome(error=f"Error{number}")
    yield "changed", Outcome((ARRAY, ARRAY), changed=((0,), (1,), (0, 1), ("w",), ("w", 0), ("b",))[number % 6])


def test_what_is_told_of_a_hidden_case_cannot_be_chosen_by_a_hidden_number():
    case, expected, told = Case("a call", untouched=True), Outcome((ARRAY, ARRAY)), {}
    for number in range(60):
        for way, got in choices(number):
            told.setdefault(way, set()).add(difference(got, expected, case).told)
    named = {f"it raised {name}" for name in TOLD_ERRORS}
    assert {way: len(sentences - named) for way, sentences in told.items()} == dict.fromkeys(told, 1)
    assert len(named) == 4


def test_of_a_list_it_is_not_told_which_entry_is_wrong():
    expected = Outcome((1, [ARRAY] * 9))
    found = [difference(Outcome((1, [ARRAY] * i + [-ARRAY] * (9 - i))), expected, Case("a call")) for i in range(9)]
    assert {difference.told for difference in found} == {"some numbers of the result[1] are wrong"}
    assert "the result[1][8][0, 0]" in found[8].shown


def test_an_expected_error_must_come_and_no_other_counts():
    expected = Outcome(error="ValueError")
    assert difference(Outcome(error="ValueError", message="any text"), expected, Case("a call")) is None
    assert difference(Outcome(error="TypeError"), expected, Case("a call")).kind == "error"
    found = difference(Outcome(3), expected, Case("a call"))
    assert found.kind == "no error"
    assert found.shown == "it returned 3 where a ValueError was expected"


def test_an_unexpected_error_is_told():
    found = difference(Outcome(error="IndexError", message="out of bounds"), Outcome(3), Case("a call"))
    assert found.shown == "it raised IndexError: out of bounds"


@pytest.mark.parametrize(
    ("got", "expected", "steps", "shown"),
    [
        ((None,), (ARRAY,), (read("dW"),), ".dW is None; an array was expected"),
        ((None,), (ARRAY,), (call("forward"),), ".forward(...) is None, so a return seems to be missing"),
        ((ARRAY, None), (ARRAY, 3), (), "the result[1] is None; an int was expected"),
    ],
)
def test_what_is_none_is_told(got, expected, steps, shown):
    assert difference(Outcome(got), Outcome(expected), Case("a call", steps=steps)).shown == shown


def test_numbers_that_look_alike_are_told_apart():
    assert value_difference(1.0000005, 1.0).shown == "the result is 1.0000005, expected 1"
    found = value_difference(np.array([-0.39442691, 2.0]), np.array([-0.39442711, 2.0]))
    assert found.shown == "1 of 2 numbers is wrong; the first is the result[0] = -0.39442691, expected -0.39442711"


def test_a_call_that_was_ended_says_why():
    found = difference(Outcome(error=STOPPED, message="it took longer than 2 s"), Outcome(3), Case("a call"))
    assert found.told == "it took longer than 2 s"


def test_arguments_count_only_where_the_case_says_so():
    got = Outcome(3, changed=(0, "w"))
    assert difference(got, Outcome(3), Case("a call")) is None
    found = difference(got, Outcome(3), Case("a call", untouched=True))
    assert found.kind == "changed"
    assert "argument 1, `w` was changed in place" in found.shown


def test_a_wrong_value_comes_before_a_changed_argument():
    found = difference(Outcome(4, changed=(0,)), Outcome(3), Case("a call", untouched=True))
    assert found.kind == "value"


def test_a_part_of_a_tuple_counts_by_itself():
    expected, got = Outcome((1, ARRAY, 3)), Outcome((1, -ARRAY, 3))
    assert difference(got, expected, Case("the first", part=0)) is None
    assert difference(got, expected, Case("the second", part=1)).shown.startswith("6 of 6 numbers are wrong")
    assert difference(got, expected, Case("the third", part=2)) is None
    assert difference(Outcome((1, ARRAY)), expected, Case("the first", part=0)).kind == "type"
    assert difference(Outcome(ARRAY), expected, Case("the first", part=0)).kind == "type"


def test_a_list_of_tuples_is_compared_entry_by_entry():
    expected = [(ARRAY, 1), (ARRAY, 2)]
    assert value_difference([(ARRAY, 1), [ARRAY, 2]], expected) is None
    assert value_difference([(ARRAY, 1), (ARRAY, 3)], expected).shown == "the result[1][1] is 3, expected 2"


def test_what_did_not_come_step_by_step_is_wrong():
    case = Case("a network", steps=(call("forward", ARRAY), read("hidden_state")))
    expected = Outcome((ARRAY, 3))
    assert difference(Outcome((ARRAY, 3)), expected, case) is None
    assert difference(Outcome((ARRAY, 4)), expected, case).shown == ".hidden_state is 4, expected 3"
    for forged in (None, 3, (ARRAY,), (ARRAY, 3, 3), ARRAY):
        assert difference(Outcome(forged), expected, case).kind == "type"


def test_a_difference_leads_to_the_array_it_is_in():
    expected = (1, [(ARRAY, ARRAY), 2])
    found = value_difference((1, [(ARRAY, -ARRAY), 2]), expected)
    assert (found.entry, found.where) == ((1, 0, 1), (0, 0))
    steps = Case("a network", steps=(call("forward", ARRAY), read("hidden_state")))
    assert difference(Outcome((ARRAY, -ARRAY)), Outcome((ARRAY, ARRAY)), steps).entry == (1,)


def test_what_cannot_be_printed_is_named_by_its_kind():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    found = difference(Outcome(Silent()), Outcome(error="ValueError"), Case("a call"))
    assert value_difference(10**5000, 7).shown == "the result is an int that cannot be printed, expected 7"
    assert found.shown == "it returned a Silent that cannot be printed where a ValueError was expected"
