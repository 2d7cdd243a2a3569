"""Read the submissions of a class: the student of each entry, its contents, and the files that count.

Names of entries, including those of learning platforms:


- a folder, a checkout in it, or an archive: one student
- Canvas: `smithjohn_12345_67890_ex01_lenet.py`, `smithjohn_LATE_12345_67890_work.zip`
- Moodle: `John Smith_12345_assignsubmission_file_`, a folder, or the beginning of a flat file's name
- other flat files: the rest of the name besides the lesson's; a file without a rest belongs to nobody

Archives are read without unpacking, virtual environments are skipped. Only files of exercises are taken; the others are
reported.
"""

from __future__ import annotations

import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_OF_CLASS = {".csv", ".toml", ".json", ".md", ".txt", ".html", ".xlsx", ".ods", ".yml", ".yaml", ".log"}
_CHECKOUT = {"solutions", "tests", "mistakes", "accepted", "kata", "benchmarks", "docs", "runs", "__pycache__"}
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?:late_)?(?P<id>\d+)_(?P<of>\d+)_(?P<rest>.+)", re.IGNORECASE)
_MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_\w+?_(?P<rest>.*)", re.IGNORECASE)
_COPY = r"(?:[ _-]*\(?\d{1,3}\)?|[ _-]+(?:copy|copie|kopie|copia)(?:[ _-]*\(?\d{1,3}\)?)?)?"


@dataclass(frozen=True)
class Entry:
    """The entry of one student.

    Args:
        name: the student's name, as far as the entry has it.
        paths: a folder, an archive, or flat files.
        strip: the length of the student's part of each flat file's name.
        number: the platform's number of the student, or "".
        doubt: why the owner is uncertain, or "".
    """

    name: str
    paths: tuple[Path, ...]
    strip: tuple[int, ...] = ()
    number: str = ""
    doubt: str = ""


def is_archive(name: str) -> bool:
    """Whether a file name is that of a supported archive."""
    return name.lower().endswith(ARCHIVES)


def lesson_named(name: str, lessons: Iterable[str]) -> str:
    """Return the lesson that a file name means, as in `ex01_lenet (1).py` and `EX01_LENET.PY`, or ""."""
    if not name.lower().endswith(".py"):
        return ""
    stem = name[:-3].casefold()
    return next((one for one in lessons if re.fullmatch(re.escape(one.casefold()) + _COPY, stem)), "")


def entries(folder: Path, lessons: Iterable[str]) -> list[Entry]:
    """Return the entries of a folder, in order; the folder itself, if it is one submission.

    Files of the class, such as a roster, and symbolic links are no entries.
    """
    lessons = list(lessons)
    inside = sorted(one for one in folder.iterdir() if not one.name.startswith(".") and not one.is_symlink())
    folders = [one for one in inside if one.is_dir()]
    files = [one for one in inside if one.is_file() and not _is_of_class(one)]
    if _is_submission(folders, files, lessons):
        return [Entry(folder.name, (folder,))]
    found = [_owned(one.name, one) for one in folders if one.name not in {"__pycache__", "__MACOSX"}]
    found += [_owned(_stem(one), one) for one in files if is_archive(one.name)]
    found += _flat([one for one in files if not is_archive(one.name)], lessons)
    return sorted(_told_apart(found), key=lambda one: one.name)


def _is_of_class(path: Path) -> bool:
    is_students = _CANVAS.fullmatch(path.name) or _MOODLE.fullmatch(path.name)
    return path.suffix.lower() in _OF_CLASS and not is_students


def _is_submission(folders: list[Path], files: list[Path], lessons: list[str]) -> bool:
    """Whether a folder is a checkout, or holds only one student's files."""
    others = [one for one in folders if one.name not in _CHECKOUT | {"exercises"}]
    if any(one.name == "exercises" for one in folders):
        return not others
    python = [one for one in files if one.suffix.lower() == ".py"]
    plain = [one for one in python if lesson_named(one.name, lessons)]
    return bool(plain) and len(plain) == len(files) and not others


def _stem(path: Path) -> str:
    end = next(one for one in sorted(ARCHIVES, key=len, reverse=True) if path.name.lower().endswith(one))
    return path.name[: -len(end)]


def _owned(name: str, path: Path) -> Entry:
    """Return the entry of a folder or an archive from its stem."""
    found = _MOODLE.fullmatch(name if name.endswith("_") else f"{name}_") or _CANVAS.fullmatch(name)
    return Entry(found["who"], (path,), number=found["id"]) if found else Entry(name, (path,))


