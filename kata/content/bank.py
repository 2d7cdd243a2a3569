"""What a bank of answers is written with, which files it has, and what they hold."""

from __future__ import annotations

import ast
import difflib
import linecache
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kata.content.edits import VERBS, Edit, EditError, edited
from kata.content.lesson import Lesson
from kata.content.patching import BANK_MARKS, Function, Origin, PatchedModule, definitions, own_line, without_docstring
from kata.content.sealed import MaybeSealed, names_in

T = TypeVar("T")


def exercise(name: str) -> None:
    """Say which exercise the answers below are for, until the next such line."""


def wrong(name: str, why: str, *edits: Edit) -> Callable[[T], T]:
    """Describe a known wrong answer: ``key = wrong(name, why, edit, ...)``, or as a decorator of a function.

    Args:
        name: a noun phrase that completes "Your scores equal those of ...".
        why: why it matters, without a line of the solution.
        edits: what is changed in the solution; none where a whole function is decorated.
    """
    return lambda answer: answer


def same_as(other: object, *edits: Edit) -> Callable[[T], T]:
    """Describe another way to write the known wrong answer `other`: same behaviour, same words."""
    return lambda answer: answer


def accepted(*edits: Edit, says: str = "") -> Callable[[T], T]:
    """Describe a right answer that is written in another way than the solution; what it does better or worse."""
    return lambda answer: answer


def mistake(exercise: str, name: str, why: str) -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a known wrong answer to `exercise`."""
    return lambda answer: answer


def right(exercise: str, says: str = "") -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a right answer to `exercise`; see `accepted`."""
    return lambda answer: answer


_FIRST = re.compile(rb"^(?:exercise\(|@(?:mistake|wrong|right|accepted)\(|\w+ = (?:wrong|accepted)\()", re.MULTILINE)


def at(place: Path) -> tuple[Path, ...]:
    """Return the files of a bank: the one at `place`, or all in the folder of its name; none where there is no bank."""
    if place.is_file():
        return (place,)
    folder = place.with_suffix("")
    root = place.parents[1]
    names = {path.name for path in folder.glob("*.py")} | {*names_in(root, folder.relative_to(root).as_posix())}
    return tuple(MaybeSealed(folder / name) for name in sorted(names))


def is_observed_in(text: bytes, exercise: str) -> bool:
    """Whether a file of a bank holds the observer of an exercise."""
    return bool(re.search(rb'^@observes\(\s*"%s"' % re.escape(exercise).encode(), text, re.MULTILINE))


def head(text: bytes) -> bytes:
    """Return what stands above the first answer of a bank: observers, and what they need."""
    first = _FIRST.search(text)
    return text[: first.start()] if first else text


def without(text: bytes, parts: Iterable[tuple[int, int]]) -> bytes:
    """Return a bank's text with the lines of some answers left empty; those that remain keep their numbers."""
    lines = text.splitlines()
    for first, last in parts:
        lines[first - 1 : last] = [b""] * (last - first + 1)
    return b"\n".join(lines)


