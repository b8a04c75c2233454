"""The report's page: what it says in words, that nothing in it runs, and that it fits a telephone and a dark room."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from files.injections import INJECTIONS, effects

from autograder.judge import GroupVerdict, Verdict
from autograder.report import page
from autograder.report.contents import Report, contents
from autograder.report.records import CellError, ClassRecord, GradedCopy, Item, Mark, Submission

SIZE = 30
FIRST, SECOND, WORDS = ("nb", "first"), ("nb", "second"), ("nb", "words")
ITEMS = (
    Item(FIRST, 4.0, False, (("nb", "first-solution"),)),
    Item(SECOND, 2.0, False, (("nb", "second-solution"),)),
    Item(WORDS, 2.0, True, (WORDS,)),
)


def _verdict(item: str, points: float, earned: float, hints: tuple[str, ...] = ()) -> Verdict:
    easy = GroupVerdict("easy", points / 2, min(earned, points / 2), "" if earned else "a = 1: all wrong")
    hard = GroupVerdict("hard", points / 2, max(0.0, earned - points / 2), "" if earned == points else "b = 2: wrong")
    return Verdict(item, (easy, hard), hints)


def _submission(number: int, first: float, second: float, hints: tuple[str, ...] = ()) -> Submission:
    verdicts = {FIRST: _verdict("first", 4.0, first, hints), SECOND: _verdict("second", 2.0, second)}
    marks = {FIRST: Mark(first), SECOND: Mark(second), WORDS: Mark(float(number % 3))}
    copy = GradedCopy(verdicts, {FIRST: 0.01 * number, SECOND: 0.5}, {("nb", "first-solution"): f"x = {number}"})
    return Submission(f"student{number:02}", marks, copy=copy)


def _record(**changes: object) -> ClassRecord:
    """A class in which those who know `second` fail the hard half of `first`."""
    submissions = [_submission(n, 2.0 if n % 2 else 4.0, 2.0 if n % 2 else 0.0) for n in range(SIZE)]
    return dataclasses.replace(ClassRecord("tried", ITEMS, tuple(submissions)), **changes)


def _texts(found: Report) -> list[str]:
    return [f"{remark.item}: {remark.text}" for remark in found.remarks]


def test_what_is_strange_is_said_in_words() -> None:
    told = _texts(contents(_record()))
    assert any(text.startswith("first: Those who do well in the rest do worse here (r = -") for text in told)
    assert any("100 % of the best third (10 with ties) fail “hard”: look at the case." in text for text in told)
    assert any("15 of the 15 answers that lost points match no known mistake" in text for text in told)
    assert not any("words" in text for text in told)


def test_nothing_strange_is_no_remark() -> None:
    hints = ("Is -5 larger than 3?",)
    good = [
        _submission(n, 4.0 if n < 20 else 2.0, 2.0 if n < 18 else 0.0, () if n < 20 else hints) for n in range(SIZE)
    ]
    good = [dataclasses.replace(s, copy=dataclasses.replace(s.copy, verdicts={
        **s.copy.verdicts, SECOND: dataclasses.replace(s.copy.verdicts[SECOND], hints=hints if n >= 18 else ())
    }), marks={**s.marks, WORDS: Mark(2.0 if n < 22 else 0.0)}) for n, s in enumerate(good)]  # fmt: skip
    found = contents(_record(submissions=tuple(good)))
    assert _texts(found) == []
    assert [len(entry.students) for entry in found.misunderstandings] == [12, 10]
    assert "Nothing stands out" in page(found)


@pytest.mark.parametrize(
    ("first", "words"), [(4.0, "All 30 who answered have full points"), (0.0, "None of the 30 who answered earns")]
)
def test_items_that_all_pass_or_fail(first: float, words: str) -> None:
    told = _texts(contents(_record(submissions=tuple(_submission(n, first, 2.0 * (n % 2)) for n in range(SIZE)))))
    assert any(text.startswith("first:") and words in text for text in told)
    assert not any(words in text for text in told if not text.startswith("first:"))
    few = contents(_record(submissions=tuple(_submission(n, first, 2.0 * (n % 2)) for n in range(4))))
    assert _texts(few) == []


def test_a_group_that_everybody_fails() -> None:
    told = _texts(contents(_record(submissions=tuple(_submission(n, 2.0, 2.0 * (n % 2)) for n in range(SIZE)))))
    assert any("All 30 who answered fail “hard”: look at the case. Told most often (30 times): b = 2: wrong." in text
               for text in told)  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_class_of_a_few_has_a_report(size: int) -> None:
    found = contents(_record(submissions=tuple(_submission(n, 4.0, 2.0 * n) for n in range(size))))
    assert (found.distribution.deviation is None) == (size == 1)
    for item in found.items:
        assert (item.discrimination is None) == bool(item.undefined)
    undefined = f"only {size} answered submissions" if size < 3 else "everybody has the same mark here"
    assert found.items[0].undefined == undefined
    assert undefined in page(found)


def _hostile() -> Report:
    """A class whose names, hints, reasons, messages, cells and texts are injections."""
    found = []
    for number, text in enumerate(INJECTIONS.values()):
        copy = GradedCopy(
            {FIRST: Verdict("first", (GroupVerdict(text, 4.0, 0.0, text),), (text,))},
            {FIRST: 1.0},
            {("nb", "first-solution"): f"x = {text!r}"},
            (CellError(text, text, text),),
            text,
        )
        marks = {item.key: Mark(0.0, waits=True) for item in ITEMS}
        found.append(Submission(f"{number}{text}", marks, 0.5, 60.0 * number, copy))
    items = tuple(dataclasses.replace(item, key=("nb", item.key[1])) for item in ITEMS)
    texts = tuple(INJECTIONS.values())
    record = ClassRecord("".join(texts)[:500], items, tuple(found), texts, texts)
    return contents(record, {("first", texts[0]): texts[0]})


def test_nothing_in_it_runs(browser, tmp_path: Path) -> None:
    text = page(_hostile())
    assert "onerror=injected=1" in text
    found = effects(browser, re.sub(r"<meta http-equiv[^>]*>", "", text), tmp_path)
    plots = re.compile(r"<use xlink:href=#m\w+>|<path style=fill: url\(#h\w+\)[^<>]*>")  # marks of an axis, hatches
    assert [effect for effect in found if not plots.fullmatch(effect)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_fits(browser, tmp_path: Path, width: int, scheme: str) -> None:
    long = "a_name_of_one_hundred_letters_" * 4
    submissions = tuple(dataclasses.replace(s, student=f"{long}{s.student}") for s in _record().submissions)
    errors = (CellError(long, long, long),)
    broken = dataclasses.replace(submissions[0].copy, errors=errors, problem=long * 3)
    submissions = (dataclasses.replace(submissions[0], copy=broken, seconds_late=9e6), *submissions[1:])
    file = tmp_path / "report.html"
    file.write_text(page(contents(_record(submissions=submissions, missing=(long,)))))
    opened = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    opened.goto(file.as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    try:
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        ink, ground = opened.evaluate(
            "['svg text', 'body'].map((one) => getComputedStyle(document.querySelector(one)))"
            ".map((style, n) => n ? style.backgroundColor : style.fill)"
        )
        assert (_lightness(ink) < _lightness(ground)) == (scheme == "light")
        assert opened.locator("svg[role=img][aria-label]").count() == 2
    finally:
        opened.close()


def _lightness(colour: str) -> float:
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3]))


def test_json_says_the_same() -> None:
    found = contents(_record())
    again = json.loads(json.dumps(dataclasses.asdict(found)))
    assert again["items"][0]["discrimination"] == found.items[0].discrimination
    assert again["remarks"][0]["text"] in page(found).replace("&#39;", "'")
