"""Where a learner's code raised: the frame, the line, its syntax and the values on it."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FrameType, ModuleType, TracebackType
from typing import Any

from kata.content.patching import parse


@dataclass(frozen=True)
class Frame:
    """A line of the learner's code, with its frame, its syntax, and the calling frames."""

    frame: FrameType
    line: int
    statement: ast.stmt | None
    frames: tuple[tuple[FrameType, int], ...]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The syntax nodes of the statement, without its block."""
        parts = _header(self.statement) if self.statement else []
        return tuple(node for part in parts for node in ast.walk(part))


def learner_frames(error: BaseException, path: Path) -> list[tuple[FrameType, int]]:
    """Return the frames of a file in the traceback, outermost first, each with its line."""
    found = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            found.append((step.tb_frame, step.tb_lineno))
        step = step.tb_next
    return found


def raised_by_learner(error: BaseException, path: Path) -> bool:
    """Whether the learner's own `raise` ended the check (a C function leaves no frame)."""
    place = place_of(error, path)
    if place is None or not stops_in(error, place.frame):
        return False
    return any(isinstance(node, ast.Raise) for node in place.nodes)


def _last_frame(error: BaseException) -> FrameType | None:
    """Return the frame that raised; a C function has none."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last and last.tb_frame


def stops_in(error: BaseException, frame: FrameType) -> bool:
    """Whether the frame itself raised, not a function it called."""
    return _last_frame(error) is frame


def raised_in(error: BaseException) -> str:
    """Return the name of the function that raised."""
    frame = _last_frame(error)
    return frame.f_code.co_name if frame else ""


def hidden_cause(error: BaseException, path: Path) -> BaseException | None:
    """Return the earlier error of the learner's lines that the learner's own `raise` replaced."""
    cause = error.__cause__ or error.__context__
    if (
        cause is None
        or not raised_by_learner(error, path)
        or not isinstance(cause, NameError | AttributeError | TypeError)
    ):
        return None
    return cause if learner_frames(cause, path) else None


def place_of(error: BaseException, path: Path) -> Frame | None:
    """Return the learner's frame when `error` was raised, or None if none was running."""
    frames = learner_frames(error, path)
    if not frames:
        return None
    frame, line = frames[-1]
    return Frame(frame, line, _statement_at(path, line), tuple(frames))


def _statement_at(path: Path, line: int) -> ast.stmt | None:
    """Return the innermost statement on a line."""
    try:
        here: Any = tree_of(path)
    except (SyntaxError, ValueError):
        return None
    innermost = None
    while here is not None:
        holding = (one for one in _statements_in(here) if one.lineno <= line <= (one.end_lineno or one.lineno))
        here = next(holding, None)
        innermost = here or innermost
    return innermost


def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file by the name in tracebacks."""
    return parse("".join(linecache.getlines(str(path))), str(path))


def _statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements directly inside a node, including `except` and `case` blocks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.excepthandler | ast.match_case):
            yield from _statements_in(child)


def definition_of(frame: FrameType) -> ast.FunctionDef | None:
    """Return the definition of the function that a frame runs."""
    tree = tree_of(Path(frame.f_code.co_filename))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == frame.f_code.co_name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first == frame.f_code.co_firstlineno:
                return node
    return None


def in_function(place: Frame, kind: Any) -> Iterator[Any]:
    """Yield the nodes of a type in the function that raised."""
    function = definition_of(place.frame)
    yield from (node for node in ast.walk(function) if isinstance(node, kind)) if function else ()


def definitions_called(name: str, path: Path) -> list[ast.FunctionDef]:
    """Return the functions of that name in the file at `path`, methods too."""
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef) and node.name == name]


def _header(statement: ast.stmt) -> list[ast.AST]:
    """Return the nodes of a statement without its block."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    if isinstance(statement, ast.For):
        return [statement.iter]
    if isinstance(statement, ast.While | ast.If):
        return [statement.test]
    if isinstance(statement, ast.With):
        return [item.context_expr for item in statement.items]
    return [statement]


def value_of(node: ast.AST, frame: FrameType) -> Any:
    """Return the value of a dotted name in the frame; `LookupError` if it has none."""
    if isinstance(node, ast.Name):
        for space in (frame.f_locals, frame.f_globals, vars(builtins)):
            if node.id in space:
                return space[node.id]
        raise LookupError(node.id)
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, frame)
        found = inspect.getattr_static(owner, node.attr, None)
        if found is not None and found is getattr(owner, "__dict__", {}).get(node.attr):
            return found  # kept by the object itself
        is_gradient = node.attr == "grad" and is_tensor(owner)
        is_plain = isinstance(owner, ModuleType | type) or is_layer(owner) or is_method(owner, node.attr)
        if not is_plain and not is_gradient:
            raise LookupError(node.attr)  # a property could run code
        try:
            return getattr(owner, node.attr)
        except AttributeError:
            raise LookupError(node.attr) from None
    raise LookupError(type(node).__name__)


def is_method(owner: object, name: str) -> bool:
    """Whether `name` is a method of the owner's class."""
    return inspect.isroutine(inspect.getattr_static(type(owner), name, None))


def known_value(node: ast.AST, frame: FrameType) -> Any:
    """Return the value of a name in the frame, or None."""
    try:
        return value_of(node, frame)
    except LookupError:
        return None


def first_argument(frame: FrameType) -> tuple[str, Any]:
    """Return the name and value of the first argument, `self` in a method."""
    names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
    return (names[0], frame.f_locals.get(names[0])) if names else ("", None)


def is_tensor(value: object) -> bool:
    """Whether a value is a tensor."""
    import torch

    return isinstance(value, torch.Tensor)


def repr_of(value: object) -> str:
    """Return an object's repr on one line, or its type if that raises."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  (whatever the learner has made of it)
        return type(value).__name__
    return text if "\n" not in text else type(value).__name__


def tensor_class() -> Any:
    """Return `torch.Tensor`."""
    import torch

    return torch.Tensor


def is_layer(value: object) -> bool:
    """Whether a value is an `nn.Module`."""
    from torch import nn

    return isinstance(value, nn.Module)


def is_layer_class(value: object) -> bool:
    """Whether a value is a subclass of `nn.Module`."""
    from torch import nn

    return isinstance(value, type) and issubclass(value, nn.Module)


def is_torch_function(value: object) -> bool:
    """Whether a value is a function of torch."""
    return inspect.isroutine(value) and (getattr(value, "__module__", "") or "").startswith("torch")
