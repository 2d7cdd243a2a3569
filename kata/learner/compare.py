"""Put the learner's function beside the solution's, and a learner's test beside the mutants that survive it."""

from __future__ import annotations

import ast
import copy
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from kata.content import bank
from kata.content.bank import Answer
from kata.content.lesson import Lesson
from kata.content.patching import Function, definitions, parse, without_docstring
from kata.content.sealed import is_sealed
from kata.diagnosis.similarity import features_of, similarity
from kata.learner.progress import ExerciseRef, Unknown, saved_statuses
from kata.learner.workspace import ExerciseName, Workspace, show
from kata.report.report import Line, paragraph_lines
from kata.report.results import ExerciseStatus, Judged, count, judged, score

_FOR_MYPY = re.compile(
    r"  # type: ignore\S*|; a call of a module is Any|  # torch leaves it untyped"
)  # no learner's matter


@dataclass(frozen=True)
class Comparison:
    """The learner's and the solution's function without docstrings, and whether they are equivalent in syntax."""

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
    """Return the source of a function without its docstring, or ""."""
    try:
        text = source.decode("utf-8", "replace")
        return _text(text, _last(parse(source, ""), exercise))
    except (SyntaxError, ValueError, LookupError):
        return ""


def why_closed(lesson: Lesson, standing: ExerciseStatus, peek: bool) -> str:
    """Return why the solution is not shown yet, or ""."""
    closed = is_sealed(lesson.solution)
    if standing.state == "done" or (peek and not closed):
        return ""
    name, words = standing.exercise.name, standing.in_words
    end = ", which is sealed in this copy" if closed else ", or with --peek"
    return f"{name} is not known to be done ({words}): the solution opens when it is{end}"


@dataclass(frozen=True)
class Other:
    """Another right answer.

    Args:
        name: a short description.
        says: what it does better or worse, or "".
        lines: its diff from the learner's function, each line marked "+", "-" or " ".
    """

    name: str
    says: str
    lines: tuple[str, ...]


def others(lesson: Lesson, exercise: str) -> list[Other]:
    """Return the other right answers: annotated ones first, then the most similar.

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
    """Return a function without docstring, annotations and its name in a bank."""
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
    """Return the dedented source of a function, without its docstring."""
    lines = source.splitlines()
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    start = function.body[0].lineno
    end = function.body[0].end_lineno if body is not function.body else start - 1
    kept = lines[first - 1 : start - 1] + lines[end or start : function.end_lineno]
    return "\n".join(_FOR_MYPY.sub("", line[function.col_offset :]).rstrip() for line in kept)


_SHOWN = 3  # other answers that are shown


def others_in_lines(lesson: Lesson, exercise: str) -> list[Line]:
    """Return the lines about the other right answers."""
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


def mutants(
    exercise: ExerciseName = None,
    shown: Annotated[str, typer.Option("--show", help="Show what those change whose name holds this text.")] = "",
    peek: Annotated[bool, typer.Option("--peek", help="Show also those that your test still accepts.")] = False,
) -> None:
    """Show how your own test is judged: which wrong answers (mutants) it refuses, and what they change."""
    kata = Workspace()
    place = kata.find(exercise) if exercise else _test_at_hand(kata)
    if not place.lesson.needs:
        raise Unknown(f"{place.exercise.name} is no test: mutants judge the tests that you write in lesson 12")
    found = judged(one for one in kata.state.results(place.lesson) if one.exercise == place.exercise.name)
    if not found:
        raise Unknown(f"nothing is known of {place.exercise.name} yet: pytest exercises/{place.lesson.name}.py")
    if not shown:
        show([(place.key, "title"), ("", ""), *score_lines(found)])
        return
    chosen = [one for one in _mutants(place) if ("refuses", one.name) in found and shown.lower() in one.name.lower()]
    if not chosen:
        raise Unknown(f"no mutant's name holds {shown!r}")
    for one in chosen:
        show([("", ""), (f"  {one.name}", "title"), *_change(one, found["refuses", one.name] or peek)])


def _test_at_hand(kata: Workspace) -> ExerciseRef:
    """Return the first unfinished test, preferring those that were started."""
    tests = {one.name: one for one in kata.lessons if one.needs}
    its = [one for one in saved_statuses([*tests.values()], kata.state) if one.state != "done"]
    if not its:
        raise Unknown("every test that you write here is done; name one" if tests else "no lesson here asks for a test")
    chosen = next((one for one in its if one.state not in ("to do", "not run")), its[0]).exercise
    return ExerciseRef(tests[chosen.lesson], chosen)


def score_lines(found: Judged) -> Iterator[Line]:
    """Yield the mutation score, then the surviving mutants and the rejected right answers."""
    yield f"  {score(found)}", "good" if all(found.values()) else "bad"
    for verb, title in (("accepts", "It refuses what is right:"), ("refuses", "It accepts what is wrong:")):
        names = [name for (one, name), done in found.items() if one == verb and not done]
        if names:
            yield "", ""
            yield f"  {title}", "plain"
            yield from ((f"    {name}", "plain") for name in names)
    yield "", ""
    yield from paragraph_lines("What a mutant changes is shown once it is refused: kata mutants --show relu", "faint")


def _mutants(place: ExerciseRef) -> list[Answer]:
    return [one for lesson in place.lesson.needs for one in bank.read(lesson, lesson.mistakes) if not one.of]


def _change(answer: Answer, is_open: bool) -> Iterator[Line]:
    if is_sealed(answer.lesson.solution):
        yield from paragraph_lines("The solution is sealed in this copy, and so is what differs from it.")
    elif not is_open:
        yield from paragraph_lines("Your test accepts it: what it changes is shown once it is refused, or with --peek.")
    else:
        yield from ((f"    {line}", "code") for line in answer.diff().splitlines()[2:] if line.startswith(("+", "-")))
