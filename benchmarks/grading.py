"""Grade honest submissions of all notebooks with stock nbgrader and with ours, side by side; write docs/.

Both get the same submissions of the same notebooks, less the cells tagged `explore`. Ours runs the graded cells as
they are. Stock nbgrader cannot: there a graded cell makes the same calls on the same hidden cases and compares by the
same function with expected values that were stored before. Whole commands are measured, their start included.
"""

import argparse
import contextlib
import os
import pickle
import platform
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.course import NOTEBOOKS, Course, create, environment_on_path
from autograder.demo import answers
from autograder.hidden import items_of
from autograder.items import prepare
from autograder.notebook import grade_id
from autograder.release import release

SEED, STYLES = 1, 4
ASSIGNMENTS = [path.name for path in sorted(NOTEBOOKS.iterdir()) if path.is_dir() and items_of(path.name)]
DOCS = Path(__file__).parents[1] / "docs"
STOCK_CONFIG = "c = get_config()\nc.ClearMarkScheme.enforce_metadata = False\n"
STOCK_TEST = """\
import pickle
from dnnkit.check.compare import difference
from dnnkit.check.outcome import lookup, run
with open({file!r}, "rb") as stored:
    cases, expected, entries = pickle.load(stored)
for case, right in zip(cases, expected, strict=True):
    assert difference(run(lookup({name}) if entries else {name}, case), right, case) is None"""
WAYS = ("stock", "ours, 1 job", "ours, 2 jobs")
PAGE = """# How fast grading is

Written by `python -m benchmarks.grading --submissions {ours} --stock {stock}` on {cores} cores: honest submissions of
the seven notebooks, right answers in several styles, without the cells tagged `explore`. `nbgrader autograde` runs each
in a kernel; a graded cell makes there the calls that the judge makes here, on the same hidden cases, and compares by
the same function. Every command is measured whole, start included, and all take turns. Everybody got full points in
both gradebooks. Load average at the end: {load:.1f}; while other work runs, believe processor time rather than minutes.

{table}

{summary}

Every command loads Python's packages and makes its warm processes first, two jobs make two of each; the more hand
in, the less that counts. One job keeps more than one core busy: beside it the master reads, rebuilds and records every
submission. What it takes of that, and whether the time grows, is in [another table](benchmarks-thousand.md).
"""


@dataclass
class Cost:
    """What grading took so far: submissions, seconds of processor time and of the clock."""

    submissions: int = 0
    processor: float = 0.0
    clock: float = 0.0

    def add(self, other: "Cost") -> None:
        self.submissions += other.submissions
        self.processor += other.processor
        self.clock += other.clock

    @property
    def each(self) -> float:
        """Seconds of processor time for a submission."""
        return self.processor / self.submissions

    @property
    def a_minute(self) -> float:
        """Submissions in a minute."""
        return 60 * self.submissions / self.clock


@dataclass
class Race:
    """The courses, and what each way of grading has taken."""

    roots: dict[str, Path]
    costs: dict[str, dict[str, Cost]] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--submissions", type=int, default=100, help="of all notebooks together (default 100)")
    parser.add_argument("--stock", type=int, help="how many of these stock nbgrader grades (default all)")
    parser.add_argument("--out", type=Path, default=DOCS)
    options = parser.parse_args()
    stock = min(options.stock or options.submissions, options.submissions)
    if stock < len(ASSIGNMENTS):
        parser.error(f"at least {len(ASSIGNMENTS)}, one of each notebook")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="race-") as folder, environment_on_path():
        os.chmod(folder, 0o755)
        race = _prepared(Path(folder), options.submissions, stock)
        for assignment in Course.open(race.roots[WAYS[1]]).assignments:
            race.costs[assignment] = {way: _graded(race.roots[way], way, assignment) for way in WAYS}
            print(_row(assignment, race.costs[assignment]), flush=True)
    (options.out / "benchmarks-grading.md").write_text(_page(race, options.submissions, stock), "utf-8")


