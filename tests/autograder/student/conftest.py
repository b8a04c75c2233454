"""Warm processes, one for each kind of confinement and for all tests of this folder, and a fresh student each."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import StudentProcess, WarmProcess, process
from autograder.student.lock import landlock_version

SECRET = "DNNKIT_TEST_SECRET"


def require_bubblewrap() -> None:
    """Skip where bubblewrap is not installed; on CI it has to be."""
    if shutil.which("bwrap") is None:
        if os.environ.get("CI"):
            pytest.fail("bubblewrap has to be installed on CI")
        pytest.skip("bubblewrap is not installed")


def require_landlock() -> None:
    """Skip where the kernel has no Landlock; on CI it has to."""
    if not landlock_version():
        if os.environ.get("CI"):
            pytest.fail("CI has to run on a kernel with Landlock")
        pytest.skip("this kernel has no Landlock")


@pytest.fixture(scope="session")
def bubblewrap_installed() -> None:
    """The test needs bubblewrap."""
    require_bubblewrap()


@pytest.fixture(scope="session")
def kernel_with_landlock() -> None:
    """The test needs Landlock."""
    require_landlock()


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stands for the student's copy of dnnkit."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "dnnkit").mkdir()
    (folder / "dnnkit" / "__init__.py").write_text("from_library = True\n")
    return folder


@pytest.fixture(scope="session")
def secret() -> Iterator[str]:
    """The name of a variable in the environment of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET, "do not tell")
        yield SECRET


@pytest.fixture(scope="session", params=["bubblewrap and Landlock", "Landlock alone", "bubblewrap alone"])
def warm(request: pytest.FixtureRequest, library: Path, secret: str) -> Iterator[WarmProcess]:
    """A warm process, confined in each of the ways in which it can be."""
    if "bubblewrap" in request.param:
        require_bubblewrap()
    if "Landlock" in request.param:
        require_landlock()
    with pytest.MonkeyPatch.context() as patch:
        if "Landlock" not in request.param:
            patch.setattr(process, "landlock_version", lambda: 0)
        started = WarmProcess(library, bubblewrap="bubblewrap" in request.param)
    with started as running:
        yield running


@pytest.fixture
def confinement(request: pytest.FixtureRequest, warm: WarmProcess) -> str:
    """Which kind of confinement `warm` has, in words."""
    return str(request.node.callspec.params["warm"])


@pytest.fixture
def student(warm: WarmProcess) -> Iterator[StudentProcess]:
    """A fresh student process."""
    with warm.fork() as process:
        yield process


@pytest.fixture(scope="session")
def plain_warm(library: Path) -> Iterator[WarmProcess]:
    """A warm process confined by whatever is there, for tests that are not about confinement."""
    with WarmProcess(library) as running:
        yield running


@pytest.fixture
def plain(plain_warm: WarmProcess) -> Iterator[StudentProcess]:
    """A fresh student process, confined by whatever is there."""
    with plain_warm.fork() as process:
        yield process
