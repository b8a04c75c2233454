"""Machine-made mistakes: a function's or class's syntax tree with one operator, number or statement changed."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

__all__ = ["mutants"]

Change = Callable[[], None]

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.USub: ast.UAdd,
}


def mutants(function: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every mutant of a function as (what changed, the changed function).

    The text of errors, annotations, docstrings and the `strict` of zip are no part of it.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    _strip(tree)
    lines = ast.unparse(tree).splitlines()
    for place, node in enumerate(ast.walk(tree)):
        for number in range(len(_changes(node))):
            mutant = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(mutant)) if i == place)
            _changes(target)[number]()
            ast.fix_missing_locations(mutant)
            yield _difference(lines, ast.unparse(mutant).splitlines()), _compiled(mutant, function)


def _strip(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "strict"]


def _changes(node: Any) -> list[Change]:
    """What may be changed at this node, each as a function that changes it in place."""
    changes: list[Change] = []
    operator = getattr(node, "op", None)
    if type(operator) in SWAPPED:
        changes.append(partial(setattr, node, "op", SWAPPED[type(operator)]()))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        changes.append(partial(setattr, node, "ops", [SWAPPED[type(node.ops[0])](), *node.ops[1:]]))
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        changes.append(partial(setattr, node, "value", not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        changes += [partial(setattr, node, "value", node.value + step) for step in (1, -1)]
    if isinstance(node, ast.IfExp):
        changes.append(partial(setattr, node, "test", ast.UnaryOp(ast.Not(), node.test)))
    for statements in (getattr(node, "body", None), getattr(node, "orelse", None)):
        changes += _drops(statements) if isinstance(statements, list) else []
    return changes


def _drops(statements: list[ast.stmt]) -> list[Change]:
    """Ways to lose a call, an addition in place, a condition or an assignment to a part of an array."""
    changes: list[Change] = []
    for i, statement in enumerate(statements):
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        is_part = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)
        if is_call or is_part or isinstance(statement, (ast.AugAssign, ast.If)):
            changes.append(partial(statements.__setitem__, i, ast.Pass()))
        if isinstance(statement, ast.AugAssign):
            changes.append(partial(statements.__setitem__, i, _plain(statement)))
    return changes


def _plain(statement: ast.AugAssign) -> ast.Assign:
    """``=`` in place of ``+=``."""
    return ast.Assign(targets=[statement.target], value=statement.value)


def _difference(before: list[str], after: list[str]) -> str:
    gone = [line.strip() for line in before if line not in after]
    new = [line.strip() for line in after if line not in before]
    return f"{' / '.join(gone)} -> {' / '.join(new)}"


def _compiled(tree: ast.Module, function: Any) -> Callable[..., Any]:
    namespace = dict(vars(inspect.getmodule(function)))
    exec(compile(tree, f"<mutant of {function.__name__}>", "exec"), namespace)
    return namespace[function.__name__]
