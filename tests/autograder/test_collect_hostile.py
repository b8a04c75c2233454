"""Collecting out of hostile and damaged archives: nothing leaves its place, and whoever is honest is taken."""

import contextlib
import random
import stat
import struct
import zipfile
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from collecting import NAME, NOON, Members, nested, remarks, results, students, zipped

from autograder.cli import main
from autograder.collect import collect
from autograder.collect.inbox import look_into
from autograder.course import Course
from autograder.notebook import MAX_BYTES, Unreadable
from dnnkit.errors import CourseError


@pytest.fixture(scope="session")
def work(fill) -> bytes:
    """An ordinary notebook, filled in."""
    return nbformat.writes(fill(NAME)).encode()


def _info(name: str, **fields: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, NOON)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def test_hostile_members_are_refused_and_the_rest_is_taken(course: Course, tmp_path: Path, work: bytes) -> None:
    link, device = (stat.S_IFLNK | 0o777) << 16, (stat.S_IFCHR | 0o666) << 16
    members: Members = [
        ("../../up_1_1_90_ordinary.ipynb", b""),
        ("ok/../../../up.ipynb", b""),
        ("/etc/cron.d/x_1_2_90_ordinary.ipynb", b""),
        ("C:\\x\\x_1_3_90_ordinary.ipynb", b""),
        ("..\\..\\x_1_4_90_ordinary.ipynb", b""),
        (_info("l_1_5_90_ordinary.ipynb", external_attr=link), b"/etc/passwd"),
        (_info("d_1_6_90_ordinary.ipynb", external_attr=device), b""),
        ("nested_1_7_bomb.zip", nested([("../x.ipynb", b""), ("90_ordinary.ipynb", b"0" * (MAX_BYTES + 1))])),
        ("nozip_1_8_hw.zip", b"this is not a zip file"),
        ("big_1_9_90_ordinary.ipynb", b"0" * (MAX_BYTES + 1)),
        ("__MACOSX/._lovelaceada_1_10_90_ordinary.ipynb", b""),
        ('"><img src=x onerror=alert(1)>.ipynb', b""),
        (f"lovelaceada_2_11_{NAME}.ipynb", work),
    ]
    archive = zipped(tmp_path / "hostile.zip", members)
    before = {path for path in tmp_path.rglob("*") if "course" not in path.parts}
    collected = collect(course, NAME, archive)
    told = {row.student: row.remarks[-1] for row in collected.rows if row.result == "not taken"}
    leads_out = [name.replace("\\", "/") for name, _ in members[:5] if isinstance(name, str)]
    assert [told.pop(name) for name in leads_out] == ["its path leads out of the folder"] * 5
    assert told == {
        "l_1_5_90_ordinary.ipynb": "it is a link",
        "d_1_6_90_ordinary.ipynb": "it is not an ordinary file",
        "nested_1": f"no notebook of {NAME}",
        "nested_1_7_bomb.zip/../x.ipynb": "its path leads out of the folder",
        "nested_1_7_bomb.zip/90_ordinary.ipynb": "it has 20 MB; 20 MB is the limit",
        "nozip_1": "hw.zip is not a zip file that can be read.",
        "big_1_9_90_ordinary.ipynb": "it has 20 MB; 20 MB is the limit",
        '"><img src=x onerror=alert(1)>.ipynb': "its name tells no student",
    }
    assert results(collected)["lovelaceada_2"] == "taken"
    assert {path for path in tmp_path.rglob("*") if "course" not in path.parts} == before
    assert list(students(course)) == ["lovelaceada_2"]


def test_sizes_that_lie_and_encrypted_members(course: Course, tmp_path: Path, work: bytes) -> None:
    archive = zipped(tmp_path / "lies.zip", [(f"a_1_1_{NAME}.ipynb", work), (f"b_2_2_{NAME}.ipynb", b"0" * 999_999)])
    data = archive.read_bytes()
    huge = data.replace(struct.pack("<I", len(work)), struct.pack("<I", 0xFFFFFFF0))  # "10 GB" in the headers
    archive.write_bytes(huge)
    assert "it has 4095 MB" in remarks(collect(course, NAME, archive), f"a_1_1_{NAME}.ipynb")
    small = data.replace(struct.pack("<I", 999_999), struct.pack("<I", 10))
    archive.write_bytes(small)
    assert "is damaged in its zip file" in remarks(collect(course, NAME, archive), "b_2")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(_info(f"c_3_3_{NAME}.ipynb"), work)
    position = (data := bytearray(archive.read_bytes())).index(b"PK\x01\x02")
    data[position + 8] |= 1
    archive.write_bytes(data)
    assert remarks(collect(course, NAME, archive), f"c_3_3_{NAME}.ipynb") == "it is encrypted"


@pytest.mark.parametrize("kind", ["text", "truncated", "empty", "missing", "overlapping"])
def test_an_archive_that_is_none_is_one_sentence(course: Course, tmp_path: Path, work: bytes, kind: str) -> None:
    file = tmp_path / "x.zip"
    whole = nested([(f"a_1_1_{NAME}.ipynb", work)])
    content = {"text": b"hello", "truncated": whole[: len(whole) // 2], "empty": b""}
    if kind in content:
        file.write_bytes(content[kind])
    if kind == "overlapping":
        file.write_bytes(whole[:-22] + whole[-22:-10] + struct.pack("<II", 2**32 - 2, 2**32 - 2) + b"\0\0")
    result = CliRunner().invoke(main, ["collect", NAME, str(file), "--course", str(course.root)])
    assert result.exit_code == 2
    assert result.stderr.startswith("autograder: ")
    assert result.stderr.count("\n") == 1
    assert ("There is no folder or zip file" if kind == "missing" else "is not a zip file") in result.stderr
    assert not (course.root / "collected").exists()


def test_a_damaged_archive_is_read_or_refused_in_words(tmp_path: Path) -> None:
    whole = nested([("é_1_2_a.ipynb", b"x" * 50), ("b_1_3_hw.zip", nested([("c.ipynb", b"y")])), ("d/e.ipynb", b"z")])
    rng, file, refused = random.Random(1), tmp_path / "x.zip", 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 2, 4])):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 1, 255, rng.randrange(256)])
        file.write_bytes(damaged)
        try:
            inbox = look_into(file)
        except CourseError:
            refused += 1
            continue
        for one in inbox.files:
            with contextlib.suppress(Unreadable):
                one.read()
                inbox.unpacked(one)
    assert 0 < refused < 300
