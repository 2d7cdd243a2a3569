"""Say right answers in the learner's names: which of their variables is which of the function's own."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from kata.content.graft import Function
from kata.diagnosis.similarity import Features, features_in, similarity

_LEAST = 0.3  # how alike what two variables are made of must be, for one to stand for the other


def in_own_names(right: Function, own: Function) -> tuple[Function, set[str]]:
    """Return a right answer in the names of another function, and its names for which that has none."""
    theirs, mine = _made_of(right), _made_of(own)
    foreign = [name for name in theirs if name not in mine and name not in _arguments(own)]
    free = [name for name in mine if name not in theirs]
    pairs = [(similarity(theirs[one], mine[other]), one, other) for one in foreign for other in free]
    names: dict[str, str] = {}
    for alike, one, other in sorted(pairs, key=lambda pair: -pair[0]):
        if alike >= _LEAST and one not in names and other not in names.values():
            names[one] = other
    made = copy.deepcopy(right)
    for node in ast.walk(made):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return made, set(foreign) - names.keys()


def names_in(node: ast.AST) -> set[str]:
    """Return the variables that a piece of code names."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _arguments(function: Function) -> set[str]:
    return {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}


def _made_of(function: Function) -> dict[str, Features]:
    """Return what each variable is made of where it is made first, in the order of the lines."""
    found: dict[str, Features] = {}
    for target, value in _assignments(function):
        for name in names_in(target):
            found.setdefault(name, features_in(value))
    return found


def _assignments(function: Function) -> Iterator[tuple[ast.AST, ast.AST]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield node.target, node.value
        elif isinstance(node, ast.For | ast.comprehension):
            yield node.target, node.iter
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield node.optional_vars, node.context_expr
