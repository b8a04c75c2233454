"""Everybody's own hand: the same answer written as another person would write it, with the same results."""

import ast
import random
import re

__all__ = ["copied", "own_hand"]

SYNONYMS = {
    "B": ("N", "batch", "images"),
    "C": ("channels", "depth", "F"),
    "b": ("n", "image", "k0"),
    "c": ("ch", "channel", "d"),
    "column": ("col", "best_col", "v0"),
    "columns": ("W_out", "wo", "n_cols"),
    "dx": ("grad", "dX", "gradient"),
    "i": ("p", "row_out", "ii"),
    "j": ("q", "col_out", "jj"),
    "largest": ("best", "m", "maximum"),
    "p": ("i", "r", "oy"),
    "part": ("patch", "block", "piece"),
    "q": ("j", "s", "ox"),
    "row": ("r0", "best_row", "u0"),
    "rows": ("H_out", "ho", "n_rows"),
    "share": ("each", "g", "portion"),
    "u": ("di", "a", "ky"),
    "v": ("dj", "e", "kx"),
    "window": ("win", "w", "patch"),
    "windows": ("wins", "all_windows", "views"),
    "y": ("out", "Y", "result"),
}
REMARKS = ("# see the lecture", "# works!", "# shapes first", "# TODO tidy up", "# one step after the other", "")
METHOD = re.compile(r"(?!np\.).*\.(max|mean|sum)", re.DOTALL)
FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
NUMERIC = (ast.Mult, ast.Sub, ast.FloorDiv, ast.Mod)


def own_hand(text: str, rng: random.Random) -> str:
    """A cell as somebody else would write it: other names, operands the other way round, steps of their own.

    >>> own_hand("def f(x):\\n    return x * 2 + 1", random.Random(4))
    'def f(x):\\n    answer = 1 + 2 * x\\n    return answer'
    """
    tree = Hand(rng).visit(_renamed(ast.parse(text), rng))
    return _with_head(text, ast.unparse(ast.fix_missing_locations(tree)))


def copied(text: str, rng: random.Random) -> str:
    """A cell as somebody hands it on: other names, a remark, nothing else."""
    remark = rng.choice(REMARKS[:-1])
    return _with_head(text, f"{remark}\n{ast.unparse(_renamed(ast.parse(text), rng))}")


class Hand(ast.NodeTransformer):
    """Writes some places of a syntax tree in another way that gives the same results."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def _here(self) -> bool:
        return self._rng.random() < 0.5

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """`a * b` as `b * a`, and a sum in which something is certainly a number, since + also joins lists."""
        self.generic_visit(node)
        sum_of_numbers = isinstance(node.op, ast.Add) and (_is_number(node.left) or _is_number(node.right))
        if (isinstance(node.op, ast.Mult) or sum_of_numbers) and self._here():
            node.left, node.right = node.right, node.left
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """`a > b` as `b < a`."""
        self.generic_visit(node)
        if len(node.ops) == 1 and type(node.ops[0]) in FLIPPED and self._here():
            node.ops = [FLIPPED[type(node.ops[0])]()]
            node.left, node.comparators = node.comparators[0], [node.left]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`range(n)` as `range(0, n)`, `np.zeros(shape)` with its type, `x.max(...)` as `np.max(x, ...)`."""
        self.generic_visit(node)
        call = ast.unparse(node.func)
        if call == "range" and len(node.args) == 1 and self._here():
            node.args.insert(0, ast.Constant(0))
        elif call == "np.zeros" and len(node.args) == 1 and not node.keywords and self._here():
            node.keywords.append(ast.keyword("dtype", ast.Name("float", ast.Load())))
        elif isinstance(node.func, ast.Attribute) and METHOD.fullmatch(call) and self._here():
            node.args.insert(0, node.func.value)
            node.func.value = ast.Name("np", ast.Load())
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`x.shape` as `np.shape(x)`."""
        self.generic_visit(node)
        if node.attr != "shape" or not isinstance(node.ctx, ast.Load) or not self._here():
            return node
        return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), "shape", ast.Load()), [node.value], [])

    def visit_For(self, node: ast.For) -> ast.AST:
        """Two loops over ranges from 0, one inside the other, as one over `np.ndindex`."""
        inner = node.body[0]
        if len(node.body) == 1 and isinstance(inner, ast.For) and _counts(node) and _counts(inner) and self._here():
            index = ast.Attribute(ast.Name("np", ast.Load()), "ndindex", ast.Load())
            both = ast.Tuple([node.target, inner.target], ast.Store())
            ends = [end for loop in (node, inner) for end in getattr(loop.iter, "args", [])]
            node = ast.For(both, ast.Call(index, ends, []), inner.body, [])
        self.generic_visit(node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`a[i] += b` as `a[i] = a[i] + b`."""
        self.generic_visit(node)
        if not isinstance(node.target, ast.Subscript) or not self._here():
            return node
        before = ast.Subscript(node.target.value, node.target.slice, ast.Load())
        return ast.Assign([node.target], ast.BinOp(before, node.op, node.value))

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.AST]:
        """`return value` with a name for the value first."""
        self.generic_visit(node)
        if node.value is None or isinstance(node.value, ast.Name) or not self._here():
            return node
        return [
            ast.Assign([ast.Name("answer", ast.Store())], node.value),
            ast.Return(ast.Name("answer", ast.Load())),
        ]


def _counts(loop: ast.For) -> bool:
    """Whether this is `for name in range(n)`."""
    return isinstance(loop.target, ast.Name) and re.fullmatch(r"range\([^,]*\)", ast.unparse(loop.iter)) is not None


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, NUMERIC)
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _renamed(tree: ast.Module, rng: random.Random) -> ast.Module:
    """With other names for local variables, and without docstrings."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            if ast.get_docstring(function) is not None and len(function.body) > 1:
                del function.body[0]
            _rename(function, rng)
    return tree


def _rename(function: ast.FunctionDef, rng: random.Random) -> None:
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    taken = {node.id for node in names} | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    arguments = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    new: dict[str, str] = {}
    for name in sorted({node.id for node in names if isinstance(node.ctx, ast.Store)} - arguments):
        choice = rng.choice((name, *SYNONYMS.get(name, ())))
        if choice not in taken | set(new.values()):
            new[name] = choice
    for node in names:
        node.id = new.get(node.id, node.id)


def _with_head(text: str, written: str) -> str:
    """With the first line of `text` where that says which file of mytorch the cell belongs to."""
    head = text.partition("\n")[0]
    return f"{head}\n{written}" if head.startswith("#|") else written
