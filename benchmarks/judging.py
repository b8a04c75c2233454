"""What judging one submission costs beyond running the student's code: ``python -m benchmarks.judging``.

Of each notebook: every hidden case compared and every mistake looked for (autograder.judge), and the visible reports
as text and table with the comparison with the student's own forward (dnnkit.check). The time in which the student's
functions run is taken off. Once all answers are right, once each of them is a known mistake, the slowest to judge.
"""

import time
from collections.abc import Callable
from typing import Any

from autograder.hidden import ASSIGNMENTS, items_of
from autograder.items import Item, Prepared, outcomes, prepare
from autograder.judge import verdict
from dnnkit.check import report
from dnnkit.check.outcome import Case, Outcome, run

GOAL = 0.050
ROUNDS = 5
SEED = 1


class Stopwatch:
    """Runs a student's code as judging does, and knows how long that took."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, candidate: Callable[..., Any], case: Case) -> Outcome:
        start = time.process_time()
        try:
            return run(candidate, case)
        finally:
            self.seconds += time.process_time() - start


def seconds_for(item: Item, prepared: Prepared, answer: Any, rights: dict[str, Any]) -> float:
    """Processor time of judging one answer, at its best, without the time in which the answer runs."""
    got = outcomes(answer, prepared.cases)
    best = float("inf")
    for _ in range(ROUNDS):
        watch, start = Stopwatch(), time.process_time()
        verdict(prepared, got)
        found = report(item.name, answer, watch, lambda name, library: rights.get(name))
        str(found), found._repr_html_()
        best = min(best, time.process_time() - start - watch.seconds)
    return best


def main() -> None:
    rights = {item.name: item.answer for assignment in ASSIGNMENTS for item in items_of(assignment).values()}
    print(f"{'notebook':<20} {'all right':>10} {'all wrong':>10}   milliseconds; the goal is {GOAL * 1e3:.0f}")
    for assignment in ASSIGNMENTS:
        right = wrong = 0.0
        for item in items_of(assignment).values():
            prepared = prepare(item, SEED)
            own = seconds_for(item, prepared, item.answer, rights)
            right += own
            wrong += max([own, *(seconds_for(item, prepared, m.answer, rights) for m in item.misconceptions)])
        print(f"{assignment:<20} {right * 1e3:>10.1f} {wrong * 1e3:>10.1f}")


if __name__ == "__main__":
    main()
