"""Find dead code: expressions without effect, results that are discarded, assignments that are never read."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kata.content.patching import Function

Names = frozenset[str]
_NONE: Names = frozenset()
_WITH_EFFECT = ("backward", "register_hook", "retain_grad", "register_post_accumulate_grad_hook", "set", "resize")
# Methods of tensors whose names stand for nothing else, asked for a number or for yes or no.
_QUESTIONS = ("dim", "numel", "item", "is_complex", "is_floating_point", "is_contiguous", "element_size", "isnan")
_FUNCTIONS = ("F", "functional", "nn.functional", "torch.nn.functional")


@dataclass(frozen=True)
class DeadCode:
    """A statement without effect.

    Args:
        line: its line.
        sentence: what the learner reads about it.
        is_sure: whether it is certainly a slip; a name that is never read may be intended.
        name: the name that is not assigned to self, or "".
    """

    line: int
    sentence: str
    is_sure: bool = True
    name: str = ""


def find(function: Function) -> DeadCode | None:
    """Return the first statement that certainly has no effect, or else the first name that is never read."""
    tensors = set(_tensors(function))
    for node in ast.walk(function):
        sentence = _certainly(node, tensors)
        if sentence:
            return DeadCode(node.lineno, sentence)  # type: ignore[attr-defined]  # it is a statement or an expression
    overwritten = next(_overwritten_elements(function, tensors), None)
    if overwritten is not None:
        return overwritten
    found = *_never_read(function), *_only_last(function), *_first_turn_only(function)
    return min(found, key=lambda one: one.line, default=None)


_MAKE_TENSORS = ("view", "reshape", "flatten", "ravel", "clone", "contiguous", "detach", "zeros_like", "zeros", "ones")


def _overwritten_elements(function: Function, tensors: set[str]) -> Iterator[DeadCode]:
    """Yield each name for an element of a tensor that is read after the element itself was overwritten."""
    nodes = list(ast.walk(function))
    tensors = tensors | {
        part.id
        for node in nodes
        if isinstance(node, ast.Assign) and _makes_tensors(node.value)
        for part in ast.walk(node.targets[0])
        if isinstance(part, ast.Name)
    }
    for block in (getattr(node, "body", []) for node in nodes):
        for number, node in enumerate(block if isinstance(block, list) else ()):
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript)):
                continue
            name, value = node.targets[0], node.value
            if not (isinstance(name, ast.Name) and isinstance(value.value, ast.Name) and value.value.id in tensors):
                continue
            text = ast.unparse(value)
            after = block[number + 1 :]
            written = next((at for at, one in enumerate(after) if text in _written(one)), len(after))
            if any(name.id in _reads(one) for one in after[written + 1 :]):
                sentence = f"`{name.id}` is a view of `{text}`, and changes with it: keep `{text}.item()` or a clone."
                yield DeadCode(node.lineno, sentence)


def _makes_tensors(value: ast.expr) -> bool:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    calls = [one.func for one in parts if isinstance(one, ast.Call)]
    return bool(calls) and all(isinstance(one, ast.Attribute) and one.attr in _MAKE_TENSORS for one in calls)


def _written(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return [*map(ast.unparse, targets)]


def find_in_test(function: Function) -> DeadCode | None:
    """Return the first statement that keeps a learner's test from rejecting anything, or else what `find` does."""
    nodes = list(ast.walk(function))
    for node in nodes:
        sentence = _asserts_nothing(node)
        if sentence:
            place = node.handlers[0] if isinstance(node, ast.Try) else node
            return DeadCode(place.lineno, sentence)  # type: ignore[attr-defined]  # it is a statement
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    own = [one for one in calls if isinstance(one, ast.Name) and not hasattr(builtins, one.id)]
    raises = [one for one in calls if "assert" in ast.unparse(one)] or own
    if raises or any(isinstance(node, ast.Assert | ast.Raise) for node in nodes):
        return find(function) or next(_kept_views(function), None)
    returned = next((node for node in nodes if isinstance(node, ast.Return) and node.value is not None), None)
    if returned is not None:
        text = ast.unparse(returned)
        return DeadCode(returned.lineno, f"`{text}` rejects nothing: a test rejects by raising, so `assert` it.")
    return DeadCode(function.lineno, "This test asserts nothing: it rejects no answer.")


