"""What lies in a folder or an archive: its files, none of them unpacked, and virtual environments left out."""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar

LARGEST = 1 << 20  # bytes of one file of exercises; the longest solution has 20,000
MOST = 20_000  # files of one submission that are looked at
_HUGE = 1 << 30  # bytes of a file in a compressed archive: all before the next one must be unpacked to pass it
_NEVER = {"node_modules", "__pycache__", "__MACOSX", "site-packages"}
FAULTS = (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, EOFError, ValueError, RuntimeError)


@dataclass(frozen=True)
class File:
    """One file: where it lies, whether it is a link or another thing that is no file, and how it is read."""

    path: PurePosixPath
    is_link: bool
    read: Callable[[], bytes]


@dataclass
class Contents:
    """The files of a submission.

    Args:
        files: those that were looked at.
        skipped: virtual environments that were not.
        is_cut: whether there are more than `MOST`.
    """

    files: list[File] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    is_cut: bool = False

    def add(self, file: File) -> bool:
        """Add a file; return whether more may follow."""
        if len(self.files) >= MOST:
            self.is_cut = True
            return False
        if not _NEVER & set(file.path.parts[:-1]):
            self.files.append(file)
        return True


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """Look at a folder or an archive, for the time of a block, in which its files can be read.

    Raises:
        FAULTS: it cannot be read.
    """
    if path.is_dir():
        yield _of_folder(path)
    elif path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            yield _of_zip(archive)
    else:
        with tarfile.open(path) as tar:
            yield _of_tar(tar)


def one_file(path: Path, name: str) -> File:
    """Return a file of the disk under a name."""
    return File(PurePosixPath(name), not stat.S_ISREG(path.lstat().st_mode), lambda: _read(path))


def _of_folder(root: Path) -> Contents:
    found = Contents()
    for folder, folders, files in os.walk(root, followlinks=False):
        is_environment = "pyvenv.cfg" in files or "conda-meta" in folders
        if is_environment and Path(folder) != root:  # one made in the submission's own folder lies among its files
            found.skipped.append(Path(folder).relative_to(root).as_posix())
            folders[:] = []
            continue
        kept = [one for one in folders if one not in _NEVER and not one.startswith(".")]
        folders[:] = sorted(kept, key=lambda one: (one != "exercises", one))  # what is wanted comes before the limit
        for name in sorted(files):
            path = Path(folder, name)
            if not found.add(one_file(path, path.relative_to(root).as_posix())):
                return found
    return found


def _read(path: Path) -> bytes:
    """Read a file, and no more of it than is allowed; a link that was put there meanwhile is not followed."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return file.read(LARGEST + 1)


def _of_zip(archive: zipfile.ZipFile) -> Contents:
    def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with archive.open(info) as file:
                return file.read(LARGEST + 1)  # whatever size it claims to have

        return read

    infos = [(info, _inside(info.filename)) for info in archive.infolist() if not info.is_dir()]
    found = Contents()
    for info, path in _wanted_first(infos, found):
        if not found.add(File(path, stat.S_ISLNK(info.external_attr >> 16), reader(info))):
            break
    return found


def _of_tar(archive: tarfile.TarFile) -> Contents:
    def reader(member: tarfile.TarInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            file = archive.extractfile(member)
            return file.read(LARGEST + 1) if file is not None else b""

        return read

    members: list[tuple[tarfile.TarInfo, PurePosixPath | None]] = []
    for member in archive:
        if member.size > _HUGE or len(members) > 5 * MOST:
            raise ValueError(f"{member.name} and what follows are too large to be looked at")
        if not member.isdir():
            members.append((member, _inside(member.name)))
    found = Contents()
    for member, path in _wanted_first(members, found):
        if not found.add(File(path, not member.isreg(), reader(member))):
            break
    return found


def _inside(name: str) -> PurePosixPath | None:
    """Return a path within an archive; None for one that leads out of it."""
    path = PurePosixPath(name.replace("\\", "/"))
    return None if path.is_absolute() or ".." in path.parts else path


File_ = TypeVar("File_")


def _wanted_first(
    members: list[tuple[File_, PurePosixPath | None]], found: Contents
) -> Iterator[tuple[File_, PurePosixPath]]:
    """Yield what may be looked at, first what lies in a folder `exercises`; note the environments that are left out."""
    inside = [(member, path) for member, path in members if path is not None]
    found.skipped += sorted({str(path.parent) for _, path in inside if path.name == "pyvenv.cfg"} - {"."})
    kept = [(m, path) for m, path in inside if not any(str(one) in found.skipped for one in path.parents)]
    yield from sorted(kept, key=lambda pair: "exercises" not in pair[1].parts[:-1])
