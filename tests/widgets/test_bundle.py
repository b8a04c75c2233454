"""The joined JavaScript: every file once, every name once, nothing from elsewhere."""

import re

import pytest

from dnnkit.widgets.bundle import STATIC, bundle

TOP_LEVEL = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def test_imports_come_first_and_once():
    joined = bundle("sliding_filter.js")
    assert joined.count("export function") == joined.count("\nimport ") == 0
    assert joined.index("function svg(") < joined.index("function grid(") < joined.index("function render(")
    assert joined.count("function grid(") == 1


@pytest.mark.parametrize("entry", [path.name for path in STATIC.glob("*.js") if "export default" in path.read_text()])
def test_no_name_is_taken_twice(entry):
    names = TOP_LEVEL.findall(bundle(entry, "offline.js"))
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_files_are_small_and_load_nothing_from_elsewhere(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
