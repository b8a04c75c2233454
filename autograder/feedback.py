"""Feedback: what a student gets back, one HTML page for each notebook, made by nbgrader's own converter."""

import logging
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from autograder.course import Course
from dnnkit.errors import CourseError

__all__ = ["feedback"]


def feedback(course: Course, assignment: str, student: str | None = None) -> list[Path]:
    """Write the feedback pages of an assignment; returns their paths. Raises CourseError where nothing is graded."""
    course.require_assignment(assignment)
    graded = {file.parts[-3] for file in course.folder("autograded").glob(f"*/{assignment}/*.ipynb")}
    if not graded or student not in (None, *graded):
        whom = "" if student is None else f" of {student!r}"
        raise CourseError(f"Nothing is graded yet{whom} for {assignment!r}: run `autograder grade {assignment}` first.")
    pattern = "*" if student is None else student
    config = course.config
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = pattern
    converter = GenerateFeedback(coursedir=type(course.coursedir)(config=config), config=config)
    converter.force = True
    converter.log.setLevel(logging.ERROR)
    try:
        converter.start()
    except NbGraderException as error:
        raise CourseError(f"Feedback for {assignment} could not be written: {error}") from error
    return sorted(course.folder("feedback").glob(f"{pattern}/{assignment}/*.html"))
