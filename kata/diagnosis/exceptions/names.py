"""Rules for names: one that nothing has, one without a value yet, an attribute that is not there."""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import pkgutil
import sys
from types import ModuleType

from kata.diagnosis.exceptions.place import Frame, first_argument, is_layer, is_tensor, repr_of, tensor_class

_HOMES = ("torch.nn.functional", "torch", "torch.nn", "torch.optim", "torch.utils.data")


def unknown_name(error: BaseException, place: Frame) -> str | None:
    """Nothing has that name here."""
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
    """Return the name that was probably meant: the same in another case before a similar one."""
    for other in names:
        if other.lower() == name.lower():
            return other
    for other in names:  # `lr` is short for `learning_rate`
        if len(name) > 1 and "_" in other and "".join(part[:1] for part in other.split("_")) == name:
            return other
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def _without_value(place: Frame) -> str | None:
    """Name the local that has no value yet; Python's own error does not carry it."""
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
    """What stands before the dot has no such attribute."""
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
    """Return the function's own arguments that are None and asked for that attribute in the statement."""
    code, values = place.frame.f_code, place.frame.f_locals
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    asked = [
        one.value.id
        for one in place.nodes
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.attr == name
    ]
    return [one for one in asked if one in arguments and values.get(one, place) is None]


def _where_it_is(owner: object, name: str, place: Frame) -> str:
    """Return a hint where the attribute that was asked for may be, or ""."""
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
    """Return the name meant: the same in another case, a longer or shorter form of the word, or a similar one."""
    forms = [one for one in names if len(one) > 2 and (name.startswith(one) or one.startswith(name))]
    if forms and len(name) > 1 and not any(one.lower() == name.lower() for one in names):
        return min(forms, key=lambda one: abs(len(one) - len(name)))
    return nearest(name, names)


def unknown_module(error: BaseException, place: Frame) -> str | None:
    """An import of a module that does not exist."""
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
