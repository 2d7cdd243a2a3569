"""Check that an exercise is there, in the right place and with the solution's arguments."""

from __future__ import annotations

import ast
import difflib
import inspect
from types import ModuleType
from typing import Any

from kata.checking.loading import Submission
from kata.content.patching import Function, definitions, is_stub, parse


class MissingExercise(Exception):
    """An exercise that is missing, in the wrong place, or has another signature.

    Args:
        headline: one sentence that stands alone.
        line: the learner's line that it is about, or None.
    """

    def __init__(self, headline: str, line: int | None = None) -> None:
        super().__init__(headline)
        self.headline, self.line = headline, line


def require(submission: Submission, module: ModuleType, exercise: str) -> None:
    """Raise `MissingExercise` unless `module` has the exercise, with the solution's signature."""
    function = _resolve(module, exercise)
    if function is None:
        raise _absent(submission.tree, exercise, _places(_solution(submission)))
    _require_signature(submission, function, exercise, _is_without_self(module, exercise))


def _resolve(module: ModuleType, exercise: str) -> Any:
    """Return the function, or None if the learner's file does not define it (an inherited default does not count)."""
    *owners, last = exercise.split(".")
    holder: Any = module
    for owner in owners:
        holder = vars(holder).get(owner)
        if not isinstance(holder, type):
            return None
    if not isinstance(holder, type):
        return getattr(holder, last, None)
    for base in holder.__mro__:
        if last in vars(base):
            own = base.__module__ == module.__name__ or not base.__module__.startswith(("torch", "builtins"))
            return getattr(holder, last) if own else None
    return None


def _solution(submission: Submission) -> ast.Module:
    path = submission.lesson.solution
    return parse(path.read_bytes(), str(path))


def _places(tree: ast.AST, before: str = "") -> dict[str, Function]:
    """Return every function of a file by its qualified name."""
    found: dict[str, Function] = {}
    for node in ast.iter_child_nodes(tree):
        inside = f"{before}{node.name}." if isinstance(node, Function | ast.ClassDef) else before
        if isinstance(node, Function):
            found[inside[:-1]] = node
        found |= _places(node, inside)
    return found


def _absent(tree: ast.Module, exercise: str, of_solution: dict[str, Function]) -> MissingExercise:
    owner, _, last = exercise.rpartition(".")
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if owner and owner not in {node.name for node in classes}:
        return MissingExercise(_class_is_missing(owner, [node.name for node in classes]))
    body = tree.body if not owner else next(node.body for node in classes if node.name == owner)
    place = f"in the class {owner}" if owner else "in the file"
    same_name = [node for place, node in _places(tree).items() if node.name == last and place not in of_solution]
    for node in same_name:  # where the solution has none of that name
        holder = _holder(tree, node)
        stands = f"inside {holder}" if holder else "outside the class"
        return MissingExercise(
            f"`{last}` stands {stands} (line {node.lineno}), and must stand {place}: look at its indentation.",
            node.lineno,
        )
    others = {n.name: n.lineno for n in body if isinstance(n, Function)}
    near = difflib.get_close_matches(last.strip("_"), [name.strip("_") for name in others], n=1, cutoff=0.5)
    for name, line in others.items():
        if near and name.strip("_") == near[0]:
            return MissingExercise(f"`{last}` is missing {place}; there is `{name}` (line {line}).", line)
    return MissingExercise(f"`{last}` is missing {place}.")


def _class_is_missing(owner: str, classes: list[str]) -> str:
    there = ", ".join(f"`{name}`" for name in classes)
    return f"The class `{owner}` is missing" + (f"; there is {there}." if there else ".")


def _holder(tree: ast.Module, function: Function) -> str:
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef) and function in node.body:
            return f"`{node.name}`"
    return ""


def _is_without_self(module: ModuleType, exercise: str) -> bool:
    owner, _, last = exercise.rpartition(".")
    raw = inspect.getattr_static(getattr(module, owner), last, None) if owner else None
    return isinstance(raw, staticmethod | classmethod)


def _require_signature(submission: Submission, function: Any, exercise: str, without_self: bool) -> None:
    solution = definitions(_solution(submission), exercise)[-1]
    wanted = [argument.arg for argument in solution.args.args]
    wanted = wanted[1:] if without_self else wanted
    optional = len(solution.args.defaults)
    last = exercise.rpartition(".")[2]
    found = definitions(submission.tree, exercise)
    line = found[-1].lineno if found else None
    if not callable(function):
        raise MissingExercise(f"`{last}` must be a function, and is {type(function).__name__}.", line)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*wanted[: len(wanted) - optional])
    except TypeError:
        call = f"{last}({', '.join(wanted)})"
        raise MissingExercise(f"`{last}` is called as {call}, and yours takes {signature}.", line) from None


def beside(submission: Submission, exercise: str) -> str:
    """Return the name of another class that has the method of a stub, or ""."""
    owner, _, last = exercise.rpartition(".")
    classes = [node for node in submission.tree.body if isinstance(node, ast.ClassDef)] if owner else []
    if len(classes) < 2:
        return ""
    known = {node.name for node in _solution(submission).body if isinstance(node, ast.ClassDef)}
    for one in (node for node in classes if node.name not in known):
        if any(isinstance(node, Function) and node.name == last and not is_stub(node) for node in one.body):
            return one.name
    return ""


def duplicates(submission: Submission, exercise: str) -> list[int]:
    """Return the lines of all definitions of the exercise if there are several; only the last one counts."""
    lines = [node.lineno for node in definitions(submission.tree, exercise)]
    return lines if len(lines) > 1 else []
