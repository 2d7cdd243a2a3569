"""Tell in the learner's terms what Python and torch said, from the facts that the exception carries.

No message text is parsed. What decides: the exception's type and attributes (``name``, ``obj``), the
learner's frame, and the values of the names on the line where it stopped.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kata.guard import Interrupts, LeavesProcess, ReadsKeyboard
from kata.place import (
    Place,
    first_argument,
    is_layer,
    is_layer_class,
    is_tensor,
    is_torch_function,
    known_value,
    place_of,
    tensor_class,
    value_of,
)


@dataclass(frozen=True)
class Stop:
    """Where and why the learner's code stopped.

    Args:
        headline: one sentence that stands alone.
        said: what Python or torch said, or "".
        line: the learner's line, or None where none of it was running.
        code: that line's text.
        values: the names on that line and what they are.
        called_from: the learner's lines that led there, outermost first.
    """

    headline: str
    said: str
    line: int | None
    code: str
    values: tuple[tuple[str, str], ...]
    called_from: tuple[int, ...]
    known: bool


def stop_of(error: BaseException, path: Path) -> Stop:
    """Return what is to be told of `error`, raised while the file at `path` was checked."""
    place = place_of(error, path)
    said = said_by(error)
    if place is None:
        return Stop(said, "", None, "", (), (), known=False)
    headline = next(filter(None, (rule(error, place) for rule in _RULES)), None)
    code = linecache.getline(str(path), place.line).strip()
    lines = list(dict.fromkeys(line for _, line in place.frames[:-1] if line != place.line))
    return Stop(
        headline or said,
        said if headline else "",
        place.line,
        code,
        tuple(_values(place)),
        tuple(lines[-3:]),
        known=headline is not None,
    )


def said_by(error: BaseException) -> str:
    """Return the exception's type and the beginning of its text (torch's may run over many lines)."""
    text = str(error).strip().partition("\n")[0]
    text = text if len(text) <= 220 else text[:220] + " ..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _values(place: Place) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for node in place.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        text = ast.unparse(node)
        try:
            value = value_of(node, place.frame)
        except LookupError:
            continue
        shown = "" if text == first_argument(place.frame)[0] and is_layer(value) else _described(value)
        if shown and text not in seen and len(seen) < 6:
            seen.add(text)
            yield text, shown


def _repr(value: object) -> str:
    """Return an object's own description on one line; its type where that fails (a layer made from a tensor)."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  (whatever the learner has made of it)
        return type(value).__name__
    return text if "\n" not in text else type(value).__name__


def _described(value: object) -> str:
    """Describe what a learner wants to know of a value; "" for what only adds noise."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str | list | tuple | dict):
        text = repr(value)
        return f"{type(value).__name__} {text}" if len(text) < 50 else f"{type(value).__name__} of {len(value)}"
    if is_tensor(value):
        return f"tensor {tuple(value.shape)} {value.dtype}".replace("torch.", "")  # type: ignore[attr-defined]
    if is_layer(value):
        return _repr(value) if not vars(value).get("_modules", True) else type(value).__name__
    return ""


# Each rule returns the headline, or None where it does not apply.


def _leaving(error: BaseException, place: Place) -> str | None:
    if isinstance(error, SystemExit | LeavesProcess):
        return "Your code asks Python to exit here, so the check could not go on."
    if isinstance(error, Interrupts):
        return "Your code raises KeyboardInterrupt here; nobody pressed Ctrl-C."
    if isinstance(error, ReadsKeyboard):
        return "Your code waits for keyboard input here; a check has no keyboard."
    return None


def _unknown_name(error: BaseException, place: Place) -> str | None:
    if isinstance(error, UnboundLocalError):
        return _without_value(place)
    if not isinstance(error, NameError) or not error.name:
        return None
    name = error.name
    own, owner = first_argument(place.frame)
    if owner is not None and _has(owner, name):
        return f"`{name}` alone is not known here: it belongs to the network, so it is called `{own}.{name}`."
    names = [*place.frame.f_locals, *place.frame.f_globals, *vars(builtins)]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    if not near:
        near = [other for other in place.frame.f_locals if other.lower() == name.lower()]
    hint = f" The nearest name known here is `{near[0]}`." if near else " Is it defined, or imported?"
    return f"Nothing has the name `{name}` here.{hint}"


def _without_value(place: Place) -> str | None:
    """Name the local that has no value yet; Python's own error does not carry it."""
    locals_ = set(place.frame.f_code.co_varnames) - set(place.frame.f_locals)
    name = next((n.id for n in place.nodes if isinstance(n, ast.Name) and n.id in locals_), None)
    if name is None:
        return None
    return f"`{name}` is used here before it has a value: it gets one later in this function, or on another branch."


