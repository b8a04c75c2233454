"""Write the visible cases that students' checks read: ``python -m autograder.visible_cases``.

One file for each notebook in dnnkit/data/cases, made from the items in `autograder/hidden`: arguments,
expected outcomes, and what known mistakes give, with their hints. No code goes in, and of by-hand answers
only the form.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import dnnkit
from autograder.hidden import ASSIGNMENTS, items_of
from autograder.items import Item, mistakes, outcomes
from dnnkit.check.outcome import Outcome, blanked
from dnnkit.check.stored import Mistake, StoredItem, encode

__all__ = ["main", "rendered", "stored"]

FOLDER = Path(dnnkit.__file__).parent / "data" / "cases"
WIDTH = 110


def stored(item: Item) -> StoredItem:
    """What a student's check may know of an item."""
    expected = tuple(_told(outcome) for outcome in outcomes(item.answer, item.visible))
    if item.form_only:
        forms = tuple(replace(outcome, value=blanked(outcome.value)) for outcome in expected)
        return StoredItem(item.name, item.visible, forms, (), item.entries, form_only=True)
    known = (
        Mistake(mistake.hint, {i: _told(outcome) for i, outcome in mistake.wrong.items()})
        for mistake in mistakes(item.misconceptions, item.visible, expected)
    )
    return StoredItem(item.name, item.visible, expected, tuple(known), item.entries, form_only=False)


def _told(outcome: Outcome) -> Outcome:
    """An outcome without what is not compared: the text of an error, the line that raised it, the sign of a zero."""
    return replace(outcome, value=_without_signed_zeros(outcome.value), message="", line="")


def _without_signed_zeros(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_without_signed_zeros, value))
    return value + 0 if isinstance(value, np.ndarray) else value


def rendered(assignment: str) -> str:
    """The file of an assignment as text, the same for the same items."""
    data = {name: encode(stored(item)) for name, item in items_of(assignment).items()}
    return _pretty(_rounded(data), "") + "\n"


def _rounded(data: Any) -> Any:
    """JSON data with floats of 12 digits, so that one machine's last bit does not show."""
    if isinstance(data, float):
        return float(f"{data:.12g}")
    if isinstance(data, list):
        return [_rounded(entry) for entry in data]
    return {key: _rounded(value) for key, value in data.items()} if isinstance(data, dict) else data


def _pretty(data: Any, indent: str) -> str:
    """JSON with one line for whatever fits on a line, and for every array."""
    line = json.dumps(data, ensure_ascii=False)
    flat = isinstance(data, dict) and "array" in data
    if flat or not isinstance(data, (dict, list)) or len(indent) + len(line) <= WIDTH:
        return line
    deeper = indent + " "
    if isinstance(data, dict):
        lines = [f"{json.dumps(key)}: {_pretty(value, deeper)}" for key, value in data.items()]
    else:
        lines = [_pretty(value, deeper) for value in data]
    opening, closing = "{}" if isinstance(data, dict) else "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{indent}{closing}"


def main() -> int:
    """Bring dnnkit/data/cases up to date and say what changed."""
    for assignment in ASSIGNMENTS:
        path, text = FOLDER / f"{assignment}.json", rendered(assignment)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
