"""Split a file into statements, each with the comments and blank lines above it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from kata.content.patching import Function


@dataclass(frozen=True)
class Statement:
    """A statement with the comments and blank lines above it.

    Args:
        key: its name, unique in the block.
        lines: its text.
        node: the statement.
        first: the number of its first line in the file.
    """

    key: str
    lines: list[str]
    node: ast.stmt
    first: int

    @property
    def says(self) -> str:
        """Its syntax, independent of layout and comments."""
        return ast.dump(self.node)

    @property
    def above(self) -> int:
        """The number of lines above the statement and its decorators."""
        decorators: list[ast.expr] = getattr(self.node, "decorator_list", [])
        return min([self.node.lineno, *(one.lineno for one in decorators)]) - self.first


def _with_remarks(lines: list[str], end: int, indent: int) -> int:
    """Return the last line of a body, including the comments below its last statement."""
    last = end
    for number in range(end, len(lines)):
        text = lines[number]
        if text.strip() and not (text.lstrip().startswith("#") and len(text) - len(text.lstrip()) >= indent):
            break
        last = number + 1 if text.strip() else last
    return last


def inside(piece: Statement) -> list[Statement]:
    """Return the statements of a class."""
    assert isinstance(piece.node, ast.ClassDef)
    lines = [""] * (piece.first - 1) + piece.lines
    head = piece.node.body[0].lineno - 1
    decorators = getattr(piece.node.body[0], "decorator_list", [])
    return statements(lines, piece.node.body, min([head, *(one.lineno - 1 for one in decorators)]))


def statements(lines: list[str], body: Iterable[ast.stmt], end: int) -> list[Statement]:
    """Return the statements of a block, each with the lines since the one before."""
    found: list[Statement] = []
    seen: dict[str, int] = {}
    for node in body:
        last = _end(lines, node)
        if node.lineno <= end:  # it shares a line with the one before, and goes where that goes
            continue
        key = _key(node, is_first=not found)
        seen[key] = seen.get(key, 0) + 1
        name = key if seen[key] == 1 else f"{key} ({seen[key]})"
        found.append(Statement(name, lines[end:last], node, end + 1))
        end = last
    return found


def _end(lines: list[str], node: ast.stmt) -> int:
    """Return a statement's last line, including comments at the end of its block."""
    last = node.end_lineno or node.lineno
    body = getattr(node, "body", [])
    return _with_remarks(lines, last, body[0].col_offset) if body and body[0].lineno > node.lineno else last


def _key(node: ast.stmt, is_first: bool) -> str:
    if isinstance(node, Function | ast.ClassDef):
        return node.name
    if is_first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "the text at the top"
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return ", ".join(map(ast.unparse, targets))
    return ast.unparse(node.test) if isinstance(node, ast.If) else ast.unparse(node)
