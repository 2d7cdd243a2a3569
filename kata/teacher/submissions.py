"""Read what a student has submitted: only the files of exercises are taken; of the rest is said what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kata.teacher.contents import FAULTS, LARGEST, Contents, File, one_file, opened
from kata.teacher.entries import Entry, is_archive, lesson_named

# What lies in a checkout and is no submission, though its files have the same names.
_OTHERS = {"solutions", "mistakes", "accepted", "tests"}
_CLOSED = (".rar", ".7z", ".gz", ".xz", ".zipx")  # packed in a way that is not read here


@dataclass(frozen=True)
class Submitted:
    """What one student has submitted.

    Args:
        name: of the student.
        files: the text of each lesson that is there, by its name.
        problems: what could not be taken, or is to be known, in sentences.
        about: what else is known of the student, such as an e-mail address, by its name.
    """

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def read(entry: Entry, lessons: Iterable[str]) -> Submitted:
    """Read a submission; whatever is wrong with it becomes a problem of its own, and no error."""
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
    """Return what a flat file is called without its student's name, before or behind."""
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
    """Take, for each lesson, the file in the folder `exercises` that lies highest, or else the highest of its name."""
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
    """Return the file of a lesson: that of its very name, or the one whose name can mean nothing else."""
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
    """Say what is there in place of files of exercises, and what to ask the student for."""
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
    """Say how many submissions could be read."""
    noted = sum(bool(one.files and one.problems) for one in submitted)
    empty = sum(not one.files for one in submitted)
    parts = [f"{len(submitted) - empty} read" + (f" ({noted} with something to know)" if noted else "")]
    parts += [f"{empty} without any file of exercises"] if empty else []
    return ", ".join(parts)
