"""The display run holds a backward against the student's own forward; what the student is told costs no point."""

import pytest

POOLING = "04_pooling"
AVERAGES = """\
def maxpool2d(x, K, S):
    y = np.zeros((len(x), (x.shape[1] - K) // S + 1, (x.shape[2] - K) // S + 1, x.shape[3]))
    for i, j in np.ndindex(y.shape[1:3]):
        y[:, i, j] = x[:, i * S : i * S + K, j * S : j * S + K].mean(axis=(1, 2))
    return y"""
HANGS_ON_A_NUDGE = """\
def maxpool2d(x, K, S):
    while x.shape == (1, 3, 4, 2) and x.max() > 20:
        pass
    raise NotImplementedError"""


@pytest.fixture(scope="module")
def pooling_class(fill, grade_class):
    """Notebook 04 with right backwards beside forwards of all kinds."""
    forwards = {"wrong": AVERAGES, "value": "maxpool2d = 3", "missing": "pass", "hangs": HANGS_ON_A_NUDGE}
    students = {name: fill(POOLING, {"maxpool2d": forward}) for name, forward in forwards.items()}
    students["right"] = fill(POOLING)
    return grade_class(POOLING, students)


def report_of(graded, student: str) -> str:
    """What stands under the check of maxpool2d_backward."""
    cells = graded.notebook(student).cells
    cell = next(c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "maxpool2d_backward")
    return cell.outputs[0].data["text/plain"]


def test_a_wrong_forward_is_told_beside_its_right_backward(pooling_class):
    assert "It is your maxpool2d that is wrong: run its check" in report_of(pooling_class, "wrong")


def test_a_right_pair_is_told_so(pooling_class):
    assert "Your backward is the gradient of your own maxpool2d." in report_of(pooling_class, "right")


def test_what_cannot_be_nudged_is_told_or_passed_over(pooling_class):
    assert "that raised TypeError: 'int' object is not callable" in report_of(pooling_class, "value")
    assert "your own" not in report_of(pooling_class, "missing")
    assert "could not be held against your own maxpool2d" in report_of(pooling_class, "hangs")


@pytest.mark.parametrize("student", ["wrong", "value", "missing", "hangs", "right"])
def test_the_backward_keeps_its_points(pooling_class, student):
    assert pooling_class.points(student)["maxpool2d_backward"] == 6
