"""The report of an assignment: what a class understood, which question is broken, who must be looked at.

::

    records.py      the gradebook and the graded copies as plain records
    statistics.py   distribution, facility, discrimination        similar.py   nearly the same answers
    failures.py     what broke, and at whom                       remarks.py   what is strange, in words
    contents.py     all of it as one record, `Report`             plots.py     its plots
"""

import json
from dataclasses import asdict
from pathlib import Path

from autograder import pages
from autograder.course import Course
from autograder.hidden import items_of
from autograder.report.contents import Report, contents
from autograder.report.failures import KINDS
from autograder.report.plots import answers_plot, scores_plot
from autograder.report.records import read_class

__all__ = ["page", "report"]


def report(course: Course, assignment: str) -> tuple[Report, Path]:
    """Write report/<assignment>.html with report/<assignment>.json beside it; returns the report and its page.

    Raises CourseError where the assignment is unknown or not released, or nothing in it is graded.
    """
    names = {(name, m.hint): m.name for name, item in items_of(assignment).items() for m in item.misconceptions}
    found = contents(read_class(course, assignment), names)
    file = course.folder("report") / f"{assignment}.html"
    pages.write(json.dumps(asdict(found), indent=1) + "\n", file.with_suffix(".json"))
    pages.write(page(found), file)
    return found, file


def page(found: Report) -> str:
    """The report as one HTML page."""
    return pages.render(
        "report/page.html.j2",
        report=found,
        scores_plot=scores_plot(found.distribution),
        answers_plot=answers_plot(found.items),
        kinds=KINDS,
    )
