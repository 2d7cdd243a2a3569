"""The mutations that may repair a function: changed expressions and statements, in its own names."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard, TypeVar

from kata.content.patching import Function
from kata.diagnosis.repair.tree import (
    Block,
    Change,
    Make,
    Places,
    at,
    both,
    docstring_end,
    instead_of,
    moved,
    narrowed,
    put_before,
    taken_out,
    with_field,
)
from kata.diagnosis.similarity import Features, features_in, similarity

_LEAST = 0.3  # how alike what two variables are made of must be, for one to stand for the other


def in_own_names(right: Function, own: Function) -> tuple[Function, set[str]]:
    """Rename the variables of a right answer to those of the learner's function; also return names without a match."""
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
    """Return the variables in a piece of code."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _arguments(function: Function) -> set[str]:
    return {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}


def _made_of(function: Function) -> dict[str, Features]:
    """Return the first assigned expression of each variable, in the order of the lines."""
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


T = TypeVar("T", bound=ast.AST)

# What may be missing around anything, where right answers call it or it is forgotten often.
_METHODS = ("item", "detach", "clone", "float", "long", "mean", "sum", "tolist", "parameters", "t")
_FUNCTIONS = ("len", "float", "int", "list")
_OFTEN = {"item", "detach", "clone", "float", "sum", "mean"}
MORE_LIKELY = 6  # times, where what goes is foreign to right answers, and again where what comes is lacking


class Material:
    """The parts of a learner's function, and of right answers.

    Args:
        function: the learner's; its tree is changed.
        right: right answers, the solution's first.
        ran: the lines that ran before the first difference, or all.
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
        """Return a mutation; it is likely if what it removes is in no right answer, and what it adds is missing."""
        weight = 1
        if text_of(gone) not in self._known:
            weight *= MORE_LIKELY
        if new is not None and text_of(new) in self._known and text_of(new) not in self._has:
            weight *= MORE_LIKELY
        return Change(kind, getattr(gone, "lineno", 0), make, weight)

    def _is_most(self, node: ast.AST) -> bool:
        """Whether a node is most of a right answer, so that inserting it locates nothing."""
        return len(list(ast.walk(node))) > self._size / 2

    def _has_run(self, node: ast.AST) -> bool:
        return not self._ran or self.places.has_run(node, self._ran)


def _pieces(right: Sequence[Function], own: Function) -> Iterator[ast.AST]:
    """Yield the parts of right answers in the function's names, except those with unknown names."""
    for one in right:
        said, missing = in_own_names(one, own)
        for node in ast.walk(said):
            is_strange = node is said or not isinstance(node, ast.expr | ast.stmt) or missing & names_in(node)
            if not is_strange:
                yield node


def text_of(node: ast.AST) -> str:
    """Return the current text of a node."""
    return ast.dump(node, annotate_fields=False)


def different(nodes: list[T]) -> list[T]:
    """Return the nodes without duplicates."""
    return list({text_of(node): node for node in reversed(nodes)}.values())[::-1]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_NEUTRAL: dict[type | None, int] = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1}  # what changes nothing
_LONGEST = 40  # letters of a text that may be another


