"""Which student of the gradebook a sender is.

The student whose LMS number is the sender's (Canvas); or whose id it is; or the only one of that name. Anybody else is
entered as a new student, so that nobody's work is left lying, and the instructor is told.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nbgrader.api import Gradebook, Student

from autograder.collect.senders import Sender

__all__ = ["Identity", "enter", "identify", "name_key", "safe_id"]

MAX_ID = 100


@dataclass(frozen=True)
class Identity:
    """The student that a sender is; `new` where the gradebook has no such student, `problem` where nobody can say."""

    student: str
    first_name: str = ""
    last_name: str = ""
    lms_user_id: str = ""
    new: bool = False
    problem: str = ""


def identify(gradebook: Gradebook, senders: Iterable[Sender]) -> dict[Sender, Identity]:
    """Who each sender is. Two senders are never the same student, unless one sent over different ways."""
    known = list(gradebook.students)
    senders = list(dict.fromkeys(senders))
    names = Counter((sender.kind, name_key(sender.name)) for sender in senders)
    found: dict[Sender, Identity] = {}
    for sender in senders:
        unique = names[sender.kind, name_key(sender.name)] == 1
        found[sender] = _identity(sender, known, unique)
    shared = Counter((sender.kind, identity.student) for sender, identity in found.items())
    for sender, identity in found.items():
        if not identity.problem and shared[sender.kind, identity.student] > 1:
            found[sender] = Identity("", problem=f"somebody else here would be called {identity.student!r} too")
    return found


def enter(gradebook: Gradebook, identity: Identity) -> None:
    """Enter a new student into the gradebook; give a known one the LMS number, if it was not known."""
    told = {"lms_user_id": identity.lms_user_id} if identity.lms_user_id else {}
    if identity.new:
        told |= {"first_name": identity.first_name, "last_name": identity.last_name}
    if told:
        gradebook.update_or_create_student(identity.student, **{key: value or None for key, value in told.items()})


def safe_id(name: str) -> str:
    """A name as it may stand in paths and patterns; "" where nothing is left of it.

    >>> safe_id("Seán O'Brien"), safe_id("../<b>x</b>"), safe_id("..")
    ('Seán-O-Brien', 'b-x-b', '')
    """
    text = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFC", name))
    return re.sub(r"-{2,}", "-", text)[:MAX_ID].strip("-.")


def _identity(sender: Sender, known: list[Student], unique: bool) -> Identity:
    if sender.kind == "Moodle" and not unique:
        return Identity("", problem=_ambiguous(sender))
    number = sender.id if sender.kind == "Canvas" else ""
    if number and (same := [s for s in known if s.lms_user_id == number]):
        return Identity(same[0].id)
    wanted = safe_id(sender.id)
    if any(student.id == wanted for student in known):
        return Identity(wanted, lms_user_id=number)
    same = [s for s in known if name_key(sender.name) in _names(s) and not (number and s.lms_user_id)]
    if unique and len(same) == 1:
        return Identity(same[0].id, lms_user_id=number)
    if not wanted:
        return Identity("", problem="this name cannot be a student's id")
    if sender.kind == "Moodle" and same:
        return Identity("", problem=_ambiguous(sender))
    if sender.kind == "Canvas":
        return Identity(safe_id(f"{sender.name}_{number}"), "", _plain(sender.name), number, new=True)
    first, _, last = _plain(sender.name).rpartition(" ")
    return Identity(wanted, first, last if first else "", new=True)


def _ambiguous(sender: Sender) -> str:
    return f"more than one student is called {sender.name!r}: put this into a folder <student>/ and collect that"


def _names(student: Student) -> set[str]:
    first, last = student.first_name or "", student.last_name or ""
    return {name_key(f"{first} {last}"), name_key(f"{last} {first}")} - {""}


def name_key(name: str) -> str:
    """What is left of a name when case, blanks and punctuation are not looked at, as in Canvas's file names."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", name)).casefold()


def _plain(name: str) -> str:
    """A name without what could be markup: nbgrader's pages show it as it is."""
    return re.sub(r"[<>\x00-\x1f\x7f]", "", unicodedata.normalize("NFC", name)).strip()[:128]