@dataclass(frozen=True)
class Answer:
    """One implementation of an exercise that is not the solution's.

    Args:
        lesson: the lesson that it belongs to.
        exercise: the exercise's name, such as ``LeNet.forward``.
        key: its name in the bank.
        name: for a mistake, a noun phrase that completes "Your scores equal those of ...".
        why: for a mistake, why it matters, without a line of the solution.
        edits: what is changed in the solution; none where `functions` are given.
        functions: what stands where: exercise name to syntax tree.
        source: the file of the bank.
        lines: the first and the last one of it in the bank.
        of: the key of the answer whose words it shares, or "".
        says: of a right answer what it does better or worse than the solution, or "".
    """

    lesson: Lesson
    exercise: str
    key: str
    name: str
    why: str
    edits: tuple[Edit, ...]
    functions: tuple[tuple[str, Function], ...]
    source: Origin
    lines: tuple[int, int]
    of: str = ""
    says: str = ""

    @property
    def file(self) -> Path:
        """The file of the bank that it stands in."""
        return Path(self.source.filename)

    @property
    def path(self) -> Path:
        """The file that tracebacks name; an edited solution is on no disk."""
        return Path(f"{self.file}::{self.key}") if self.edits else self.file

    @cached_property
    def text(self) -> str:
        """The solution's text with the edits made.

        Raises:
            EditError: an edit cannot be made; the message names the answer.
        """
        try:
            return edited(self.lesson.solution.read_text("utf-8"), self.exercise, self.edits)
        except EditError as error:
            raise self._fault(error) from None

    def assembly(self) -> PatchedModule:
        """Return the solution's file with this answer put into it.

        Raises:
            EditError: an edit cannot be made, or what comes of it is no Python; the message names the answer.
        """
        if not self.edits:
            assembly = PatchedModule(self.lesson.solution.read_bytes(), str(self.lesson.solution))
            for name, function in self.functions:
                assembly.put(name, function, self.source)
            return assembly
        filename = str(self.path)
        linecache.cache[filename] = len(self.text), None, self.text.splitlines(keepends=True), filename
        try:
            assembly = PatchedModule(self.text, filename)
            for name in self.changed:
                assembly.add_dependencies(definitions(assembly.tree, name)[-1], self.source)
            assembly.compile()
        except SyntaxError as error:
            raise self._fault(EditError(f"Python cannot read the result: {error.msg}, line {error.lineno}")) from None
        return assembly

    @property
    def changed(self) -> list[str]:
        """The names of the functions that are other than the solution's."""
        names = [edit.of or self.exercise for edit in self.edits] or [name for name, _ in self.functions]
        return list(dict.fromkeys(names))

    def diff(self) -> str:
        """Return the change of the solution as a unified diff."""
        solution = self.lesson.solution.read_text("utf-8")
        if self.edits:
            old, new = solution.splitlines(), self.text.splitlines()
        else:
            tree = self.assembly().tree
            old, new = (_code(one, self.changed) for one in (ast.parse(solution), tree))
        return "\n".join(difflib.unified_diff(old, new, "the solution", self.key, lineterm=""))

    def _fault(self, error: EditError) -> EditError:
        return EditError(f"{self.key} ({self.file.name}:{self.lines[0]}): {error}")


def read(lesson: Lesson, place: Path) -> list[Answer]:
    """Return the answers of the bank at `place`, file by file and in their order; none where there is no bank.

    Args:
        lesson: the lesson that they answer.
        place: the bank's file, whether it is there or a folder of its name.

    Raises:
        EditError: an answer is described in a way that cannot be read, or twice; the message names it.
    """
    found: dict[str, Answer] = {}
    for path in at(place):
        for answer in read_text(lesson, path, path.read_bytes()):
            if answer.key in found:
                raise EditError(f"{answer.key} stands in {path.name} and in {found[answer.key].file.name}")
            found[answer.key] = answer
    return list(found.values())


def read_text(lesson: Lesson, path: Path, text: bytes) -> list[Answer]:
    """Return the answers in the text of one file of a bank, or in a part of it.

    Raises:
        EditError: as in `read`.
    """
    try:
        source = Origin(text, str(path))
    except SyntaxError as error:
        said = f" `{error.text.strip()}`" if error.text else ""
        raise EditError(f"{path.name}, line {error.lineno}: Python cannot read it: {error.msg}{said}") from None
    reader = _Reader(lesson, source)
    for node in source.tree.body:
        reader.read(node)
    return list(reader.answers.values())


