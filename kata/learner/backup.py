"""Bring a stub back without losing what stood in its place."""

from __future__ import annotations

import ast
import time
from pathlib import Path

from kata.content.files import write_whole
from kata.content.graft import Function, definitions, stub_text
from kata.content.lesson import Lesson


def reset(lesson: Lesson, exercise: str | None) -> Path | None:
    """Put the stub of one exercise (or of the whole lesson) back; keep the old text first.

    Returns:
        where the old text is kept; None where there was none.

    Raises:
        LookupError: the learner's file does not define the exercise, or cannot be read as Python.
        OSError: a file cannot be read or written; the learner's file is then as it was.
    """
    stub = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    old = lesson.stub.read_bytes() if lesson.stub.exists() else None
    new = stub.encode() if exercise is None or old is None else _with_stub(old, stub, exercise).encode()
    kept = _keep(lesson, old) if old is not None else None
    write_whole(lesson.stub, new)
    return kept


def restore(lesson: Lesson) -> Path:
    """Bring the newest kept text of a lesson back; the present one is kept in its turn.

    Returns:
        the kept text that is now in place.

    Raises:
        LookupError: nothing was kept.
    """
    kept = sorted(_folder(lesson).glob(f"{lesson.name}-*.py"))
    if not kept:
        raise LookupError(f"nothing was kept of {lesson.name}")
    newest = kept[-1]
    text = newest.read_bytes()
    if lesson.stub.exists():
        _keep(lesson, lesson.stub.read_bytes())
    write_whole(lesson.stub, text)
    newest.unlink()
    return newest


def _folder(lesson: Lesson) -> Path:
    return lesson.root / ".kata" / "backup"


def _keep(lesson: Lesson, text: bytes) -> Path:
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
