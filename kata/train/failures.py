"""Failure messages of ranks, as files, for the process that started them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

FOLDER = "KATA_TEAM"  # the variable with the folder where those that train leave their numbers and their errors
_PREFIX = "error-"


def leave(problem: BaseException, is_told: bool) -> None:
    """Write why this rank failed, if it has a parent to read it.

    Args:
        problem: the exception.
        is_told: whether its message is meant for the reader; else the learner's line is added.
    """
    folder = os.environ.get(FOLDER)
    if folder:
        rank = os.environ.get("RANK", "0")
        text = str(problem) if is_told else f"rank {rank} stopped{_where(problem)}: {type(problem).__name__}: {problem}"
        Path(folder, f"{_PREFIX}{rank}").write_text(text, "utf-8")


def _where(problem: BaseException) -> str:
    """Return the innermost line of a lesson's function in the traceback, or ""."""
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        path = Path(frame.filename)
        if path.parent.name in ("exercises", "solutions"):
            return f" at {path.parent.name}/{path.name}, line {frame.lineno}"
    return ""


def members(folder: Path) -> list[int]:
    """Return the process ids of the ranks that have joined."""
    return [int(one.name) for one in folder.iterdir() if one.name.isdigit()]


def left(folder: Path) -> Iterator[str]:
    """Yield the messages, the first failure first: others usually follow from it."""
    for one in sorted(folder.glob(f"{_PREFIX}*"), key=lambda one: one.stat().st_mtime_ns):
        yield one.read_text("utf-8")
