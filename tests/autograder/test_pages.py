"""What every page promises: one file, nothing loaded, nothing run, values escaped."""

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from files.injections import INJECTIONS, effects
from markupsafe import Markup

from autograder import pages

TEMPLATE = """\
{% extends "pages/base.html.j2" %}
{% block title %}{{ name }}{% endblock %}
{% block content %}<p>{{ name }} {{ ready }} {{ 2.5 | points }}</p>{% endblock %}
"""
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


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


AWAY = [name for name in INJECTIONS if name in ("refresh", "form", "base") or name.startswith("named")]
DONE = ("dialog", "http", "error", "window")


def test_escaped_text_does_nothing_even_without_the_policy(template: str, browser, tmp_path: Path) -> None:
    page = pages.render(template, name=" ".join(INJECTIONS.values()), ready="")
    assert effects(browser, POLICY.sub("", page), tmp_path) == []


def test_under_the_policy_nothing_runs_or_loads(template: str, browser, tmp_path: Path) -> None:
    raw = Markup("\n".join(text for name, text in INJECTIONS.items() if name not in AWAY))
    page = pages.render(template, name="", ready=raw)
    assert [effect for effect in effects(browser, page, tmp_path) if effect.startswith(DONE)] == []
    # and without it everything would
    found = effects(browser, POLICY.sub("", page), tmp_path)
    assert {"window.injected", "dialog mark"} < set(found)
    assert {f"https://harm.invalid/{name}" for name in ("a.js", "a.png", "b.css", "?seen", "c.png")} < set(found)
    assert {"<script>", "<iframe>", "<object>", "<a href=javascript:injected=1>"} < set(found)


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
