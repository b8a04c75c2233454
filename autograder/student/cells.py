"""The text of a code cell: as plain Python, what it binds, what it defines."""

import ast
from contextlib import suppress

from IPython.core.inputtransformer2 import TransformerManager

__all__ = ["bound_names", "definitions", "imported_modules", "plain_python"]


def plain_python(source: str) -> str:
    """A cell's text with IPython's magics turned into ordinary calls."""
    return TransformerManager().transform_cell(source)


def bound_names(source: str) -> set[str]:
    """The global names that a cell binds by def, class or assignment; imports do not count.

    >>> sorted(bound_names("import numpy as np\\ndef f(x): y = x\\nanswers = {}"))
    ['answers', 'f']
    """
    names: set[str] = set()
    for node in ast.parse(plain_python(source)).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return names


def definitions(source: str) -> str:
    """Only the imports, functions and classes of a cell; nothing where it is not valid Python.

    >>> definitions("import math\\nfor i in range(10**9): pass\\ndef f(x): return x")
    'import math\\n\\ndef f(x):\\n    return x'
    """
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.parse(plain_python(source))
        tree.body = [node for node in tree.body if isinstance(node, kinds)]
        return ast.unparse(tree)
    return ""


def imported_modules(source: str) -> set[str]:
    """What a cell imports; of a `from`, also what may be a module inside one. Nothing where it is not valid Python.

    >>> sorted(imported_modules("import os.path as p\\nfrom dnnkit import figures"))
    ['dnnkit', 'dnnkit.figures', 'os.path']
    """
    names: set[str] = set()
    with suppress(SyntaxError):
        for node in ast.walk(ast.parse(plain_python(source))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return names
