"""The pages that this autograder writes: one HTML file each, which runs no script and loads nothing.

A template extends ``pages/base.html.j2`` and fills its blocks ``title`` and ``content`` (and, if it needs rules of
its own, ``style``). Values are escaped as they come; what is HTML already is handed over as `markupsafe.Markup`.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.outputs import number
from autograder.whole import whole

__all__ = ["render", "write"]

FOLDER = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """The page that a template below autograder/ gives, as in ``render("report/page.html.j2", title=...)``."""
    return _environment().get_template(template).render(values)


def write(page: str, path: Path) -> None:
    """Write a page so that the file is either the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished:
        unfinished.write_text(page, encoding="utf-8", errors="replace")


def duration(seconds: float) -> str:
    """A time in words, to the minute.

    >>> duration(93780), duration(5)
    ('1 d 2 h 3 min', 'less than a minute')
    """
    minutes = int(seconds) // 60
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than a minute"


@cache
def _environment() -> Environment:
    """Templates by their path below autograder/. The filter `points` writes 2, 2.5, 0.33; `duration`, `1 h 5 min`."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"points": number, "duration": duration}
    return environment