def _prepared(folder: Path, submissions: int, stock: int) -> Race:
    """One course for each way, with everything handed in."""
    sources = {name: _without_explore(nbformat.read(NOTEBOOKS / name / f"{name}.ipynb", 4)) for name in ASSIGNMENTS}
    for name, source in sources.items():
        _write(source, folder / "notebooks" / name)
        _write(_for_stock(source, name, folder), folder / "stock" / "source" / name)
    course = create(folder / "ours", "ours", SEED, folder / "notebooks")
    release(course, ASSIGNMENTS)
    (folder / "stock" / "nbgrader_config.py").write_text(STOCK_CONFIG)
    for name in ASSIGNMENTS:
        _run(["nbgrader", "generate_assignment", name], folder / "stock")
    for number in range(submissions):
        name = ASSIGNMENTS[number % len(ASSIGNMENTS)]
        released = nbformat.read(course.folder("release", name) / f"{name}.ipynb", 4)
        notebook = _answered(released, answers.styled(sources[name], name, number // len(ASSIGNMENTS) % STYLES))
        for root in (folder / "ours", folder / "stock")[: 2 if number < stock else 1]:
            _write(notebook, root / "submitted" / f"student-{number}" / name)
    shutil.copytree(folder / "ours", folder / "twin")
    return Race(dict(zip(WAYS, (folder / "stock", folder / "ours", folder / "twin"), strict=True)))


def _write(notebook: NotebookNode, folder: Path) -> None:
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{folder.name}.ipynb")


def _without_explore(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if "explore" not in cell.metadata.get("tags", [])]
    return notebook


def _for_stock(source: NotebookNode, assignment: str, folder: Path) -> NotebookNode:
    """The notebook with tests that a kernel can run, on the same hidden cases."""
    twin = nbformat.from_dict(source)
    for cell in twin.cells:
        name = grade_id(cell) or ""
        if name in items_of(assignment) and cell.cell_type == "code":
            item = prepare(items_of(assignment)[name], SEED)
            file = folder / f"{assignment}-{name}.cases"
            file.write_bytes(pickle.dumps((item.cases, item.expected, item.entries)))
            visible = cell.source.split("### BEGIN HIDDEN TESTS")[0]
            test = STOCK_TEST.format(file=str(file), name=name.partition("-")[0])
            cell.source = f"{visible}### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
    return twin


def _answered(released: NotebookNode, texts: dict[str, str]) -> NotebookNode:
    """The released notebook with these answers."""
    for cell in released.cells:
        name = grade_id(cell) or ""
        if name.endswith(answers.SOLUTION):
            cell.source = texts[name.removesuffix(answers.SOLUTION)]
    return released


def _graded(root: Path, way: str, assignment: str) -> Cost:
    """Grade one assignment and make sure that everybody has full points."""
    command = ["nbgrader", "autograde", assignment]
    if way != "stock":
        command = ["autograder", "grade", assignment, "--jobs", way.split()[1]]
    cost = _run(command, root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        notebooks = [submission.notebooks[0] for submission in gradebook.assignment_submissions(assignment)]
        grades = [grade for notebook in notebooks for grade in notebook.grades if grade.cell.cell_type == "code"]
        lost = sum(grade.max_score - grade.auto_score for grade in grades)
    if lost:
        raise SystemExit(f"{way}: right answers lost {lost} points in {assignment}")
    cost.submissions = len(notebooks)
    return cost


def _run(command: list[str], root: Path) -> Cost:
    """Run a command in a course; its processor time is that of all processes that it started."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    wrapped: dict[int, float] = {}
    with tempfile.TemporaryFile("w+") as messages:
        with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=messages) as running:
            while running.poll() is None:
                wrapped |= _times_behind_bubblewrap(running.pid)
                time.sleep(0.1)
        if running.returncode:
            messages.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{messages.read()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime + sum(wrapped.values())
    return Cost(0, processor, time.perf_counter() - started)


def _times_behind_bubblewrap(pid: int) -> dict[int, float]:
    """Processor time of the warm processes and their students, which bubblewrap does not hand on when it ends."""
    times = {}
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                parent = process.parent()
                if parent and parent.name() == "bwrap" and process.name() != "bwrap":
                    times[process.pid] = sum(process.cpu_times()[:4])  # own and reaped children's, user and system
    return times


def _row(name: str, costs: dict[str, Cost]) -> str:
    stock, one, two = (costs[way] for way in WAYS)
    each = f"{stock.each:.2f} | {one.each:.3f} | {two.each:.3f} | {stock.each / two.each:.0f}"
    a_minute = " | ".join(f"{cost.a_minute:.0f}" for cost in (stock, one, two))
    return f"| {name} | {each} | {a_minute} | {two.a_minute / stock.a_minute:.0f} | {two.a_minute / one.a_minute:.2f} |"


def _sum(costs: Iterable[Cost]) -> Cost:
    total = Cost()
    for cost in costs:
        total.add(cost)
    return total


def _page(race: Race, submissions: int, stock: int) -> str:
    totals = {way: _sum(costs[way] for costs in race.costs.values()) for way in WAYS}
    columns = ["stock", "1 job", "2 jobs", "stock / 2 jobs", "stock", "1 job", "2 jobs", "2 jobs / stock", "2 jobs / 1"]
    head = f"| notebook | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}"
    rows = [_row(name, costs) for name, costs in race.costs.items()]
    caption = "Columns 2 to 5: seconds of processor time a submission; columns 6 to 10: submissions a minute.\n"
    ratio = totals["stock"].each / totals[WAYS[2]].each
    minutes = totals[WAYS[2]].a_minute / totals["stock"].a_minute
    summary = f"In all, with two jobs: 1/{ratio:.0f} of the processor time, {minutes:.0f} times as many in a minute."
    return PAGE.format(
        ours=submissions,
        stock=stock,
        cores=f"{len(os.sched_getaffinity(0))} {platform.machine()}",
        load=os.getloadavg()[0],
        table="\n".join([caption, head, *rows, _row("**all**", totals)]),
        summary=summary,
    )


if __name__ == "__main__":
    main()
