"""Similarity of source code, which separates mistakes of the same effect."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from kata.checking import loading
from kata.checking.loading import Submission
from kata.content.bank import Answer
from kata.content.patching import PatchedModule, definitions, without_docstring

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


# Other ways to write an operator: an answer that has none of them does not use it.
_SPELLINGS = {
    "Div": {"div", "div_", "true_divide", "mean", "Mult", "mul", "mul_", "AVG", "alpha"},
    "Mult": {"mul", "mul_", "Div", "div", "div_", "alpha", "prod", "MatMult", "matmul", "einsum"},
    "Sub": {"sub", "sub_", "Add", "add", "add_", "USub", "neg"},
    "Add": {"add", "add_", "Sub", "sub", "sub_", "sum", "cat"},
    "Pow": {"pow", "square", "Mult", "mul"},
}


def contradicted(submission: Submission, mistake: Answer) -> bool:
    """Whether the text of an answer rules a mistake out that agrees with it in part only.

    A mistake that leaves a name out is ruled out if the answer has it; one that computes with an operator, if the
    answer has no such operator. Only small edits say what they leave out. Names that a mistake adds do not count:
    there are many ways to write them.
    """
    if not mistake.edits or any(edit.verb == "body" for edit in mistake.edits):
        return False
    right = PatchedModule(mistake.lesson.solution.read_bytes(), str(mistake.lesson.solution)).tree
    tree = mistake.assembly().tree
    own = _names(loading.assemble(submission).tree, mistake.changed)
    gone = _names(right, mistake.changed) - _names(tree, mistake.changed)
    used = _operators(tree, right, mistake.changed)
    return bool(gone & own) or any(not own & {operator, *_SPELLINGS[operator]} for operator in used)


def _names(tree: ast.Module, functions: Iterable[str]) -> set[str]:
    """Return the attributes, called names, keywords and operators of some functions."""
    nodes = [node for name in functions for one in definitions(tree, name)[-1:] for node in ast.walk(one)]
    found = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found |= {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    found |= {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    return found | {type(node).__name__ for node in nodes if isinstance(node, ast.operator | ast.unaryop)}


def _operators(tree: ast.Module, right: ast.Module, functions: Iterable[str]) -> set[str]:
    """Return the operators in the statements that only the mistake has."""
    found: set[str] = set()
    for name in functions:
        theirs, its = (
            {ast.dump(node): node for one in definitions(of, name)[-1:] for node in ast.walk(one) if _is_simple(node)}
            for of in (right, tree)
        )
        changed = (node for text, node in its.items() if text not in theirs)
        found |= {type(part).__name__ for node in changed for part in ast.walk(node)} & _SPELLINGS.keys()
    return found


def _is_simple(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt) and not hasattr(node, "body")


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
    fits = [not contradicted(submission, one) for one in mistakes]
    order = sorted(range(len(mistakes)), key=lambda at: (fits[at], least[at], similarity(*marks[at])), reverse=True)
    best = order[0]
    others = (at for at in order[1:] if mistakes[at].name != mistakes[best].name)
    ambiguous_with = [mistakes[at].name for at in others if margin(*marks[best], marks[at][1]) < _SURE]
    return mistakes[best], tuple(dict.fromkeys(ambiguous_with))[:_RIVALS]
