"""Move code between a cell and the learner's file.

In a cell a method is not indented and has no docstring: the notebook shows it above.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kata.content.patching import Function, parse
from kata.content.statements import Statement, inside, statements

Parts = dict[str, str]  # what a text defines: each part's name to its text
_Defined = Function | ast.ClassDef | ast.Assign | ast.AnnAssign


class _Split(NamedTuple):
    """The dedented source of a function: up to the colon, the docstring, and the rest."""

    head: list[str]
    docstring: list[str]
    body: list[str]


@dataclass(frozen=True)
class Cell:
    """The code of a cell.

    Args:
        parts: the exercise's function by the exercise's name, then helpers and imports.
        left_out: descriptions of what is not copied to the file.
    """

    parts: Parts
    left_out: tuple[str, ...] = ()


def in_file(source: str, name: str) -> str:
    """Return an exercise's function as a cell shows it.

    Raises:
        SyntaxError: the file cannot be read.
        LookupError: it does not define the exercise.
    """
    return _text(_piece(source, name))


def read(text: str, name: str, exercises: list[str]) -> Cell:
    """Parse a cell for the exercise `name`.

    Raises:
        SyntaxError: the cell cannot be read.
        LookupError: it does not define the exercise's function.
    """
    row, (owner, _, last) = _row(text), name.rpartition(".")
    piece, is_whole = _of_cell(text, name)
    parts = {name: _text(piece)}
    left_out: list[str] = []
    taken = {one.partition(".")[0] for one in exercises}
    for one in row:
        key = _name(one)
        if key == (owner if is_whole else last):
            left_out += [f"{owner}.{_name(other)}" for other in inside(one) if _name(other) != last] if is_whole else []
        elif not isinstance(one.node, _Defined | ast.Import | ast.ImportFrom):
            left_out.append(f"line {one.first + one.above} ({ast.unparse(one.node).splitlines()[0][:40]})")
        elif key in taken:
            left_out.append(f"{key}, which has a cell of its own")
        else:
            parts[key] = _text(one)
    return Cell(parts, tuple(left_out))


def parts_of(source: str, name: str, keys: list[str]) -> Parts:
    """Return the parts of the learner's file that correspond to a cell's; "" for a missing one."""
    row = {_name(one): one for one in _row(source)}
    imported = {alias for one in row.values() for alias in _aliases(one.node)}
    found = {}
    for key in keys:
        if key == name:
            found[key] = in_file(source, name)
        elif key in row:
            found[key] = _text(row[key])
        else:
            wanted = _aliases(_statement(key))
            found[key] = key if wanted and wanted <= imported else ""
    return found


def put(source: str, name: str, parts: Parts) -> str:
    """Return the learner's file with the parts of a cell; the docstring stays if the cell has none.

    Raises:
        LookupError: the file does not define the exercise, or cell and file do not fit together.
    """
    made = source
    for key, text in parts.items():
        there = parts_of(made, name, [key])[key]
        if there != text:
            made = _with_function(made, name, text) if key == name else _with_helper(made, name, key, text, bool(there))
    try:
        fits = parts_of(made, name, list(parts)) == {**parts, name: _bare(parts[name])}
    except SyntaxError:
        fits = False
    if not fits:
        raise LookupError(f"the cell and the file do not fit together at {name}")
    return made


def line_in_cell(source: str, name: str, cell: str, line: int) -> int | None:
    """Return the line of a cell for a line of the file, or None."""
    try:
        there, here = _piece(source, name), _of_cell(cell, name)[0]
    except (SyntaxError, LookupError):
        return None
    its, mine = _split(_at_margin(there)), _split(_at_margin(here))
    number = line - (there.first + there.above)
    start = here.first + here.above
    if 0 <= number < len(its.head):
        return start + number
    number -= len(its.head) + len(its.docstring)
    return start + len(mine.head) + len(mine.docstring) + number if 0 <= number < len(its.body) else None


def _of_cell(text: str, name: str) -> tuple[Statement, bool]:
    """Return the exercise's function in a cell, and whether it is in its class there."""
    owner, _, last = name.rpartition(".")
    is_whole = any(isinstance(one.node, ast.ClassDef) and one.node.name == owner for one in _row(text))
    return _piece(text, name if is_whole else last), is_whole