def _flat(files: list[Path], lessons: list[str]) -> list[Entry]:
    """Group flat files into an entry for each student."""
    owned: dict[tuple[str, str], list[tuple[Path, int]]] = {}
    loose: list[Entry] = []
    for path in files:
        who, number, strip = _owner(path, lessons)
        if who:
            owned.setdefault((who, number), []).append((path, strip))
        else:
            doubt = f"{path.name} lies beside the submissions: whose is it?"
            loose.append(Entry(path.name, (path,), (0,), doubt=doubt))
    made = [
        Entry(who, tuple(path for path, _ in its), tuple(strip for _, strip in its), number)
        for (who, number), its in owned.items()
    ]
    return [*made, *loose]


def _owner(path: Path, lessons: list[str]) -> tuple[str, str, int]:
    """Return the student of a flat file, the platform's number, and the length of that part of the name."""
    name = path.name
    found = _CANVAS.fullmatch(name) or _MOODLE.fullmatch(name)
    if found:
        return found["who"], found["id"], found.start("rest")
    if path.suffix.lower() != ".py":
        return path.stem, "", 0
    for lesson in lessons:
        place = name.casefold().find(lesson.casefold())
        if place > 0 and lesson_named(name[place:], [lesson]):
            return name[:place].strip(" _-."), "", place
        if place == 0 and (behind := re.fullmatch(r"[ _-]+([^\W\d].*)\.py", name[len(lesson) :], re.IGNORECASE)):
            return behind[1], "", 0
    return "", "", 0


def _told_apart(found: list[Entry]) -> list[Entry]:
    """Disambiguate equal names by the platform's number, or by the whole file name."""
    names = [one.name for one in found]
    numbered = [f"{one.name}_{one.number}" if one.number and names.count(one.name) > 1 else one.name for one in found]
    return [
        replace(one, name=name if numbered.count(name) == 1 else one.paths[0].name)
        for one, name in zip(found, numbered, strict=True)
    ]


LARGEST = 1 << 20  # bytes of one file of exercises; the longest solution has 20,000
MOST = 20_000  # files of one submission that are looked at
_HUGE = 1 << 30  # bytes of a file in a compressed archive: all before the next one must be unpacked to pass it
_NEVER = {"node_modules", "__pycache__", "__MACOSX", "site-packages"}
FAULTS = (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, EOFError, ValueError, RuntimeError)


@dataclass(frozen=True)
class File:
    """A file of a submission: its path, whether it is a link or special file, and a function to read it."""

    path: PurePosixPath
    is_link: bool
    read: Callable[[], bytes]


@dataclass
class Contents:
    """The files of a submission.

    Args:
        files: the files found.
        skipped: the virtual environments that were skipped.
        is_cut: whether there are more than `MOST`.
    """

    files: list[File] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    is_cut: bool = False

    def add(self, file: File) -> bool:
        """Add a file; return whether more are allowed."""
        if len(self.files) >= MOST:
            self.is_cut = True
            return False
        if not _NEVER & set(file.path.parts[:-1]):
            self.files.append(file)
        return True


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """Open a folder or an archive for a block.

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
    """Return a file on disk under a name."""
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
    """Read a file up to the size limit, without following links."""
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
    """Return the path of an archive member; None if it leads outside."""
    path = PurePosixPath(name.replace("\\", "/"))
    return None if path.is_absolute() or ".." in path.parts else path


File_ = TypeVar("File_")


def _wanted_first(
    members: list[tuple[File_, PurePosixPath | None]], found: Contents
) -> Iterator[tuple[File_, PurePosixPath]]:
    """Yield the files of a folder, those in `exercises` first; record skipped environments."""
    inside = [(member, path) for member, path in members if path is not None]
    found.skipped += sorted({str(path.parent) for _, path in inside if path.name == "pyvenv.cfg"} - {"."})
    kept = [(m, path) for m, path in inside if not any(str(one) in found.skipped for one in path.parents)]
    yield from sorted(kept, key=lambda pair: "exercises" not in pair[1].parts[:-1])


# What lies in a checkout and is no submission, though its files have the same names.
_OTHERS = {"solutions", "mistakes", "accepted", "tests"}
_CLOSED = (".rar", ".7z", ".gz", ".xz", ".zipx")  # packed in a way that is not read here


@dataclass(frozen=True)
class Submitted:
    """A student's submission.

    Args:
        name: the student's.
        files: the source of each submitted lesson, by its name.
        problems: sentences about what could not be taken.
        about: other data, such as an e-mail address.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def read(entry: Entry, lessons: Iterable[str]) -> Submitted:
    """Read a submission; faults become problems instead of errors."""
    wanted = sorted(lessons)
    submitted = Submitted(entry.name, problems=[entry.doubt] if entry.doubt else [])
    try:
        if entry.strip:
            names = map(_file_name, entry.paths, entry.strip, [wanted] * len(entry.paths))
            _take(submitted, wanted, Contents(list(map(one_file, entry.paths, names))))
        else:
            _take_all(submitted, wanted, entry.paths[0])
    except FAULTS as error:
        submitted.problems.append(f"{entry.paths[0].name} cannot be read: {error}")
    return submitted