def _asserts_nothing(node: ast.AST) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
        return f"`{ast.unparse(node.value)}` only compares: an `assert` is missing in front of it."
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_comparison(node.value):
        return f"`{ast.unparse(node.value)}` only returns a bool: an `assert` is missing in front of it."
    if isinstance(node, ast.Try):
        asserts = [one for part in node.body for one in ast.walk(part) if isinstance(one, ast.Assert)]
        caught = next((one for one in node.handlers if _swallows(one)), None)
        if asserts and caught is not None:
            return f"The `except` on line {caught.lineno} swallows the AssertionError of line {asserts[0].lineno}."
    if not isinstance(node, ast.Assert):
        return ""
    test = node.test
    if isinstance(test, ast.Tuple) and test.elts:
        return "`assert (condition, message)` asserts a tuple, which is always true: leave the parentheses out."
    if isinstance(test, ast.Compare) and ast.dump(test.left) == ast.dump(test.comparators[0]):
        return f"`{ast.unparse(test)}` compares something with itself."
    if isinstance(test, ast.Call) and ast.unparse(test.func).endswith("assert_close"):
        return "`assert_close` raises by itself and returns None: leave the `assert` in front of it out."
    pair = test.args[:2] if isinstance(test, ast.Call) and _is_comparison(test) else []
    if len(pair) == 2 and ast.dump(pair[0]) == ast.dump(pair[1]):
        return f"`{ast.unparse(test)}` compares something with itself."
    return ""


def _kept_views(function: Function) -> Iterator[DeadCode]:
    """Yield each name for a view that is compared after the tested function may have changed what it shows."""
    tested = function.args.args[0].arg if function.args.args else ""
    nodes = list(ast.walk(function))
    calls = [node.lineno for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == tested]
    compared = {name for node in nodes if isinstance(node, ast.Assert) for name in _reads(node)}
    for node in nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, text = node.targets[0].id, ast.unparse(node.value)
        views = text.endswith((".detach()", ".data")) and "(" not in text.removesuffix(".detach()")
        if views and name in compared and any(line > node.lineno for line in calls):
            owner = text.removesuffix(".detach()").removesuffix(".data")
            sentence = f"`{name}` is a view of `{owner}`, and changes with it: keep `{text}.clone()`."
            yield DeadCode(node.lineno, sentence, is_sure=False, name=name)


def _is_comparison(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("equal", "allclose", "isclose", "is_")


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether an `except` catches an AssertionError and goes on."""
    caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
    is_caught = any(name in caught for name in ("AssertionError", "BaseException")) or caught.endswith("Exception")
    return is_caught and not any(isinstance(node, ast.Raise | ast.Assert) for node in ast.walk(handler))


def _certainly(node: ast.AST, tensors: set[str]) -> str:
    if isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.target, ast.Attribute):
        return f"`{ast.unparse(node)}` is only an annotation, and assigns nothing: `=` is missing."
    for asked in _asked(node):
        if isinstance(asked, ast.Attribute) and asked.attr in _QUESTIONS and not _may_be_value(asked.value):
            return (
                f"`{ast.unparse(asked)}` is a method that is asked here without being called: parentheses are missing."
            )
    for value in node.values if isinstance(node, ast.Dict) else ():
        if isinstance(value, ast.Attribute) and value.attr in ("state_dict", "parameters", "item", "named_parameters"):
            return (
                f"`{ast.unparse(value)}` is a method that is kept here without being called: parentheses are missing."
            )
    if not isinstance(node, ast.Expr):
        return ""
    text = ast.unparse(node.value)
    if isinstance(node.value, ast.Attribute) and _names_a_method(node.value.attr):
        return f"`{text}` is only named here, and not called: its parentheses are missing."
    if isinstance(node.value, ast.Compare):
        return f"`{text}` only compares, and changes nothing: a single `=` gives a value."
    if isinstance(node.value, ast.Call) and any(word.arg == "async_op" for word in node.value.keywords):
        return f"`{text}` does not wait: what it returns has a wait(), and until then the numbers may be any."
    if isinstance(node.value, ast.Call) and _only_gives(node.value, tensors):
        return f"What `{text}` gives is not assigned to anything, and is lost."
    return ""


def _may_be_value(owner: ast.expr) -> bool:
    """Whether the owner may have a plain attribute of such a name: self, or a dtype."""
    text = ast.unparse(owner)
    return text == "self" or text.endswith("dtype")


def _asked(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that conditions test or compare."""
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        yield node.test
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)


