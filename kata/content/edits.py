"""Wrong answers as edits to the source of the solution.

An edit finds its place by an *anchor*, a piece of the solution's text that must occur exactly once. If the solution
changes, the edit fails instead of drifting.
"""

from __future__ import annotations

import ast
import difflib
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kata.content.patching import body_span, definitions, parse


class EditError(ValueError):
    """An edit that cannot be applied."""


@dataclass(frozen=True)
class Edit:
    """One change of the text of a function's body.

    Args:
        verb: the kind of change.
        anchor: the text to find, or "".
        change: from the body's text to the new one; raises `EditError`.
        of: the function to change; "" for the exercise.
    """

    verb: str
    anchor: str
    change: Callable[[str], str]
    of: str = ""

    def __str__(self) -> str:
        return f"{self.verb}({self.anchor!r})" if self.anchor else self.verb


def replace(old: str, new: str, *, everywhere: bool = False, of: str = "") -> Edit:
    """Replace `old` by `new`, once or `everywhere`. Further lines get the indentation of the first."""
    old, new = _plain(old), _plain(new)

    def change(body: str) -> str:
        places = list(_places(body, old))
        _require_one(body, old, min(len(places), 1) if everywhere else len(places))
        for start, end, indent in reversed(places):
            body = body[:start] + _indented_after_first(new, indent) + body[end:]
        return body

    return Edit("replace", old, change, of)


def drop(statement: str, *, of: str = "") -> Edit:
    """Remove the statement that starts with this text, with its block if it has one."""
    statement = _plain(statement)

    def change(body: str) -> str:
        node, indent = _statement(body, statement)
        lines = body.splitlines()
        is_alone = _siblings(ast.parse(body), node) == 1
        lines[node.lineno - 1 : node.end_lineno] = [indent + "pass"] if is_alone else []
        return "\n".join(lines)

    return Edit("drop", statement, change, of)


def unwrap(header: str, *, of: str = "") -> Edit:
    """Remove the header of a block that starts with this text; dedent the block."""
    header = _plain(header)

    def change(body: str) -> str:
        node, indent = _statement(body, header)
        inside: list[ast.stmt] = getattr(node, "body", [])
        if not inside:
            raise EditError(f"`{header}` begins no block")
        lines = body.splitlines()
        kept = textwrap.dedent("\n".join(lines[inside[0].lineno - 1 : inside[-1].end_lineno]))
        lines[node.lineno - 1 : node.end_lineno] = [textwrap.indent(kept, indent)]
        return "\n".join(lines)

    return Edit("unwrap", header, change, of)


def insert(new: str, *, after: str = "", before: str = "", of: str = "") -> Edit:
    """Insert statements before or after the statement that starts with this text.

    After a text that ends in a colon, the header of a block, they become the first in the block.
    """
    new, anchor = _plain(new), _plain(after or before)

    def change(body: str) -> str:
        node, indent = _statement(body, anchor)
        line = node.lineno - 1 if before else node.end_lineno or node.lineno
        if after.endswith(":"):
            first: ast.stmt = node.body[0]  # type: ignore[attr-defined]  # what has a colon has a block
            line, indent = first.lineno - 1, " " * first.col_offset
        lines = body.splitlines()
        lines[line:line] = [textwrap.indent(new, indent)]
        return "\n".join(lines)

    return Edit("insert", anchor, change, of)


def body(text: str, *, of: str = "") -> Edit:
    """Replace the whole body."""
    text = _plain(text)
    return Edit("body", "", lambda _: text, of)


VERBS: dict[str, Callable[..., Edit]] = {verb.__name__: verb for verb in (replace, drop, unwrap, insert, body)}


