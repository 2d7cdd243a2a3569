"""A plugin for grading, `-p kata.running.audit`: it notes code that uses the solution."""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from kata.running.fixtures import SESSION

NOTE = "this code uses the solution"
_PLACE = re.compile(r"\bsolutions([./\\]|$)")  # the folder or the package, in a text


def pytest_configure(config: pytest.Config) -> None:
    """Install an audit hook for opened files and imports, which lasts as long as the process."""
    folder, own = str(config.rootpath / "solutions"), str(config.rootpath / "exercises")
    session = config.stash[SESSION]

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("import", "open"):
            return
        name = arguments[0]
        if not isinstance(name, str | os.PathLike):
            return
        text = os.fspath(name)
        if isinstance(text, bytes):
            text = os.fsdecode(text)
        if text.startswith("solutions.") if event == "import" else folder in os.path.abspath(text):
            path = _running_file(own)
            if path is not None and NOTE not in session.notes.get(path, ()):
                session.notes[path] = (*session.notes.get(path, ()), NOTE)

    sys.addaudithook(listen)


def _running_file(folder: str) -> Path | None:
    """Return the learner's file on the current call stack, or None."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            return Path(frame.f_code.co_filename)
        frame = frame.f_back  # type: ignore[assignment]  # None at the end
    return None


def names_solution(source: bytes) -> bool:
    """Whether code imports the solution, or has a string with its folder."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    documentation = {id(text) for node in ast.walk(tree) if (text := _docstring(node)) is not None}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(one.name.split(".")[0] == "solutions" for one in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "solutions":
            return True
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in documentation and _PLACE.search(node.value):  # type: ignore[attr-defined]
            return True
    return False


def _docstring(node: ast.AST) -> ast.expr | None:
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    return first.value if isinstance(first, ast.Expr) else None
