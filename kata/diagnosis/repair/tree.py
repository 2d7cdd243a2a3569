"""Mutate a syntax tree in place and undo it, which is far cheaper than a thousand copies."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Undo = Callable[[], None]
Make = Callable[[], Undo]
Block = list[ast.stmt]


class Change(NamedTuple):
    """A mutation.

    Args:
        kind: its kind.
        line: its line.
        make: applies it, and returns a function that undoes it.
        weight: its likelihood among mutations of its kind.
        is_after: whether it inserts after the line.
        new: what it inserts of a right answer.
        gone: what it removes for that.
    """

    kind: str
    line: int
    make: Make
    weight: int = 1
    is_after: bool = False
    new: ast.AST | None = None
    gone: ast.AST | None = None


def with_field(node: ast.AST, name: str, value: Any) -> Make:
    """Return a mutation that sets a field of a node."""

    def make() -> Undo:
        old = getattr(node, name)
        setattr(node, name, value)
        return lambda: setattr(node, name, old)

    return make


def with_block(block: list[Any], act: Callable[[list[Any]], object]) -> Make:
    """Return a mutation of a list of nodes."""

    def make() -> Undo:
        old = [*block]
        act(block)

        def undo() -> None:
            block[:] = old

        return undo

    return make


def taken_out(block: Block, index: int) -> Make:
    """Return the removal of a statement."""
    return with_block(block, lambda its: its.pop(index))


def put_before(block: Block, index: int, new: ast.stmt) -> Make:
    """Return the insertion of a statement."""
    return with_block(block, lambda its: its.insert(index, new))


def moved(block: Block, index: int, to: int) -> Make:
    """Return the move of a statement within its block."""
    return with_block(block, lambda its: its.insert(to, its.pop(index)))


def instead_of(block: Block, index: int, new: Block) -> Make:
    """Return the replacement of a statement by others."""
    return with_block(block, lambda its: its.__setitem__(slice(index, index + 1), new))


def both(first: Make, second: Make) -> Make:
    """Return two mutations in sequence."""

    def make() -> Undo:
        undo_first, undo_second = first(), second()

        def undo() -> None:
            undo_second()
            undo_first()

        return undo

    return make


class Places:
    """The parent of each node of a function.

    Args:
        function: the function.
    """

    def __init__(self, function: ast.AST) -> None:
        self.nodes = list(ast.walk(function))
        self._parents: dict[int, tuple[ast.AST, str, int | None]] = {}
        for parent in self.nodes:
            for name, value in ast.iter_fields(parent):
                for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
                    if isinstance(one, ast.AST):
                        self._parents[id(one)] = parent, name, index

    def instead(self, node: ast.AST, new: ast.AST) -> Make:
        """Return the replacement of a node by another."""
        parent, name, index = self._parents[id(node)]
        if index is None:
            return with_field(parent, name, new)
        place = index
        return with_block(getattr(parent, name), lambda block: block.__setitem__(place, new))

    def has(self, node: ast.AST) -> bool:
        """Whether a node has a parent: the function itself has none."""
        return id(node) in self._parents

    def around(self, node: ast.AST) -> ast.AST:
        """Return the parent expression or statement of a node."""
        parent = self._parents[id(node)][0]
        return parent if hasattr(parent, "lineno") else node

    def has_run(self, node: ast.AST, ran: set[int]) -> bool:
        """Whether the statement of a node was executed."""
        while not isinstance(node, ast.stmt) and self.has(node):
            node = self._parents[id(node)][0]
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
        block = getattr(node, "body", None)
        if isinstance(block, list) and block:
            last = max(first, block[0].lineno - 1)
        return any(line in ran for line in range(first, last + 1))

    def blocks(self) -> Iterator[Block]:
        """Yield each block of statements."""
        for node in self.nodes:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    yield block


def docstring_end(function: ast.AST, block: Block) -> int:
    """Return the index of the first statement after the docstring."""
    first = block[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return int(is_text and getattr(function, "body", None) is block)


def at(new: ast.expr, old: ast.expr) -> ast.expr:
    """Copy the source position of an old expression to a new one."""
    return ast.copy_location(new, old)


_OF_PARTS = {"Constant": "constant", "Name": "name", "Attribute": "attribute"}  # the kind of a change within


def narrowed(old: ast.AST, new: ast.AST) -> tuple[str, ast.AST]:
    """Return the kind of the smallest mutation between two expressions, and the part that it changes."""
    if type(old) is not type(new):
        return _around(old, new) or _around(new, old) or "expression", old
    pairs = [(getattr(old, name), getattr(new, name)) for name in old._fields if name not in ("ctx", "kind")]
    differing = [pair for pair in pairs if not _same(*pair)]
    if len(differing) != 1:
        return "expression", old
    ((mine, other),) = differing
    if isinstance(mine, list) and isinstance(other, list):
        if len(mine) != len(other):
            return ("argument" if isinstance(old, ast.Call) else "expression"), old
        parts = [pair for pair in zip(mine, other, strict=True) if not _same(*pair)]
        mine, other = parts[0] if len(parts) == 1 else (None, None)
    if isinstance(mine, ast.operator | ast.cmpop | ast.unaryop | ast.boolop):
        return ("comparison" if isinstance(mine, ast.cmpop) else "operator"), old
    if isinstance(mine, ast.AST) and isinstance(other, ast.AST):
        kind, part = narrowed(mine, other)
        return kind, part if hasattr(part, "lineno") else old
    return _OF_PARTS.get(type(old).__name__, "expression"), old


def _around(whole: ast.AST, part: ast.AST) -> str:
    """Return the kind of a mutation that keeps only a part of an expression, or ""."""
    if isinstance(whole, ast.UnaryOp) and _same(whole.operand, part):
        return "sign"
    if isinstance(whole, ast.BinOp) and (_same(whole.left, part) or _same(whole.right, part)):
        return "operand"
    if isinstance(whole, ast.Subscript) and _same(whole.value, part):
        return "index"
    if isinstance(whole, ast.Attribute) and _same(whole.value, part):
        return "attribute"
    if isinstance(whole, ast.Call) and any(
        _same(one, part) for one in (*whole.args, getattr(whole.func, "value", None))
    ):
        return "call"
    return ""


def _same(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, ast.AST) and isinstance(other, ast.AST):
        return ast.dump(one) == ast.dump(other)
    return type(one) is type(other) and one == other
