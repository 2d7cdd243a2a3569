"""Merge what is new in a lesson's stub into the learner's file: three texts, merged by `git merge-file`.

The bodies that the learner wrote stay out of the merge and are put back below the new docstrings. Where both sides
changed the same lines, the learner's stay.
"""

from __future__ import annotations

import ast
import difflib
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.content.patching import Function, body_span, definitions, is_stub, parse, stub_text, without_docstring
from kata.content.statements import Statement, inside, statements
from kata.learner.backup import keep

_VERSIONS = 40  # of the stub that are compared with the learner's file, to find the one that it began as


@dataclass
class Update:
    """The result of a merge.

    Args:
        text: the merged text.
        taken: the names that came from the new stub.
        yours: the names that both sides changed: the learner's text stays.
        kept: the backup of the text before, if anything changed.
    """

    text: str = ""
    taken: list[str] = field(default_factory=list)
    yours: list[str] = field(default_factory=list)
    kept: Path | None = None


def update(lesson: Lesson) -> Update:
    """Merge the new stub into a lesson's file, after a backup.

    Raises:
        LookupError: git is missing, the file is not valid Python, or the texts cannot be merged; nothing is changed.
        OSError: a file cannot be read or written.
    """
    new = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    old = lesson.stub.read_bytes()
    try:
        own = old.decode().replace("\r\n", "\n")
        own += "" if own.endswith("\n") else "\n"
        made = updated(new, own, lambda: _as_handed_out(lesson, own), [one.name for one in lesson.exercises])
    except (SyntaxError, ValueError) as error:
        raise LookupError(f"exercises/{lesson.name}.py cannot be read as Python ({error})") from None
    if made.text != own:
        made.kept = keep(lesson, old)
        text = made.text.replace("\n", "\r\n") if b"\r\n" in old else made.text
        write_whole(lesson.stub, text.encode())
    return made


def updated(new: str, own: str, before: Callable[[], str], exercises: list[str]) -> Update:
    """Merge a new stub into the learner's text.

    Args:
        new: the stub as it is now.
        own: the learner's file.
        before: returns the stub that the learner began with, or "" if it is unknown.
        exercises: the names of the exercises.

    Raises:
        SyntaxError: the learner's file is not valid Python.
        LookupError: git is missing, or the texts cannot be merged.
    """
    old = before()
    blank = _with_stubs(_with_stubs(own, new, exercises), old, exercises)
    merged = _merged(blank, old or _common(blank, new), new)
    text = _with_bodies(merged, own, exercises)
    _check(text, own, exercises)
    ours, made, theirs, base = (dict(_parts(one, exercises)) for one in (own, text, new, old))
    taken = [name for name in theirs if made.get(name) != ours.get(name)]
    gone = [f"{name} is gone" for name in ours if name not in made]
    yours = [name for name in theirs if name in ours and made.get(name) != theirs[name] != base.get(name)]
    return Update(text, taken + gone, [*yours, *_other_arguments(text, own, exercises)])


def _last(text: str, exercises: list[str]) -> dict[str, Function]:
    tree = parse(text, "")
    return {name: found[-1] for name in exercises if (found := definitions(tree, name))}


def _with_stubs(text: str, stub: str, exercises: list[str]) -> str:
    """Return a text with each exercise as it stands in a stub."""
    lines, rows = text.splitlines(keepends=True), stub.splitlines(keepends=True)
    own, new = _last(text, exercises), _last(stub, exercises)
    for name in sorted(own.keys() & new.keys(), key=lambda name: -own[name].lineno):
        lines[own[name].lineno - 1 : own[name].end_lineno] = rows[new[name].lineno - 1 : new[name].end_lineno]
    return "".join(lines)


def _with_bodies(text: str, own: str, exercises: list[str]) -> str:
    """Return the merged text with the bodies that the learner wrote."""
    lines, rows = text.splitlines(keepends=True), own.splitlines(keepends=True)
    mine, made = _last(own, exercises), _last(text, exercises)
    written = [name for name in mine.keys() & made.keys() if not is_stub(mine[name])]
    for name in sorted(written, key=lambda name: -made[name].lineno):
        (first, last, indent), (start, end, own_indent) = body_span(made[name]), body_span(mine[name])
        body = "".join(rows[start - 1 : end])
        if indent != own_indent:
            body = textwrap.indent(textwrap.dedent(body), " " * indent)
        lines[first - 1 : last] = body.splitlines(keepends=True)
    return "".join(lines)


def _merged(own: str, base: str, new: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("own", "base", "new")]
        for path, text in zip(paths, (own, base, new), strict=True):
            path.write_bytes(text.encode())
        made = _git(Path(folder), "merge-file", "--stdout", "--ours", *map(str, paths))
    if not made:
        raise LookupError("kata update merges with git, and git did not run")
    return made


def _common(one: str, other: str) -> str:
    """Return the lines that two texts share, as their assumed common ancestor."""
    lines, rows = one.splitlines(keepends=True), other.splitlines(keepends=True)
    blocks = difflib.SequenceMatcher(None, lines, rows, autojunk=False).get_matching_blocks()
    return "".join("".join(lines[block.a : block.a + block.size]) for block in blocks)


def _parts(text: str, exercises: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the code of each statement of a file and of its classes; of exercises without the body."""

    def walk(owner: str, row: list[Statement]) -> Iterator[tuple[str, str]]:
        for piece in row:
            name, node = f"{owner}{piece.key}", piece.node
            if isinstance(node, ast.ClassDef):
                yield from walk(f"{name}.", inside(piece))
            elif name in exercises and isinstance(node, Function):
                yield name, f"{ast.unparse(node.args)} {ast.get_docstring(node)}"
            else:
                yield name, piece.says

    return walk("", statements(text.splitlines(keepends=True), parse(text, "").body, 0))


def _other_arguments(text: str, own: str, exercises: list[str]) -> Iterator[str]:
    mine, made = _last(own, exercises), _last(text, exercises)
    for name in mine.keys() & made.keys():
        if not is_stub(mine[name]) and ast.dump(mine[name].args) != ast.dump(made[name].args):
            yield f"the body of {name}, whose arguments are now ({ast.unparse(made[name].args)})"


def _check(text: str, own: str, exercises: list[str]) -> None:
    """Raise if a body that the learner wrote is lost."""
    try:
        made, mine = ast.parse(text), ast.parse(own)
    except SyntaxError as error:
        raise LookupError(f"the new stub and your text do not fit together: {error}") from None
    for name in exercises:
        before, after = definitions(mine, name)[-1:], definitions(made, name)[-1:]
        if before and not is_stub(before[0]) and (not after or _body(before[0]) != _body(after[0])):
            raise LookupError(f"the new stub and your text of {name} do not fit together")


def _body(function: Function) -> list[str]:
    return [ast.dump(one) for one in without_docstring(function).body]


def _as_handed_out(lesson: Lesson, own: str) -> str:
    """Return the version of the stub that the learner started from, from git's history, or ""."""
    path, tree = f"exercises/{lesson.name}.py", ast.parse(own)
    mine = {ast.dump(node) for node in tree.body}
    best, most = "", -1
    for commit in _git(lesson.root, "log", f"--max-count={_VERSIONS}", "--format=%H", "--", path).split():
        text = _git(lesson.root, "show", f"{commit}:{path}")
        try:
            count = len(mine & {ast.dump(node) for node in ast.parse(text).body})
        except SyntaxError:
            continue
        if text and count > most:
            best, most = text, count
    return best


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)
    except OSError:  # there is no git
        return ""
    return done.stdout if done.returncode == 0 else ""