class Expressions(Material):
    """The mutations of expressions."""

    def of_expressions(self) -> Iterator[Change]:
        """Yield them, line by line."""
        for node in self._own:
            yield from self._values(node)
            yield from self._parts(node)
            yield from self._arguments(node)
            yield from self._wrapped(node)
            yield from self._expressions(node)

    # One word for another.

    def _values(self, node: ast.AST) -> Iterator[Change]:
        around = self.places.around(node)
        if isinstance(node, ast.BinOp | ast.AugAssign):
            for operator in _OPERATORS:
                if not isinstance(node.op, operator):
                    yield self._change("operator", node, with_field(node, "op", operator()), operator())
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            for comparison in _COMPARISONS:
                if not isinstance(node.ops[0], comparison):
                    yield self._change("comparison", node, with_field(node, "ops", [comparison()]), comparison())
        elif isinstance(node, ast.BoolOp):
            other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
            yield self._change("condition", node, with_field(node, "op", other))
        elif isinstance(node, ast.UnaryOp):
            yield self._change("sign", node, self.places.instead(node, node.operand))
        elif isinstance(node, ast.Constant):
            nothing = _NEUTRAL.get(type(getattr(around, "op", None)))
            for constant in self._constants(node.value):
                if constant == nothing:  # then the operand is one too many: another change
                    continue
                new = ast.Constant(constant)
                yield self._change("constant", around, with_field(node, "value", constant), new)
        elif isinstance(node, ast.Attribute):
            for name in sorted({one.attr for one in self._of_right if isinstance(one, ast.Attribute)} - {node.attr}):
                new_one = ast.Attribute(node.value, name, node.ctx)
                yield self._change("attribute", node, with_field(node, "attr", name), new_one)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self._locals:
            for name in sorted(self._locals - {node.id, "self"}):
                yield self._change("name", around, with_field(node, "id", name))

    def _constants(self, value: object) -> Iterator[Any]:
        if value is None or value is Ellipsis:
            return
        known = [one.value for one in self._of_right if isinstance(one, ast.Constant)]
        if isinstance(value, str):
            others: list[Any] = [one for one in known if isinstance(one, str) and len(one) < _LONGEST]
        else:
            others = [one for one in known if not isinstance(one, str)]
            if isinstance(value, bool):
                others.append(not value)
            elif isinstance(value, int | float):
                others += [value + 1, value - 1, -value, value * 2, 0, 1]
        yield from ({repr(one): one for one in others if repr(one) != repr(value)}).values()

    # Parts of an expression: too many, missing, exchanged.

    def _parts(self, node: ast.AST) -> Iterator[Change]:
        instead = self.places.instead
        if isinstance(node, ast.BinOp):
            yield self._change("operand", node, instead(node, node.left), node.left)
            yield self._change("operand", node, instead(node, node.right), node.right)
            turned = at(ast.BinOp(node.right, node.op, node.left), node)
            yield self._change("order", node, instead(node, turned), turned)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield self._change("attribute", node, instead(node, node.value), node.value)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield self._change("index", node, instead(node, node.value), node.value)
        elif isinstance(node, ast.If | ast.While | ast.IfExp):
            test = at(ast.UnaryOp(ast.Not(), node.test), node.test)
            yield self._change("condition", node.test, with_field(node, "test", test), test)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield self._change("call", node, instead(node, node.func.value), node.func.value)
            for argument in node.args:
                yield self._change("call", node, instead(node, argument), argument)

    def _arguments(self, node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, ast.Call):
            return
        given, named = node.args, node.keywords
        if len(given) > 1:
            turned = ast.Call(node.func, given[::-1], named)
            yield self._change("order", node, with_field(node, "args", given[::-1]), turned)
        for index in range(len(given)):
            rest = given[:index] + given[index + 1 :]
            yield self._change("argument", node, with_field(node, "args", rest), ast.Call(node.func, rest, named))
        for index in range(len(named)):
            words = named[:index] + named[index + 1 :]
            fewer = ast.Call(node.func, given, words)
            yield self._change("argument", node, with_field(node, "keywords", words), fewer)
        for other in self._of_right:
            if isinstance(other, ast.Call) and _last(other.func) == _last(node.func):
                for word in other.keywords:
                    words = [*(one for one in named if one.arg != word.arg), word]
                    more = ast.Call(node.func, given, words)
                    yield self._change("argument", node, with_field(node, "keywords", words), more)

    def _wrapped(self, node: ast.AST) -> Iterator[Change]:
        kinds = ast.Name | ast.Call | ast.Attribute | ast.BinOp | ast.Subscript
        if not isinstance(node, kinds) or not _is_read(node):
            return
        around = self.places.around(node)
        negated = at(ast.UnaryOp(ast.USub(), node), node)
        yield self._change("sign", around, self.places.instead(node, negated), negated)
        calls: list[ast.expr] = [ast.Call(ast.Attribute(node, name, ast.Load()), [], []) for name in self._methods]
        calls += [ast.Call(ast.Name(name, ast.Load()), [node], []) for name in self._functions]
        for call in self._of_right:
            if isinstance(call, ast.Call) and call.args:
                calls.append(ast.Call(call.func, [node, *call.args[1:]], call.keywords))
        for new in different(calls):
            yield self._change("call", around, self.places.instead(node, at(new, node)), new)

    def _expressions(self, node: ast.AST) -> Iterator[Change]:
        kinds = ast.Call | ast.Attribute | ast.BinOp | ast.Compare | ast.Subscript
        if not isinstance(node, kinds) or not _is_read(node) or self._is_whole_answer(node):
            return
        for other in self._of_right:
            if type(other) is type(node) and text_of(other) not in self._has:
                if self._is_most(other) and narrowed(node, other)[0] == "expression":
                    continue
                made = self._change("expression", node, self.places.instead(node, other), other)
                yield made._replace(new=other, gone=node)

    def _is_whole_answer(self, node: ast.AST) -> bool:
        body = self.function.body[docstring_end(self.function, self.function.body) :]
        return len(body) == 1 and getattr(body[0], "value", None) is node


