"""Rules for values used as what they are not, and for steps in the wrong order."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, MethodDescriptorType
from typing import Any

from kata.diagnosis.exceptions.frame import (
    Frame,
    definition_of,
    in_function,
    is_layer,
    is_layer_class,
    is_tensor,
    known_value,
)

_NOT_THERE = AttributeError | TypeError
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_TAKE_FUNCTIONS = ("map", "filter", "sorted", "partial", "apply", "step", "vmap", "grad", "compile", "checkpoint")


def none_gradient(error: BaseException, place: Frame) -> str | None:
    """A gradient is None."""
    if not isinstance(error, _NOT_THERE) or (isinstance(error, AttributeError) and error.obj is not None):
        return None
    asked = {id(node.left) for node in place.nodes if isinstance(node, ast.Compare)}  # as in `p.grad is None`
    for node in place.nodes:
        text = _gradient_in(node, place) if id(node) not in asked else ""
        if text and known_value(node, place.frame) is None:
            return f"`{text}` is None here: the parameter is frozen, or the loss never reached it."
    return None


def _gradient_in(node: ast.AST, place: Frame) -> str:
    """Return the gradient expression in a node, as the learner wrote it, or ""."""
    if isinstance(node, ast.Attribute) and node.attr == "grad" and is_tensor(known_value(node.value, place.frame)):
        return ast.unparse(node)
    if isinstance(node, ast.Name) and node.id in place.frame.f_locals:
        for one in in_function(place, ast.Assign):
            named = [target for target in one.targets if isinstance(target, ast.Name) and target.id == node.id]
            if named and isinstance(one.value, ast.Attribute) and one.value.attr == "grad":
                return node.id
    return ""


def none_result(error: BaseException, place: Frame) -> str | None:
    """A value is None because a call returned None."""
    if not isinstance(error, TypeError | AttributeError) or (
        isinstance(error, AttributeError) and error.obj is not None
    ):
        return None
    nameless = (node for node in place.nodes if isinstance(node, ast.Name) and node.id in place.frame.f_locals)
    for node in nameless:
        if known_value(node, place.frame) is not None:
            continue
        for one in in_function(place, ast.Assign):
            named = any(isinstance(target, ast.Name) and target.id == node.id for target in one.targets)
            if named and isinstance(one.value, ast.Call):
                call = ast.unparse(one.value.func)
                return f"`{node.id}` is None: `{call}` returned nothing. Does it change what it is given, in place?"
    return None


def missing_key(error: BaseException, place: Frame) -> str | None:
    """A dictionary lacks a key, or gets it only later."""
    if not isinstance(error, KeyError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.ctx, ast.Load):
            owner, key = known_value(node.value, place.frame), node.slice.value
            if isinstance(owner, dict) and key not in owner:
                name = ast.unparse(node.value)
                if not owner:
                    return f"`{name}` is still empty: nothing is kept under {key!r} before it is put there."
                keys = ", ".join(repr(one) for one in list(owner)[:6] if isinstance(one, str))
                return f"`{name}` has no key {key!r}" + (f"; it has {keys}." if keys else ".")
    return None


def key_or_attribute(error: BaseException, place: Frame) -> str | None:
    """A key is used as an attribute, or an attribute as a key."""
    if isinstance(error, AttributeError) and isinstance(error.obj, dict) and error.name in error.obj:
        return f"`{error.name}` is a key of a dictionary, not an attribute: it is read in square brackets, as a text."
    for node in place.nodes:
        if isinstance(node, ast.Subscript) and isinstance(getattr(node.slice, "value", None), str):
            owner, name = known_value(node.value, place.frame), node.slice.value  # type: ignore[attr-defined]
            if (is_tensor(owner) or is_layer(owner)) and hasattr(type(owner), name):
                kind = "a tensor" if is_tensor(owner) else "a layer"
                return f"`{ast.unparse(node.value)}` is {kind}: `{name}` is an attribute of it, after a dot, not a key."
    return None


def comes_from_a_loop(error: BaseException, place: Frame) -> str | None:
    """A loop variable is something else than expected: a pair, a key."""
    if not isinstance(error, _NOT_THERE):
        return None
    owners = [node.value for node in place.nodes if isinstance(node, ast.Attribute)]
    suspects = owners if isinstance(error, AttributeError) else _operands_of(place)
    for name in dict.fromkeys(node.id for node in suspects if isinstance(node, ast.Name)):
        value = place.frame.f_locals.get(name)
        if isinstance(error, AttributeError) and error.obj is not value:
            continue
        for loop in in_function(place, ast.For):
            if isinstance(loop.target, ast.Name) and loop.target.id == name:
                sentence = _given_by(name, value, ast.unparse(loop.iter), known_value(loop.iter, place.frame))
                if sentence:
                    return sentence
    return None


def _given_by(name: str, value: object, over: str, collection: object) -> str | None:
    if isinstance(value, tuple) and value and not hasattr(value, "_fields"):
        kinds = ", ".join(type(part).__name__ for part in value[:4])
        return f"`{name}` is a tuple ({kinds}): going over `{over}` gives several values at once; name each of them."
    if isinstance(value, str) and (isinstance(collection, dict) or over.endswith(("state_dict()", ".keys()"))):
        return f"`{name}` is the key {value!r}: going over a dictionary, `{over}`, gives its keys."
    return None


def not_called(error: BaseException, place: Frame) -> str | None:
    """A class, a method or `super` is used without being called."""
    if not isinstance(error, _NOT_THERE):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "super":
            return "`super` stands without its parentheses."
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_unbound(node, place):
            name = ast.unparse(node.func.value)
            return f"`{name}` is a class, not an object of it: parentheses are missing before `.{node.func.attr}`."
    for node in (*_operands_of(place), *_entered_or_gone_over(place)):
        value = known_value(node, place.frame)
        if inspect.isroutine(value) or isinstance(value, type):
            kind = "class" if isinstance(value, type) else "function" if inspect.isfunction(value) else "method"
            return f"`{ast.unparse(node)}` is a {kind} that was not called: its parentheses are missing."
    return None


def _entered_or_gone_over(place: Frame) -> Iterator[ast.expr]:
    """Yield the expressions that a `with` enters, and that loops and comprehensions iterate."""
    if isinstance(place.statement, ast.With):
        yield from (item.context_expr for item in place.statement.items)
    if isinstance(place.statement, ast.For):
        yield place.statement.iter
    yield from (node.iter for node in place.nodes if isinstance(node, ast.comprehension))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(word.value for word in call.keywords)]


def _method(node: ast.expr, place: Frame) -> object:
    """Return the bound method that an expression names, or None."""
    value = known_value(node, place.frame) if isinstance(node, ast.Attribute) else None
    owner = getattr(value, "__self__", None)
    return value if inspect.isroutine(value) and owner is not None and not inspect.ismodule(owner) else None


def _is_unbound(call: ast.Call, place: Frame) -> bool:
    """Whether a method is called on its class without an instance."""
    assert isinstance(call.func, ast.Attribute)
    owner, name = known_value(call.func.value, place.frame), call.func.attr
    if not isinstance(owner, type) or name.startswith("__"):
        return False
    is_method = isinstance(inspect.getattr_static(owner, name, None), FunctionType | MethodDescriptorType)
    first = known_value(call.args[0], place.frame) if call.args else None
    return is_method and not isinstance(first, owner)


def _operands_of(place: Frame) -> Iterator[ast.expr]:
    """Yield the operands on the line; type expressions such as `int | float` do not count."""
    for node in place.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] not in _TAKE_FUNCTIONS:
            yield from (one for one in _arguments(node) if _method(one, place))
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr):
            yield from (node.left, node.right)
        elif isinstance(node, ast.AugAssign):
            yield node.value
        elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            yield node.operand
        elif isinstance(node, ast.Compare) and all(isinstance(one, _ORDERS) for one in node.ops):
            yield from (node.left, *node.comparators)


def asked_whether_true(error: BaseException, place: Frame) -> str | None:
    """The truth value of a tensor with several elements is ambiguous."""
    if not isinstance(error, RuntimeError):
        return None
    for node in _conditions(place):
        value = known_value(node, place.frame)
        if is_tensor(value) and value.numel() != 1:
            name = ast.unparse(node)
            there = f"whether it is there is asked with `{name} is not None`."
            end = there if name.endswith(".grad") else "`.any()` or `.all()` makes one answer of many."
            return f"`{name}` is a tensor of {value.numel()} numbers, neither true nor false as a whole: {end}"
    return None


def compared_one_by_one(error: BaseException, place: Frame) -> str | None:
    """`and`, `or` or `not` is applied to elementwise comparisons."""
    for node in _conditions(place) if isinstance(error, RuntimeError) else ():
        for part in [node.left, *node.comparators] if isinstance(node, ast.Compare) else ():
            value = known_value(part, place.frame)
            if is_tensor(value) and value.numel() != 1:
                return (
                    f"`{ast.unparse(node)}` gives {value.numel()} answers, one for each number: `&`, `|` and `~` "
                    "join them one by one, with each comparison in parentheses; `.any()` or `.all()` makes one of many."
                )
    return None


def _conditions(place: Frame) -> Iterator[ast.AST]:
    """Yield the expressions whose truth value is used on the line."""
    if isinstance(place.statement, ast.If | ast.While):
        yield place.statement.test
    for node in place.nodes:
        if isinstance(node, ast.BoolOp):
            yield from node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node.operand
        elif isinstance(node, ast.IfExp):
            yield node.test


def set_for_dictionary(error: BaseException, place: Frame) -> str | None:
    """Braces without colons make a set instead of a dictionary."""
    if not isinstance(error, _NOT_THERE):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Set):
            return f"`{ast.unparse(node)}` is a set: a dictionary has a key and a colon before each value."
    return None


def power_or_xor(error: BaseException, place: Frame) -> str | None:
    """`^` is used as a power."""
    xor = [
        node for node in place.nodes if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.BitXor)
    ]
    is_numbers = isinstance(error, TypeError | NotImplementedError | RuntimeError)
    return "`^` is Python's exclusive or of bits: a power is written `**`." if xor and is_numbers else None


def pair_of_results(error: BaseException, place: Frame) -> str | None:
    """A method returns values and indices, and the pair is used as a tensor."""
    if isinstance(error, AttributeError):
        used = [node.value for node in place.nodes if isinstance(node, ast.Attribute) and _is_pair(error.obj)]
    else:
        calls = [node for node in place.nodes if isinstance(node, ast.Call)]
        sides = [one for node in place.nodes if isinstance(node, ast.BinOp) for one in (node.left, node.right)]
        used = [*sides, *(one for call in calls for one in _arguments(call))] if isinstance(error, TypeError) else []
    for node in used:
        text = ast.unparse(node)
        if _is_pair(known_value(node, place.frame)) or (isinstance(node, ast.Call) and _gives_pair(node)):
            return f"`{text}` is two tensors, values and indices: `.values` or `.indices` after it is one of them."
    return None


def _is_pair(value: object) -> bool:
    return type(value).__module__ == "torch.return_types"


def _gives_pair(call: ast.Call) -> bool:
    has_dimension = bool(call.args) or any(word.arg == "dim" for word in call.keywords)
    return has_dimension and isinstance(call.func, ast.Attribute) and call.func.attr in _GIVE_PAIRS


_GIVE_PAIRS = ("max", "min", "sort", "topk", "median", "mode", "kthvalue", "cummax", "cummin")


def made_already(error: BaseException, place: Frame) -> str | None:
    """A module is called like a class, or a class like a module."""
    for node in place.nodes if isinstance(error, TypeError | RuntimeError) else ():
        if not isinstance(node, ast.Call):
            continue
        value, name = known_value(node.func, place.frame), ast.unparse(node.func)
        if is_layer(value) and not node.args and not node.keywords:
            return (
                f"`{name}` is a {type(value).__name__} that is made already: it takes its input in these parentheses."
            )
        if is_layer_class(value) and len(node.args) == 1 and _takes_nothing(value):
            kind = "a class" if name.endswith(value.__name__) else f"the class {value.__name__}"
            return f"`{name}` is {kind}, not yet an object of it: `{name}()` makes one, and that takes the input."
    return None


def _takes_nothing(kind: type) -> bool:
    from torch import nn

    return kind.__init__ is nn.Module.__init__ or not inspect.signature(kind).parameters  # type: ignore[misc]


def no_iterator(error: BaseException, place: Frame) -> str | None:
    """`next` is called on an iterable that is no iterator."""
    for node in place.nodes if isinstance(error, TypeError) else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "next" and node.args:
            value, name = known_value(node.args[0], place.frame), ast.unparse(node.args[0])
            if hasattr(type(value), "__iter__") and not hasattr(type(value), "__next__"):
                return f"`{name}` is no iterator: a `for` goes over all of it, `next(iter({name}))` takes the first."
    return None


_TAKE_LABELS = ("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss")
_TAKE_DATASETS = ("DataLoader", "random_split", "Subset")


def swapped(error: BaseException, place: Frame) -> str | None:
    """Two arguments are swapped, according to the annotations of the learner's function."""
    for frame, _ in reversed(place.frames[1:]):
        function = definition_of(frame)
        wanted = {one.arg: _kind_wanted(one.annotation) for one in (function.args.args if function else ())}
        given = {name: _kinds_of(frame.f_locals.get(name)) for name, kind in wanted.items() if kind}
        for one, kinds in given.items():
            for other, its in given.items():
                fits_better = wanted[other] in kinds and wanted[one] in its
                if fits_better and wanted[one] not in kinds and wanted[other] not in its:
                    takes = f"{frame.f_code.co_name}({', '.join(wanted)})"
                    stand = f"{wanted[other]} stands for `{one}`, and {wanted[one]} for `{other}`"
                    return f"`{takes}` is called in another order: {stand}."
    return _scores_and_labels(place) or _pair(place) or _dataset_first(place) or _old_and_new(error, place)


