"""What may be read, and a start that refuses, falls back, or finds that the confinement does not hold."""

import os
import re
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.sandbox import StudentProcess, WarmProcess, bubblewrap, policy, process, seccomp
from autograder.student.lock import CAP_DAC_READ_SEARCH, NOBODY
from dnnkit.errors import CourseError


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where warm processes of this test put their files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_importable_distributions_are_a_closure() -> None:
    entries = set(policy.site_entries())
    assert {"numpy", "numpy.libs", "matplotlib", "mpl_toolkits", "IPython", "anywidget", "PIL", "dateutil"} <= entries
    for name in policy.DISTRIBUTIONS:
        for line in metadata.requires(name) or []:
            required = re.split(r"[ ;<>=!~\[(]", line)[0]
            if ";" not in line:
                assert (
                    set(map(str, {f.parts[0] for f in metadata.files(required) or [] if f.suffix == ".py"})) <= entries
                )


@pytest.mark.parametrize(
    "name", ["scipy", "torch", "nbgrader", "pytest", "hypothesis", "_pytest", "jupyterlab", "dnnkit"]
)
def test_others_are_not_importable(name: str) -> None:
    assert name not in policy.site_entries()


def test_a_distribution_that_is_missing() -> None:
    with pytest.raises(CourseError, match="needs no-such-thing, which is not installed"):
        policy.site_entries(("numpy", "no-such-thing"))


def test_a_distribution_without_a_list_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_distribution", lambda name: SimpleNamespace(read_text=lambda name: None))
    with pytest.raises(CourseError, match="numpy was installed without a list of its files"):
        policy.site_entries(("numpy",))


def test_the_self_test_found_what_stops_each_way_out(warm: WarmProcess, confinement: str) -> None:
    found = warm.confinement
    assert found.bubblewrap == ("bubblewrap" in confinement)
    assert (found.landlock > 0) == ("Landlock" in confinement)
    assert found.seccomp
    assert len(found.attempts) == 10
    assert all(found.attempts.values())
    assert "NOT STOPPED" not in str(found)
    assert ("Landlock (version 0): absent" in str(found)) == (found.landlock == 0)


def status(student: StudentProcess) -> dict[str, str]:
    """What the kernel says of a student process, seen from outside."""
    student.run_cell("import os; here = os.getcwd()")
    folder = str(Path(student.get("here")[1]).parents[1])
    newest = -1.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and folder.encode() in (entry / "cmdline").read_bytes():
            started = float((entry / "stat").read_text().rsplit(")", 1)[1].split()[19])
            if started >= newest:
                newest, text = started, (entry / "status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_the_kernel_agrees(warm: WarmProcess, student: StudentProcess) -> None:
    found = status(student)
    root = os.geteuid() == 0
    assert set(found["Uid"].split()) == {str(NOBODY if root else os.geteuid())}
    kept = 1 << CAP_DAC_READ_SEARCH if warm.confinement.reads_closed_files else 0
    assert int(found["CapEff"], 16) == int(found["CapPrm"], 16) == kept
    assert int(found["CapInh"], 16) == int(found["CapAmb"], 16) == 0
    assert found["NoNewPrivs"] == "1"
    assert found["Seccomp"] == "2"
    assert found["Groups"].split() in ([], [str(NOBODY)]) or not root


def test_without_any_layer_it_refuses(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(process, "landlock_version", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CourseError) as caught:
        WarmProcess()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("Student code cannot be confined here: ")
    assert "--unconfined-with-my-rights" in str(caught.value)
    assert not list(scratch.iterdir())


def test_unconfined_runs_and_says_so(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(process, "landlock_version", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with WarmProcess(unconfined=True) as warm, warm.fork() as student:
        assert not warm.confinement.bubblewrap
        assert not warm.confinement.seccomp
        assert "NOT STOPPED" in str(warm.confinement)
        assert student.run_cell("import socket; socket.socket().close()").ok
        student.run_cell("def f(x): return x + 1")
        assert student.call("f", (1,), {}).value == 2


@pytest.mark.usefixtures("kernel_with_landlock")
def test_what_may_be_unconfined_is_confined_where_it_can_be() -> None:
    with WarmProcess(unconfined=True) as warm:
        assert warm.confinement.landlock
        assert all(warm.confinement.attempts.values())


@pytest.mark.usefixtures("kernel_with_landlock")
def test_a_confinement_that_cannot_be_tried_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    monkeypatch.setattr(process, "compiled_filter", lambda: b"no filter at all")
    with pytest.raises(CourseError, match="Whether the confinement holds could not be tried"):
        WarmProcess()
    assert not list(scratch.iterdir())


def test_bubblewrap_is_asked_for_but_missing(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match="bubblewrap is not installed"):
        WarmProcess(bubblewrap=True)
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("kernel_with_landlock")
def test_bubblewrap_that_does_not_work_is_done_without(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    refusing = scratch / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'No permissions to create a new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(refusing))
    with WarmProcess() as warm:
        assert not warm.confinement.bubblewrap
        assert warm.confinement.landlock
        assert "Without bubblewrap: " in warm.confinement.remark
        assert "No permissions to create a new namespace" in str(warm.confinement)
    with pytest.raises(CourseError, match="No permissions to create a new namespace"):
        WarmProcess(bubblewrap=True)


@pytest.mark.usefixtures("kernel_with_landlock")
def test_a_filter_that_lets_too_much_through_is_found(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(seccomp, "_FREE", seccomp._FREE + " socket kill")
    with pytest.raises(CourseError, match=r"does not hold: a student process could .*open a local socket"):
        WarmProcess(bubblewrap=False)
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("kernel_with_landlock")
def test_a_rule_that_lets_too_much_be_read_is_found(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(policy.Policy, "read", property(lambda self: [Path("/")]))
    with pytest.raises(CourseError, match="does not hold: a student process could read a file"):
        WarmProcess(bubblewrap=False)


@pytest.mark.usefixtures("bubblewrap_installed")
def test_a_mount_that_shows_too_much_is_found(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(process, "landlock_version", lambda: 0)
    links = bubblewrap._root_links()
    monkeypatch.setattr(bubblewrap, "_root_links", lambda: [*links, "--bind", str(scratch), str(scratch)])
    with pytest.raises(CourseError, match="does not hold: a student process could read a file, write a file"):
        WarmProcess(bubblewrap=True)


def test_without_the_binding_of_libseccomp_it_refuses(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(CourseError, match="pip install pyseccomp"):
        WarmProcess()
    assert not list(scratch.iterdir())


def test_a_call_that_libseccomp_does_not_know_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = seccomp.compiled_filter()
    monkeypatch.setattr(seccomp, "_FREE", seccomp._FREE + " no_such_call")
    assert seccomp.compiled_filter() == whole
    monkeypatch.setattr(seccomp, "_FREE", seccomp._FREE.replace("uname", ""))
    assert len(seccomp.compiled_filter()) < len(whole)


def test_the_library_comes_first(plain: StudentProcess, library: Path) -> None:
    plain.run_cell("import sys, dnnkit\nfirst, file = sys.path[0], dnnkit.__file__")
    assert plain.get("first") == ("value", str(library))
    assert plain.get("file") == ("value", str(library / "dnnkit" / "__init__.py"))
