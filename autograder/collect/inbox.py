"""What lies in a folder or a zip file, as a list of files that can be read without harm.

Nothing is unpacked here: a file is read into memory when it is wanted, up to a limit, and its path is only a text.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.notebook import MAX_BYTES, Unreadable, read_bytes
from dnnkit.errors import CourseError

__all__ = ["File", "Inbox", "look_into"]

MAX_FILES = 50_000
MAX_TOTAL = 20 << 30
LEADS_OUT = "its path leads out of the folder"
ARCHIVE_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


@dataclass(frozen=True)
class File:
    """One file of an inbox: its path there, its own name, when it was written (UTC; in a zip file, when that was)."""

    path: str
    name: str
    time: datetime
    read: Callable[[], bytes] = field(repr=False)

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


@dataclass
class Inbox:
    """The files of a folder or a zip file, and those that were refused, with the reason."""

    files: list[File] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def unpacked(self, file: File) -> list[File]:
        """The files in a zip file that a student handed in. Raises Unreadable where it is none."""
        try:
            inside = _members(file.read, file.name)
        except ARCHIVE_FAULTS as error:
            raise Unreadable(f"{file.name} is not a zip file that can be read.") from error
        self.refused += [(f"{file.path}/{path}", reason) for path, reason in inside.refused]
        return [File(file.path, one.name, file.time, one.read) for one in inside.files]


def look_into(where: Path) -> Inbox:
    """List a folder (with the zip files that lie in it) or a zip file. Raises CourseError where it is neither."""
    if where.is_dir():
        return _folder(where)
    if not where.is_file():
        raise CourseError(f"There is no folder or zip file {where}.")
    return _archive(where)


def _archive(file: Path) -> Inbox:
    try:
        return _members(lambda: file, file.name)
    except ARCHIVE_FAULTS as error:
        raise CourseError(
            f"{file} is not a zip file that can be read ({error}). Download it again; archives of other kinds have to "
            "be unpacked first, then name their folder."
        ) from error
    except Unreadable as error:
        raise CourseError(str(error)) from error


def _folder(root: Path) -> Inbox:
    inbox = Inbox()

    def closed(error: OSError) -> None:
        inbox.refused.append((_text(str(error.filename)), "it cannot be opened"))

    for folder, folders, files in os.walk(root, onerror=closed):
        folders[:] = sorted(name for name in folders if not _is_junk(name))
        for name in sorted([*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]):
            file = Path(folder, name)
            path, status = _text(str(file.relative_to(root))), file.lstat()
            if _is_junk(name):
                continue
            if not stat.S_ISREG(status.st_mode):
                inbox.refused.append((path, _kind(status.st_mode)))
            elif file.suffix.lower() == ".zip" and file.parent == root:
                inside = _archive(file)
                inbox.files += inside.files
                inbox.refused += inside.refused
            else:
                time = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
                inbox.files.append(File(path, PurePosixPath(path).name, time, partial(read_bytes, file)))
        if len(inbox.files) > MAX_FILES:
            raise CourseError(f"{root} has more than {MAX_FILES} files; name the folder of one assignment.")
    return inbox


def _opened(source: Path | bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source))


def _members(load: Callable[[], Path | bytes], name: str) -> Inbox:
    """The members of the archive that `load` gives; it is loaded again for each one that is read."""
    inbox = Inbox()
    with _opened(load()) as archive:
        members = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(members) > MAX_FILES:
        raise Unreadable(f"{name} has {len(members)} files; {MAX_FILES} is the limit.")
    if (total := sum(info.file_size for info in members if info.file_size <= MAX_BYTES)) > MAX_TOTAL:
        raise Unreadable(f"{name} has {total >> 30} GB unpacked; {MAX_TOTAL >> 30} GB is the limit.")
    made = max((_time(info) for info in members), default=datetime.min)
    for info in members:
        path = str(PurePosixPath(_decoded(info).replace("\\", "/")))
        if any(_is_junk(part) for part in PurePosixPath(path).parts):
            continue
        if reason := _fault(info, path):
            inbox.refused.append((path, reason))
        else:
            inbox.files.append(File(path, PurePosixPath(path).name, made, _member_reader(load, info, path)))
    return inbox


def _member_reader(load: Callable[[], Path | bytes], info: zipfile.ZipInfo, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with _opened(load()) as archive, archive.open(info) as member:
                data = member.read(MAX_BYTES + 1)
        except ARCHIVE_FAULTS as error:
            raise Unreadable(f"{path} is damaged in its zip file.") from error
        if len(data) > MAX_BYTES:
            raise Unreadable(f"{path} has more than {MAX_BYTES >> 20} MB, which is the limit.")
        return data

    return read


def _fault(info: zipfile.ZipInfo, path: str) -> str:
    """Why a member of an archive is refused, or nothing."""
    mode = info.external_attr >> 16
    if not info.filename:
        return "it has no name"
    if path.startswith("/") or ".." in PurePosixPath(path).parts or path[1:2] == ":":
        return LEADS_OUT
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _kind(mode)
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.file_size > MAX_BYTES:
        return f"it has {info.file_size >> 20} MB; {MAX_BYTES >> 20} MB is the limit"
    return ""


def _kind(mode: int) -> str:
    return "it is a link" if stat.S_ISLNK(mode) else "it is not an ordinary file"


def _time(info: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return datetime(1980, 1, 1)


def _decoded(info: zipfile.ZipInfo) -> str:
    """A member's path. Where the archive does not say that it is UTF-8, it mostly is, or else Latin-1."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")  # which is how zipfile decoded it
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _text(path: str) -> str:
    """A path on disk as text, where a name is not UTF-8 as Latin-1."""
    raw = os.fsencode(path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _is_junk(name: str) -> bool:
    """What operating systems and Jupyter leave behind."""
    return (name.startswith(".") and name != "..") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
