"""Where a learner's code stopped: the frame, the line, the parts of its statement, and their values."""

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

from kata.content.graft import parse


@dataclass(frozen=True)
class Frame:
    """A line of the learner's, with the frame that runs it, its syntax, and the frames that led there."""

    frame: FrameType
    line: int
    statement: ast.stmt | None
    frames: tuple[tuple[FrameType, int], ...]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The parts of the statement that stand on its own line, not in a block below it."""
        parts = _header(self.statement) if self.statement else []
        return tuple(node for part in parts for node in ast.walk(part))


def learner_frames(error: BaseException, path: Path) -> list[tuple[FrameType, int]]:
    """Return the frames of the file at `path` in the traceback, outermost first, each with its line."""
    found = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            found.append((step.tb_frame, step.tb_lineno))
        step = step.tb_next
    return found


def raised_by_learner(error: BaseException, path: Path) -> bool:
    """Whether a `raise` of the learner's own ended the check (a C function leaves no frame of its own)."""
    place = place_of(error, path)
    if place is None or not stops_in(error, place.frame):
        return False
    return any(isinstance(node, ast.Raise) for node in place.nodes)


def _last_frame(error: BaseException) -> FrameType | None:
    """Return the frame in which an exception came up; a C function has none."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last and last.tb_frame


def stops_in(error: BaseException, frame: FrameType) -> bool:
    """Whether the exception came up in the frame itself, not in what it calls."""
    return _last_frame(error) is frame


def raised_in(error: BaseException) -> str:
    """Return the name of the function in which the exception came up."""
    frame = _last_frame(error)
    return frame.f_code.co_name if frame else ""


def hidden_cause(error: BaseException, path: Path) -> BaseException | None:
    """Return the slip in the learner's own lines (a name, an attribute, a call) that an own `raise` has replaced."""
    cause = error.__cause__ or error.__context__
    if (
        cause is None
        or not raised_by_learner(error, path)
        or not isinstance(cause, NameError | AttributeError | TypeError)
    ):
        return None
    return cause if learner_frames(cause, path) else None


def place_of(error: BaseException, path: Path) -> Frame | None:
    """Return where the file at `path` was when `error` was raised; None where none of it was running."""
    frames = learner_frames(error, path)
    if not frames:
        return None
    frame, line = frames[-1]
    return Frame(frame, line, _statement_at(path, line), tuple(frames))


def _statement_at(path: Path, line: int) -> ast.stmt | None:
    """Return the innermost statement that stands on that line."""
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
    """Return the syntax of a file as tracebacks show it, on the disk or not."""
    return parse("".join(linecache.getlines(str(path))), str(path))


def _statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements directly inside a node; those of an `except` or a `case` too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.excepthandler | ast.match_case):
            yield from _statements_in(child)


def definition_of(frame: FrameType) -> ast.FunctionDef | None:
    """Return the function that a frame runs, as it is written."""
    tree = tree_of(Path(frame.f_code.co_filename))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == frame.f_code.co_name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first == frame.f_code.co_firstlineno:
                return node
    return None


def in_function(place: Frame, kind: Any) -> Iterator[Any]:
    """Yield the statements of a kind in the function that stopped."""
    function = definition_of(place.frame)
    yield from (node for node in ast.walk(function) if isinstance(node, kind)) if function else ()


def definitions_called(name: str, path: Path) -> list[ast.FunctionDef]:
    """Return the functions of that name in the file at `path`, methods too."""
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef) and node.name == name]


def _header(statement: ast.stmt) -> list[ast.AST]:
    """Return what runs on the line of a statement itself, not in the block below it."""
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
    """Return what a name or a dotted name stands for in the frame; `LookupError` where it stands for nothing."""
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
    """Return what a name stands for in the frame, or None."""
    try:
        return value_of(node, frame)
    except LookupError:
        return None


def first_argument(frame: FrameType) -> tuple[str, Any]:
    """Return the name and value of the function's first argument: in a method, the object itself."""
    names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
    return (names[0], frame.f_locals.get(names[0])) if names else ("", None)


def is_tensor(value: object) -> bool:
    """Whether it is a tensor."""
    import torch

    return isinstance(value, torch.Tensor)


def repr_of(value: object) -> str:
    """Return an object's own description on one line; its type where that fails (a layer made from a tensor)."""
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
    """Whether it is an `nn.Module`."""
    from torch import nn

    return isinstance(value, nn.Module)


def is_layer_class(value: object) -> bool:
    """Whether it is a class of `nn.Module`s."""
    from torch import nn

    return isinstance(value, type) and issubclass(value, nn.Module)


def is_torch_function(value: object) -> bool:
    """Whether it is a function of torch."""
    return inspect.isroutine(value) and (getattr(value, "__module__", "") or "").startswith("torch")
