"""Written answers, comments and questions as safe HTML, with formulas that need no network."""

import re
from pathlib import Path

import nbformat
import pytest
from files.injections import INJECTIONS, effects

from autograder.course import NOTEBOOKS
from autograder.feedback.prose import LONGEST, safe_html

PNG = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
        ("- x\n- y", "<ul> <li>x</li> <li>y</li> </ul>"),
        ("[a](https://example.org)", '<p><a href="https://example.org" rel="noopener noreferrer">a</a></p>'),
        ("1 < 2 & <b>3</b>", "<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>"),
        ("costs $5 and $6", "<p>costs $5 and $6</p>"),
        ("`$x$`", "<p><code>$x$</code></p>"),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert " ".join(safe_html(text).split()) == html


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"$\frac{1}{K^2}$", ["<mfrac>", "<msup><mi>K</mi><mn>2</mn></msup>", 'display="inline"']),
        ("$$x\n+ y$$", ["<mo>+</mo>", 'display="block"']),
        ("$$\nx_1\n$$", ["<msub><mi>x</mi><mn>1</mn></msub>", 'display="block"']),
        (r"$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$", ["<mtable>", "<mtd><mn>4</mn></mtd>"]),
        (r"$\text{inv\_std}$", ["<mtext>inv_std</mtext>"]),
        ("$a<b$", ["<mo>&lt;</mo>"]),
    ],
)
def test_formulas_become_mathml(tex: str, parts: list[str]) -> None:
    html = safe_html(tex)
    assert [part for part in parts if part not in html] == []
    assert "$" not in html


@pytest.mark.parametrize(
    "tex", [r"\frac{", r"\left( x", r"\def\a{\a\a}\a", r"\newcommand{\b}{x}\b", "{" * 900, "x" * 3000]
)
def test_what_is_no_formula_is_shown_as_typed(tex: str) -> None:
    assert f"<code>{tex}</code>" in safe_html(f"so ${tex}$ there")


def test_every_formula_of_the_course_is_converted() -> None:
    texts = [
        cell.source
        for file in NOTEBOOKS.glob("*/*.ipynb")
        for cell in nbformat.read(file, 4).cells
        if cell.cell_type == "markdown"
    ]
    assert sum("$" in text for text in texts) > 50
    for text in texts:
        assert re.findall(r"\$|<code>[^<]*\\[a-z]+[{ ]", safe_html(text.replace("`$", "`"))) == []


def test_pictures_are_those_that_were_handed_in() -> None:
    shown = safe_html("![one](a%20b.png) ![two](./c.png)", {"a b.png": PNG, "c.png": PNG})
    assert re.findall(r'<img alt="(\w+)" src="([^"]+)">', shown) == [("one", PNG), ("two", PNG)]
    for address in ("https://example.org/a.png", "data:image/svg+xml;base64,AAAA", "other.png", "../a.png"):
        html = safe_html(f"![x]({address})", {"a.png": PNG, "svg": "data:image/svg+xml;base64,AAAA"})
        assert "<img" not in html
        assert "was not handed in" in html
    assert safe_html("![x](svg)", {"svg": "data:image/svg+xml;base64,AAAA"}).count("src") == 0


def test_very_long_text_is_shown_as_typed() -> None:
    assert safe_html("*" * (LONGEST + 1)) == f"<pre>{'*' * (LONGEST + 1)}</pre>"
    assert safe_html(">" * LONGEST)


def test_injections_do_nothing(browser, tmp_path: Path) -> None:
    shown = "".join(safe_html(text) for text in INJECTIONS.values()) + safe_html("\n\n".join(INJECTIONS.values()))
    assert effects(browser, f"<title>x</title><style></style>{shown}", tmp_path) == []
