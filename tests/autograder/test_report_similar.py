"""Near-identical answers: found under other names and formatting, and nobody is flagged for what many write."""

import random

import pytest

from autograder.demo.hands import copied
from autograder.report import similar
from autograder.report.similar import near_identical, nodes

CELL = ("notebook", "answer")
LONG = """
def pooled(x, K, S):
    rows, columns = (len(x) - K) // S + 1, (len(x[0]) - K) // S + 1
    found = [[None] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            largest = x[row * S][column * S]
            for down in range(K):
                for right in range(K):
                    if x[row * S + down][column * S + right] > largest:
                        largest = x[row * S + down][column * S + right]
            found[row][column] = largest
    return found
"""
OTHER = """
def pooled(x, K, S):
    import itertools
    starts = itertools.product(range(0, len(x) - K + 1, S), range(0, len(x[0]) - K + 1, S))
    values = [max(x[i + u][j + v] for u in range(K) for v in range(K)) for i, j in starts]
    width = (len(x[0]) - K) // S + 1
    if not values or any(len(row) != len(x[0]) for row in x):
        raise ValueError(f"no window of {K} fits, or the rows differ: {[len(row) for row in x]}")
    return [values[n:n + width] for n in range(0, len(values), width)]
"""
DISGUISED = '''
# my own work, honestly
def pooled(x,K,S):
    """Pools."""
    r, c = (len(x)-K)//S+1, (len(x[0])-K)//S+1

    out = [[None]*c for _ in range(r)]
    for i in range(r):
        for j in range(c):
            m: float = x[i*S][j*S]   # start
            for a in range(K):
                for b in range(K):
                    if (x[i*S+a][j*S+b]) > m:
                        m = x[i*S+a][j*S+b]
            out[i][j] = m
    return out
'''


def _groups(texts: dict[str, str], known: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [found.students for found in near_identical({CELL: texts}, {CELL: known})]


def test_a_copy_is_found_under_other_names_and_formatting() -> None:
    assert nodes(LONG) == nodes(DISGUISED)
    [found] = near_identical({CELL: {"zoe": LONG, "ada": DISGUISED, "ben": OTHER}}, {})
    assert found.students == found.pair == ("ada", "zoe")
    [cell] = found.cells
    assert (cell.share, cell.texts) == (1.0, (DISGUISED, LONG))
    assert _groups({"ada": LONG, "zoe": OTHER}) == []
    assert _groups({"ada": LONG, "ben": copied(LONG, random.Random(1)), "zoe": DISGUISED}) == [("ada", "ben", "zoe")]


def test_what_counts_in_a_tree() -> None:
    assert nodes("y = np.max(x)") == nodes("y = np.max(x)  # largest\n")
    for other in ("y = np.min(x)", "y = np.max(x, 0)", "y = max(x)", "y += np.max(x)"):
        assert nodes("y = np.max(x)") != nodes(other)
    assert nodes("%matplotlib inline\ny = 1\n!ls") == nodes("y = 1")


def test_what_many_write_flags_nobody() -> None:
    many = {f"s{number}": copied(LONG, random.Random(number)) for number in range(30)}
    others = {f"t{number}": OTHER.replace("values", f"v{number}") for number in range(2)}
    assert _groups(many | others) == [("t0", "t1")]
    assert _groups(dict(list(many.items())[:4])) == []  # four of four
    assert _groups(dict(list(many.items())[:3])) == [("s0", "s1", "s2")]


def test_the_stub_and_the_instructor_s_answer_flag_nobody() -> None:
    texts = {"ada": LONG, "zoe": DISGUISED}
    assert _groups(texts, known=(LONG,)) == []
    assert _groups(texts, known=(OTHER,)) == [("ada", "zoe")]
    begun = {student: text + OTHER.replace("pooled", "tried") for student, text in texts.items()}
    assert _groups(begun, known=(LONG,)) == [("ada", "zoe")]


def test_tiny_cells_flag_nobody_but_many_of_them_add_up() -> None:
    tiny = {"ada": "def area(a, b):\n    return a * b", "zoe": "def area(x, y):\n    return x * y"}
    assert _groups(tiny) == []
    lines = [f"def f{n}(x):\n    return x[{n}] + np.sum(x, axis={n}) * {n} - x.mean()" for n in range(12)]
    cells = {("notebook", f"f{n}"): {"ada": line, "zoe": line} for n, line in enumerate(lines)}
    assert [found.students for found in near_identical(cells, {})] == [("ada", "zoe")]
    assert near_identical(dict(list(cells.items())[:2]), {}) == ()


def test_a_third_of_an_answer_in_common_is_not_enough() -> None:
    first = LONG + OTHER.replace("pooled", "more").replace("max(", "min(")
    second = LONG + "\n\n".join(f"def g{n}(x):\n    return [x[{n}:], x.sum({n}), -x]" for n in range(9))
    assert _groups({"ada": first, "zoe": second}) == []
    assert _groups({"ada": first, "zoe": first}) == [("ada", "zoe")]


@pytest.mark.parametrize(
    "text",
    ["(" * 9000, "-" * 9000 + "1", "1+" * 9000 + "1", "x" + "[0]" * 6000, "\x00", "\ud800", "%a\n" * 5000, "1" * 9000,
     "0x" + "f" * 9000, "def f(:", "", "x = '\\d'", "a " * 30_000],
    ids=str,
)  # fmt: skip
def test_odd_cells_do_no_harm(text: str) -> None:
    assert _groups({"ada": text, "zoe": text}) == []


def test_limits_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the thresholds decides: with another one the answer is another."""
    monkeypatch.setattr(similar, "ENOUGH", 1000)
    assert _groups({"ada": LONG, "zoe": DISGUISED}) == []