def _kinds_of_owners() -> tuple[type, ...]:
    import torch  # by now it is there: a check has run

    return (torch.nn.Module, torch.optim.Optimizer, torch.Generator, dict, list, set)


def _is_tensor_method(name: str) -> bool:
    import torch

    found = inspect.getattr_static(torch.Tensor, name, None)
    return found is not None and not name.startswith("__") and inspect.isroutine(found)


def _is_of_others(name: str) -> bool:
    return any(inspect.isroutine(inspect.getattr_static(kind, name, None)) for kind in _kinds_of_owners())


def _names_a_method(name: str) -> bool:
    """Whether modules, optimizers, tensors or containers have a method of that name (`shape` is none)."""
    import torch

    if inspect.getattr_static(torch.Tensor, name, None) is not None and not name.startswith("__"):
        return _is_tensor_method(name)
    return _is_of_others(name)


def _only_gives(call: ast.Call, tensors: set[str]) -> bool:
    """Whether a call has no side effect: a torch function or a tensor method that is not in-place."""
    if not isinstance(call.func, ast.Attribute) or any(word.arg in ("out", "inplace", None) for word in call.keywords):
        return False
    owner, name = ast.unparse(call.func.value), call.func.attr
    if name.endswith("_") or name in _WITH_EFFECT:
        return False
    if owner in _FUNCTIONS:
        return True
    return _is_tensor_method(name) and (owner == "torch" or owner in tensors or not _is_of_others(name))


def _tensors(function: Function) -> Iterator[str]:
    """Yield the names of tensors: annotated arguments, and the parts of a batch."""
    for argument in function.args.args:
        if argument.annotation and ast.unparse(argument.annotation).rpartition(".")[2] == "Tensor":
            yield argument.arg
    for node in ast.walk(function):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            batch = [part.id for part in node.target.elts if isinstance(part, ast.Name)]
            if isinstance(node.iter, ast.Name) and len(batch) == len(node.target.elts):
                yield from batch


def _never_read(function: Function) -> Iterator[DeadCode]:
    """Yield each assignment to a plain name whose value is never read."""
    inner = [node for node in ast.walk(function) if isinstance(node, Function | ast.Lambda) and node is not function]
    shared = [name for node in ast.walk(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names]
    kept = frozenset(shared).union(*map(_reads, inner))
    found = _Reading(kept)
    found.before(function.body, _NONE)
    for name, node in found.dead.values():
        end = " An object keeps what is assigned to `self`." if function.name == "__init__" else ""
        yield DeadCode(
            node.lineno,
            f"The value that line {node.lineno} gives to `{name}` is never used.{end}",
            False,
            name if end else "",
        )


def _only_last(function: Function) -> Iterator[DeadCode]:
    """Yield each assignment in a loop that overwrites a running total without reading it."""
    nodes = list(ast.walk(function))
    begun = _NONE.union(*(_gives(one) for one in nodes if _is_number(one)))
    for loop in nodes:
        if not isinstance(loop, ast.For):
            continue
        used = _reads(loop).union(*(_gives(one) for one in ast.walk(loop) if isinstance(one, ast.AugAssign)))
        for one in loop.body:
            names = begun & _gives(one) - used if isinstance(one, ast.Assign) else ()
            for name in names:
                text = (
                    f"Line {one.lineno} gives `{name}` a new value in each turn of the loop: only the last one is left."
                )
                yield DeadCode(one.lineno, text, is_sure=False)


def _first_turn_only(function: Function) -> Iterator[DeadCode]:
    """Yield each `return` that ends a loop in its first iteration."""
    for loop in ast.walk(function):
        if not isinstance(loop, ast.For) or any(isinstance(one, ast.Continue | ast.Break) for one in ast.walk(loop)):
            continue
        for one in loop.body[1:]:  # a loop of a `return` alone is a way to ask for the first
            if isinstance(one, ast.Return):
                text = f"The `return` on line {one.lineno} stands within the loop, and ends it in its first turn."
                yield DeadCode(one.lineno, text, is_sure=False)


def _is_number(node: ast.AST) -> bool:
    """Whether a node assigns plain numbers or zeros, like ``total, count = 0.0, 0``."""
    values = [node.value, *getattr(node.value, "elts", ())] if isinstance(node, ast.Assign) else []
    plain = (isinstance(one, ast.Constant) and isinstance(one.value, int | float) for one in values)
    return any(plain) or any(isinstance(one, ast.Call) and ast.unparse(one.func) == "torch.zeros" for one in values)


def _reads(node: ast.AST | None) -> Names:
    nodes = ast.walk(node) if node else ()
    return frozenset(one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))


