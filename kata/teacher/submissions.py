"""Read what students have submitted: folders, zips, checkouts; only the files of exercises, and nothing is unpacked."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LARGEST = 1 << 20  # bytes of one file of exercises; the longest solution has 20,000
MOST = 20_000  # entries of one submission that are looked at
# What lies in a checkout and is no submission: files of the same names, and folders that are not looked into.
_OTHERS = {"solutions", "mistakes", "accepted"}
_NEVER = {"node_modules", "__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class Submitted:
    """What one student has submitted.

    Args:
        name: of the student: that of the folder or of the zip.
        files: the text of each lesson that is there, by its name.
        problems: what could not be taken, in sentences.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """A file of a submission: where it lies, whether it is a link, and where its text is."""

    path: PurePosixPath
    is_link: bool
    source: Path | zipfile.ZipInfo


def find(folder: Path) -> list[Path]:
    """Return the submissions in a folder: one for each folder and each zip, in order; itself, if it is one."""
    entries = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    found = [one for one in entries if not one.is_symlink() and (one.is_dir() or one.suffix.lower() == ".zip")]
    flat = any(one.suffix == ".py" for one in entries)
    return [folder] if flat or (folder / "exercises").is_dir() else found


def names_of(paths: list[Path]) -> list[str]:
    """Return a name for each submission; those of a zip and a folder of the same name are told apart."""
    stems = [path.name if path.is_dir() else path.stem for path in paths]
    return [path.name if stems.count(stem) > 1 else stem for path, stem in zip(paths, stems, strict=True)]


def read(path: Path, name: str, lessons: Iterable[str]) -> Submitted:
    """Read a submission; whatever is wrong with it becomes a problem of its own, and no error."""
    wanted = set(lessons)
    submitted = Submitted(name)
    try:
        if path.is_dir():
            _take(submitted, wanted, list(_in_folder(path)), _of_file)
            inner = [one for one in sorted(path.glob("*.zip")) if not one.is_symlink()]
            if not submitted.files and len(inner) == 1:  # as learning platforms hand it over
                _take_zip(submitted, wanted, inner[0])
        else:
            _take_zip(submitted, wanted, path)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, RuntimeError, NotImplementedError) as error:
        submitted.problems.append(f"{path.name} cannot be read: {error}")
    if not submitted.files and not submitted.problems:
        submitted.problems.append(f"no file of exercises in it, such as exercises/{min(wanted, default='')}.py")
    return submitted


def _take_zip(submitted: Submitted, wanted: set[str], path: Path) -> None:
    with zipfile.ZipFile(path) as archive:

        def read_entry(entry: _Entry) -> bytes:
            assert isinstance(entry.source, zipfile.ZipInfo)
            with archive.open(entry.source) as file:
                return file.read(LARGEST + 1)  # whatever size it claims to have

        _take(submitted, wanted, list(_in_zip(archive)), read_entry)


def _take(submitted: Submitted, wanted: set[str], entries: list[_Entry], read_entry: Callable[[_Entry], bytes]) -> None:
    """Take, for each lesson, the file in the folder `exercises` that lies highest, or else the highest of its name."""
    if len(entries) >= MOST:
        submitted.problems.append(f"more than {MOST:,} files: those after are not looked at")
    for lesson in sorted(wanted):
        named = [one for one in entries if one.path.name == f"{lesson}.py"]
        proper = [one for one in named if one.path.parent.name == "exercises"] or named
        proper.sort(key=lambda one: (len(one.path.parts), one.path))
        if not proper:
            continue
        chosen = proper[0]
        if len(proper) > 1:
            others = ", ".join(str(one.path) for one in proper[1:4])
            submitted.problems.append(f"{chosen.path} was taken; there is also {others}")
        if chosen.is_link:
            submitted.problems.append(f"{chosen.path} is a link: only files are taken")
            continue
        data = read_entry(chosen)
        if len(data) > LARGEST:
            submitted.problems.append(f"{chosen.path} has more than {LARGEST:,} bytes, and was not taken")
            continue
        submitted.files[lesson] = data


def _in_folder(root: Path) -> Iterator[_Entry]:
    count = 0
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if one not in _NEVER and not one.startswith("."))
        for name in sorted(files):
            count += 1
            if count > MOST:
                return
            path = Path(folder, name)
            if path.suffix == ".py" and path.parent.name not in _OTHERS:
                inside = PurePosixPath(path.relative_to(root).as_posix())
                yield _Entry(inside, not stat.S_ISREG(path.lstat().st_mode), path)


def _of_file(entry: _Entry) -> bytes:
    """Read a file, and no more of it than is allowed; a link that was put there meanwhile is not followed."""
    path = entry.source
    assert isinstance(path, Path)
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return file.read(LARGEST + 1)


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for info in archive.infolist()[:MOST]:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        is_outside = path.is_absolute() or ".." in path.parts
        if info.is_dir() or path.suffix != ".py" or is_outside or path.parent.name in _OTHERS | _NEVER:
            continue
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        yield _Entry(path, is_link, info)
