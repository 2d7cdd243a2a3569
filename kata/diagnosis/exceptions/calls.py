"""Rules for unknown names and for wrong calls."""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from kata.diagnosis.exceptions.frame import (
    Frame,
    first_argument,
    is_layer,
    is_layer_class,
    is_tensor,
    is_torch_function,
    known_value,
    repr_of,
    tensor_class,
)

_HOMES = ("torch.nn.functional", "torch", "torch.nn", "torch.optim", "torch.utils.data")


def unknown_name(error: BaseException, place: Frame) -> str | None:
    """A name is not defined."""
    if isinstance(error, UnboundLocalError):
        return _without_value(place)
    if not isinstance(error, NameError) or not error.name:
        return None
    name = error.name
    own, owner = first_argument(place.frame)
    if own == "self" and _has(owner, name):
        whose = "the network" if is_layer(owner) else "the object"
        return f"`{name}` alone is not known here: it belongs to {whose}, so it is called `{own}.{name}`."
    if name in place.frame.f_code.co_freevars:
        return f"`{name}` is used here before it has a value: it gets one later in this function, or on another branch."
    compared = getattr(place.statement, "value", None)
    if isinstance(compared, ast.Compare) and ast.unparse(compared.left) == name:
        return f"`{ast.unparse(compared)}` only compares, and `{name}` has no value yet: a single `=` gives one."
    near = nearest(name, [*place.frame.f_locals, *place.frame.f_globals, *vars(builtins)], cutoff=0.7)
    hint = f" The nearest name known here is `{near}`." if near else " Is it defined, or imported?"
    return f"Nothing has the name `{name}` here.{hint}"


def nearest(name: str, names: list[str], cutoff: float = 0.6) -> str | None:
    """Return the name that was probably meant: one that differs in case, or else a similar one."""
    for other in names:
        if other.lower() == name.lower():
            return other
    for other in names:  # `lr` is short for `learning_rate`
        if len(name) > 1 and "_" in other and "".join(part[:1] for part in other.split("_")) == name:
            return other
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def _without_value(place: Frame) -> str | None:
    """Return the local variable that has no value yet; Python's error does not carry its name."""
    known = [name for name in place.frame.f_locals if name != "self"]
    names = [node for node in place.nodes if isinstance(node, ast.Name)]
    missing = set(place.frame.f_code.co_varnames) - set(known)
    name = next((node.id for node in names if node.id in missing), None)
    if name is None:
        return None
    near = nearest(name, known, cutoff=0.8)
    if near:
        return f"`{name}` has no value yet where it is used here. The nearest name that has one is `{near}`."
    changed = [node.target for node in place.nodes if isinstance(node, ast.AugAssign)]
    if any(isinstance(target, ast.Name) and target.id == name for target in changed):
        return f"`{name}` has no value yet that could be changed here: give it its first one before this line."
    return f"`{name}` is used here before it has a value: it gets one later in this function, or on another branch."


def unknown_attribute(error: BaseException, place: Frame) -> str | None:
    """An object has no such attribute."""
    if not isinstance(error, AttributeError):
        return None
    own, owner = first_argument(place.frame)
    if is_layer(owner) and "_parameters" not in vars(owner):
        return (
            "nn.Module's own __init__ has not run yet when this line does: call super().__init__() first, "
            "it makes the place where layers are kept."
        )
    name = error.name
    if not name or (error.obj is None and hasattr(None, name)):
        return None
    if error.obj is None:
        empty = _arguments_that_are_none(name, place)
        if empty:
            return f"`{empty[0]}` is None here, which this argument may be: ask before `.{name}` is asked of it."
        return f"What `.{name}` is asked of is None. Did what came before return something?"
    if error.obj is owner and isinstance(getattr(place.statement, "value", None), ast.Compare):
        return f"`{own}.{name}` has no value yet: `==` compares, a single `=` gives a value."
    return f"{_owner_in_words(error.obj)} has no `{name}`.{_where_it_is(error.obj, name, place)}"


def _arguments_that_are_none(name: str, place: Frame) -> list[str]:
    """Return the arguments that are None and on which the statement reads that attribute."""
    code, values = place.frame.f_code, place.frame.f_locals
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    asked = [
        one.value.id
        for one in place.nodes
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.attr == name
    ]
    return [one for one in asked if one in arguments and values.get(one, place) is None]


