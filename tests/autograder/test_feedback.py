"""Feedback pages: marks, reasons, hints and the student's own numbers are there, tests and mark schemes are not."""

import base64
import re
import shutil
from datetime import datetime
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pytest
from files.injections import INJECTIONS, effects
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from autograder.course import Course
from autograder.demo.answers import mistaken, typical_mistakes
from autograder.feedback import feedback
from autograder.hidden import items_of
from autograder.notebook import grade_id
from autograder.outputs import number, report_output
from dnnkit.check import report
from dnnkit.errors import CourseError
from dnnkit.widgets.picture import as_image

CONV, WRITTEN = "01_conv_dimensions", "what_1x1_does"
[MISTAKE] = [mistake for mistake in typical_mistakes(CONV)["conv1d"] if mistake.name == "forgets_padding"]
HOSTILE = "<img src=x onerror=injected=1>"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
STILL = as_image(
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><path d="M0 0h9v9z"/></svg>', "A still"
)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def _with_pictures(notebook):
    """The notebook with a widget's still picture as it was saved, and pictures in the written answer."""
    explored = next(cell for cell in notebook.cells if "explore" in cell.metadata.get("tags", []))
    explored.outputs = [new_output("display_data", {"text/html": STILL, "text/plain": "A still"})]
    written = next(cell for cell in notebook.cells if grade_id(cell) == WRITTEN)
    written.attachments = {"a b.png": {"image/png": PIXEL}}
    written.source = "Over $C$ channels:\n\n![pasted](attachment:a%20b.png) ![photo](drawing.png) ![gone](gone.png)"
    return notebook


def _hostile(notebook):
    """The notebook with every injection in code, outputs, written answer, picture names and cells of its own."""
    everything = list(INJECTIONS.values())
    words = "\n\n".join(everything)
    for cell in notebook.cells:
        if (grade_id(cell) or "").endswith("-solution"):
            cell.source += f"\n\nTEXT = {everything!r}\nprint(*TEXT)\n"
    code = (
        "from IPython.display import HTML, Javascript, display\n"
        f"TEXT = {everything!r}\n"
        "for text in TEXT:\n    display(HTML(text), Javascript(text))\n"
        "    display({'text/plain': text, 'text/latex': text, 'image/svg+xml': text}, raw=True)\n"
        "raise ValueError('\\n'.join(TEXT))"
    )
    notebook.cells += [new_code_cell(code), new_code_cell(words), new_markdown_cell(words)]
    notebook.cells[-1].attachments = {text: {"image/png": PIXEL} for text in everything}
    return notebook


@pytest.fixture(scope="module")
def graded(released, fill, blank, grade_class):
    """Mia has one known mistake and was graded by hand; one student hands in all injections, others nothing."""
    text = mistaken(released.sources(CONV)[CONV], "conv1d", MISTAKE)
    handed_in = {
        "mia": _with_pictures(fill(CONV, {"conv1d": text})),
        "adam": fill(CONV),
        "broken": "{",
        "blank": blank(CONV),
        HOSTILE: _hostile(fill(CONV, {"conv1d": text}, words="\n\n".join(INJECTIONS.values()))),
    }

    def before(course: Course) -> None:
        course.folder("submitted", CONV, "none").mkdir(parents=True)
        folder = course.folder("submitted", CONV, "mia")
        folder.mkdir(parents=True)
        (folder / "drawing.png").write_bytes(base64.b64decode(PIXEL))
        (folder / "timestamp.txt").write_text("2026-10-01 10:00:00 UTC\n")
        (folder / "submission_secret.txt").write_text("a secret")

    graded = grade_class(CONV, handed_in, before)
    with graded.course.gradebook() as gradebook:
        gradebook.find_assignment(CONV).duedate = datetime(2026, 9, 30, 7, 30)
        gradebook.update_or_create_student("mia", first_name="Mia", last_name="Marks & Co")
        gradebook.update_or_create_student(HOSTILE, first_name=HOSTILE, last_name=" ".join(INJECTIONS.values()))
        for student, words in (("mia", "Nearly: $\\frac{1}{2}$ of it, <see> *above*."), (HOSTILE, HOSTILE)):
            [notebook] = gradebook.find_submission(CONV, student).notebooks
            [comment] = [comment for comment in notebook.comments if comment.name == WRITTEN]
            comment.manual_comment = words
        [notebook] = gradebook.find_submission(CONV, "mia").notebooks
        notebook.late_submission_penalty = 2.5
        for grade in notebook.grades:
            if grade.name == WRITTEN:
                grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, False
            if grade.name == "receptive_field":
                grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()
    return graded


