"""A browser for the widget tests. Without Chromium they skip and say so; under CI its absence is a failure."""

import os
import shutil
from pathlib import Path

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]


@pytest.fixture(scope="session")
def required():
    """Give back what a test needs, or skip with the reason; under CI fail."""

    def check(found, reason):
        if not found and os.environ.get("CI"):
            pytest.fail(f"{reason}; under CI it must be there")
        if not found:
            pytest.skip(reason)
        return found

    return check


@pytest.fixture(scope="session")
def browser(required):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = required(shutil.which("chromium"), "Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Open a widget as the page that it saves; at the end no page may have reported an error."""
    errors, contexts = [], []

    def open_(widget, link="", **options):
        context = browser.new_context(viewport={"width": 1100, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        file = tmp_path / f"page{len(contexts)}.html"
        widget.to_html(file)
        page.goto(file.as_uri() + link)
        page.wait_for_selector(".dk-drawing")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def grids():
    """The numbers of each drawn plane that a selector finds, as lists of texts."""
    script = "(all) => all.map((g) => [...g.querySelectorAll('text.dk-number')].map((e) => e.textContent))"
    return lambda page, selector: page.eval_on_selector_all(selector, script)


@pytest.fixture(scope="session")
def axe(required):
    """The source of axe-core, as `npm install` in tests/js puts it there."""
    file = Path(__file__).parents[1] / "js/node_modules/axe-core/axe.min.js"
    required(file.exists(), "axe-core is not installed: run `npm install` in tests/js")
    return file.read_text(encoding="utf-8")
