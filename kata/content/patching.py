"""Replace functions in the syntax tree of a file: behind stubs, filled-in solutions and mistakes.

The tree is changed before it is compiled, so zero-argument ``super()``, the lesson's own names and the learner's line
numbers keep working.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any, TypeVar

Function = ast.FunctionDef | ast.AsyncFunctionDef
T = TypeVar("T", ast.Module, ast.ClassDef)

BANK_MARKS = {"wrong", "same_as", "accepted", "mistake", "right"}  # the decorators of answers in a bank

# Functions from other files are compiled at lines that no file has, then moved back to their own.
_BLOCK = 1_000_000
_ORIGINS: list[str] = []  # whose block is the first, the second, ...


def definitions(tree: ast.Module, name: str) -> list[Function]:
    """Return all definitions of the exercise `name` in `tree`; the last one counts."""
    *owners, last = name.split(".")
    bodies = [tree.body]
    for owner in owners:
        bodies = [n.body for b in bodies for n in b if isinstance(n, ast.ClassDef) and n.name == owner]
    return [n for b in bodies for n in b if isinstance(n, Function) and n.name == last]


def is_untouched(tree: ast.Module, name: str) -> bool:
    """Whether the exercise is still a stub: apart from its docstring only ``raise NotImplementedError``."""
    found = definitions(tree, name)
    return bool(found) and is_stub(found[-1])


def is_stub(function: Function) -> bool:
    """Whether a function, apart from its docstring, only raises `NotImplementedError`."""
    body = _without_docstring(function.body)
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc
    if isinstance(raised, ast.Call):
        raised = raised.func
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def without_docstring(function: Function) -> Function:
    """Return the function without its docstring."""
    bare = copy.copy(function)
    bare.body = _without_docstring(function.body)
    return bare


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    has_docstring = (
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    return body[1:] if has_docstring else body


def stub_text(solution: str, names: list[str]) -> str:
    """Return the solution's text with the bodies of exercises replaced by `raise NotImplementedError`."""
    tree = ast.parse(solution)
    lines = solution.splitlines(keepends=True)
    spans = sorted((body_span(definitions(tree, name)[-1]) for name in names), reverse=True)
    for first, last, indent in spans:
        lines[first - 1 : last] = [f"{' ' * indent}raise NotImplementedError\n"]
    return "".join(lines)


def body_span(function: Function) -> tuple[int, int, int]:
    """Return the first line, the last line and the indentation of a function's body, without its docstring."""
    body = _without_docstring(function.body)
    kept = function.body[: len(function.body) - len(body)]
    first = (kept[-1].end_lineno or 0) + 1 if kept else body[0].lineno
    return first, body[-1].end_lineno or body[-1].lineno, body[0].col_offset


def digest(tree: ast.Module, name: str, others: Iterable[str]) -> str:
    """Return a digest of a file except the bodies of the `others`: all that an exercise may depend on.

    Layout and comments do not count. The tree is restored.
    """
    functions = [function for other in others for function in definitions(tree, other)]
    bodies = [function.body for function in functions]
    own = definitions(tree, name)
    try:
        for function in functions:
            if function not in own:
                function.body = []
        return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:32]
    finally:
        for function, body in zip(functions, bodies, strict=True):
            function.body = body


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Ignore warnings of the compiler, such as on an unknown escape."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@lru_cache(maxsize=16)
def parse(source: bytes | str, filename: str) -> ast.Module:
    """Return the syntax tree of a file, to read only, ignoring warnings.

    Raises:
        SyntaxError, ValueError: the file is not valid Python, or not in its declared encoding.
    """
    with _no_warnings():
        return ast.parse(source, filename)


class Origin:
    """A file that provides functions for other files, with the imports and helpers they need.

    Its lines get numbers in a range of its own. Its annotations are dropped: they may name types that the other file
    lacks.
    """

    def __init__(self, source: bytes, filename: str) -> None:
        self.filename = filename
        self.tree = parse.__wrapped__(source, filename)  # its own, since it is changed
        if filename not in _ORIGINS:
            _ORIGINS.append(filename)
        offset = (_ORIGINS.index(filename) + 1) * _BLOCK
        for node in ast.walk(self.tree):
            _move(node, offset)
        self._binds = {name: node for node in self.tree.body for name in _bound([node])}

    def needed_by(self, function: Function, already: set[str]) -> list[ast.stmt]:
        """Return the top-level statements that `function` needs and the other file lacks."""
        wanted = list(_names_used(_without_bank_marks(function)))
        chosen: list[ast.stmt] = []
        while wanted:
            name = wanted.pop()
            node = self._binds.get(name)
            if node is not None and name not in already and node not in chosen:
                chosen.append(node)
                wanted.extend(_names_used(node))
        return [node for node in self.tree.body if node in chosen]


