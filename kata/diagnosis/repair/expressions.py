"""Small changes within a statement: one word for another, a part too many or missing, two exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from kata.diagnosis.repair.material import Material, different, text_of
from kata.diagnosis.repair.tree import Change, at, docstring_end, narrowed, with_field

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_NEUTRAL: dict[type | None, int] = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1}  # what changes nothing
_LONGEST = 40  # letters of a text that may be another


class Expressions(Material):
    """The small changes of the expressions of a function."""

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
