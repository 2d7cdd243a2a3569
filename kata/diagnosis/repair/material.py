"""What small changes are made of: the parts of a function, and those of right answers to take more from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeVar

from kata.content.graft import Function
from kata.diagnosis.repair.naming import in_own_names, names_in
from kata.diagnosis.repair.tree import Change, Make, Places

T = TypeVar("T", bound=ast.AST)

# What may be missing around anything, where right answers call it or it is forgotten often.
_METHODS = ("item", "detach", "clone", "float", "long", "mean", "sum", "tolist", "parameters", "t")
_FUNCTIONS = ("len", "float", "int", "list")
_OFTEN = {"item", "detach", "clone", "float", "sum", "mean"}
MORE_LIKELY = 6  # times, where what goes is foreign to right answers, and again where what comes is lacking


class Material:
    """The parts of a function, and of functions that do what is asked.

    Args:
        function: the learner's, whose tree is changed.
        right: functions that do what is asked, the solution's first.
        ran: the lines that ran before the first difference; all, where there are none.
    """

    def __init__(self, function: Function, right: Sequence[Function], ran: set[int]) -> None:
        self.function = function
        self.places = Places(function)
        self._of_right = different([*_pieces(right, function)])
        self._statements = [one for one in self._of_right if isinstance(one, ast.stmt) and not _is_docstring(one)]
        self._size = max(len(list(ast.walk(one))) for one in right)
        self._known = {text_of(node) for node in self._of_right}
        self._has = {text_of(node) for node in self.places.nodes}
        self._own = [one for one in self.places.nodes if hasattr(one, "lineno") and self.places.has(one)]
        if ran:
            self._own = [one for one in self._own if self.places.has_run(one, ran)]
        self._ran = ran
        names = [one for one in self.places.nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        self._locals = {one.id for one in names} | {one.arg for one in self.places.nodes if isinstance(one, ast.arg)}

        words = [one for one in self._of_right if isinstance(one, ast.Attribute | ast.Name)]
        used = {one.attr if isinstance(one, ast.Attribute) else one.id for one in words}
        self._methods = [one for one in _METHODS if one in used | _OFTEN]
        self._functions = [one for one in _FUNCTIONS if one in used | _OFTEN]

    def _change(self, kind: str, gone: ast.AST, make: Make, new: ast.AST | None = None) -> Change:
        """Return a change, as likely as what goes is foreign, and what comes is lacking."""
        weight = 1
        if text_of(gone) not in self._known:
            weight *= MORE_LIKELY
        if new is not None and text_of(new) in self._known and text_of(new) not in self._has:
            weight *= MORE_LIKELY
        return Change(kind, getattr(gone, "lineno", 0), make, weight)

    def _is_most(self, node: ast.AST) -> bool:
        """Whether a node is most of a right answer: that it makes this one right says nothing of a place."""
        return len(list(ast.walk(node))) > self._size / 2

    def _has_run(self, node: ast.AST) -> bool:
        return not self._ran or self.places.has_run(node, self._ran)


def _pieces(right: Sequence[Function], own: Function) -> Iterator[ast.AST]:
    """Yield the parts of right answers in a function's own names, without those that name what it has not."""
    for one in right:
        said, missing = in_own_names(one, own)
        for node in ast.walk(said):
            is_strange = node is said or not isinstance(node, ast.expr | ast.stmt) or missing & names_in(node)
            if not is_strange:
                yield node


def text_of(node: ast.AST) -> str:
    """Return what tells nodes apart, as they are at this moment."""
    return ast.dump(node, annotate_fields=False)


def different(nodes: list[T]) -> list[T]:
    """Return the nodes without those that are written like one before."""
    return list({text_of(node): node for node in reversed(nodes)}.values())[::-1]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
