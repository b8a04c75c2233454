"""What a student reads: one clear sentence, a line for each case, the first wrong number beside the right one."""

from html.parser import HTMLParser

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from dnnkit.check import check, judge, report
from dnnkit.check.outcome import Case, same_values
from dnnkit.errors import CheckFailed, CourseError, NotUnderAutograder
from dnnkit.reference import (
    RNNCell,
    VanillaRNN,
    answers,
    conv1d,
    conv2d_backward,
    local_gradients,
    maxpool2d,
    receptive_field,
    rnn_forward,
    sgd_step,
)


def flipped(x, w, stride=1, padding=0):
    return conv1d(x, w[::-1], stride, padding)


def test_a_right_answer_passes_without_a_hint():
    found = report("conv1d", conv1d)
    assert found.passed
    assert found.hints == ()
    assert str(found).splitlines()[0] == "conv1d: all 4 visible cases are right."


def test_a_known_mistake_is_named_and_its_first_wrong_number_shown():
    found = report("conv1d", flipped)
    assert not found.passed
    assert "Which entry of the filter meets the first entry of a window?" in found.summary
    lines = str(found).splitlines()
    assert lines[1] == "  WRONG  stride 1, no padding"
    assert lines[2] == "         called conv1d(np.array([1.0, 3.0, -2.0, 4.0]), np.array([2.0, 1.0, -3.0]))"
    assert lines[3] == "         2 of 2 numbers are wrong; the first is the result[0] = -4, expected 11"


def test_an_array_of_integers_does_not_pass_for_one_of_floats():
    def cut_off(x, w, stride=1, padding=0):
        return conv1d(x, w, stride, padding).astype(int)

    assert "fractions are cut off" in report("conv1d", cut_off).summary


