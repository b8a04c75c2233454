"""A thousand submissions through one gradebook: whether the time for one, or the master's memory, grows.

`python -m benchmarks.thousand` writes docs/. All hand in the right answers, so that all cost the same.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from autograder import engine
from autograder.course import Course, create
from autograder.demo import answers
from autograder.notebook import grade_id
from autograder.release import release

PART = 100
DOCS = Path(__file__).parents[1] / "docs"
PAGE = """# Whether grading slows down

Written by `python -m benchmarks.thousand --count {count} --jobs {jobs}`: {count} submissions of `{assignment}`, all
right, graded into one gradebook. Load average at the end: {load:.1f}.

| graded | ms for one, by the clock | ms of the master's processor | MB of the master |
|--:|--:|--:|--:|
{rows}

The last hundred took {wall:.2f} times as long as the first by the clock, and {cpu:.2f} times the master's processor.
"""


@dataclass(frozen=True)
class Mark:
    """Where the master stands after some submissions: seconds by the clock and of its processor, megabytes."""

    wall: float
    cpu: float
    memory: float

    @classmethod
    def now(cls) -> "Mark":
        return cls(time.perf_counter(), time.process_time(), psutil.Process().memory_info().rss / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.thousand", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="submissions (default 1000, at least 300)")
    parser.add_argument("--assignment", default="04_pooling")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=DOCS)
    options = parser.parse_args()
    if options.count < 3 * PART:
        parser.error(f"--count must be at least {3 * PART}")
    with tempfile.TemporaryDirectory(prefix="thousand-") as folder:
        course = create(Path(folder) / "course", "thousand", 1)
        release(course, [options.assignment])
        _hand_in(course, options.assignment, options.count)
        marks: dict[int, Mark] = {}

        def progress(done: int, total: int) -> None:
            marks[done] = Mark.now()
            if done and done % PART == 0:
                print(_row(marks, done), flush=True)

        engine.grade(course, options.assignment, jobs=options.jobs, progress=progress)
    page = _page(marks, options.count, options.jobs, options.assignment)
    (options.out / "benchmarks-thousand.md").write_text(page, "utf-8")


def _hand_in(course: Course, assignment: str, count: int) -> None:
    right = answers.right(course.sources(assignment)[assignment])
    notebook = nbformat.read(course.folder("release", assignment) / f"{assignment}.ipynb", 4)
    for cell in notebook.cells:
        name = grade_id(cell) or ""
        if name.endswith(answers.SOLUTION):
            cell.source = right[name.removesuffix(answers.SOLUTION)]
    for number in range(count):
        folder = course.folder("submitted", assignment, f"student-{number:05}")
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{assignment}.ipynb")


def _row(marks: dict[int, Mark], done: int) -> str:
    first, last = marks[done - PART], marks[done]
    wall, cpu = ((b - a) / PART * 1000 for a, b in ((first.wall, last.wall), (first.cpu, last.cpu)))
    return f"| {done} | {wall:.0f} | {cpu:.1f} | {last.memory:.0f} |"


def _page(marks: dict[int, Mark], count: int, jobs: int, assignment: str) -> str:
    # the start of the warm processes falls on the first submission
    first = marks[1], marks[PART + 1]
    last = marks[count - PART], marks[count]
    (wall, cpu) = (
        (getattr(last[1], name) - getattr(last[0], name)) / (getattr(first[1], name) - getattr(first[0], name))
        for name in ("wall", "cpu")
    )
    rows = "\n".join(_row(marks, done) for done in range(PART, count + 1, PART))
    return PAGE.format(
        count=count, jobs=jobs, assignment=assignment, load=os.getloadavg()[0], rows=rows, wall=wall, cpu=cpu
    )


if __name__ == "__main__":
    main()
