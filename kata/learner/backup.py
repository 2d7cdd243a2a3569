"""Restore stubs, with a backup of what they replace."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from pathlib import Path

from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.content.patching import Function, definitions, is_untouched, stub_text


def reset(lesson: Lesson, exercise: str | None) -> Path | None:
    """Restore the stub of an exercise, or of the whole lesson, after a backup.

    Returns:
        the backup, or None if there was no file.

    Raises:
        LookupError: the file does not define the exercise, or is not valid Python.
        OSError: a file cannot be read or written; the learner's file is unchanged.
    """
    stub = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    old = lesson.stub.read_bytes() if lesson.stub.exists() else None
    new = stub.encode() if exercise is None or old is None else _with_stub(old, stub, exercise).encode()
    kept = keep(lesson, old) if old is not None else None
    write_whole(lesson.stub, new)
    return kept


def kept_texts(lesson: Lesson) -> list[Path]:
    """Return the backups of a lesson, the newest first."""
    return sorted(_folder(lesson).glob(f"{lesson.name}-*.py"), reverse=True)


def restore(lesson: Lesson, number: int | None = None) -> Path:
    """Restore a backup of a lesson, after a backup of the current text.

    Args:
        lesson: the lesson.
        number: which backup, 1 for the newest. None for the newest that differs from the current text, or if that is a
            backup itself, the next older one: each call goes one step back.

    Returns:
        the restored backup.

    Raises:
        LookupError: there is no such backup, or no older one.
    """
    kept = kept_texts(lesson)
    if not kept:
        raise LookupError(f"nothing was kept of {lesson.name}")
    now = lesson.stub.read_bytes() if lesson.stub.exists() else None
    chosen = _chosen(lesson, kept, now, number)
    text = chosen.read_bytes()
    if now is not None and all(one.read_bytes() != now for one in kept):
        keep(lesson, now)
    write_whole(lesson.stub, text)
    return chosen


def _chosen(lesson: Lesson, kept: list[Path], now: bytes | None, number: int | None) -> Path:
    if number is not None:
        if not 1 <= number <= len(kept):
            raise LookupError(f"{lesson.name} has {len(kept)} kept texts: there is no number {number}")
        return kept[number - 1]
    here = next((place for place, one in enumerate(kept) if one.read_bytes() == now), -1)
    older = [one for one in kept[here + 1 :] if one.read_bytes() != now]
    if not older:
        raise LookupError(f"there is nothing older of {lesson.name}: kata restore {lesson.name} --list shows all")
    return older[0]


def overview(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield a line for each backup: its number, its time, and the exercises written in it."""
    now = lesson.stub.read_bytes() if lesson.stub.exists() else None
    kept = kept_texts(lesson)
    for number, one in enumerate(kept, start=1):
        text = one.read_bytes()
        here = "   (as it is now)" if text == now else ""
        yield f"  {number}   {written_at(one)}   {_written_in(lesson, text)}{here}", "plain"
    if not kept:
        yield f"  Nothing was kept of {lesson.name}.", "plain"


def _written_in(lesson: Lesson, text: bytes) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return "cannot be read as Python"
    names = [one.name for one in lesson.exercises if definitions(tree, one.name) and not is_untouched(tree, one.name)]
    return ", ".join(names) or "stubs only"


def written_at(kept: Path) -> str:
    """Return the time of a backup for display."""
    day, clock = kept.stem.rsplit("-", 3)[1:3]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}"


def _folder(lesson: Lesson) -> Path:
    return lesson.root / ".kata" / "backup"


def keep(lesson: Lesson, text: bytes) -> Path:
    """Back up a text of a lesson, and return the path."""
    folder = _folder(lesson)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = sum(1 for _ in folder.glob(f"{lesson.name}-{stamp}-*.py"))
    path = folder / f"{lesson.name}-{stamp}-{number:03}.py"
    write_whole(path, text)
    return path


def _with_stub(old: bytes, stub: str, exercise: str) -> str:
    try:
        text = old.decode()
        found = definitions(ast.parse(text), exercise)
    except (SyntaxError, ValueError) as error:
        raise LookupError(f"your file cannot be read as Python ({error}); reset the whole lesson instead") from None
    if not found:
        raise LookupError(f"your file does not define {exercise}; reset the whole lesson instead")
    lines, stub_lines = text.splitlines(keepends=True), stub.splitlines(keepends=True)
    first, last = _span(found[-1])
    stub_first, stub_last = _span(definitions(ast.parse(stub), exercise)[-1])
    return "".join([*lines[: first - 1], *stub_lines[stub_first - 1 : stub_last], *lines[last:]])


def _span(function: Function) -> tuple[int, int]:
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return first, function.end_lineno or function.lineno