def _scores_and_labels(place: Frame) -> str | None:
    for node in place.nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        target, first = known_value(node.func, place.frame), known_value(node.args[0], place.frame)
        name = getattr(target, "__name__", type(target).__name__)
        if name in _TAKE_LABELS and is_tensor(first) and not first.is_floating_point():
            shown = f"`{ast.unparse(node.args[0])}`, {_in_short(first)}"
            return f"The scores come first, then the labels: {shown}, stands first."
        if ast.unparse(node.func) == "torch.save" and isinstance(first, str | Path):
            return "torch.save takes what is saved first, and then where it goes."
        if name == "load_state_dict" and isinstance(first, str | Path):
            return f"`{ast.unparse(node.func)}` takes a dictionary, not a path: torch.load reads it from there first."
    return None


def _dataset_first(place: Frame) -> str | None:
    for node in place.nodes:
        if isinstance(node, ast.Call) and len(node.args) > 1 and ast.unparse(node.func) in _TAKE_DATASETS:
            first, *others = (known_value(one, place.frame) for one in node.args)
            is_dataset = [hasattr(one, "__getitem__") and not isinstance(one, list | tuple) for one in (first, *others)]
            if any(is_dataset[1:]) and not is_dataset[0]:
                return (
                    f"`{ast.unparse(node.func)}` takes the dataset first; `{ast.unparse(node.args[0])}` stands first."
                )
    return None