def _gives(node: ast.AST | None) -> Names:
    nodes = ast.walk(node) if node else ()
    return frozenset(one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


@dataclass(frozen=True)
class _Reading:
    """Liveness analysis: walks statements backwards with the live names, and records dead assignments.

    Args:
        kept: names that count as live everywhere (closures, globals).
        dead: the dead assignments, by line and name.
        at_break, at_continue, at_error: the live names where control leaves.
    """

    kept: Names
    dead: dict[tuple[int, str], tuple[str, ast.stmt]] = field(default_factory=dict)
    at_break: Names = _NONE
    at_continue: Names = _NONE
    at_error: Names = _NONE

    def before(self, statements: Iterable[ast.stmt], after: Names) -> Names:
        """Return the live names before some statements, given those after them."""
        for one in reversed(list(statements)):
            after = self._before_one(one, after) | self.at_error
        return after

    def _before_one(self, one: ast.stmt, after: Names) -> Names:
        if isinstance(one, ast.Assign | ast.AnnAssign):
            return self._before_assignment(one, after)
        if isinstance(one, ast.If):
            return self.before(one.body, after) | self.before(one.orelse, after) | _reads(one.test)
        if isinstance(one, ast.For | ast.While):
            return self._before_loop(one, after)
        if isinstance(one, ast.With):
            return self.before(one.body, after).union(*(_reads(item) for item in one.items))
        if isinstance(one, ast.Try):
            return self._before_try(one, after)
        leaves: dict[type[ast.stmt], Names] = {ast.Return: _NONE, ast.Raise: _NONE}
        leaves |= {ast.Break: self.at_break, ast.Continue: self.at_continue}
        own = _gives(one) if isinstance(one, ast.AugAssign) else _NONE
        return leaves.get(type(one), after) | _reads(one) | own

    def _before_assignment(self, one: ast.Assign | ast.AnnAssign, after: Names) -> Names:
        targets = one.targets if isinstance(one, ast.Assign) else [one.target]
        plain = targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
        if one.value is None:
            return after
        is_read = plain.startswith("_") or plain in after | self.kept
        if plain and not is_read and not isinstance(one.value, ast.Constant):
            self.dead[one.lineno, plain] = plain, one
        return (after - frozenset().union(*map(_gives, targets))) | _reads(one)

    def _before_loop(self, loop: ast.For | ast.While, after: Names) -> Names:
        end = self.before(loop.orelse, after)
        head = loop.iter if isinstance(loop, ast.For) else loop.test
        given = _gives(loop.target) if isinstance(loop, ast.For) else _NONE
        again = end | _reads(head)
        for dead in ({}, {}, self.dead):  # what a turn leaves to the next one is known after two
            inside = replace(self, dead=dead, at_break=after, at_continue=again)
            again |= inside.before(loop.body, again) - given
        return again

    def _before_try(self, one: ast.Try, after: Names) -> Names:
        last = self.before(one.finalbody, after)
        handled = _NONE.union(*(self.before(handler.body, last) for handler in one.handlers))
        inside = replace(self, at_error=self.at_error | handled | last)
        return inside.before(one.body, self.before(one.orelse, last)) | handled