def _where_it_is(owner: object, name: str, place: Frame) -> str:
    """Return a hint where the attribute may be found, or ""."""
    if is_layer(owner) and type(owner).__module__.startswith("torch"):
        if name in place.frame.f_locals:
            return f" It is a layer, and takes its input in parentheses: (...), not .{name}."
        if hasattr(tensor_class(), name):
            return " It is a layer, not a tensor: making or naming a layer is not yet calling it with its input."
    if isinstance(owner, ModuleType) and owner.__name__.startswith("torch"):
        homes = [home for home in _HOMES if hasattr(sys.modules.get(home), name)]
        if homes and name.lower() not in map(str.lower, dir(owner)):
            return f" There is {homes[0]}.{name}."
    near = _form_of(name, _public_names(owner))
    return f" The nearest name there is `{near}`." if near else ""


def _form_of(name: str, names: list[str]) -> str | None:
    """Return the name that was probably meant: it differs in case, is a longer or shorter form, or similar."""
    forms = [one for one in names if len(one) > 2 and (name.startswith(one) or one.startswith(name))]
    if forms and len(name) > 1 and not any(one.lower() == name.lower() for one in names):
        return min(forms, key=lambda one: abs(len(one) - len(name)))
    return nearest(name, names)


def unknown_module(error: BaseException, place: Frame) -> str | None:
    """A module does not exist."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    parent, _, name = error.name.rpartition(".")
    package = sys.modules.get(parent)
    beside = [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", None) if parent else None)]
    near = nearest(name, beside, cutoff=0.6 if parent else 0.85)
    hint = f" The nearest there is is `{parent + '.' if parent else ''}{near}`." if near else ""
    if not near and not parent:
        hint = " It is not installed, and not needed: torch and Python's own modules do for every exercise."
    return f"There is no module `{error.name}` here.{hint}"


def _public_names(owner: object) -> list[str]:
    inherited = set(dir(object))
    return [name for name in dir(owner) if not name.startswith("_") and name not in inherited]


def _owner_in_words(owner: object) -> str:
    if inspect.isfunction(owner):
        return f"`{owner.__name__}` is a function that was not called, and"
    if isinstance(owner, ModuleType):
        return f"The module {owner.__name__}"
    if isinstance(owner, type):
        return f"The class {owner.__name__}"
    if is_tensor(owner):
        return "A tensor"
    if type(owner).__module__.startswith("exercises"):
        return f"Your {type(owner).__name__}"
    if is_layer(owner):
        return repr_of(owner)
    return f"A value of type {type(owner).__name__}"


def _has(owner: object, name: str) -> bool:
    own = getattr(owner, "__dict__", {})  # a list or a number has none
    return name in own.get("_modules", {}) or name in own or hasattr(type(owner), name)


_ONE_NUMBER = {"dim", "numel", "ndimension", "item", "__len__", "ndim"}
_SIZES = {"in_channels", "out_channels", "kernel_size", "in_features", "out_features", "num_features", "stride"}


def _calls(place: Frame) -> Iterator[tuple[ast.Call, Any]]:
    """Yield each call on the line with the called object, if that is known."""
    for node in place.nodes:
        if isinstance(node, ast.Call):
            yield node, known_value(node.func, place.frame)


def wrong_kind_of_argument(error: BaseException, place: Frame) -> str | None:
    """An argument must be a tensor, and is a layer, a function, a tuple or an array."""
    if not isinstance(error, TypeError | AttributeError | RuntimeError):
        return None
    for call, target in _calls(place):
        values = [(argument, known_value(argument, place.frame)) for argument in call.args]
        if is_layer_class(target):
            parts = (part for argument in call.args for part in _operands(argument))
            if any(is_tensor(known_value(part, place.frame)) for part in parts):
                return (
                    f"`{ast.unparse(call.func)}(...)` makes a layer, and takes its settings, not the tensor: "
                    "make the layer first and call it afterwards, or use the function of torch.nn.functional."
                )
        elif isinstance(error, RuntimeError):
            continue  # a layer asks whether a tensor is true, where it takes a setting; torch names what does not fit
        elif is_layer(target) or is_torch_function(target) or is_tensor(getattr(target, "__self__", None)):
            told = filter(None, (_not_a_tensor(ast.unparse(argument), value) for argument, value in values))
            sentence = next(told, None) or _setting_first(call, target)
            if sentence:
                return sentence
    return None


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the operands in an argument: both of ``2 * x``."""
    if isinstance(node, ast.BinOp):
        yield from (*_operands(node.left), *_operands(node.right))
    else:
        yield node