def _file_name(path: Path, strip: int, wanted: list[str]) -> str:
    """Return the name of a flat file without its student's name."""
    name = path.name[strip:]
    lesson = next((one for one in wanted if name.casefold().startswith(one.casefold())), "")
    return f"{lesson}.py" if lesson and name.lower().endswith(".py") and not lesson_named(name, wanted) else name


def _take_all(submitted: Submitted, wanted: list[str], path: Path) -> None:
    packed = [one for one in sorted(path.iterdir()) if is_archive(one.name)] if path.is_dir() else []
    if len(packed) == 1 and not packed[0].is_symlink() and not _has_lesson(path, wanted):
        path = packed[0]  # as learning platforms hand it over
    with opened(path) as contents:
        _take(submitted, wanted, contents)


def _has_lesson(folder: Path, wanted: list[str]) -> bool:
    with opened(folder) as contents:
        return any(lesson_named(one.path.name, wanted) for one in contents.files)


def _take(submitted: Submitted, wanted: list[str], contents: Contents) -> None:
    """Choose, for each lesson, the topmost file in a folder `exercises`, or else the topmost of its name."""
    if contents.is_cut:
        submitted.problems.append(f"more than {len(contents.files):,} files: those after are not looked at")
    files = [one for one in contents.files if one.path.parent.name not in _OTHERS and one.path.name[0] != "."]
    for lesson in wanted:
        chosen = _chosen(submitted, lesson, files)
        if chosen is None:
            continue
        if chosen.is_link:
            submitted.problems.append(f"{chosen.path} is a link: only files are taken")
            continue
        data = chosen.read()
        if len(data) > LARGEST:
            submitted.problems.append(f"{chosen.path} has more than {LARGEST:,} bytes, and was not taken")
            continue
        submitted.files[lesson] = data
    if not any(lesson_named(one.path.name, wanted) for one in files):
        submitted.problems.append(_what_is_there(contents, files, wanted))


def _chosen(submitted: Submitted, lesson: str, files: list[File]) -> File | None:
    """Return the file of a lesson: of its exact name, or the only one whose name means it."""
    meant = [one for one in files if lesson_named(one.path.name, [lesson])]
    named = [one for one in meant if one.path.name == f"{lesson}.py"]
    proper = [one for one in named or meant if one.path.parent.name == "exercises"] or named or meant
    proper.sort(key=lambda one: (len(one.path.parts), one.path))
    if not proper:
        return None
    others = ", ".join(str(one.path) for one in proper[1:4])
    if not named and len(proper) > 1:
        submitted.problems.append(f"{proper[0].path} and {others}: which is {lesson}.py? None was taken")
        return None
    if not named:
        submitted.problems.append(f"{proper[0].path} was taken for {lesson}.py")
    elif len(proper) > 1:
        submitted.problems.append(f"{proper[0].path} was taken; there is also {others}")
    return proper[0]


def _what_is_there(contents: Contents, files: list[File], wanted: list[str]) -> str:
    """Describe what a submission without exercises holds, and what to ask the student for."""
    ask = f"ask for exercises/{wanted[0]}.py" if len(wanted) == 1 else f"ask for files such as exercises/{wanted[0]}.py"
    names = [str(one.path) for one in files]
    kinds = (
        ("a notebook", [one for one in names if one.lower().endswith(".ipynb")]),
        ("an archive that is not opened here", [one for one in names if one.lower().endswith(_CLOSED)]),
        ("an archive beside others", [one for one in names if is_archive(one)]),
        ("Python of another name", [one for one in names if one.lower().endswith((".py", ".pyc"))]),
        ("no Python", names),
    )
    places = ", ".join(contents.skipped[:2])
    skipped = f"; a virtual environment ({places}) was not looked into" if places else ""
    for kind, its in kinds:
        if its:
            more = f" and {len(its) - 3} more" if len(its) > 3 else ""
            return f"no file of exercises in it: there is {kind} ({', '.join(its[:3])}{more}){skipped}; {ask}"
    return f"no file of exercises in it, nor any other{skipped}; {ask}"


def summary(submitted: list[Submitted]) -> str:
    """Return a line with the number of readable submissions."""
    noted = sum(bool(one.files and one.problems) for one in submitted)
    empty = sum(not one.files for one in submitted)
    parts = [f"{len(submitted) - empty} read" + (f" ({noted} with something to know)" if noted else "")]
    parts += [f"{empty} without any file of exercises"] if empty else []
    return ", ".join(parts)