def _row(text: str) -> list[Statement]:
    return statements(text.splitlines(keepends=True), parse(text, "").body, 0)


def _piece(text: str, name: str) -> Statement:
    """Return the last definition of a function."""
    *owners, last = name.split(".")
    row = _row(text)
    for owner in owners:
        row = [
            part for one in row if isinstance(one.node, ast.ClassDef) and one.node.name == owner for part in inside(one)
        ]
    found = [one for one in row if isinstance(one.node, Function) and one.node.name == last]
    if not found:
        raise LookupError(f"no function {last} is defined there")
    return found[-1]


def _name(piece: Statement) -> str:
    node = piece.node
    return ast.unparse(node) if isinstance(node, ast.Import | ast.ImportFrom) else piece.key.partition(" (")[0]


def _text(piece: Statement) -> str:
    """Return the dedented source of a statement; of a function without its docstring."""
    text = _at_margin(piece)
    return _bare(text) if isinstance(piece.node, Function) else text.rstrip()


def _bare(text: str) -> str:
    split = _split(text)
    return "".join([*split.head, *split.body]).rstrip()


def _at_margin(piece: Statement) -> str:
    return "".join(_moved(piece.lines[piece.above :], -piece.node.col_offset))


def _moved(lines: list[str], by: int, indent: str = " ") -> Iterator[str]:
    """Yield lines with more indentation, or less if `by` is negative; multi-line strings are unchanged."""
    inner: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO("".join(lines)).readline):
        inner.update(range(token.start[0] + 1, token.end[0] + 1))
    for number, line in enumerate(lines, start=1):
        if number in inner or not line.strip():
            yield line
        elif by < 0:
            space = len(line) - len(line.lstrip())
            yield line[min(-by, space) :]
        else:
            yield indent * by + line


def _split(text: str) -> _Split:
    """Split the dedented source of a function."""
    lines = text.splitlines(keepends=True)
    function = ast.parse(text).body[0]
    assert isinstance(function, Function)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    head = next(one.start[0] for one in tokens if one.type == tokenize.NEWLINE and one.start[0] >= function.lineno)
    first = function.body[0]
    is_docstring = ast.get_docstring(function, clean=False) is not None and first.lineno > head
    end = (first.end_lineno or head) if is_docstring else head
    return _Split(lines[:head], lines[head:end], lines[end:])


def _with_function(source: str, name: str, text: str) -> str:
    lines, piece = source.splitlines(keepends=True), _piece(source, name)
    start = piece.first + piece.above - 1
    old, new = _split(_at_margin(piece)), _split(text if text.endswith("\n") else text + "\n")
    made = [*new.head, *(new.docstring or old.docstring), *new.body]
    indent = lines[start][: piece.node.col_offset]
    placed = _moved(made, len(indent), indent[:1] or " ")
    return "".join([*lines[:start], *placed, *lines[piece.first - 1 + len(piece.lines) :]])


def _with_helper(source: str, name: str, key: str, text: str, is_there: bool) -> str:
    """Return a file with an import or a helper, replacing the one of its name, or above the exercise."""
    lines, row = source.splitlines(keepends=True), _row(source)
    if is_there:
        old = next(one for one in row if _name(one) == key)
        start, end, made = old.first - 1 + old.above, old.first - 1 + len(old.lines), f"{text}\n"
    elif _aliases(_statement(key)):
        is_import = [isinstance(one.node, ast.Import | ast.ImportFrom) for one in row]
        last = len(row) - 1 - is_import[::-1].index(True) if any(is_import) else 0
        start = end = row[last].first - 1 + len(row[last].lines)
        made = f"{text}\n"
    else:
        holder = next(one for one in row if _name(one) == name.partition(".")[0])
        start = end = holder.first - 1
        made = f"\n\n{text}\n"
    return "".join([*lines[:start], made, *lines[end:]])


def _statement(key: str) -> ast.stmt | None:
    try:
        return ast.parse(key).body[0]
    except SyntaxError:
        return None


def _aliases(node: ast.stmt | None) -> set[tuple[str, str, str | None]]:
    """Return what a statement imports."""
    if isinstance(node, ast.Import):
        return {("", one.name, one.asname) for one in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "", one.name, one.asname) for one in node.names}
    return set()
