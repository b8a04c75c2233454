"""Feedback pages: reasons and hints are there, tests and mark schemes are not, nothing of a student's runs in them."""

import re
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.demo.answers import mistaken, typical_mistakes
from autograder.feedback import feedback
from dnnkit.errors import CourseError

CONV = "01_conv_dimensions"
EVIL = "<script>alert('mark')</script><img src=x onerror=\"alert('mark')\">"
SHOWS = f"""\
from IPython.display import HTML, Javascript, Markdown, display
display(HTML({EVIL!r}))
display(Javascript("alert('mark')"))
display({{'text/markdown': {EVIL!r}, 'image/svg+xml': '<svg onload="alert(1)"/>', 'text/plain': 'plainly'}}, raw=True)
print({EVIL!r})
raise ValueError({EVIL!r})"""


@pytest.fixture(scope="module")
def graded(released, fill, grade_class):
    """Eve has one known mistake and tries to put a script into her page; Adam is right."""
    text = mistaken(released.sources(CONV)[CONV], "conv1d", typical_mistakes(CONV)["conv1d"][0])
    notebook = fill(CONV, {"conv1d": text}, words=f"My words. {EVIL}")
    notebook.cells += [new_markdown_cell(EVIL), new_code_cell(SHOWS)]
    return grade_class(CONV, {"eve": notebook, "adam": fill(CONV)})


@pytest.fixture(scope="module")
def page(graded) -> str:
    """Eve's page."""
    [file] = feedback(graded.course, CONV, "eve")
    assert not graded.course.folder("feedback", CONV, "adam").exists()
    return file.read_text()


def test_verdicts_and_hint_are_there(page: str) -> None:
    assert typical_mistakes(CONV)["conv1d"][0].hint in page
    assert "conv_output_size: 3 of 3 points" in page
    assert re.search(r"conv1d: [0-3.]+ of 4 points", page)


def test_tests_and_mark_scheme_are_not(page: str) -> None:
    for withheld in ("judge(", "HIDDEN", "MARK SCHEME", "for what it computes", "SOLUTION"):
        assert withheld not in page


class _Running(HTMLParser):
    """Collects what a browser would run: scripts, and the attributes of elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.found += [value for _, value in attributes if value]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.found.append(data)


def test_nothing_of_the_student_s_runs(page: str) -> None:
    for shown in ("My words.", "plainly", "mark&#39;)", "ValueError"):
        assert shown in page or shown.replace("&#39;", "'") in page
    running = _Running(page).found
    assert any("MathJax" in text for text in running)  # the page's own script is found, so a student's would be
    assert [text for text in running if "alert(" in text] == []
    assert _Running(EVIL).found == ["alert('mark')", "x", "alert('mark')"]


@pytest.mark.parametrize("student", ["nobody", "../..", "/etc", "*", ""])
def test_feedback_for_nobody(graded, student: str) -> None:
    with pytest.raises(CourseError, match="Nothing is graded yet of"):
        feedback(graded.course, CONV, student)
