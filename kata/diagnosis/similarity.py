"""Similarity of source code, which separates mistakes of the same effect."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from kata.checking import loading
from kata.checking.loading import Submission
from kata.content.bank import Answer
from kata.content.patching import definitions, without_docstring

Features = Counter[str]


def features_of(tree: ast.Module, names: Iterable[str]) -> Features:
    """Count the features of some functions: statements, operators, attributes, called names, literals.

    The learner's own names do not count.
    """
    functions = (without_docstring(function) for name in names for function in definitions(tree, name)[-1:])
    return sum((features_in(function) for function in functions), Features())


def features_in(tree: ast.AST) -> Features:
    """Count the features of one syntax tree."""
    return Counter(mark for node in ast.walk(tree) for mark in _features(node))


def _features(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.stmt | ast.operator | ast.unaryop | ast.cmpop | ast.Call):
        yield type(node).__name__
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant):
        yield repr(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield node.func.id


def margin(own: Features, one: Features, other: Features) -> float:
    """Score which of two answers a text resembles, by the features in which they differ: 1 for one, -1 for other."""
    rest = own - (one & other)
    return _share(rest, one - other, other - one) - _share(rest, other - one, one - other)


def _share(rest: Features, its: Features, others: Features) -> float:
    """Return the share of the features of one answer only that are present."""
    return (rest & its).total() / its.total() if its else float(not rest & others)


def similarity(one: Features, other: Features) -> float:
    """Return the share of common features, from 0 to 1."""
    either = (one | other).total()
    return (one & other).total() / either if either else 1.0


_SURE = 0.5  # from this on what is written speaks for one of two mistakes that do the same
_RIVALS = 2  # so many are named beside the first


def break_tie(submission: Submission, mistakes: list[Answer], is_whole: bool) -> tuple[Answer, tuple[str, ...]]:
    """Choose among mistakes that agree equally well; also return the names of those that cannot be excluded.

    If they agree in part only, the one with the shortest name is chosen, which claims least; else the most similar one.
    """
    if len({one.name for one in mistakes}) == 1:
        return mistakes[0], ()
    tree = loading.assemble(submission).tree
    marks = [(features_of(tree, one.changed), features_of(one.assembly().tree, one.changed)) for one in mistakes]
    least = [min(margin(own, its, other) for _, other in marks) for own, its in marks]
    if not is_whole:
        return min(mistakes, key=lambda one: len(one.name)), ()
    order = sorted(range(len(mistakes)), key=lambda at: (least[at], similarity(*marks[at])), reverse=True)
    best = order[0]
    others = (at for at in order[1:] if mistakes[at].name != mistakes[best].name)
    ambiguous_with = [mistakes[at].name for at in others if margin(*marks[best], marks[at][1]) < _SURE]
    return mistakes[best], tuple(dict.fromkeys(ambiguous_with))[:_RIVALS]
