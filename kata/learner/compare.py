"""Put the learner's function beside the solution's."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass

from kata.content.graft import Function, definitions
from kata.content.lesson import Lesson

_FOR_MYPY = re.compile(
    r"  # type: ignore\S*|; a call of a module is Any|  # torch leaves it untyped"
)  # no learner's matter


@dataclass(frozen=True)
class Comparison:
    """Two texts of one function, without their docstrings, and whether they say the same."""

    yours: str
    solution: str
    same: bool


def compare(lesson: Lesson, exercise: str) -> Comparison:
    """Compare the learner's function with the solution's.

    Raises:
        OSError, SyntaxError: the learner's file cannot be read.
        LookupError: it does not define the exercise.
    """
    texts = [lesson.stub.read_text("utf-8"), lesson.solution.read_text("utf-8")]
    functions = [_last(ast.parse(text), exercise) for text in texts]
    yours, solution = (_text(text, function) for text, function in zip(texts, functions, strict=True))
    return Comparison(yours, solution, normalised(functions[0]) == normalised(functions[1]))


def _last(tree: ast.Module, exercise: str) -> Function:
    found = definitions(tree, exercise)
    if not found:
        raise LookupError(f"{exercise} is not defined in your file")
    return found[-1]


def normalised(function: Function) -> str:
    """Return the function's code without layout, comments, docstring, annotations and names of local variables."""
    function = copy.deepcopy(function)
    function.body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    function.returns = None
    names: dict[str, str] = {}
    arguments = {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.Name) and node.id in stored - arguments:
            node.id = names.setdefault(node.id, f"local_{len(names)}")
    return ast.unparse(function)


def _text(source: str, function: Function) -> str:
    """Return the function's own lines, without its docstring, moved to the left."""
    lines = source.splitlines()
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    start = function.body[0].lineno
    end = function.body[0].end_lineno if body is not function.body else start - 1
    kept = lines[first - 1 : start - 1] + lines[end or start : function.end_lineno]
    return "\n".join(_FOR_MYPY.sub("", line[function.col_offset :]).rstrip() for line in kept)
