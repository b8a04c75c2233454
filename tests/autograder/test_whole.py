"""A file is the old one or the new one, whatever ends the writing."""

from pathlib import Path

import pytest

from autograder.whole import whole


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for text in ("old", "new"):
        with whole(file) as unfinished:
            unfinished.write_text(text)
            assert file.exists() == (text == "new")
        assert file.read_text() == text
    with pytest.raises(ZeroDivisionError), whole(file) as unfinished:
        unfinished.write_text(f"ne{1 / 0}")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]
