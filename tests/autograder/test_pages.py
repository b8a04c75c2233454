"""What every page promises: one file, nothing loaded, nothing run, values escaped."""

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from autograder import pages

TEMPLATE = """\
{% extends "pages/base.html.j2" %}
{% block title %}{{ name }}{% endblock %}
{% block content %}<p>{{ name }} {{ ready }} {{ 2.5 | points }}</p>{% endblock %}
"""


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A template beside a copy of the shared ones."""
    (tmp_path / "pages").symlink_to(pages.FOLDER)
    (tmp_path / "tried.html.j2").write_text(TEMPLATE)
    monkeypatch.setattr(pages, "FOLDER", tmp_path / "pages")
    pages._environment.cache_clear()
    yield "tried.html.j2"
    pages._environment.cache_clear()


def test_values_are_escaped_and_markup_is_not(template: str) -> None:
    page = pages.render(template, name="<script>{{ 7 * 7 }}", ready=Markup("<b>so</b>"))
    assert "<title>&lt;script&gt;{{ 7 * 7 }}</title>" in page
    assert "<p>&lt;script&gt;{{ 7 * 7 }} <b>so</b> 2.5</p>" in page


def test_the_policy_comes_first_and_allows_pictures_and_styles_of_the_page_alone(template: str) -> None:
    page = pages.render(template, name="", ready="")
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert set(rules) == {"default-src", "style-src", "img-src", "base-uri", "form-action"}
    assert page.index("Content-Security-Policy") < page.index("<title>") < page.index("<style>")
    assert "://" not in page
    assert "<script" not in page


def test_a_forgotten_value_is_an_error(template: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="ready"):
        pages.render(template, name="")


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "feedback/eve/page.html"
    pages.write("old", file)
    pages.write("new – ☃", file)
    assert file.read_text("utf-8") == "new – ☃"
    assert [path.name for path in file.parent.iterdir()] == ["page.html"]
    pages.write("half a character: \ud800", file)
    assert file.read_text("utf-8") == "half a character: ?"
