"""The report of an assignment as one record; everything in it follows from the class's record alone."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.report.failures import Failure, failures
from autograder.report.records import ClassRecord, Item
from autograder.report.remarks import Remark, remarks
from autograder.report.similar import Likeness, near_identical
from autograder.report.statistics import Distribution, ItemStatistics, distribution, item_statistics

__all__ = ["Late", "Misunderstanding", "Report", "Waiting", "contents"]


@dataclass(frozen=True)
class Misunderstanding:
    """A known mistake: the hint that students were told, and who was told it. `name` is the library's."""

    notebook: str
    item: str
    hint: str
    name: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """The answers to one item that a person still has to look at."""

    notebook: str
    item: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Late:
    """How late a submission came, and what it cost."""

    student: str
    seconds: float
    penalty: float


@dataclass(frozen=True)
class Report:
    """What there is to say of one assignment. `missing` handed nothing in, `ungraded` are not graded yet."""

    assignment: str
    distribution: Distribution
    items: tuple[ItemStatistics, ...]
    remarks: tuple[Remark, ...]
    misunderstandings: tuple[Misunderstanding, ...]
    failures: tuple[Failure, ...]
    alike: tuple[Likeness, ...]
    waiting: tuple[Waiting, ...]
    missing: tuple[str, ...]
    ungraded: tuple[str, ...]
    late: tuple[Late, ...]


def contents(record: ClassRecord, names: Mapping[tuple[str, str], str] | None = None) -> Report:
    """The report of a class; `names` has the library's name of each mistake by item and hint."""
    items = item_statistics(record)
    return Report(
        assignment=record.assignment,
        distribution=distribution(record),
        items=items,
        remarks=remarks(items),
        misunderstandings=_misunderstandings(record, names or {}),
        failures=failures(record),
        alike=_alike(record),
        waiting=tuple(waiting for item in record.items if (waiting := _waiting(record, item)).students),
        missing=record.missing,
        ungraded=record.ungraded,
        late=tuple(Late(s.student, s.seconds_late, s.penalty) for s in record.submissions if s.seconds_late > 0),
    )


def _misunderstandings(record: ClassRecord, names: Mapping[tuple[str, str], str]) -> tuple[Misunderstanding, ...]:
    """Every hint that was given, the most frequent first, then in the order of the items."""
    told: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for item in record.items:
        for submission in record.submissions:
            verdict = submission.copy.verdicts.get(item.key)
            for hint in verdict.hints if verdict else ():
                told[(*item.key, hint)].append(submission.student)
    found = [
        Misunderstanding(notebook, item, hint, names.get((item, hint), ""), tuple(students))
        for (notebook, item, hint), students in told.items()
    ]
    return tuple(sorted(found, key=lambda entry: -len(entry.students)))


def _alike(record: ClassRecord) -> tuple[Likeness, ...]:
    """The cells of code in which few students have nearly the same answer."""
    cells = dict.fromkeys(key for item in record.items if not item.written for key in item.answers)
    answers = {key: {s.student: s.copy.texts[key] for s in record.submissions if key in s.copy.texts} for key in cells}
    return near_identical(answers, record.known)


def _waiting(record: ClassRecord, item: Item) -> Waiting:
    waiting = (s.student for s in record.submissions if item.key in s.marks and s.marks[item.key].waits)
    return Waiting(*item.key, tuple(waiting))
