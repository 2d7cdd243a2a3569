"""Who has handed something in: each entry of the folder is somebody's, also as learning platforms name them.

- a folder, a checkout in it, or an archive: one student
- Canvas: `smithjohn_12345_67890_ex01_lenet.py`, `smithjohn_LATE_12345_67890_work.zip`
- Moodle: `John Smith_12345_assignsubmission_file_`, a folder, or the beginning of a flat file's name
- other flat files: what their names have besides a lesson's; a file that has nothing besides is told as nobody's
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_OF_CLASS = {".csv", ".toml", ".json", ".md", ".txt", ".html", ".xlsx", ".ods", ".yml", ".yaml", ".log"}
_CHECKOUT = {"solutions", "tests", "mistakes", "accepted", "kata", "benchmarks", "docs", "runs", "__pycache__"}
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?:late_)?(?P<id>\d+)_(?P<of>\d+)_(?P<rest>.+)", re.IGNORECASE)
_MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_\w+?_(?P<rest>.*)", re.IGNORECASE)
_COPY = r"(?:[ _-]*\(?\d{1,3}\)?|[ _-]+(?:copy|copie|kopie|copia)(?:[ _-]*\(?\d{1,3}\)?)?)?"


@dataclass(frozen=True)
class Entry:
    """What one student has handed in.

    Args:
        name: of the student, as far as the entry tells.
        paths: a folder, an archive, or flat files.
        strip: how much of the beginning of each flat file's name is the student's, and not the file's.
        number: what the platform tells students of one name apart by, or "".
        doubt: what is doubtful about whose it is, or "".
    """

    name: str
    paths: tuple[Path, ...]
    strip: tuple[int, ...] = ()
    number: str = ""
    doubt: str = ""


def is_archive(name: str) -> bool:
    """Whether a file's name is that of an archive that can be read."""
    return name.lower().endswith(ARCHIVES)


def lesson_named(name: str, lessons: Iterable[str]) -> str:
    """Return the lesson that a file's name means: `ex01_lenet (1).py`, `EX01_LENET.PY`; "" for none."""
    if not name.lower().endswith(".py"):
        return ""
    stem = name[:-3].casefold()
    return next((one for one in lessons if re.fullmatch(re.escape(one.casefold()) + _COPY, stem)), "")


def entries(folder: Path, lessons: Iterable[str]) -> list[Entry]:
    """Return who has handed something in, in order; the folder itself, if it is one submission.

    Files of the class, such as a roster, are no entries; links are not followed, and no entries either.
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
    """Whether a folder is a checkout, or holds nothing but one student's files."""
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
    """Return the entry of a folder or an archive, whose name without its ending is given."""
    found = _MOODLE.fullmatch(name if name.endswith("_") else f"{name}_") or _CANVAS.fullmatch(name)
    return Entry(found["who"], (path,), number=found["id"]) if found else Entry(name, (path,))


def _flat(files: list[Path], lessons: list[str]) -> list[Entry]:
    """Return an entry for each student of flat files."""
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
    """Return whose a flat file is, the platform's number of them, and how much of its name says so."""
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
    """Add the platform's number to names that several have, or take the whole file's name where that is not enough."""
    names = [one.name for one in found]
    numbered = [f"{one.name}_{one.number}" if one.number and names.count(one.name) > 1 else one.name for one in found]
    return [
        replace(one, name=name if numbered.count(name) == 1 else one.paths[0].name)
        for one, name in zip(found, numbered, strict=True)
    ]
