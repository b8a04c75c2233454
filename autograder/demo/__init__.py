"""`autograder demo`: the whole way on a simulated class, with every mark checked."""

import shutil
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from rich.console import Console

from autograder import engine
from autograder.course import Course, create
from autograder.demo.students import Handin, Task, honest_class, hostile_class
from autograder.feedback import feedback
from autograder.notebook import grade_id, read
from autograder.release import release
from autograder.report import report
from autograder.tables import marks_table, progress_bar
from dnnkit.errors import CourseError

__all__ = ["run", "task_of", "wrong_hints", "wrong_marks"]

NAME = "dnnkit-demo"
SEED = 182
HOSTILE = ("01_conv_dimensions", "04_pooling")


def run(folder: Path, console: Console) -> bool:
    """Make a course in `folder`, hand in, grade, give feedback and report. Whether every mark is what it must be."""
    say = partial(console.print, markup=False, highlight=False, soft_wrap=True)
    course = _fresh_course(folder)
    say(f"A course with {len(course.assignments)} assignments in {course.root}")
    bundle = release(course, course.assignments)
    wrong: list[str] = []
    tasks = [task for task in (task_of(course, assignment) for assignment in course.assignments) if task.judged]
    for task in tasks:
        assignment = task.assignment
        handins = honest_class(task) + (hostile_class(task) if assignment in HOSTILE else [])
        for handin in handins:
            _hand_in(course, assignment, handin)
        with progress_bar(console, f"Grading {assignment}") as progress:
            results = {r.student: r for r in engine.grade(course, assignment, jobs=2, progress=progress)}
        with course.gradebook() as gradebook:
            for handin in handins:
                wrong += wrong_marks(gradebook, task, handin)
                wrong += wrong_hints(results[handin.student], task, handin)
        console.print(marks_table(course, assignment))
        with console.status(f"Writing feedback and report for {assignment}"):
            feedback(course, assignment)
            report(course, assignment)
    for line in wrong:
        say(f"not as it must be: {line}", style="red")
    say(f"Student bundle  {bundle}")
    say(f"Gradebook       {course.root / 'gradebook.db'}")
    say(f"Feedback        {course.folder('feedback')}/<student>/<assignment>/<assignment>.html")
    say(f"Class reports   {course.folder('report')}/<assignment>.html")
    say(
        f"{len(wrong)} marks are wrong." if wrong else "Every mark is what it must be.",
        style="red" if wrong else "green",
    )
    return not wrong


def _fresh_course(folder: Path) -> Course:
    """The demo's course directory, made anew; nothing but an earlier demo is ever removed."""
    if (folder / "course.toml").exists():
        if Course.open(folder).name != NAME:
            raise CourseError(f"{folder} is a real course directory; name another folder for the demo.")
        shutil.rmtree(folder)
    return create(folder, NAME, SEED)


def task_of(course: Course, assignment: str) -> Task:
    """A released assignment as simulated students get it."""
    source = course.sources(assignment)[assignment]
    graded = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    judged = {grade_id(c) or "": float(c.metadata.nbgrader.points) for c in graded if c.cell_type == "code"}
    written = tuple(grade_id(c) or "" for c in graded if c.cell_type == "markdown")
    released = read(course.folder("release", assignment) / f"{assignment}.ipynb")
    return Task(assignment, source, released, judged, written)


def _hand_in(course: Course, assignment: str, handin: Handin) -> None:
    folder = course.folder("submitted", assignment, handin.student)
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-10-01 10:00:00 UTC\n", "utf-8")
    for name, text in handin.files.items():
        (folder / name).write_text(text, "utf-8")


def wrong_marks(gradebook: Gradebook, task: Task, handin: Handin) -> list[str]:
    """Where the gradebook has another mark than what was handed in must get."""
    submission = gradebook.find_submission(task.assignment, handin.student)
    grades = {grade.cell.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    wrong = []
    for item, full in task.judged.items():
        score = grades[item].auto_score
        if item in handin.zero:
            right, wanted = score == 0, "0"
        elif item in handin.mistakes:
            right, wanted = score is not None and score < full, f"less than {full:g}"
        else:
            right, wanted = score == full, f"{full:g}"
        if not right:
            wrong.append(f"{task.assignment}, {handin.student}, {item}: {score} points; must be {wanted}")
    return wrong + [
        f"{task.assignment}, {handin.student}, {item}: waits for a person must be {handin.waits}"
        for item in task.written
        if grades[item].needs_manual_grade != handin.waits
    ]


def wrong_hints(result: engine.Result, task: Task, handin: Handin) -> list[str]:
    """Where a hint that is due is missing, or one came that is not."""
    verdicts = result.verdicts[task.assignment]
    wrong = [
        f"{task.assignment}, {handin.student}, {item}: the hint “{mistake.hint}” is missing"
        for item, mistake in handin.mistakes.items()
        if mistake.hint not in verdicts[item].hints
    ]
    needless = [item for item, found in verdicts.items() if found.hints and item not in handin.mistakes]
    return wrong + [f"{task.assignment}, {handin.student}, {item}: has a hint without a mistake" for item in needless]
