"""Item analysis: distribution of the scores, and for each item mean, facility and discrimination.

Every submission counts in means and facilities. Submissions in which nothing was answered are left out of the
discrimination and of the best third: a zero everywhere would make every item look as if it told good from bad.
Of an item that a person grades nothing is said until nobody waits for a first mark, since until then only the blank
answers have one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, fsum
from statistics import correlation, mean, median, stdev

from autograder.judge import GroupVerdict
from autograder.report.records import ClassRecord, Item, Key, Submission

__all__ = ["Distribution", "GroupStatistics", "ItemStatistics", "distribution", "item_statistics"]

BINS = 10
FEWEST = 3  # submissions that a correlation takes


@dataclass(frozen=True)
class Distribution:
    """The scores after late penalties. `deviation` is the sample's (divided by n - 1), None for a single score.

    In `blank` submissions nothing was answered. `counts` are of `BINS` equal parts of 0 to `points`; a part has its
    lower end, the last both.
    """

    n: int
    blank: int
    points: float
    mean: float
    median: float
    deviation: float | None
    lowest: float
    highest: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class GroupStatistics:
    """A group of hidden cases: how many lost its points, also of the best third, and the reason most often given."""

    name: str
    points: float
    tried: int
    failed: int
    best: int
    best_failed: int
    reason: str
    reason_count: int


@dataclass(frozen=True)
class ItemStatistics:
    """What the class did in one item.

    `n` marks are there, `waiting` ones are not. `facility` is the mean as a share of the points.
    `discrimination` is the item-rest correlation over `compared` submissions: Pearson's, of the item's marks with
    the sum of all other items' marks; where it has no value `undefined` says why. `lost` answers lost points, of them
    `unexplained` ones without a hint.
    """

    notebook: str
    name: str
    points: float
    written: bool
    n: int
    waiting: int
    blank: int
    mean: float | None
    facility: float | None
    full: int
    zero: int
    discrimination: float | None
    compared: int
    undefined: str
    seconds: float | None
    lost: int
    unexplained: int
    groups: tuple[GroupStatistics, ...]


def distribution(record: ClassRecord) -> Distribution:
    """The distribution of the final scores."""
    scores = [submission.score for submission in record.submissions]
    points = fsum(item.points for item in record.items)
    part = points / BINS or 1.0
    counts = Counter(min(max(int(score / part + 1e-9), 0), BINS - 1) for score in scores)
    return Distribution(
        n=len(scores),
        blank=sum(submission.blank for submission in record.submissions),
        points=points,
        mean=mean(scores),
        median=median(scores),
        deviation=stdev(scores) if len(scores) > 1 else None,
        lowest=min(scores),
        highest=max(scores),
        counts=tuple(counts[bin] for bin in range(BINS)),
    )


def item_statistics(record: ClassRecord) -> tuple[ItemStatistics, ...]:
    """The statistics of every item, in the order of the notebook."""
    waiting = {item.key: sum(_score(s, item.key) is None for s in record.submissions) for item in record.items}
    settled = [item.key for item in record.items if not waiting[item.key]]
    return tuple(
        _statistics(item, record.submissions, [key for key in settled if key != item.key], waiting[item.key])
        for item in record.items
    )


def _statistics(item: Item, submissions: Sequence[Submission], others: Sequence[Key], waiting: int) -> ItemStatistics:
    marks = [] if waiting else [_score(s, item.key) or 0.0 for s in submissions]
    average = mean(marks) if marks else None
    answered = [s for s in submissions if not s.blank]
    rest = [fsum(_score(s, key) or 0.0 for key in others) for s in answered]
    own = [] if waiting else [_score(s, item.key) or 0.0 for s in answered]
    discrimination, undefined = _item_rest(own, rest if others else [], waiting)
    seconds = [s.copy.seconds[item.key] for s in submissions if item.key in s.copy.seconds]
    tried = [s.copy.verdicts[item.key] for s in submissions if _is_tried(s, item.key)]
    lost = [verdict for verdict in tried if verdict.earned < verdict.points]
    return ItemStatistics(
        notebook=item.key[0],
        name=item.key[1],
        points=item.points,
        written=item.written,
        n=len(submissions) - waiting,
        waiting=waiting,
        blank=sum(_is_blank(s, item.key) for s in submissions),
        mean=average,
        facility=average / item.points if average is not None and item.points else None,
        full=sum(mark >= item.points for mark in marks),
        zero=sum(mark <= 0 for mark in marks),
        discrimination=discrimination,
        compared=len(own),
        undefined=undefined,
        seconds=median(seconds) if seconds else None,
        lost=len(lost),
        unexplained=sum(not verdict.hints for verdict in lost),
        groups=_groups(item.key, answered, rest),
    )


def _score(submission: Submission, key: Key) -> float | None:
    """The mark of an item; 0 for an item that came into the notebook after this submission."""
    return submission.marks[key].score if key in submission.marks else 0.0


def _item_rest(marks: Sequence[float], rest: Sequence[float], waiting: int) -> tuple[float | None, str]:
    """The item-rest correlation, or None and why there is none."""
    if waiting:
        return None, f"{waiting} answers wait for a mark"
    if not rest:
        return None, "there is no other item with all its marks"
    if len(marks) < FEWEST:
        return None, f"only {len(marks)} answered submissions"
    if len(set(marks)) == 1:
        return None, "everybody has the same mark here"
    if len(set(rest)) == 1:
        return None, "everybody has the same marks in the rest"
    return correlation(marks, rest), ""


def _is_blank(submission: Submission, key: Key) -> bool:
    return key not in submission.marks or submission.marks[key].blank


def _is_tried(submission: Submission, key: Key) -> bool:
    return key in submission.copy.verdicts and not _is_blank(submission, key)


def _groups(key: Key, answered: Sequence[Submission], rest: Sequence[float]) -> tuple[GroupStatistics, ...]:
    """How the groups of cases of an item went; the best third is by the rest, with all who tie at its end."""
    tried = [
        (s.copy.verdicts[key].groups, points) for s, points in zip(answered, rest, strict=True) if _is_tried(s, key)
    ]
    if not tried:
        return ()
    least = sorted((points for _, points in tried), reverse=True)[ceil(len(tried) / 3) - 1]
    by_name: dict[str, list[tuple[GroupVerdict, bool]]] = {}
    for groups, points in tried:
        for group in groups:
            by_name.setdefault(group.name, []).append((group, points >= least))
    return tuple(_group(name, verdicts) for name, verdicts in by_name.items())


def _group(name: str, verdicts: Sequence[tuple[GroupVerdict, bool]]) -> GroupStatistics:
    """A group's verdicts, each with whether it is of the best third."""
    lost = [(group, best) for group, best in verdicts if group.earned < group.points]
    reason, times = Counter(group.reason for group, _ in lost).most_common(1)[0] if lost else ("", 0)
    return GroupStatistics(
        name=name,
        points=verdicts[0][0].points,
        tried=len(verdicts),
        failed=len(lost),
        best=sum(best for _, best in verdicts),
        best_failed=sum(best for _, best in lost),
        reason=reason,
        reason_count=times,
    )
