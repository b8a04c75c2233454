"""Rows of texts as CSV that no spreadsheet takes for anything but texts."""

import csv
import io
import re

__all__ = ["Rows", "as_csv", "harmless"]

Rows = list[list[str]]


def harmless(text: str | None) -> str:
    """A text in one line that no spreadsheet takes for a formula.

    >>> harmless("=cmd()"), harmless("Lovelace, Ada")
    ("'=cmd()", 'Lovelace, Ada')
    """
    line = " ".join((text or "").split("\n")).replace("\r", " ").replace("\0", "")
    return f"'{line}" if re.match(r"\s*[=+\-@]", line) else line


def as_csv(rows: Rows, delimiter: str = ",") -> str:
    """The rows as CSV, quoted where that is needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()