def _not_a_tensor(name: str, value: object) -> str | None:
    if is_layer(value):
        return (
            f"`{name}` is a layer ({type(value).__name__}), not a tensor: making or naming a "
            "layer is not yet calling it with its input."
        )
    if inspect.isroutine(value):
        return f"`{name}` is a function that was not called: it is given on as it is."
    if isinstance(value, tuple | list) and value and all(map(is_tensor, value)):
        kind = f"a {type(value).__name__} of {len(value)}"
        comma = ": a comma at the end of the line that made it?" if len(value) == 1 else "."
        return f"`{name}` is {kind}, not a tensor{comma}"
    if type(value).__module__ == "numpy":
        return f"`{name}` is an array of numpy, not a tensor: numpy knows nothing of layers and gradients."
    return None


def _setting_first(call: ast.Call, target: object) -> str | None:
    """The first argument of a torch function must be the tensor, and is a number."""
    first = call.args[0] if call.args else None
    signature = _signature(target)
    if not is_torch_function(target) or signature is None or next(iter(signature.parameters), "") != "input":
        return None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, int | float):
        return None
    return f"`{ast.unparse(call.func)}` takes the tensor first, and its settings after it; {first.value} stands first."


def called_or_not(error: BaseException, place: Frame) -> str | None:
    """A method is iterated without being called, or a value is called like a function."""
    if not isinstance(error, TypeError):
        return None
    for call, target in _calls(place):
        name = ast.unparse(call.func)
        if is_tensor(target) and isinstance(call.func, ast.Attribute):
            return f"`{name}` is a tensor, and is called like a function: square brackets take a part of it."
        if is_tensor(target):
            return (
                f"`{name}` is a tensor here, and is called like a function: is what was handed over in the right order?"
            )
        if isinstance(call.func, ast.Attribute):
            owner = known_value(call.func.value, place.frame)
            if is_tensor(owner) and inspect.isdatadescriptor(inspect.getattr_static(type(owner), call.func.attr, None)):
                return f"`{name}` is a value, not a method: it stands without parentheses."
        if isinstance(call.func, ast.Call) and is_torch_function(known_value(call.func.func, place.frame)):
            return (
                f"`{ast.unparse(call.func.func)}` is a function: it takes the tensor and the settings in one call. "
                "What is made first and called afterwards is a layer of torch.nn."
            )
    return _goes_over_no_collection(place)


def _goes_over_no_collection(place: Frame) -> str | None:
    goes_over = place.nodes[0] if place.nodes else None  # of a `for`, only what it goes over is here
    if isinstance(goes_over, ast.Attribute | ast.Name) and inspect.isroutine(known_value(goes_over, place.frame)):
        return f"`{ast.unparse(goes_over)}` is a function that was not called: its parentheses are missing."
    asked = goes_over.func if isinstance(goes_over, ast.Call) else goes_over
    if isinstance(asked, ast.Attribute) and asked.attr in _ONE_NUMBER:
        return f"`{ast.unparse(goes_over)}` is one number; a loop goes over several."  # type: ignore[arg-type]
    return None


def square_brackets(error: BaseException, place: Frame) -> str | None:
    """Square brackets are used instead of parentheses in a call."""
    if not isinstance(error, TypeError):
        return None
    for node in place.nodes:
        if not isinstance(node, ast.Subscript):
            continue
        name, value = ast.unparse(node.value), known_value(node.value, place.frame)
        if is_layer(value) or is_layer_class(value) or is_torch_function(value):
            what = "a layer" if is_layer(value) else "a class" if is_layer_class(value) else "a function"
            return f"`{name}` is {what}, and is called with parentheses; square ones take a part of something."
        if inspect.isroutine(value):
            return f"`{name}` is a function that was not called: its parentheses come before the square brackets."
    return None


