"""Text that a person wrote, as safe HTML: markdown by mistune, TeX as MathML by latex2mathml, cleaned by nh3.

Nothing is loaded when the page opens. A formula that cannot be converted is shown as it was typed.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import mistune
import nh3
from latex2mathml.converter import Converter
from markupsafe import Markup
from mistune.plugins.math import math, math_in_list, math_in_quote
from mistune.plugins.table import table

__all__ = ["plain", "safe_html"]

LONGEST = 50_000  # characters; longer text is shown as it was typed
LONGEST_FORMULA = 2_000
DEFINITIONS = re.compile(r"\\(def|gdef|edef|let|(re|provide)?newcommand)\b|\\providecommand\b")
DISPLAYED = re.compile(r"\$\$(?:(?!\n\s*\n)[^$])+\$\$")  # one line each, since a line such as "+ x" begins a list
PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")

MATHML = """math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub
    msubsup msup mtable mtd mtext mtr munder munderover"""
HTML = """a blockquote br code div em h1 h2 h3 h4 h5 h6 hr img li ol p pre strong table tbody td th thead tr ul"""
TAGS = {*MATHML.split(), *HTML.split()}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "math": {"display"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {"stretchy", "fence", "form", "minsize", "maxsize", "largeop", "movablelimits"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mspace": {"width", "height", "depth"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
}


def safe_html(text: str, pictures: Mapping[str, str] | None = None) -> Markup:
    """Markdown as HTML that cannot run or load anything; HTML in it is shown as it was typed.

    `pictures` has the data address of every picture that the text may show, by the name it uses for it.

    >>> safe_html("so *much* <b> $x$").strip()
    Markup('<p>so <em>much</em> &lt;b&gt; <math display="inline"><mrow><mi>x</mi></mrow></math></p>')
    """
    if len(text) > LONGEST:
        return _typed(text)
    try:
        plugins = [math, math_in_list, math_in_quote, table]
        markdown = mistune.create_markdown(renderer=_Renderer(pictures or {}), plugins=plugins)
        html = markdown(DISPLAYED.sub(lambda found: found[0].replace("\n", " "), text))
    except RecursionError:
        return _typed(text)
    return Markup(
        nh3.clean(
            str(html),
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_kept,
            url_schemes={"http", "https", "mailto", "data"},
        )
    )


def _typed(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(text)


def _kept(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, None to drop it: pictures come from the page alone, and links lead out of it."""
    if name == "src":
        return value if PICTURE.fullmatch(value) else None
    if name == "href":
        return value if re.match(r"https?://|mailto:|#", value, re.IGNORECASE) else None
    return value


class _Renderer(mistune.HTMLRenderer):
    """HTML in which formulas are MathML and pictures are the given ones."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        super().__init__(escape=True)
        self._pictures = pictures

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = unquote(plain(url)).removeprefix("./")
        if name not in self._pictures:
            return f"<em>[the picture {escape(name)} was not handed in with the notebook]</em>"
        return f'<img alt="{escape(mistune.util.striptags(text))}" src="{escape(self._pictures[name])}">'

    def inline_math(self, text: str) -> str:
        return _formula(text, "inline")

    def block_math(self, text: str) -> str:
        return f"<div>{_formula(text, 'block')}</div>\n"


def plain(text: str) -> str:
    """HTML's references as the characters they name; as it stands, where a number is too long to be read.

    >>> plain("a &lt; b"), plain("&#" + "9" * 5000 + ";")[:4]
    ('a < b', '&#99')
    """
    try:
        return unescape(text)
    except ValueError:
        return text


@cache
def _formula(tex: str, display: str) -> str:
    """A formula as MathML, or as it was typed."""
    tex = plain(tex)
    typed = f"<code>{escape(tex)}</code>"
    if len(tex) > LONGEST_FORMULA or DEFINITIONS.search(tex):
        return typed
    try:
        root = Converter(display=display).convert_to_element(tex)
    except Exception:  # it raises many kinds, RecursionError among them
        return typed
    for element in root.iter():
        element.text = plain(element.text or "")  # its symbols come as character references
        if element.tag == "mtext":
            element.text = element.text.replace(r"\_", "_")
    del root.attrib["xmlns"]
    return ElementTree.tostring(root, "unicode", method="html")
