"""Put the learner's function beside the solution's."""

from __future__ import annotations

import ast
import copy
import difflib
import re
from dataclasses import dataclass

from kata.content import bank
from kata.content.graft import Function, definitions, parse, without_docstring
from kata.content.lesson import Lesson
from kata.content.sealed import is_sealed
from kata.diagnosis.similarity import features_of, similarity
from kata.report.report import Line, paragraph_lines
from kata.report.results import Standing, count

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


def text_of(source: bytes, exercise: str) -> str:
    """Return a function of a file as it stands there, without its docstring; "" where it cannot be read."""
    try:
        text = source.decode("utf-8", "replace")
        return _text(text, _last(parse(source, ""), exercise))
    except (SyntaxError, ValueError, LookupError):
        return ""


def why_closed(lesson: Lesson, standing: Standing, peek: bool) -> str:
    """Return why the solution is not shown yet; "" where the exercise is done, or it can be read and was asked for."""
    closed = is_sealed(lesson.solution)
    if standing.state == "done" or (peek and not closed):
        return ""
    name, words = standing.exercise.name, standing.in_words
    end = ", which is sealed in this copy" if closed else ", or with --peek"
    return f"{name} is not known to be done ({words}): the solution opens when it is{end}"


@dataclass(frozen=True)
class Other:
    """A right answer that is written in another way.

    Args:
        name: what is other in it, in a few words.
        says: what it does better or worse, or "".
        lines: the answer beside the learner's, each with a mark: "+" it has and yours has not, "-" the other way
            round, " " both have.
    """

    name: str
    says: str
    lines: tuple[str, ...]


def others(lesson: Lesson, exercise: str) -> list[Other]:
    """Return the other right answers that are known: those first of which something is said, and that are most like
    the learner's.

    Raises:
        OSError, SyntaxError: the learner's file cannot be read.
        LookupError: it does not define the exercise.
    """
    text = lesson.stub.read_text("utf-8")
    tree = ast.parse(text)
    own, mine = features_of(tree, [exercise]), _last(tree, exercise)
    yours = ast.unparse(_bare(mine)).splitlines()
    found: dict[str, tuple[float, Other]] = {}
    for answer in bank.read(lesson, lesson.accepted):
        if answer.exercise != exercise or answer.changed != [exercise]:
            continue
        its = answer.assembly().tree
        function = _last(its, exercise)
        if normalised(function) not in {normalised(mine), *found}:
            lines = tuple(difflib.ndiff(yours, ast.unparse(_bare(function)).splitlines()))
            kept = tuple(line for line in lines if not line.startswith("?"))
            alike = similarity(own, features_of(its, [exercise]))
            found[normalised(function)] = alike, Other(answer.key.replace("_", " "), answer.says, kept)
    return [other for _, other in sorted(found.values(), key=lambda pair: (not pair[1].says, -pair[0]))]


def _bare(function: Function) -> Function:
    """Return a function without what is said about it: docstring, annotations, the name that a bank gives it."""
    function = copy.deepcopy(without_docstring(function))
    function.returns, function.decorator_list = None, []
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            node.annotation = None
    return function


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


_SHOWN = 3  # other answers that are shown


def others_in_lines(lesson: Lesson, exercise: str) -> list[Line]:
    """Return what is shown of the other right answers."""
    found = others(lesson, exercise)
    if not found:
        return [(f"No other right answer to {exercise} is known here.", "plain")]
    lines: list[Line] = [("- yours   + the other answer", "faint"), ("", "")]
    for other in found[:_SHOWN]:
        lines.append((f"{other.name}", "title"))
        lines += [*paragraph_lines(other.says), ("", "")] if other.says else []
        lines += [(f"  {line.rstrip()}", {"+": "good", "-": "bad"}.get(line[0], "code")) for line in other.lines]
        lines.append(("", ""))
    more = len(found) - _SHOWN
    return lines + ([(f"{count(more, 'more answer')} in accepted/{lesson.name}.py", "faint")] if more > 0 else [])