class PatchedModule:
    """A file's syntax tree with functions from other files.

    Args:
        source: the file's bytes (its declared encoding counts), or its text.
        filename: the name in tracebacks.

    Raises:
        SyntaxError: the file is not valid Python, or not in its declared encoding.
    """

    def __init__(self, source: bytes | str, filename: str) -> None:
        self.filename = filename
        self.tree = _with_own_places(parse(source, filename))
        self._code: CodeType | None = None

    def put(self, name: str, function: Function, origin: Origin, exclude: frozenset[str] = frozenset()) -> None:
        """Replace the exercise `name` by `function`, and add what it needs of its own file.

        Args:
            name: the exercise's name.
            function: its replacement.
            origin: the file of the replacement.
            exclude: names that are not added, even if needed.

        Raises:
            LookupError: the file lacks the class of the function.
        """
        self.add_dependencies(function, origin, exclude)
        placed = _without_bank_marks(function)
        placed.name = name.rpartition(".")[2]
        _replace(self.tree, name, placed)

    def add_dependencies(self, function: Function, origin: Origin, exclude: frozenset[str] = frozenset()) -> None:
        """Add what `function` needs of the origin's file and this file lacks, except the names `exclude`."""
        self._code = None
        start = _first_after_imports(self.tree.body)
        self.tree.body[start:start] = origin.needed_by(function, _bound(self.tree.body) | exclude)

    def compile(self) -> CodeType:
        """Return the module's code; each function keeps the name of the file it came from."""
        if self._code is None:
            with _no_warnings():
                code = compile(self.tree, self.filename, "exec", dont_inherit=True)
            self._code = _with_own_filenames(code)
        return self._code


def _with_own_places(tree: T) -> T:
    """Copy a module or class so that its statements, and those of its classes, can be replaced."""
    mine = copy.copy(tree)
    mine.body = [_with_own_places(node) if isinstance(node, ast.ClassDef) else node for node in tree.body]
    return mine


def own_line(line: int) -> int:
    """Return the number of a line in its own file."""
    return line % _BLOCK


def _replace(tree: ast.Module, name: str, function: Function) -> None:
    *owners, last = name.split(".")
    body = tree.body
    for owner in owners:
        classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name == owner]
        if not classes:
            raise LookupError(f"no class {owner} to put {last} into")
        body = classes[-1].body
    places = [i for i, n in enumerate(body) if isinstance(n, Function) and n.name == last]
    if places:
        body[places[-1]] = function
    else:
        body.append(function)


def _move(node: ast.AST, offset: int) -> None:
    if "lineno" in node._attributes:
        located: Any = node
        located.lineno += offset
        located.end_lineno += offset
    if isinstance(node, Function):
        node.returns = None
    elif isinstance(node, ast.arg):
        node.annotation = None


def _without_bank_marks(function: Function) -> Function:
    bare = copy.copy(function)
    bare.decorator_list = [decorator for decorator in function.decorator_list if not _is_of_the_bank(decorator)]
    return bare


def _is_of_the_bank(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in BANK_MARKS


def _names_used(node: ast.AST) -> Iterator[str]:
    """Yield the names that `node` reads at run time (annotations do not count)."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id


def _bound(body: list[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return names


def _first_after_imports(body: list[ast.stmt]) -> int:
    """Return the index of the first statement after the imports."""
    start = len(body) - len(_without_docstring(body))
    while start < len(body) and isinstance(body[start], ast.Import | ast.ImportFrom):
        start += 1
    return start


def _with_own_filenames(code: CodeType) -> CodeType:
    block, line = divmod(code.co_firstlineno, _BLOCK)
    consts = tuple(_with_own_filenames(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    if block == 0:
        return code.replace(co_consts=consts)
    return code.replace(co_consts=consts, co_firstlineno=line, co_filename=_ORIGINS[block - 1])