def _is_read(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _last(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


class Statements(Material):
    """The mutations of statements."""

    def of_statements(self) -> Iterator[Change]:
        """Yield them, block by block."""
        for block in self.places.blocks():
            for index in range(docstring_end(self.function, block), len(block)):
                if self._has_run(block[index]):
                    yield from self._statement(block, index)
                yield from self._indentation(block, index)

    def _statement(self, block: Block, index: int) -> Iterator[Change]:
        node, low = block[index], docstring_end(self.function, block)
        if len(block) - low > 1:
            yield self._change("too much", node, taken_out(block, index))
        for other in range(low, len(block)):
            if other not in (index, index - 1):
                yield self._change("place", node, moved(block, index, other))
        if isinstance(node, ast.AugAssign):
            new: ast.stmt = ast.copy_location(ast.Assign([node.target], node.value), node)
            yield self._change("assignment", node, instead_of(block, index, [new]))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Attribute | ast.Subscript):
            for operator in (ast.Add(), ast.Sub()):
                added = ast.copy_location(ast.AugAssign(copy.copy(node.targets[0]), operator, node.value), node)
                yield self._change("assignment", node, instead_of(block, index, [added]), added)

    def _indentation(self, block: Block, index: int) -> Iterator[Change]:
        node, low = block[index], docstring_end(self.function, block)
        if not isinstance(node, ast.For | ast.While | ast.With | ast.If):
            return
        inner = node.body
        first, last, end = inner[0], inner[-1], len(inner)
        if end > 1:
            out = both(taken_out(inner, end - 1), put_before(block, index + 1, last))
            yield Change("indentation", last.lineno, out)
            yield Change("indentation", first.lineno, both(taken_out(inner, 0), put_before(block, index, first)))
        if index + 1 < len(block):
            after = block[index + 1]
            taken = both(put_before(inner, end, after), taken_out(block, index + 1))
            yield Change("indentation", after.lineno, taken)
        if index > low:
            before = block[index - 1]
            taken = both(put_before(inner, 0, before), taken_out(block, index - 1))
            yield Change("indentation", before.lineno, taken)
        yield Change("block", node.lineno, instead_of(block, index, inner))

    def lacking(self) -> Iterator[Change]:
        """Yield the insertions of statements of right answers, at each place."""
        whole = Function | ast.ClassDef
        simple = [one for one in self._statements if not isinstance(one, whole) and not self._is_most(one)]
        for block in self.places.blocks():
            low = docstring_end(self.function, block)
            for index in range(low, len(block) + 1):
                here = block[max(index - 1, 0) : index + 1]
                if not any(map(self._has_run, here)):
                    continue
                after = index == len(block)
                line = (block[-1].end_lineno or block[-1].lineno) if after else block[index].lineno
                for new in simple:
                    if isinstance(new, ast.Return) and not after:  # what follows would not run
                        continue
                    weight = 1 if text_of(new) in self._has else MORE_LIKELY
                    before = block[index - 1] if index > low else None
                    if isinstance(before, ast.Assign) and _overwrites(new, before):
                        change = Change("expression", before.lineno, instead_of(block, index - 1, [new]), weight)
                        yield change._replace(new=new.value, gone=before.value)
                        continue
                    yield Change("missing", line, put_before(block, index, new), weight, after, new)


def _overwrites(new: ast.stmt, before: ast.Assign) -> TypeGuard[ast.Assign]:
    """Whether an assignment discards what the one before it has assigned."""
    if not isinstance(new, ast.Assign) or [*map(ast.dump, new.targets)] != [*map(ast.dump, before.targets)]:
        return False
    assigned = {node.id for target in new.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return not assigned & {node.id for node in ast.walk(new.value) if isinstance(node, ast.Name)}


# How often a slip is of a kind: counted over hits of the search among the banks' own wrong answers.
_SHARE = {
    "missing": 27,
    "call": 19,
    "constant": 14,
    "attribute": 11,
    "too much": 6,
    "expression": 5,
    "comparison": 4,
    "argument": 4,
    "operator": 4,
    "indentation": 3,
    "operand": 3,
    "order": 3,
    "name": 3,
    "assignment": 2,
    "index": 2,
    "place": 2,
    "condition": 2,
    "sign": 2,
    "block": 1,
}


class Changes(Expressions, Statements):
    """All mutations of one function."""

    def all(self) -> list[Change]:
        """Return them, the most likely first."""
        found = [*self.of_expressions(), *self.of_statements(), *self.lacking()]
        alike = Counter((one.kind, one.weight) for one in found)
        return sorted(found, key=lambda one: -_SHARE[one.kind] * one.weight / alike[one.kind, one.weight])

    def elsewhere(self, change: Change) -> list[Change]:
        """Return the same new statement at each other place, in the order of the lines."""
        return [one for one in self.lacking() if one.new is change.new]