@pytest.fixture(scope="module")
def pages(graded) -> dict[str, str]:
    """The pages of all students, by name."""
    return {file.parts[-3]: file.read_text("utf-8") for file in feedback(graded.course, CONV)}


def _section(page: str, name: str) -> str:
    """What a page says about one item, its tags left out and its blanks drawn together."""
    [found] = [part for part in page.split("<section")[1:] if re.search(rf"<h2>{name} ", part)]
    return _words(found)


def _words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_everybody_who_was_graded_has_a_page(pages: dict[str, str]) -> None:
    assert set(pages) == {"mia", "adam", "blank", "broken", "none", HOSTILE}


def test_points_by_group_with_the_reason_and_the_hint(graded, pages: dict[str, str]) -> None:
    said = _section(pages["mia"], "conv1d")
    verdict = graded.results["mia"].verdicts[CONV]["conv1d"]
    assert f"Hint. {MISTAKE.hint}" in said
    assert f"conv1d {number(verdict.earned)} of 4" in said
    assert 0 < len([group for group in verdict.groups if group.reason]) < len(verdict.groups)
    for group in verdict.groups:
        assert f"{number(group.earned)} of {number(group.points)} {group.name}" in said
        assert group.reason in said
    assert "Hint." not in pages["adam"]
    assert "full points" in _section(pages["adam"], "conv1d")
    assert "receptive_<wbr>field</a>" in "".join(pages["mia"].split())


def test_the_total_has_penalty_hand_marks_and_extra_credit(graded, pages: dict[str, str]) -> None:
    points = graded.points("mia")
    machine = sum(points[name] or 0 for name in points if name not in (WRITTEN, "receptive_field"))
    total = _words(pages["mia"].split("<section")[1])
    assert f"{number(machine + 1 + 1.75 - 2.5)} of 24 points" in total
    assert f"1 d 2 h 30 min late: {number(machine + 2.75)} points less a penalty of 2.5." in total
    assert "wait" not in total
    assert "1 of 3" in _section(pages["mia"], "receptive_field")
    assert "Graded by hand: 1. The tests gave 3." in _section(pages["mia"], "receptive_field")
    said = _section(pages["mia"], WRITTEN)
    assert "1.75 of 2" in said
    assert "Graded by hand: 1.5." in said
    assert "Extra credit: 0.25" in said
    assert "Comment Nearly: 1 2 of it, <see> above ." in said
    assert "Mia Marks & Co (mia)" in _words(pages["mia"])


def test_what_waits_for_a_person_is_said(pages: dict[str, str]) -> None:
    assert "1 item waits for a person" in _words(pages["adam"])
    assert "0 of 2 waits for a person" in _section(pages["adam"], WRITTEN)


@pytest.mark.parametrize(
    ("student", "reason"), [("none", f"There is no file {CONV}.ipynb."), ("broken", "it is not valid JSON.")]
)
def test_a_submission_that_cannot_be_read_says_why(pages: dict[str, str], student: str, reason: str) -> None:
    said = _words(pages[student])
    assert "Your notebook could not be graded." in said
    assert reason in said
    assert "0 of 24 points" in said
    assert said.count("no points") == len(items_of(CONV)) + 1


