"""Make the pictures of a class report in docs/screenshots, from a simulated class: python docs/report_screenshots.py

It grades the class first, which takes some minutes. Run it where Chromium is installed.
"""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from autograder import engine
from autograder.collect import collect
from autograder.course import NOTEBOOKS, create
from autograder.demo import task_of
from autograder.demo.classroom import DUE, simulated_class
from autograder.demo.lms import canvas_zip
from autograder.release import release
from autograder.report import report

FOLDER = Path(__file__).parent / "screenshots"
ASSIGNMENT = "04_pooling"
STUDENTS = 200
SIZE = {"width": 1000, "height": 1080}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--no-proxy-server"]


def class_report(folder: Path) -> Path:
    """The report page of a simulated class in a course of its own below `folder`."""
    shutil.copytree(NOTEBOOKS / ASSIGNMENT, folder / "notebooks" / ASSIGNMENT)
    course = create(folder / "course", "class", 182, folder / "notebooks")
    release(course, [ASSIGNMENT])
    pupils = simulated_class(task_of(course, ASSIGNMENT), STUDENTS)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE.replace(tzinfo=None))
        for pupil in pupils:
            names = {"first_name": pupil.first, "last_name": pupil.last}
            gradebook.update_or_create_student(pupil.student, lms_user_id=str(pupil.number), **names)
    canvas_zip(pupils, folder / "submissions.zip")
    collect(course, ASSIGNMENT, folder / "submissions.zip")
    engine.grade(course, ASSIGNMENT, jobs=2)
    return report(course, ASSIGNMENT)[1]


def main() -> None:
    """Make the pictures, light and dark."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed; the pictures are made with it.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        page_file = class_report(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(page_file.as_uri())
            picture = Image.open(io.BytesIO(page.screenshot()))
            picture.quantize(64).save(FOLDER / f"report-{scheme}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
