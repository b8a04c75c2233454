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
    pattern = student or "*"
    if not list(course.folder("autograded").glob(f"{pattern}/{assignment}/*.ipynb")):
        raise CourseError(f"Nothing is graded yet for {assignment!r}: run `autograder grade {assignment}` first.")
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