def edited(source: str, exercise: str, edits: Iterable[Edit]) -> str:
    """Return the text of a solution with edits applied to its functions.

    Args:
        source: the solution's text.
        exercise: the function to change, unless an edit names another.
        edits: applied in order.

    Raises:
        EditError: an anchor is not found or found twice, or an edit changes nothing.
    """
    lines = source.splitlines()
    of_function: dict[str, list[Edit]] = {}
    for edit in edits:
        of_function.setdefault(edit.of or exercise, []).append(edit)
    spans = sorted(((*_span(source, name), name) for name in of_function), reverse=True)
    for first, last, indent, name in spans:  # from below, so that the lines above stay where they are
        text = textwrap.dedent("\n".join(lines[first - 1 : last]))
        for edit in of_function[name]:
            text = _changed(text, edit, name)
        lines[first - 1 : last] = textwrap.indent(text, " " * indent).splitlines()
    return "\n".join(lines) + "\n"


def _span(source: str, name: str) -> tuple[int, int, int]:
    found = definitions(parse(source, ""), name)
    if not found:
        raise EditError(f"there is no function {name} to change")
    return body_span(found[-1])


def _changed(text: str, edit: Edit, name: str) -> str:
    new = edit.change(text)
    try:
        same = ast.dump(ast.parse(new)) == ast.dump(ast.parse(text))
    except SyntaxError as error:
        raise EditError(f"after {edit}, Python cannot read {name}: {error.msg}: {(error.text or '').strip()}") from None
    if same:
        raise EditError(f"{edit} changes nothing in {name}")
    return new


def _plain(text: str) -> str:
    return textwrap.dedent(text).strip("\n").rstrip()


def _places(body: str, anchor: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places of an anchor, as whole words: start, end, and the indentation of its first line."""
    start = body.find(anchor.partition("\n")[0])
    while start >= 0:
        line = body[body.rfind("\n", 0, start) + 1 :]
        indent = line[: len(line) - len(line.lstrip())]
        whole = _indented_after_first(anchor, indent)
        end = start + len(whole)
        if body.startswith(whole, start) and not _joins(body, start) and not _joins(body, end):
            yield start, end, indent
        start = body.find(anchor.partition("\n")[0], start + 1)


def _joins(body: str, place: int) -> bool:
    """Whether a word continues across that position."""
    beside = body[place - 1 : place + 1] if place > 0 else ""
    return len(beside) == 2 and all(sign.isalnum() or sign == "_" for sign in beside)


def _indented_after_first(text: str, indent: str) -> str:
    first, newline, rest = text.partition("\n")
    return first + newline + textwrap.indent(rest, indent)


def _statement(body: str, anchor: str) -> tuple[ast.stmt, str]:
    """Return the only statement that starts with the anchor, and its indentation."""
    lines = body.splitlines()
    found = []
    for node in ast.walk(ast.parse(body)):
        if isinstance(node, ast.stmt):
            text = "\n".join([lines[node.lineno - 1][node.col_offset :], *lines[node.lineno : node.end_lineno]])
            if text.startswith(_indented_after_first(anchor, " " * node.col_offset)) and not _joins(text, len(anchor)):
                found.append(node)
    _require_one(body, anchor, len(found))
    return found[0], " " * found[0].col_offset


def _require_one(body: str, anchor: str, count: int) -> None:
    if count > 1:
        raise EditError(f"`{anchor}` is found {count} times: give more of its text, or say everywhere")
    if count == 0:
        lines = [line.strip() for line in body.splitlines() if line.strip()]
        near = difflib.get_close_matches(anchor.partition("\n")[0], lines, n=1, cutoff=0.0)
        raise EditError(f"`{anchor}` is not found" + (f"; the nearest line is `{near[0]}`" if near else ""))


def _siblings(tree: ast.AST, node: ast.stmt) -> int:
    """Return the number of statements in the block of a statement."""
    for parent in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(parent, block, [])
            places = [(one.lineno, one.col_offset) for one in statements] if isinstance(statements, list) else []
            if (node.lineno, node.col_offset) in places:
                return len(statements)
    return 0