class _Reader:
    """Reads a bank from top to bottom, keeping track of the current exercise."""

    def __init__(self, lesson: Lesson, source: Origin) -> None:
        self.answers: dict[str, Answer] = {}
        self._lesson, self._source, self._exercise = lesson, source, ""

    def read(self, node: ast.stmt) -> None:
        """Read one statement of the bank."""
        if isinstance(node, Function | ast.ClassDef):
            for call in node.decorator_list:
                self._add(node.name, call, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._add(node.targets[0].id, node.value, node)
        elif isinstance(node, ast.Expr) and _verb(node.value) == "exercise":
            self._exercise = ast.literal_eval(node.value.args[0])  # type: ignore[attr-defined]  # it is a call

    def _add(self, key: str, call: ast.expr, node: ast.stmt) -> None:
        verb = _verb(call)
        if verb not in BANK_MARKS or not isinstance(call, ast.Call):
            return
        lines = own_line(call.lineno), own_line(node.end_lineno or node.lineno)
        of = ast.unparse(call.args[0]) if verb == "same_as" else ""
        try:
            exercise, name, why, rest = self._words(verb, call.args)
            self._lesson.exercise(exercise)
            edits = tuple(map(_edit, rest))
            says = str(next((ast.literal_eval(word.value) for word in call.keywords if word.arg == "says"), ""))
        except (ValueError, LookupError, TypeError) as error:
            file = Path(self._source.filename).name
            raise EditError(f"{key} ({file}:{lines[0]}): {verb} cannot be read: {error}") from None
        functions = tuple(_functions(node, exercise))
        self.answers[key] = Answer(
            self._lesson,
            exercise,
            key,
            _one_line(name),
            _one_line(why),
            edits,
            functions,
            self._source,
            lines,
            of,
            says,
        )

    def _words(self, verb: str, arguments: list[ast.expr]) -> tuple[str, str, str, list[ast.expr]]:
        """Return the exercise, the name, the reason, and the arguments that are edits."""
        if verb == "same_as":
            original = self.answers[ast.unparse(arguments[0])]
            return original.exercise, original.name, original.why, arguments[1:]
        if verb == "mistake":
            exercise, name, why = _texts(arguments, "its exercise", "its name", "why it matters")
            return exercise, name, why, []
        if verb == "right":
            return *_texts(arguments, "its exercise"), "", "", []  # type: ignore[return-value]  # one text
        if not self._exercise:
            raise ValueError('there is no exercise("...") above it')
        if verb == "accepted":
            return self._exercise, "", "", arguments
        name, why = _texts(arguments[:2], "its name", "why it matters")
        return self._exercise, name, why, arguments[2:]


def _verb(node: ast.expr) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _texts(arguments: list[ast.expr], *what: str) -> list[str]:
    """Return the leading string literals of a call; `ValueError` if one is missing or no string."""
    for number, kind in enumerate(what):
        given = f"`{ast.unparse(arguments[number])}`" if number < len(arguments) else "nothing"
        if number >= len(arguments) or not isinstance(getattr(arguments[number], "value", None), str):
            raise ValueError(f"in the place of {kind}, a text, stands {given}")
    return [ast.literal_eval(one) for one in arguments]


def _edit(node: ast.expr) -> Edit:
    """Return the edit that a call in a bank describes; an unreadable one fails when it is applied."""
    try:
        assert isinstance(node, ast.Call)
        words: dict[str, Any] = {word.arg or "": ast.literal_eval(word.value) for word in node.keywords}
        return VERBS[_verb(node)](*map(ast.literal_eval, node.args), **words)
    except (AssertionError, KeyError, TypeError, ValueError):
        return Edit("", ast.unparse(node), _unreadable(ast.unparse(node)))


def _unreadable(text: str) -> Callable[[str], str]:
    def change(body: str) -> str:
        raise EditError(f"{text} must be one of {', '.join(VERBS)} with literal texts")

    return change


def _functions(node: ast.stmt, exercise: str) -> Iterator[tuple[str, Function]]:
    if isinstance(node, Function):
        yield exercise, node
        return
    owner = exercise.rpartition(".")[0]
    for method in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(method, Function):
            yield (f"{owner}.{method.name}" if owner else method.name), method


def _code(tree: ast.Module, names: list[str]) -> list[str]:
    """Return the lines of functions, without their docstrings and annotations."""
    functions = [without_docstring(function) for name in names for function in definitions(tree, name)[-1:]]
    for function in functions:
        function.args = ast.arguments(**{**vars(function.args), "args": [ast.arg(a.arg) for a in function.args.args]})
        function.returns = None
    return [line for function in functions for line in ast.unparse(function).splitlines()]


def _one_line(text: str) -> str:
    return " ".join(textwrap.dedent(text).split())
