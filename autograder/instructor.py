"""The instructor's notebook, executed once, as the place where graded cells run.

There every name that a solution cell binds is the student's (a proxy for a function, a copy of a value), and
``ref.<name>`` is the instructor's own.
"""

import ast
import contextlib
import io
import linecache
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode

from autograder.items import Prepared
from autograder.notebook import grade_id
from autograder.remote import student_value
from autograder.sandbox import Missing
from autograder.session import Session
from autograder.strict import strict_comparisons
from autograder.student.cells import bound_names, definitions, imported_modules, plain_python
from dnnkit.errors import CourseError

__all__ = ["InstructorNotebook", "imports", "is_hidden_failure", "not_asked", "visible_part"]

BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


class NoMagics:
    """Stands in for the IPython shell: magics of the instructor's notebook do nothing here."""

    def run_line_magic(self, *args: Any) -> None: ...

    def run_cell_magic(self, *args: Any) -> None: ...

    def system(self, *args: Any) -> None: ...


def imports(source: NotebookNode) -> set[str]:
    """The modules that the cells of a notebook import."""
    return set().union(*(imported_modules(cell.source) for cell in source.cells if cell.cell_type == "code"))


class InstructorNotebook:
    """The namespace of a source notebook. Raises CourseError where its own cells fail."""

    def __init__(self, source: NotebookNode, items: dict[str, Prepared]) -> None:
        self._namespace: dict[str, Any] = {"__name__": "instructor", "get_ipython": NoMagics}
        self.student_names: set[str] = set()
        self._left_out: set[str] = set()  # what `explore` cells bind in lines that do not run here
        for position, cell in enumerate(source.cells):
            if cell.cell_type != "code":
                continue
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("grade"):
                _check_judged_names(cell.source, items, grade_id(cell))
                continue
            explore = "explore" in cell.metadata.get("tags", [])
            self._run_own(cell.source, f"cell {position + 1}", explore)
            if marks.get("solution"):
                self.student_names |= bound_names(cell.source)
        self._own = {name: value for name, value in self._namespace.items() if name in self.student_names}

    def _run_own(self, source: str, where: str, explore: bool) -> None:
        if explore:
            source, whole = definitions(source), source
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                self._left_out |= bound_names(whole) - bound_names(source)
        try:
            with contextlib.redirect_stdout(io.StringIO()), strict_comparisons():
                exec(compile(plain_python(source), f"<{where}>", "exec"), self._namespace)
        except Exception as error:
            remedy = "Run it from top to bottom in JupyterLab and mend it, then grade again."
            if isinstance(error, NameError) and error.name in self._left_out:
                remedy = (
                    f"`{error.name}` is assigned in a cell tagged `explore`, and of such cells only imports and "
                    "definitions run while grading: assign it in a cell without that tag."
                )
            raise CourseError(
                f"The source notebook does not run: {where} raised {type(error).__name__}: {error}. {remedy}"
            ) from error

    def run_own(
        self, source: str, name: str, judge: Callable[..., None], changed: Callable[[Any], Any] = lambda answer: answer
    ) -> Any:
        """Run a graded cell on the instructor's own answers, each `changed` before."""

        def answers(names: set[str]) -> dict[str, Any]:
            return {key: changed(self._own[key]) for key in names}

        return self._run_cell(source, name, answers, not_asked, judge)

    def run_graded(
        self, source: str, name: str, session: Session, check: Callable[..., None], judge: Callable[..., None]
    ) -> Any:
        """Run a graded cell against the student's notebook as it stands in `session`.

        Returns the value of the last expression. Raises whatever the cell raises.
        """
        return self._run_cell(source, name, lambda names: _student_values(session, names), check, judge)

    def _run_cell(
        self,
        source: str,
        name: str,
        answers: Callable[[set[str]], dict[str, Any]],
        check: Callable[..., None],
        judge: Callable[..., None],
    ) -> Any:
        tree = ast.parse(plain_python(source), _file(name))
        # tracebacks and `is_hidden_failure` find the cell's lines here
        linecache.cache[_file(name)] = (len(source), None, source.splitlines(keepends=True), _file(name))
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & self.student_names
        namespace = {key: value for key, value in self._namespace.items() if key not in self.student_names}
        namespace |= {"ref": SimpleNamespace(**self._own), "check": check, "judge": judge} | answers(used)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            tree.body.pop()
        with _quiet(), strict_comparisons():
            exec(compile(tree, _file(name), "exec"), namespace)
            if not isinstance(last, ast.Expr):
                return None
            return eval(compile(ast.Expression(last.value), _file(name), "eval"), namespace)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _student_values(session: Session, names: set[str]) -> dict[str, Any]:
    """What the student's notebook binds to `names`; a name that it does not bind is left out."""
    values: dict[str, Any] = {}
    for name in names:
        with contextlib.suppress(Missing):
            values[name] = student_value(session, (name,))
    return values


def not_asked(name: str, answer: Any) -> None:
    """Stands for a `check` or a `judge` that is not asked in a run."""


def _check_judged_names(source: str, items: dict[str, Prepared], cell: str | None) -> None:
    try:
        tree = ast.parse(plain_python(source))
    except SyntaxError as error:
        raise CourseError(f"The graded cell {cell!r} of the source notebook is not valid Python: {error}.") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "judge":
            name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if name not in items:
                known = ", ".join(sorted(items)) or "none"
                raise CourseError(
                    f"The graded cell {cell!r} calls `{ast.unparse(node)}`, but autograder/hidden has no such item "
                    f"for this notebook (it has: {known})."
                )


def visible_part(source: str) -> str:
    """A graded cell without its hidden tests."""
    hidden = _hidden_lines(source)
    return "\n".join(line for number, line in enumerate(source.split("\n"), 1) if number not in hidden)


def is_hidden_failure(error: BaseException, source: str, name: str) -> bool:
    """Whether an error of a graded cell came out of a line between the marks of hidden tests."""
    hidden = _hidden_lines(source)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _file(name) and trace.tb_lineno in hidden:
            return True
        trace = trace.tb_next
    return False


def _hidden_lines(source: str) -> set[int]:
    lines: set[int] = set()
    inside = False
    for number, line in enumerate(source.split("\n"), 1):
        inside = inside or BEGIN_HIDDEN in line
        if inside:
            lines.add(number)
        inside = inside and END_HIDDEN not in line
    return lines


def _file(name: str) -> str:
    return f"<graded cell {name}>"