def wrong_number_of_arguments(error: BaseException, place: Frame) -> str | None:
    """A call has a missing, a superfluous or an unknown argument."""
    if not isinstance(error, TypeError):
        return None
    for call, target in _calls(place):
        if _hands_self_over(call, place):
            name, own = ast.unparse(call.func), ast.unparse(call.args[0])
            return f"`{name}` hands over the object by itself: `{own}` is left out of its brackets."
        signature = _signature(target)
        starred = any(isinstance(argument, ast.Starred) for argument in call.args)
        if signature is None or starred or any(keyword.arg is None for keyword in call.keywords):
            continue
        problem = _problem(call, signature)
        if problem:
            return f"`{ast.unparse(call.func)}({_takes(signature)})` {problem}"
    return None


def _hands_self_over(call: ast.Call, place: Frame) -> bool:
    """Whether a call is ``super().__init__(self)``."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    is_super = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"
    first = call.args[0] if call.args else None
    return is_super and isinstance(first, ast.Name) and first.id in place.frame.f_code.co_varnames[:1]


def _signature(target: object) -> inspect.Signature | None:
    """Return the signature of a function or class; torch's pooling functions wrap the one that has it."""
    if not callable(target):
        return None
    behind = inspect.getclosurevars(target).nonlocals.get("if_false") if inspect.isfunction(target) else None
    try:
        return inspect.signature(behind if callable(behind) else target)
    except (TypeError, ValueError):
        return None


def _takes(signature: inspect.Signature) -> str:
    every = [name for name in signature.parameters if not name.startswith("_")]
    return ", ".join(every if len(every) <= 4 else [*every[:3], "..."])


def _problem(call: ast.Call, signature: inspect.Signature) -> str | None:
    given = [keyword.arg for keyword in call.keywords if keyword.arg]
    try:
        signature.bind(*call.args, **dict.fromkeys(given))
    except TypeError:
        pass
    else:
        return None
    names = list(signature.parameters)
    unknown = [name for name in given if name not in names]
    if unknown:
        near = nearest(unknown[0], names, cutoff=0.5)
        return f"has no argument `{unknown[0]}`" + (f"; the nearest is `{near}`." if near else ".")
    needed = [name for name, one in signature.parameters.items() if one.default is one.empty and one.kind < 2]
    missing = [name for name in needed[len(call.args) :] if name not in given]
    if not missing:
        number = len(call.args) + len(given)
        return f"is given {number} argument{'s' * (number != 1)}, more than it takes."
    if any(isinstance(argument, ast.Tuple) for argument in call.args):
        return f"is not told `{missing[0]}`: inner brackets make one argument of several numbers."
    inner = any(isinstance(argument, ast.Call) and len(argument.args) > 1 for argument in call.args)
    return f"is not told `{missing[0]}`" + (": does a bracket close too late?" if inner else ".")


def size_is_no_whole_number(error: BaseException, place: Frame) -> str | None:
    """A layer is created with a size that is a float or a string."""
    step = error.__traceback__
    while step is not None and step.tb_frame is not place.frame:
        step = step.tb_next
    while step is not None:
        frame = step.tb_frame
        if frame.f_code.co_name == "__init__" and frame is not place.frame and is_layer(frame.f_locals.get("self")):
            for name in _SIZES.intersection(frame.f_locals):
                if isinstance(frame.f_locals[name], float | str):
                    kind, layer = type(frame.f_locals[name]).__name__, type(frame.f_locals["self"]).__name__
                    return f"{layer} was given {name}={frame.f_locals[name]!r}, a {kind}: it must be a whole number."
        step = step.tb_next
    return None


def no_graph(error: BaseException, place: Frame) -> str | None:
    """`backward` is called on a tensor without a graph."""
    if not isinstance(error, RuntimeError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward":
            names = [one for one in ast.walk(node.func.value) if isinstance(one, ast.Name)]
            tensors = {one.id: known_value(one, place.frame) for one in names}
            tensors = {name: value for name, value in tensors.items() if is_tensor(value)}
            if tensors and not any(value.requires_grad for value in tensors.values()):
                return (
                    f"`{ast.unparse(node.func.value)}` has no graph behind it that backward could follow: on the way "
                    f"to `{next(iter(tensors))}` it was cut, or nothing there takes gradients."
                )
    return None
