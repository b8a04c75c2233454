"""nbgrader's formgrader in a browser, in a course directory: grading by hand, and its button for autograding."""

import csv
import html
import json
import shutil
from collections.abc import Callable, Iterator

import nbformat
import pytest

from autograder import engine
from autograder.course import Course
from autograder.export import FORMATS, export
from autograder.feedback import feedback
from autograder.report import report

NAME = "90_ordinary"
COMMENT = "Well said: because & <only> because."


@pytest.fixture(scope="module")
def course(released: Course, tmp_path_factory: pytest.TempPathFactory, hand_in, fill) -> Course:
    """A course in which ann is graded and bob, who cannot double, only handed in."""
    root = tmp_path_factory.mktemp("formgrader") / "course"
    shutil.copytree(released.root, root)
    course = Course.open(root)
    hand_in(course, NAME, "ann", fill(NAME))
    engine.grade(course, NAME)
    hand_in(course, NAME, "bob", fill(NAME, {"double": "def double(x):\n    return x"}))
    return course


@pytest.fixture(scope="module")
def formgrader(course: Course, browser, start_lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """A function that opens a page of formgrader."""
    with start_lab(tmp_path_factory.mktemp("jupyter"), course.root) as address:
        page = browser.new_page()
        # formgrader asks the network for MathJax; grading has to work without
        page.route(lambda url: not url.startswith(address), lambda route: route.abort())

        def open_(path: str):
            page.goto(f"{address}/formgrader/{path}")
            return page

        yield open_
        page.close()


def grades(course: Course, student: str) -> dict[str, tuple]:
    """Score, whether a person has to look, and comment by graded cell."""
    with course.gradebook() as gradebook:
        [notebook] = gradebook.find_submission(NAME, student).notebooks
        comments = {comment.name: comment.comment for comment in notebook.comments}
        return {g.name: (g.score, bool(g.needs_manual_grade), comments.get(g.name)) for g in notebook.grades}


def test_a_written_answer_is_graded_by_hand(course: Course, formgrader) -> None:
    before = grades(course, "ann")
    assert before["why"] == (0, True, None)
    with course.gradebook() as gradebook:
        [notebook] = gradebook.find_submission(NAME, "ann").notebooks
        number = notebook.id
    page = formgrader(f"submissions/{number}")
    assert "In my own words." in page.inner_text("body")
    page.wait_for_function("formgrader.grades.loaded && formgrader.comments.loaded")
    for field, text, kind in (("why", "1.5", "grade"), ("why-comment", COMMENT, "comment")):
        page.fill(f"[id='{field}']", text)
        with page.expect_response(lambda r, kind=kind: r.request.method == "PUT" and f"/api/{kind}/" in r.url) as saved:
            page.press(f"[id='{field}']", "Tab")
        assert saved.value.ok

    assert grades(course, "ann") == before | {"why": (1.5, False, COMMENT)}
    # what was decided by hand stays when the machine grades again
    engine.grade(course, NAME, "ann", force=True)
    assert grades(course, "ann") == before | {"why": (1.5, False, COMMENT)}
    carried_by_feedback_report_and_export(course)


def carried_by_feedback_report_and_export(course: Course) -> None:
    """Whether what leaves the gradebook has the mark and the comment that were given by hand."""
    feedback(course, NAME, "ann")
    page = html.unescape((course.folder("feedback", NAME, "ann") / f"{NAME}.html").read_text("utf-8"))
    assert "19.5 of 20" in page
    assert COMMENT in page

    report(course, NAME)
    found = json.loads((course.root / "report" / f"{NAME}.json").read_text("utf-8"))
    assert found["distribution"]["mean"] == 19.5
    assert [item["mean"] for item in found["items"] if item["name"] == "why"] == [1.5]
    assert found["waiting"] == []

    for form in FORMATS:
        with export(course, [NAME], form).file.open(encoding="utf-8-sig", newline="") as file:
            [row] = [row for row in csv.reader(file) if "ann" in row]
        assert "19.5" in row, form


def test_the_autograde_button_grades_through_our_engine(course: Course, formgrader) -> None:
    page = formgrader(f"manage_submissions/{NAME}")
    row = page.locator("tr", has_text="bob")
    row.get_by_text("needs autograding").wait_for()
    row.locator(".autograde a").click()
    page.get_by_text("Successfully").first.wait_for(timeout=60_000)
    found = grades(course, "bob")
    assert {name: score for name, (score, *_) in found.items()} == {
        "double": 0, "scale": 4, "guess": 5, "share": 6, "why": 0,
    }  # fmt: skip
    assert found["why"][1]
    graded = nbformat.read(course.folder("autograded", NAME, "bob") / f"{NAME}.ipynb", 4)
    verdicts = [cell.metadata["dnnkit"]["verdict"]["item"] for cell in graded.cells if "dnnkit" in cell.metadata]
    assert verdicts == ["double", "scale", "guess", "share"]
