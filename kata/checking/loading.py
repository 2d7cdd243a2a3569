"""Load a learner's file with the solution's functions in place of its stubs."""

from __future__ import annotations

import ast
import contextlib
import linecache
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from weakref import WeakKeyDictionary

from kata.content.bank import Answer
from kata.content.lesson import Lesson
from kata.content.patching import (
    Origin,
    PatchedModule,
    definitions,
    digest,
    is_untouched,
    own_line,
)


class Unreadable(Exception):
    """A learner's file that cannot be read as Python.

    Args:
        path: the file.
        problem: what is wrong, in words.
        line: the line's number, or None.
        column: the column in the line, from 1, or None.
        text: the line itself, or None.
    """

    def __init__(
        self,
        path: Path,
        problem: str,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.path, self.problem, self.line, self.column, self.text = path, problem, line, column, text


@dataclass(frozen=True)
class Submission:
    """An answer to a lesson: a learner's file, or the solution with an answer of a bank in it.

    Args:
        lesson: the lesson that it answers.
        path: the file to open in an editor.
        make: returns a new syntax tree, which may be changed and compiled.
        untouched: the exercises that are still stubs.
        key: the answer's name in its bank, or "" for a whole file.
        assemblies: cache of `assemble`, by the exercises that the solution fills in.
        digests: cache of `digest_of`.
    """

    lesson: Lesson
    path: Path
    make: Callable[[], PatchedModule]
    untouched: frozenset[str]
    key: str = ""
    assemblies: dict[frozenset[str], PatchedModule] = field(default_factory=dict, compare=False, repr=False)
    digests: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def identity(self) -> tuple[Path, str]:
        """The key that identifies it."""
        return self.path, self.key

    @cached_property
    def tree(self) -> ast.Module:
        """A syntax tree to read only."""
        return self.make().tree

    def digest_of(self, exercise: str) -> str:
        """Return a digest of the learner's code for an exercise, or "" if this is no learner's file."""
        if self.path != self.lesson.stub:
            return ""
        if exercise not in self.digests:
            names = [one.name for one in self.lesson.exercises]
            self.digests[exercise] = digest(self.tree, exercise, names)
        return self.digests[exercise]

    def line_of(self, exercise: str) -> int:
        """Return the line where the exercise is defined, or 1."""
        found = definitions(self.tree, exercise)
        return own_line(found[-1].lineno) if found else 1


def read(lesson: Lesson, path: Path) -> Submission:
    """Read the file at `path` as an answer to `lesson`.

    Raises:
        Unreadable: the file is missing, a folder, wrongly encoded, or not valid Python.
    """
    source = _bytes(path)
    tree = _parse(source, path).tree
    names = [exercise.name for exercise in lesson.exercises]
    untouched = frozenset(name for name in names if is_untouched(tree, name))
    return Submission(lesson, path, lambda: _parse(source, path), untouched)


def of_bank(answer: Answer) -> Submission:
    """Return the solution with the answer of a bank in it."""
    return Submission(answer.lesson, answer.path, answer.assembly, frozenset(), answer.key)


def assemble(submission: Submission, played: Iterable[str] = ()) -> PatchedModule:
    """Return the file with the solution's functions in place of its stubs, and of the exercises `played`.

    A function brings the imports and helpers that it needs, but no other exercise.
    """
    names = submission.untouched.union(played)
    if names not in submission.assemblies:
        submission.assemblies[names] = _assembled(submission, sorted(names))
    return submission.assemblies[names]


def _assembled(submission: Submission, names: list[str]) -> PatchedModule:
    assembly = submission.make()
    solution = submission.lesson.solution
    origin = Origin(solution.read_bytes(), str(solution)) if names else None
    own = frozenset(exercise.name.partition(".")[0] for exercise in submission.lesson.exercises)
    for name in names:
        with contextlib.suppress(LookupError):  # its class is missing: told when the exercise is asked for
            assert origin is not None
            assembly.put(name, definitions(origin.tree, name)[-1], origin, exclude=own)
    return assembly


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise Unreadable(path, "it must be a file, and is a folder")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Unreadable(path, "the file is missing") from None
    except OSError as error:
        raise Unreadable(path, f"the file cannot be opened: {error.strerror}") from None


def _parse(source: bytes, path: Path) -> PatchedModule:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(path, "it is saved as UTF-16: save it as UTF-8")
    try:
        assembly = PatchedModule(source, str(path))
        assembly.compile()  # refuses some of what parses: a `return` outside a function
        return assembly
    except SyntaxError as error:
        text = error.text.rstrip("\r\n") if error.text else None
        raise Unreadable(path, f"Python cannot read it: {error.msg}", error.lineno, error.offset, text) from None
    except (RecursionError, MemoryError, SystemError):  # a hundred thousand signs in one expression
        raise Unreadable(path, "Python cannot read it: something in it is too long or too deep for Python") from None
    except ValueError as error:  # a null byte, before Python 3.12
        raise Unreadable(path, f"Python cannot read it: {error}") from None


_CODES: WeakKeyDictionary[ModuleType, CodeType] = WeakKeyDictionary()


def code_of(module: ModuleType) -> CodeType:
    """Return the code of a module that `load` made, for another process that loads it, too."""
    return _CODES[module]


def add_to(module: ModuleType, code: CodeType) -> None:
    """Run more code in a module that `load` made; another process runs both."""
    exec(code, module.__dict__)  # noqa: S102  (part of the learner's file, a little changed)
    first, second = 1_000_001, 1_000_002
    both = compile(f"exec({first})\nexec({second})", code.co_filename, "exec", dont_inherit=True)
    parts: dict[object, CodeType] = {first: _CODES[module], second: code}
    _CODES[module] = both.replace(co_consts=tuple(parts.get(one, one) for one in both.co_consts))


def load(assembly: PatchedModule, name: str) -> ModuleType:
    """Run the file from its text (no bytecode is read or written) and return it as the module `name`."""
    linecache.checkcache(assembly.filename)
    return module_of(assembly.compile(), assembly.filename, name)


def module_of(code: CodeType, filename: str, name: str) -> ModuleType:
    """Run code as the module `name` and return it; `sys.modules` has it unless the code raises."""
    module = ModuleType(name)
    module.__file__ = filename
    before = sys.modules.get(name)
    sys.modules[name] = module
    _CODES[module] = code
    try:
        exec(code, module.__dict__)  # noqa: S102  (running the learner's file is the purpose)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module
