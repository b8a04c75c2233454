"""A simulated class as large as you like: who hands in what and when, and what the marks must then be.

Most answers are right, in several styles and everybody's own hand; many have one or a few of the known mistakes;
some are unfinished, blank, broken, late or missing, and a few students hand in what somebody else wrote.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import nbformat

from autograder.demo.answers import SOLUTION, mistaken, right, styled, typical_mistakes
from autograder.demo.hands import copied, own_hand
from autograder.demo.students import Handin, Task, filled
from autograder.items import Misconception
from autograder.notebook import grade_id

__all__ = ["DUE", "Pupil", "simulated_class"]

DUE = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
FIRST = ("Ada", "Amina", "Björn", "Chen", "Dmitri", "Emmy", "Fatima", "George", "Hana", "Ines", "Jiří", "Kofi", "Lena")
LAST = ("Abe", "Bauer", "Costa", "Diallo", "Egede", "Fischer", "Garcia Lopez", "Haddad", "Ito", "Jansen", "Kim",
        "Lindqvist", "Moreau", "Nowak", "O'Neill", "Park", "Quist", "Rossi", "Smith-Jones", "Tran")  # fmt: skip
OPENINGS = ("Max pooling asks whether something is there at all.", "The maximum keeps one strong response.",
            "I would take the maximum to find it.", "One of them keeps the strongest entry.")  # fmt: skip
MIDDLES = ("The average tells how much of it there is.", "An average also counts the weak ones.",
           "With the mean every position counts.", "The other one spreads over all of them.")  # fmt: skip
ENDINGS = ("So the gradient goes to one position only, or to all.", "That decides where the gradient goes.",
           "Backward, one entry gets all, or each a share.", "I am not sure about the gradient.")  # fmt: skip
BROKEN = {
    "error": "def oops(:\n    pass",
    "crash": "def {item}(*args):\n    import os\n    os._exit(1)",
    "time": "def {item}(*args):\n    while True:\n        pass",
    "memory": "def {item}(*args):\n    return np.ones(10**11)",
    "policy": "def {item}(*args):\n    import socket\n    return socket.socket()",
    "import": "from scipy import signal\n\n\ndef {item}(*args):\n    return signal.correlate(*args)",
}
"""Answers that break, by the kind of failure that a report lists them under."""


@dataclass(frozen=True)
class Pupil:
    """Somebody enrolled: name, number in the learning management system, and what is handed in when, if anything.

    `kind` says what they are here for, `friends` whose answers theirs are nearly the same as. `first_try` was
    handed in before `handin` and is replaced by it.
    """

    first: str
    last: str
    number: int
    kind: str
    handin: Handin | None = None
    at: datetime = DUE
    first_try: Handin | None = None
    friends: tuple[int, ...] = field(default=())

    @property
    def student(self) -> str:
        """The id in the gradebook."""
        return f"u{self.number}"


def simulated_class(task: Task, size: int = 200, seed: int = 0) -> list[Pupil]:
    """A class of `size` (30 to 260) for one assignment; the same seed gives the same class."""
    rng = random.Random(seed)
    names = [(first, last) for last in LAST for first in FIRST]
    rng.shuffle(names)
    numbers = rng.sample(range(10_000, 99_999), size)
    kinds = _kinds(size)
    rng.shuffle(kinds)
    writer = Writer(task, rng)
    pupils = [
        writer.pupil(Pupil(*name, number, kind)) for name, number, kind in zip(names, numbers, kinds, strict=False)
    ]
    return writer.with_copies(pupils)


def _kinds(size: int) -> list[str]:
    """What everybody is here for: a few of each kind, the rest right."""
    part = size / 200
    counts = {"missing": 8, "blank": 6, "unfinished": 12, "not a notebook": 2, "copy": 4, "mistaken": 80}
    kinds = [kind for kind, count in counts.items() for _ in range(max(1, round(count * part)))]
    kinds += BROKEN
    return (kinds + ["right"] * size)[:size]


class Writer:
    """Writes what simulated students hand in for one assignment."""

    def __init__(self, task: Task, rng: random.Random) -> None:
        self._task, self._rng = task, rng
        self._right = right(task.source)
        self._styles = [styled(task.source, task.assignment, number) for number in range(5)]
        self._mistakes = typical_mistakes(task.assignment)

    def pupil(self, pupil: Pupil) -> Pupil:
        """The pupil with what somebody of that kind hands in, and when; those who copy have to wait."""
        if pupil.kind in ("missing", "copy"):
            return pupil
        return self._in_time(replace(pupil, handin=self._handin(pupil.student, pupil.kind)))

    def with_copies(self, pupils: list[Pupil]) -> list[Pupil]:
        """The class in which those who copy have what others wrote: pairs, and the last two of the same third one."""
        found = {pupil.number: pupil for pupil in pupils}
        originals = [(p.number, p.handin) for p in pupils if p.kind == "mistaken" and p.handin]
        copiers = [p for p in pupils if p.kind == "copy"]
        for position, copier in enumerate(copiers):
            original, handin = originals[min(position, max(0, len(copiers) - 2))]
            copy = replace(copier, handin=self._copy(handin, copier.student))
            found[copier.number] = self._in_time(copy)
            group = {copier.number, original, *found[original].friends}
            for number in group:
                found[number] = replace(found[number], friends=tuple(sorted(group - {number})))
        return list(found.values())

    def _in_time(self, pupil: Pupil) -> Pupil:
        """Mostly before it is due, some late; some had handed in the blank notebook before."""
        late = self._rng.random() < 0.1
        hours = self._rng.uniform(0.1, 72) if late else -self._rng.uniform(0.1, 48)
        twice = pupil.kind != "blank" and self._rng.random() < 0.08
        first_try = self._blank(pupil.student) if twice else None
        return replace(pupil, at=DUE + timedelta(minutes=int(60 * hours)), first_try=first_try)

    def _handin(self, student: str, kind: str) -> Handin:
        if kind == "blank":
            return self._blank(student)
        if kind == "not a notebook":
            return Handin(student, {self._file: '{"cells": [ {"cell'}, frozenset(self._task.judged), waits=False)
        answers = {item: self._some_right(item) for item in self._right}
        mistakes: dict[str, Misconception] = {}
        zero: frozenset[str] = frozenset()
        if kind == "mistaken":
            weakness = self._rng.betavariate(1, 1.5)
            chosen = [item for item in self._mistakes if self._rng.random() < weakness] or self._some(self._mistakes)
            mistakes = {item: self._some_mistake(item) for item in chosen}
            wrong = {item: mistaken(self._task.source, item, mistake) for item, mistake in mistakes.items()}
            answers |= {item: own_hand(text, self._rng) for item, text in wrong.items()}
        elif kind == "unfinished":
            zero = frozenset(self._some(self._right))
            answers = {item: text for item, text in answers.items() if item not in zero}
        elif kind in BROKEN:
            item = list(answers)[-1]
            zero = frozenset({item})
            answers[item] = BROKEN[kind].format(item=item)
        return self._filled(student, answers, zero, mistakes)

    def _filled(
        self, student: str, answers: dict[str, str], zero: frozenset[str], mistakes: dict[str, Misconception]
    ) -> Handin:
        words = " ".join(self._rng.choice(sentences) for sentences in (OPENINGS, MIDDLES, ENDINGS))
        notebook = filled(self._task, answers, words)
        return Handin(student, {self._file: nbformat.writes(notebook)}, zero, mistakes)

    def _blank(self, student: str) -> Handin:
        text = nbformat.writes(self._task.released)
        return Handin(student, {self._file: text}, frozenset(self._task.judged), waits=False)

    def _copy(self, handin: Handin, student: str) -> Handin:
        """What is handed in there, with the answers written out anew."""
        notebook = nbformat.reads(handin.files[self._file], 4)
        cells = {grade_id(cell): cell.source for cell in notebook.cells}
        answers = {item: copied(cells[item + SOLUTION], self._rng) for item in self._right}
        return self._filled(student, answers, handin.zero, handin.mistakes)

    @property
    def _file(self) -> str:
        return f"{self._task.assignment}.ipynb"

    def _some_right(self, item: str) -> str:
        """Half write as they were taught, the others in one of the other ways."""
        text = self._right[item] if self._rng.random() < 0.5 else self._rng.choice(self._styles)[item]
        return own_hand(text, self._rng)

    def _some_mistake(self, item: str) -> Misconception:
        """One of the known mistakes; the first ones are the frequent ones."""
        known = self._mistakes[item]
        return known[min(int(self._rng.expovariate(0.5)), len(known) - 1)]

    def _some(self, items: Iterable[str]) -> list[str]:
        """One to three of the items."""
        names = list(items)
        return self._rng.sample(names, self._rng.choice((1, 1, 2, 3)))