def test_what_was_left_blank_is_said_in_a_sentence(pages: dict[str, str]) -> None:
    for name in ("conv1d", WRITTEN):
        assert "Not filled in: this is as it was handed out." in _section(pages["blank"], name)
        assert "Not filled in" not in _section(pages["mia"], name)
    assert "NotImplementedError" not in pages["blank"]
    assert "0 of 24 points" in _words(pages["blank"])


def test_own_numbers_stand_beside_the_expected_ones_of_the_visible_case(pages: dict[str, str]) -> None:
    drawn = re.findall(r'aria-label="([^"]*)"', pages["mia"])
    yours, expected = (next(label for label in drawn if label.startswith(kind)) for kind in ("yours", "expected"))
    assert re.fullmatch(r"yours: [−\d. ]+", yours)
    assert yours.split()[1:] != expected.split()[1:]
    assert "<svg" not in pages["adam"]


def test_the_plane_around_the_first_wrong_number_is_kept() -> None:
    def backward(dy, x, w, stride=1, padding=0):
        from dnnkit.reference import conv2d_backward

        dx, dw, db = conv2d_backward(dy, x, w, stride, padding)
        dw[0, 1, 0, 1] += 1
        return dx, dw, db

    yours, expected = report_output(report("conv2d_backward", backward))["metadata"]["dnnkit"]["planes"]
    assert (yours["title"], expected["title"]) == ("yours[1]", "expected[1]")
    assert yours["part"] == expected["part"]
    different = [
        [row, column]
        for row, numbers in enumerate(yours["rows"])
        for column, shown in enumerate(numbers)
        if shown != expected["rows"][row][column]
    ]
    assert different == [yours["framed"]] == [expected["framed"]]
    long = report("conv1d", lambda x, w, stride=1, padding=0: np.arange(1000.0))
    [first, _] = report_output(long)["metadata"]["dnnkit"]["planes"]
    assert first["part"] == "[0:10]"
    assert first["rows"] == [[str(n) for n in range(10)]]


def test_answers_by_hand_are_not_told(pages: dict[str, str]) -> None:
    assert "750" not in "".join(re.findall(r"<section.*?Visible check.*?<h3>", pages["broken"], re.DOTALL))
    wrong = report("answers", dict.fromkeys(("plain", "padded", "stacked"), (1, 2, 3)))
    kept = report_output(wrong)["metadata"]["dnnkit"]
    assert kept["planes"] == []
    assert "750" not in str(kept)


def test_tests_and_mark_scheme_are_not_there(pages: dict[str, str], released) -> None:
    [question] = [c for c in released.sources(CONV)[CONV].cells if grade_id(c) == f"{WRITTEN}-question"]
    _, scheme = question.source.split("BEGIN MARK SCHEME")
    secrets = [line for line in scheme.splitlines()[1:-1] if len(line) > 20]
    assert secrets
    for withheld in ("judge(", "HIDDEN", "MARK SCHEME", "SOLUTION", *secrets):
        assert [student for student, page in pages.items() if withheld in page] == []
    assert "The question" in _section(pages["mia"], WRITTEN)


def test_a_mark_scheme_in_marks_of_the_instructor_s_own_is_not_there(graded, tmp_path: Path) -> None:
    shutil.copytree(graded.course.root, tmp_path / "course")
    course = Course.open(tmp_path / "course")
    file = course.folder("autograded", CONV, "adam") / f"{CONV}.ipynb"
    notebook = nbformat.read(file, 4)
    question = next(cell for cell in notebook.cells if grade_id(cell) == f"{WRITTEN}-question")
    question.source = "Why?\n\nRUBRIC\n\nsecretly because\n\nEND OF IT"
    nbformat.write(notebook, file)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c = get_config()\nc.ClearMarkScheme.begin_mark_scheme_delimeter = 'RUBRIC'\n")
        config.write("c.ClearMarkScheme.end_mark_scheme_delimeter = 'END OF IT'\n")
    [page] = feedback(course, CONV, "adam")
    assert "Why?" in page.read_text("utf-8")
    assert "secretly" not in page.read_text("utf-8")


