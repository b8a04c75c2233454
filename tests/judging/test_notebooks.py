"""The judge and the notebooks speak of the same numbers and the same tasks."""

import json
from pathlib import Path

import numpy as np

from autograder.hidden import items_of
from autograder.hidden.pooling import DY_HAND, X_HAND

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def cells(assignment):
    notebook = json.loads((NOTEBOOKS / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    return [(cell["metadata"].get("nbgrader", {}), "".join(cell["source"])) for cell in notebook["cells"]]


def test_the_window_by_hand_is_the_one_that_the_notebook_gives():
    (source,) = [text for _, text in cells("04_pooling") if text.startswith("X_hand")]
    given = {"np": np}
    exec(source, given)
    np.testing.assert_array_equal(given["X_hand"], X_HAND)
    np.testing.assert_array_equal(given["dY_hand"], DY_HAND)


def test_points_of_every_graded_cell_are_those_of_its_cases(assignment, prepared):
    graded = {d["grade_id"]: d["points"] for d, text in cells(assignment) if d.get("grade") and "judge(" in text}
    assert graded == {name: prepared(name, 1).points for name in items_of(assignment)}
