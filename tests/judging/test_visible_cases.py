"""The files that students' checks read are current, and give nothing away."""

import json
import math
from dataclasses import replace
from importlib import resources

from autograder.hidden import ASSIGNMENTS, items_of
from autograder.visible_cases import rendered
from dnnkit.check.stored import stored_item


def text_of(assignment):
    return (resources.files("dnnkit.data") / "cases" / f"{assignment}.json").read_text("utf-8")


def test_file_is_current(assignment):
    found, due = json.loads(text_of(assignment)), json.loads(rendered(assignment))
    assert same(found, due), "run `python -m autograder.visible_cases`"


def same(a, b):
    """Whether two JSON values are equal, floats to ten digits."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-10, abs_tol=1e-12)
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def test_a_stale_file_is_found():
    due = json.loads(rendered("04_pooling"))
    stale = json.loads(rendered("04_pooling").replace("-5.0", "-5.1", 1))
    assert same(due, due)
    assert not same(stale, due)


def test_rendering_is_the_same_twice(assignment):
    assert rendered(assignment) == rendered(assignment)


def test_no_file_is_left_over():
    names = {file.name for file in (resources.files("dnnkit.data") / "cases").iterdir()}
    assert names == {f"{assignment}.json" for assignment in ASSIGNMENTS}


def test_item_reads_back_as_it_was_written(item):
    found = stored_item(item.name)
    assert [case.tries for case in found.cases] == [case.tries for case in item.visible]
    assert found.form_only == item.form_only
    assert found.entries == item.entries


def test_by_hand_answers_are_stored_by_their_form_only(assignment):
    for item in json.loads(text_of(assignment)).values():
        stored = item["StoredItem"]
        if stored["form_only"]:
            assert stored["mistakes"] == {"tuple": []}
            assert leaves(stored["expected"]) <= {0, ""}


def leaves(data):
    """All numbers and texts of an encoded value, shapes and element types aside."""
    if isinstance(data, dict):
        return set().union(*(leaves(value) for key, value in data.items() if key not in ("shape", "dtype")))
    if isinstance(data, list):
        return set().union(*map(leaves, data))
    return {data}


def test_no_code_and_no_names_of_mistakes_are_stored(assignment):
    text = text_of(assignment)
    names = [m.name for item in items_of(assignment).values() for m in item.misconceptions]
    assert [word for word in (*names, "def ", "lambda", "return ", "import ") if word in text] == []


def test_visible_cases_are_few_and_no_hidden_ones(item, prepared):
    assert 1 <= len(item.visible) <= 6
    if not item.entries:
        hidden = {repr(replace(case, tries="")) for case in prepared(item.name, 1).cases if "new" not in case.tries}
        assert not hidden & {repr(replace(case, tries="")) for case in item.visible}