def test_own_code_answer_and_pictures_are_shown(pages: dict[str, str], browser, tmp_path: Path) -> None:
    assert "def forgets_padding ( x , w , stride = 1 , padding = 0 ):" in _section(pages["mia"], "conv1d")
    said = _section(pages["mia"], WRITTEN)
    assert "Over C channels:" in said
    assert "[the picture gone.png was not handed in with the notebook]" in said
    (tmp_path / "page.html").write_text(pages["mia"])
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    widths = page.eval_on_selector_all("img", "(all) => all.map((e) => [e.alt, e.naturalWidth, e.offsetWidth > 0])")
    page.close()
    assert widths == [["pasted", 1, True], ["photo", 1, True], ["A still", 30, True]]


def test_nothing_of_a_student_s_runs(pages: dict[str, str], browser, tmp_path: Path) -> None:
    page = pages[HOSTILE]
    for shown in ("onerror=injected=1", "{{ 7 * 7 }}", "ValueError"):
        assert shown in unescape(page)
    # the policy of the page is a second wall: here the first one stands alone
    assert effects(browser, POLICY.sub("", page), tmp_path) == []
    assert effects(browser, page.replace("&lt;", "<"), tmp_path) != []


@pytest.mark.parametrize("width", [400, 1280])
def test_no_page_is_wider_than_the_window(pages: dict[str, str], browser, tmp_path: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark")
    for count, text in enumerate(pages.values()):
        (tmp_path / f"{count}.html").write_text(text)
        page.goto((tmp_path / f"{count}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_second_time_gives_the_same_files(graded, pages: dict[str, str]) -> None:
    folder = graded.course.folder("feedback", CONV, "adam")
    [again] = feedback(graded.course, CONV, "adam")
    assert again.read_text("utf-8") == pages["adam"]
    assert [file.name for file in folder.iterdir()] == [f"{CONV}.html"]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # nbgrader's
def test_nbgrader_s_exchange_releases_the_pages(graded, pages: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    config = graded.course.config
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = CONV, "mia"
    config.Exchange.root = str(tmp_path / "exchange")
    coursedir = type(graded.course.coursedir)(config=config)
    ExchangeReleaseFeedback(coursedir=coursedir, config=config).start()
    name = notebook_hash(secret="a secret", notebook_id=CONV)
    [page] = (tmp_path / "exchange").glob("*/feedback/*.html")
    assert page.name == f"{name}.html"
    assert page.read_text("utf-8") == pages["mia"]


@pytest.mark.parametrize("student", ["nobody", "../..", "/etc", "*z", ""])
def test_feedback_for_nobody(graded, student: str) -> None:
    with pytest.raises(CourseError, match="Nothing is graded yet of"):
        feedback(graded.course, CONV, student)


def test_a_damaged_copy_and_a_forgotten_mark_are_said_in_words(graded, tmp_path: Path) -> None:
    shutil.copytree(graded.course.root, tmp_path / "course")
    course = Course.open(tmp_path / "course")
    (course.folder("autograded", CONV, "broken") / f"{CONV}.ipynb").write_text("{")
    before = course.folder("autograded", CONV, "mia") / f"{CONV}.ipynb"
    assert '"mark":' in before.read_text("utf-8")
    before.write_text(before.read_text("utf-8").replace('"mark":', '"sign":'))  # as another version might call it
    shutil.rmtree(course.root / "feedback", ignore_errors=True)
    with pytest.raises(CourseError, match=f"for broken, mia: .* Run `autograder grade {CONV} --force`"):
        feedback(course, CONV)
    assert {page.parts[-3] for page in course.root.glob("feedback/*/*/*.html")} == {"adam", "blank", "none", HOSTILE}
    with pytest.raises(CourseError, match="--student broken --force"):
        feedback(course, CONV, "broken")
    with course.gradebook() as gradebook:
        gradebook.remove_submission(CONV, "adam")
    with pytest.raises(CourseError, match="no marks of 'adam'"):
        feedback(course, CONV, "adam")