def test_two_mistakes_are_both_named():
    def rounds_up_and_never_refuses(n, k, stride=1, padding=0, dilation=1):
        return -(-(n + 2 * padding - dilation * (k - 1) - 1) // stride) + 1

    found = report("conv_output_size", rounds_up_and_never_refuses)
    assert len(found.hints) == 2
    assert all(hint in found.summary for hint in found.hints)


def test_what_is_not_filled_in_says_so_and_nothing_else():
    def blank(x, w, stride=1, padding=0):
        raise NotImplementedError

    found = report("conv1d", blank)
    assert found.blank
    assert not found.passed
    assert str(found) == "conv1d is not filled in yet."
    assert str(report("answers", dict.fromkeys(answers))) == "answers is not filled in yet."


def unwritten_size(*args):
    raise NotImplementedError("TODO: your code goes here")


def test_a_helper_that_is_not_filled_in_is_named():
    found = report("conv1d", lambda x, w, *args, **kwargs: unwritten_size(len(x), len(w)))
    assert found.blank
    assert str(found) == "conv1d cannot be tried: it calls unwritten_size, which is not filled in yet."


def test_a_helper_that_only_some_cases_need_is_named():
    found = report("conv1d", lambda x, w, s=1, padding=0: unwritten_size() if padding else conv1d(x, w, s))
    assert found.summary == (
        "conv1d: 2 of 4 visible cases are right. "
        "Look at “padding”: it calls unwritten_size, which is not filled in yet."
    )


class Unwritten(VanillaRNN):
    def forward(self, x):
        return self.step(x)

    def step(self, x):
        raise NotImplementedError


class Helped(VanillaRNN):
    def forward(self, x):
        return Unwritten.step(None, x)


def test_a_method_of_its_own_is_no_helper():
    assert {outcome.helper for outcome in report("VanillaRNN", Unwritten).got} == {""}
    assert "Unwritten.step" in {outcome.helper for outcome in report("VanillaRNN", Helped).got}


def test_an_error_of_the_answer_is_told_not_raised():
    def reads_too_far(x, w, stride=1, padding=0):
        return x[99]  # beyond

    found = report("conv1d", reads_too_far)
    assert "it raised IndexError: index 99 is out of bounds" in found.summary
    assert found.summary.endswith(", at `return x[99]  # beyond`.")


def test_an_argument_changed_in_place_is_told():
    def empties(layers):
        result = receptive_field(layers)
        layers.clear()
        return result

    found = report("receptive_field", empties)
    assert [difference and difference.kind for difference in found.differences] == [None, None, "changed"]


def test_by_hand_answers_are_checked_by_their_form_only():
    wrong_values = {key: (1, 2, 3) if isinstance(value, tuple) else 4 for key, value in answers.items()}
    found = report("answers", wrong_values | {"pointwise": (1, 2)})
    assert found.passed
    assert found.summary == "answers: every entry has the right form. The values are judged in grading."
    assert "28" not in str(found)
    wrong_form = report("answers", wrong_values)
    assert [difference is None for difference in wrong_form.differences] == [True] * 5 + [False]


def test_a_form_is_wrong_before_its_value_is_told():
    found = report("by_hand", {"max": np.zeros(4), "average": 2.0})
    assert not found.passed
    assert "by_hand['max']" in str(found)
    assert "8" not in found.summary


def test_of_a_form_it_is_not_said_that_the_answer_is_right():
    forms = dict(answers) | {"plain": None}
    assert report("answers", forms).summary == (
        "answers: 5 of 6 entries have the right form. Look at “plain”: the entry 'plain' is missing or None."
    )
    texts = report("answers", forms | {"plain": (28, "750", 1)})
    assert texts.summary.endswith("the result[1] is a text (str); an int was expected.")


def test_an_entry_whose_value_is_looked_at_is_right():
    assert report("local_gradients", {}).blank
    some = report("local_gradients", dict.fromkeys(local_gradients) | {"add": local_gradients["add"]})
    assert some.summary.startswith("local_gradients: 1 of 4 entries are right.")
    assert " LookupError" not in str(some)


def test_one_case_is_not_told_as_many():
    assert report("sgd_step", sgd_step).summary == "sgd_step: the one visible case is right."
    wrong = report("sgd_step", lambda *args: np.zeros((2, 2)))
    assert wrong.summary.startswith("sgd_step: the one visible case is wrong. Look at “3x3 image")


def test_a_report_shows_as_its_text():
    found = report("conv1d", flipped)
    assert repr(found) == str(found)
    assert "Outcome(" not in repr(found)


class WrongCell(RNNCell):
    def backward(self, delta, h_t, h_prev_l, h_prev_t):
        dx, dh = super().backward(delta, h_t, h_prev_l, h_prev_t)
        dh[0, 1] += 5
        return dx, dh


def test_a_table_of_a_class_is_headed_as_the_text_says_and_the_call_can_be_written():
    found = report("RNNCell-backward", WrongCell)
    assert ".backward(...)[1][0, 1] = " in found.summary
    heads = [text for text in Cells(found._repr_html_()).data if text.startswith(("yours", "expected"))]
    assert heads == ["yours: .backward(...)[1]", "expected: .backward(...)[1]"]
    assert "called RNNCell(" in str(found)
    assert "RNNCell-backward(" not in str(found)


class Cells(HTMLParser):
    """The text of every table cell, the style that it stands in, and the names of all tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.data, self.styles = [], [], []
        self.style = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.style = dict(attrs).get("style", "")

    def handle_data(self, data):
        self.data.append(data)
        self.styles.append(self.style)


def test_html_frames_the_first_wrong_number():
    page = report("conv1d", flipped)._repr_html_()
    cells = Cells(page)
    assert "✗ wrong" in cells.data
    assert cells.data.count("yours") == 1
    assert page.count("outline:2px") == 2  # once in yours, once in what was expected


def test_html_of_a_right_answer_is_one_sentence():
    assert "table" not in Cells(report("conv1d", conv1d)._repr_html_()).tags


def test_html_escapes_what_the_answer_says():
    def hostile(x, w, stride=1, padding=0):
        raise RuntimeError("<script>alert('x')</script>")

    page = report("conv1d", hostile)._repr_html_()
    assert "script" not in Cells(page).tags
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "wrong",
    [
        np.array(["a", "b"]),
        np.array([None]),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        np.array(1.0),
        np.zeros(2, complex),
        np.ones(3, bool),
        np.zeros((2, 2, 2, 2, 2)),
        np.zeros(1000),
        [np.nan],
        {"a": 1},
        object(),
    ],
)
def test_whatever_comes_the_report_can_be_shown(wrong):
    found = report("conv1d", lambda *args, **kwargs: wrong)
    assert not found.passed
    assert "Look at" in str(found)
    assert "table" in Cells(found._repr_html_()).tags


def test_one_wrong_number_of_a_batch_of_images_is_found():
    def off_by_one_number(x, K, S):
        y = maxpool2d(x, K, S)
        y[-1, -1, -1, -1] += 1
        return y

    found = report("maxpool2d", off_by_one_number)
    assert found.differences[0].where == (0, 0, 1, 0)


def test_check_prints_and_stops_with_one_sentence(capsys):
    with pytest.raises(CheckFailed, match=r"conv1d: 0 of 4 visible cases are right\. Look at “stride 1") as error:
        check("conv1d", flipped)
    assert "WRONG  stride 1, no padding" in capsys.readouterr().out
    assert error.value._render_traceback_() == [f"CheckFailed: {error.value}"]


def test_check_of_a_right_answer_returns(capsys):
    check("conv1d", conv1d)
    assert capsys.readouterr().out == "conv1d: all 4 visible cases are right.\n" + "".join(
        f"  ok     {case.tries}\n" for case in report("conv1d", conv1d).cases
    )


def test_check_in_a_notebook_displays_a_table(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: InteractiveShell.__new__(InteractiveShell))
    monkeypatch.setattr("IPython.display.display", shown.append)
    check("conv1d", conv1d)
    assert [found.name for found in shown] == ["conv1d"]


def test_a_task_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(CourseError, match=r"check\('conv3d', \.\.\.\): no task has this name; .*conv1d, "):
        check("conv3d", conv1d)


def test_judge_without_the_autograder_gives_nothing():
    with pytest.raises(NotUnderAutograder, match="no point is given"):
        judge("conv1d", conv1d)


def changes_in_place(x, w, stride=1, padding=0):
    y = conv1d(x, w, stride, padding)
    x *= 2
    return y


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda *args, **kwargs: None, "the result is None, so a return seems to be missing."),
        (lambda *args, **kwargs: [1.0], "the result is a list; a NumPy array was expected"),
        (lambda *args, **kwargs: np.zeros(7), "the result has shape (7,); (2,) was expected"),
        (lambda *args, **kwargs: conv1d(*args, **kwargs).astype(complex), "the result has dtype complex128; float64"),
        (
            lambda x, w, *args, **kwargs: (conv1d(x, w, *args, **kwargs) / 2).astype(int),
            "the result has dtype int64, so fractions are cut off; use floats",
        ),
        (lambda *args, **kwargs: conv1d(*args, **kwargs) * np.nan, "the result[0] is not a finite number"),
        (lambda *args, **kwargs: conv1d(*args, **kwargs) + 1, "the first is the result[0] = 12, expected 11"),
        (lambda *args, **kwargs: 1 / 0, "it raised ZeroDivisionError: division by zero"),
        (lambda x, w: conv1d(x, w), "it raised TypeError"),
        (changes_in_place, "the value is right, but argument 1 was changed in place; work on a copy"),
    ],
)
def test_every_kind_of_failure_has_its_own_words(wrong, words):
    found = report("conv1d", wrong)
    assert not found.passed
    assert words in found.summary
    assert words.removesuffix(".") in str(found)


def test_the_wrong_plane_of_an_entry_of_a_tuple_is_framed():
    def one_wrong_weight(dy, x, w, stride=1, padding=0):
        dx, dw, db = conv2d_backward(dy, x, w, stride, padding)
        dw[1, 0, 0, 1] += 5
        return dx, dw, db

    found = report("conv2d_backward", one_wrong_weight)
    assert (found.differences[0].entry, found.differences[0].where) == ((1,), (1, 0, 0, 1))
    cells = Cells(found._repr_html_())
    assert "yours[1][:, :, 0, 1]" in cells.data
    framed = [text for text, style in zip(cells.data, cells.styles, strict=True) if "outline" in style]
    yours, expected = map(float, framed)
    assert yours - expected == pytest.approx(5)


def test_the_plane_of_an_image_and_of_a_sequence():
    def wrong_pixel(dy, x, w, stride=1, padding=0):
        dx, dw, db = conv2d_backward(dy, x, w, stride, padding)
        dx[-1, 1, 2, 0] += 5
        return dx, dw, db

    def wrong_state(x, h0, Wx, Wh, b):
        h, cache = rnn_forward(x, h0, Wx, Wh, b)
        h[-1, -1, -1] += 5
        return h, cache

    assert "yours[0][1, :, :, 0]" in Cells(report("conv2d_backward", wrong_pixel)._repr_html_()).data
    assert "yours[0][1, :, :]" in Cells(report("rnn_forward", wrong_state)._repr_html_()).data


@pytest.mark.parametrize(
    "name", ["im2col", "sgd_step", "conv2d_backward", "rnn_step_backward", "rnn_backward", "conv1d"]
)
def test_the_call_of_a_case_can_be_pasted(name):
    found = report(name, lambda *args, **kwargs: None)
    for case in found.cases:
        args, kwargs = eval(found.call(case), {"np": np, name: lambda *args, **kwargs: (args, kwargs)})
        assert same_values(args, case.args)
        assert kwargs == case.kwargs
        assert found.call(case) in str(found)


def test_the_steps_of_a_class_can_be_pasted():
    found = report("BatchNorm2d", object)
    (case,) = [case for case in found.cases if case.tries == "evaluation"]
    _, *steps = found.call(case).split(", then ")
    for text, step in zip(steps, case.steps, strict=True):
        assert text.startswith(f".{step.path}")
        for arg in step.args:
            assert repr(arg.tolist() if isinstance(arg, np.ndarray) else arg) in text


def test_of_a_large_array_the_shape_is_told():
    found = report("conv1d", conv1d)
    assert found.call(Case("", (np.zeros((6, 7)),))) == "conv1d(<array (6, 7)>)"
    assert "called receptive_field([(3, 1), (2, 1)])" in str(report("receptive_field", lambda layers: None))
