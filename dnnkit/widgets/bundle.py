"""One ES module out of several small ones, because a widget's module cannot import its siblings.

A front end loads a widget's JavaScript from a blob address, where ``import "./grid.js"`` means nothing. So the
files in ``static/`` are joined in Python: imports first, each file once, the ``import`` lines and the word
``export`` taken off. All of them then share one scope, so a name is used at top level in one file only. Node's
test runner imports the same files as they stand.

A front end imports a widget's module anew for each widget, and anywidget renews a class's style sheet with each. So
what is sent is a small module around the joined text: the first widget of a page makes one module and one style
sheet of it, and all others of the page use them.
"""

import json
import re
from functools import cache
from pathlib import Path

__all__ = ["STATIC", "bundle", "module"]

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const|class)", re.MULTILINE)


@cache
def module(entry: str) -> str:
    """What a front end loads as the module of a widget that ``static/<entry>`` draws: once.js with its texts."""
    texts = {"SOURCE": bundle(entry), "STYLE": _read("style.css")}
    constants = [f"const {name} = {json.dumps(text)};" for name, text in texts.items()]
    return "\n".join([*constants, _read("once.js")])


@cache
def bundle(*entries: str) -> str:
    """The source of ``static/<entry>`` and of everything that it imports, for all entries, as one module.

    >>> "import" in bundle("format.js")
    False
    """
    names: tuple[str, ...] = ()
    for entry in entries:
        names = _in_order(entry, names)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(name))) for name in names)


def _in_order(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The files still to be joined for `name`, each after those that it imports."""
    for imported in _IMPORT.findall(_read(name)):
        before = _in_order(imported, before)
    return before if name in before else (*before, name)


@cache
def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
