"""From the exported cells of the notebooks to one module."""

import ast
import builtins
import inspect
import itertools
import keyword
import re
import symtable
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dnnkit.layers import Linear
from dnnkit.mytorch.cells import Cell

__all__ = ["PACKAGE", "Gap", "Module", "compose", "gaps_of", "is_written"]

PACKAGE = "mytorch"
AGAIN = "save it, and gather again (`dnnkit mytorch`)."
LINEAR = 'from dnnkit.layers import Linear\n\n__all__ = ["Linear"]'
NEEDS = {"rnn_classifier": {"linear": "Linear", "rnn_cell": "RNNCell"}}  # what a module imports from others

REFUSAL = re.compile(r"(\S+) (?:is unfinished|does not run \((.*)\)): .* in notebook (\S+), " + re.escape(AGAIN))
TODO = re.compile(r"raise NotImplementedError\(.TODO\b")

Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Kept = Named | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Gap:
    """Something that cannot be called yet: it is not written, or its cell stops with an error."""

    name: str
    notebook: str
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"{self.name} does not run ({self.error}): mend its cell in notebook {self.notebook}, {AGAIN}"
        return f"{self.name} is unfinished: write it in notebook {self.notebook}, {AGAIN}"


@dataclass
class Module:
    """A module of the library.

    gaps: for every function and class, what is missing; nothing where it is ready.
    unknown: names that it uses and nothing in it defines.
    """

    name: str
    text: str = ""
    gaps: dict[str, list[Gap]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        ready = [name for name, gaps in self.gaps.items() if not gaps]
        lines = [f"  {self.name + '.py':18} {', '.join(ready) or 'nothing ready yet'}"]
        every = [gap for gaps in self.gaps.values() for gap in gaps]
        for (notebook, error), gaps in itertools.groupby(every, lambda gap: (gap.notebook, gap.error)):
            what = f"to mend in {notebook} ({error})" if error else f"to write in {notebook}"
            lines.append(f"    {what}: {', '.join(gap.name for gap in gaps)}")
        if self.unknown:
            names = ", ".join(self.unknown)
            lines.append(f"    uses {names}: begin the cell that defines this with `#| export {self.name}`")
        return "\n".join(lines)


def compose(name: str, cells: list[Cell], others: dict[str, Module]) -> Module:
    """Put a module together, trying every piece on the way, so that importing it does not fail.

    others: the modules before it, by name.
    """
    module = Module(name, namespace={"__name__": f"{PACKAGE}.{name}", "np": np})
    notebooks = sorted({cell.notebook for cell in cells})
    head = [_heading(notebooks)]
    if name == "linear":
        head.append(LINEAR)
        module.namespace["Linear"], module.gaps["Linear"] = Linear, []
    for other, wanted in NEEDS.get(name, {}).items():
        if other in others and wanted in others[other].namespace:
            head.append(f"from {PACKAGE}.{other} import {wanted}")
            module.namespace[wanted] = others[other].namespace[wanted]
    parts = ["\n".join(head)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the student's code warns of, the notebook has shown
        for notebook, own in itertools.groupby(cells, lambda cell: cell.notebook):
            parts += [f"# ---- {notebook}"] * (len(notebooks) > 1)
            parts += [text for cell in own if (text := _definitions(cell, module))]
        module.text = "\n\n\n".join(parts) + "\n"
        module.unknown = sorted(_globals_used(module.text) - set(module.namespace) - set(vars(builtins)))
    return module


def _heading(notebooks: list[str]) -> str:
    if not notebooks:
        return "# Given by the course, from no notebook.\n"
    return (
        f"# Your own functions, from notebook {', '.join(notebooks)}.\n"
        "# Change them there, not here; save the notebook, and gather again (`dnnkit mytorch`).\n\n"
        "import numpy as np"
    )


def _definitions(cell: Cell, module: Module) -> str:
    """What a cell puts into its module: each definition as it stands, or what stands in for it."""
    try:
        source, tree = _parsed(cell.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _stand_ins_for(cell, error, module)
    lines, end, texts = source.split("\n"), 0, []
    for node in tree.body:
        start, end = end, max(end, node.end_lineno or 0)
        if start < end and isinstance(node, Kept) and not _is_future(node):
            gaps = _name_todos(node, lines, cell.notebook) if isinstance(node, Named) else []
            texts.append(_tried("\n".join(lines[start:end]), node, gaps, cell, module))
    return "\n".join(texts).strip("\n")


def _is_future(node: ast.stmt) -> bool:
    """Whether a statement may only stand at the top of a file."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _parsed(source: str) -> tuple[str, ast.Module]:
    """A cell as plain Python, its magics turned into calls, and its syntax tree."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return source, ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        with suppress(SyntaxError):
            plain = TransformerManager().transform_cell(source)
            return plain, ast.parse(plain)
        raise


def _name_todos(node: Named, lines: list[str], notebook: str) -> list[Gap]:
    """Let every TODO line of a function or class say what it belongs to. Returns what is to be written."""
    functions: list[tuple[str, Named]] = [(node.name, node)]
    if isinstance(node, ast.ClassDef):
        functions = [(f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Named)]
    gaps = []
    for name, function in functions:
        reached = itertools.takewhile(lambda statement: not isinstance(statement, ast.Return), function.body)
        for todo in (s for s in reached if isinstance(s, ast.Raise) and TODO.match(ast.unparse(s))):
            gaps.append(Gap(name, notebook))
            before = lines[todo.lineno - 1].encode()[: todo.col_offset].decode()
            lines[todo.lineno - 1] = before + _refusal(gaps[-1])
    return gaps


def _tried(text: str, node: Kept, gaps: list[Gap], cell: Cell, module: Module) -> str:
    """The text of one definition where it runs; else what stands in for it, or a comment."""
    try:
        exec(compile(text, cell.notebook, "exec"), module.namespace)
    except Exception as error:
        what = f"{type(error).__name__}: {error}".replace("\n", " ")
        if isinstance(node, Named):
            kind = "class" if isinstance(node, ast.ClassDef) else "def"
            return "\n\n" + _stand_in(kind, Gap(node.name, cell.notebook, what), module)
        comment = "".join(f"\n# {line}" for line in text.strip("\n").split("\n"))
        return f"\n# Left out, since it does not run ({what}):{comment}"
    if isinstance(node, Named):
        module.gaps[node.name] = _gaps_below(node, module) + gaps
    return text


def _gaps_below(node: Named, module: Module) -> list[Gap]:
    """Of a class that goes on with an earlier one of its name, what is still to be written there."""
    if not isinstance(node, ast.ClassDef) or node.name not in map(ast.unparse, node.bases):
        return []
    written_anew = {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, Named)}
    return [gap for gap in module.gaps.get(node.name, []) if gap.name not in written_anew]


def _stand_ins_for(cell: Cell, error: Exception, module: Module) -> str:
    """What stands in for a cell that is no valid Python: all that it seems to define."""
    what = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
    found = re.findall(r"^(def|class)\s+(\w+)", cell.source, re.MULTILINE) or [("def", cell.title)]
    usable = [(kind, name) for kind, name in found if name.isidentifier() and not keyword.iskeyword(name)]
    if not usable:
        module.gaps[cell.title] = [Gap("an exported cell", cell.notebook, what)]
    return "\n\n\n".join(_stand_in(kind, Gap(name, cell.notebook, what), module) for kind, name in usable)


def _stand_in(kind: str, gap: Gap, module: Module) -> str:
    """A function or class that raises when called."""
    if kind == "class":
        text = f"class {gap.name}:\n    def __init__(self, *arguments, **named):\n        {_refusal(gap)}"
    else:
        text = f"def {gap.name}(*arguments, **named):\n    {_refusal(gap)}"
    exec(text, module.namespace)
    module.gaps[gap.name] = [gap]
    return text


def _refusal(gap: Gap) -> str:
    return f"raise NotImplementedError({str(gap)!r})"


def gaps_of(value: Any) -> list[Gap]:
    """What still refuses to be called of a gathered function, or of the methods of a class."""
    found = filter(None, map(REFUSAL.fullmatch, _texts(value)))
    return [Gap(name, notebook, error or "") for name, error, notebook in (match.groups() for match in found)]


def is_written(value: Any) -> bool:
    """Whether no TODO stands any more in a function, or in the methods of a class, of a running notebook."""
    return not any(text.startswith("TODO") for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """The texts in the code of a function, or of the methods of a class."""
    methods = [getattr(value, name, None) for name in dir(value)] if isinstance(value, type) else []
    for function in (value, *methods):
        code = getattr(inspect.unwrap(function), "__code__", None)
        yield from (text for text in getattr(code, "co_consts", ()) if isinstance(text, str))


def _globals_used(source: str) -> set[str]:
    """Names that the functions of a module take from outside themselves."""
    used: set[str] = set()
    tables = [symtable.symtable(source, PACKAGE, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if isinstance(table, symtable.Function):
            used |= set(table.get_globals())
    return used
