"""How alike two answers are written: it tells causes apart that have one and the same effect."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from kata.content.graft import definitions, without_docstring

Marks = Counter[str]


def marks_of(tree: ast.Module, names: Iterable[str]) -> Marks:
    """Return what some functions are made of: statements, operators, attributes, what is called, plain values.

    The learner's own names are left out: they say nothing.
    """
    functions = (without_docstring(function) for name in names for function in definitions(tree, name)[-1:])
    return sum((marks_in(function) for function in functions), Marks())


def marks_in(tree: ast.AST) -> Marks:
    """Return the same of one piece."""
    return Counter(mark for node in ast.walk(tree) for mark in _marks(node))


def _marks(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.stmt | ast.operator | ast.unaryop | ast.cmpop | ast.Call):
        yield type(node).__name__
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant):
        yield repr(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield node.func.id


def preference(own: Marks, one: Marks, other: Marks) -> float:
    """Return for which of two known answers a text speaks, by what they have not in common: 1 for one, -1 for other."""
    rest = own - (one & other)
    return _share(rest, one - other, other - one) - _share(rest, other - one, one - other)


def _share(rest: Marks, its: Marks, others: Marks) -> float:
    """Return how much of what only one has is there; of one that only lacks something, whether that is not there."""
    return (rest & its).total() / its.total() if its else float(not rest & others)


def likeness(one: Marks, other: Marks) -> float:
    """Return how much of both is in both, from 0 to 1."""
    either = (one | other).total()
    return (one & other).total() / either if either else 1.0