def _unknown_attribute(error: BaseException, place: Place) -> str | None:
    if not isinstance(error, AttributeError):
        return None
    _, owner = first_argument(place.frame)
    if is_layer(owner) and "_parameters" not in vars(owner):
        return (
            "nn.Module's own __init__ has not run yet when this line does: call super().__init__() first, "
            "it makes the place where layers are kept."
        )
    if not error.name or (error.obj is None and not _reads_from_none(error)):
        return None
    if error.obj is None:
        return f"What `.{error.name}` is asked of is None. Did what came before return something?"
    near = _nearest(error.name, _public_names(error.obj))
    hint = f" The nearest name there is `{near[0]}`." if near else ""
    is_of_torch = type(error.obj).__module__.startswith("torch")
    if is_layer(error.obj) and is_of_torch and hasattr(tensor_class(), error.name):
        hint = " It is a layer, not a tensor: making or naming a layer is not yet calling it with its input."
    return f"{_owner_in_words(error.obj)} has no `{error.name}`.{hint}"


def _reads_from_none(error: AttributeError) -> bool:
    return error.obj is None and not hasattr(None, error.name or "")


def _nearest(name: str, names: list[str]) -> list[str]:
    """Return the nearest name, if there is one: a longer or shorter form of the same word before a similar one."""
    forms = [one for one in names if len(one) > 2 and (name.startswith(one) or one.startswith(name))]
    if forms:
        return [min(forms, key=lambda one: abs(len(one) - len(name)))]
    return difflib.get_close_matches(name, names, n=1, cutoff=0.6)


def _public_names(owner: object) -> list[str]:
    inherited = set(dir(object))
    return [name for name in dir(owner) if not name.startswith("_") and name not in inherited]


def _owner_in_words(owner: object) -> str:
    if isinstance(owner, ModuleType):
        return f"The module {owner.__name__}"
    if isinstance(owner, type):
        return f"The class {owner.__name__}"
    if is_tensor(owner):
        return "A tensor"
    if is_layer(owner):
        return f"Your {type(owner).__name__}" if type(owner).__module__.startswith("exercises") else _repr(owner)
    return f"A value of type {type(owner).__name__}"


def _has(owner: object, name: str) -> bool:
    return name in vars(owner).get("_modules", {}) or name in vars(owner) or hasattr(type(owner), name)


def _function_passed_on(error: BaseException, place: Place) -> str | None:
    """Something that should have been called was given as an argument, or a layer was made where one was meant."""
    if not isinstance(error, TypeError | AttributeError):
        return None
    for call in (node for node in place.nodes if isinstance(node, ast.Call)):
        target = known_value(call.func, place.frame)
        values = [(argument, known_value(argument, place.frame)) for argument in call.args]
        if is_layer_class(target):
            if any(is_tensor(value) for _, value in values):
                return (
                    f"`{ast.unparse(call.func)}(...)` makes a layer, and takes its settings, not the tensor: "
                    "make the layer first and call it afterwards, or use the function of torch.nn.functional."
                )
            continue
        for argument, value in values:
            if is_layer(value) and (is_layer(target) or is_torch_function(target)):
                return (
                    f"`{ast.unparse(argument)}` is a layer ({type(value).__name__}), not a tensor: making or naming a "
                    "layer is not yet calling it with its input."
                )
            if is_torch_function(value):
                return f"`{ast.unparse(argument)}` is a function that was not called: it is given on as it is."
    return None


def _called_or_not(error: BaseException, place: Place) -> str | None:
    """A method is gone over without having been called, or a tensor is called like a function."""
    if not isinstance(error, TypeError):
        return None
    for node in place.nodes:
        if isinstance(node, ast.Call) and is_tensor(known_value(node.func, place.frame)):
            name = ast.unparse(node.func)
            return (
                f"`{name}` is a tensor here, and is called like a function: is what was handed over in the right order?"
            )
    goes_over = place.nodes[0] if place.nodes else None  # of a `for`, only what it goes over is here
    if isinstance(goes_over, ast.Attribute | ast.Name) and inspect.isroutine(known_value(goes_over, place.frame)):
        return f"`{ast.unparse(goes_over)}` is a function that was not called: its parentheses are missing."
    return None


def _warned(error: BaseException, place: Place) -> str | None:
    return "torch warns here, and this check takes it for a fault." if isinstance(error, UserWarning) else None


def _calls_itself(error: BaseException, place: Place) -> str | None:
    if not isinstance(error, RecursionError):
        return None
    codes = [frame.f_code for frame, _ in place.frames]
    most = max(set(codes), key=codes.count)
    return f"`{most.co_name}` calls itself again and again: {codes.count(most)} times before Python gave up."


def _wrong_number_of_arguments(error: BaseException, place: Place) -> str | None:
    if not isinstance(error, TypeError):
        return None
    for call in (node for node in place.nodes if isinstance(node, ast.Call)):
        target = known_value(call.func, place.frame)
        code = getattr(inspect.unwrap(target), "__code__", None) if callable(target) else None
        if code is None or code.co_filename != place.frame.f_code.co_filename:
            continue
        names = [k.arg for k in call.keywords if k.arg]
        try:
            inspect.signature(target).bind(*call.args, **dict.fromkeys(names))
        except TypeError as problem:
            takes = ", ".join(inspect.signature(target).parameters)
            return f"`{ast.unparse(call.func)}({takes})` was called with other arguments: {problem}."
    return None


_RULES: tuple[Callable[[BaseException, Place], str | None], ...] = (
    _leaving,
    _unknown_name,
    _unknown_attribute,
    _function_passed_on,
    _called_or_not,
    _warned,
    _calls_itself,
    _wrong_number_of_arguments,
)