def _pair(place: Frame) -> str | None:
    """Labels reach the network because a batch was unpacked in the wrong order."""
    for node in place.nodes:
        if not isinstance(node, ast.Call) or not node.args or not is_layer(known_value(node.func, place.frame)):
            continue
        labels = known_value(node.args[0], place.frame)
        if is_tensor(labels) and labels.dim() == 1 and not labels.is_floating_point():
            for pair in in_function(place, ast.Tuple):
                names = [one.id for one in pair.elts if isinstance(one, ast.Name)] if len(pair.elts) == 2 else []
                images = {name: place.frame.f_locals.get(name) for name in names}
                if ast.unparse(node.args[0]) in names and any(_may_be_images(one) for one in images.values()):
                    shown = [f"`{name}` holds {_in_short(one)}" for name, one in images.items()]
                    return f"{' and '.join(shown)}: the pair is taken in the other order."
    return None


def _may_be_images(value: Any) -> bool:
    return is_tensor(value) and value.dim() > 1 and bool(value.is_floating_point())


def _in_short(tensor: Any) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _old_and_new(error: BaseException, place: Frame) -> str | None:
    if not isinstance(error, FileNotFoundError):
        return None
    for node in place.nodes:
        name = ast.unparse(node.func) if isinstance(node, ast.Call) and node.args else ""
        if isinstance(node, ast.Call) and name in ("os.replace", "os.rename"):
            first, value = ast.unparse(node.args[0]), known_value(node.args[0], place.frame)
            if str(value) == str(error.filename):
                return f"{name} moves its first argument to its second; the first, `{first}`, is not there."
    return None


def _kind_wanted(annotation: ast.expr | None) -> str:
    text = ast.unparse(annotation).partition("[")[0].rpartition(".")[2] if annotation else ""
    if text in ("Loader", "DataLoader", "Iterable"):
        return "a loader"
    if text in ("Device", "device"):
        return "a device"
    kinds = {"Tensor": "a tensor", "Module": "a network", "Optimizer": "an optimizer", "float": "a number"}
    return kinds.get(text, "a number" if text == "int" else "a path" if "Path" in text else "")


def _kinds_of(value: object) -> tuple[str, ...]:
    import torch  # by now it is there: a check has run

    if is_tensor(value):
        return ("a tensor",)
    if is_layer(value):
        return ("a network",)
    if isinstance(value, int | float):
        return ("a number",)
    if isinstance(value, str | Path | torch.device):
        return "a path", "a device"
    if hasattr(value, "param_groups"):
        return ("an optimizer",)
    return ("a loader",) if hasattr(value, "__iter__") and not isinstance(value, dict) else ()
