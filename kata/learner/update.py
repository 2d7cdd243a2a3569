"""Take what is new in a lesson's stub into the learner's file, and leave all that the learner wrote as it is.

Of each given piece of a file there are up to three texts: the learner's, the new one, and the one that was handed out
before; which of the first two changed it decides. Exercises keep the learner's body below the new docstring.
"""

from __future__ import annotations

import ast
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kata.content.files import write_whole
from kata.content.graft import Function, body_span, definitions, is_stub, parse, stub_text, without_docstring
from kata.content.lesson import Lesson
from kata.content.pieces import Piece, inside, pieces
from kata.learner.backup import keep

_VERSIONS = 40  # of the stub that are looked at for the one that the learner began with


@dataclass
class Update:
    """What became of a file.

    Args:
        text: the new text.
        taken: what was taken over of the new stub.
        yours: what differs in both, and was left as the learner has it.
    """

    text: str = ""
    taken: list[str] = field(default_factory=list)
    yours: list[str] = field(default_factory=list)
    kept: Path | None = None


def update(lesson: Lesson) -> Update:
    """Bring a lesson's file up to date; the old text is kept first.

    Raises:
        LookupError: the file cannot be read as Python, or cannot be put together with the new stub; it is as it was.
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
    """Return the learner's text with what is new.

    Args:
        new: the stub as it is now.
        own: the learner's file.
        before: returns the stub that the learner began with, or "" where it is not known.
        exercises: the names of the exercises.

    Raises:
        SyntaxError: the learner's file cannot be read.
        LookupError: the parts do not fit together.
    """
    is_new = ast.dump(ast.parse(new)) != ast.dump(ast.parse(own))
    merge = _Merge(exercises, before() if is_new else "")
    made = Update("".join(merge.module(new, own)), merge.taken, merge.yours)
    _check(made.text, own, exercises)
    return made


def _check(text: str, own: str, exercises: list[str]) -> None:
    """Refuse what lost a body that the learner wrote."""
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


class Rows(NamedTuple):
    """The pieces of one block in three texts."""

    new: list[Piece]
    mine: list[Piece]
    base: list[Piece]


class _Merge:
    """Puts three texts together, and notes what it does."""

    def __init__(self, exercises: list[str], base: str) -> None:
        self.exercises, self._base = exercises, base
        self.taken: list[str] = []
        self.yours: list[str] = []

    def module(self, new: str, own: str) -> Iterator[str]:
        """Yield the lines of a whole file."""
        rows = Rows(*(pieces(x.splitlines(keepends=True), parse(x, "").body, 0) for x in (new, own, self._base)))
        yield from self._row("", rows)
        end = rows.mine[-1].first - 1 + len(rows.mine[-1].lines) if rows.mine else 0
        yield from own.splitlines(keepends=True)[end:]

    def _row(self, owner: str, rows: Rows) -> Iterator[str]:
        """Yield the lines of a row: the new pieces in their order, the learner's own behind what they followed."""
        old, theirs = ({piece.key: piece for piece in row} for row in (rows.mine, rows.base))
        keys = {piece.key for piece in rows.new}
        after: dict[str, list[Piece]] = {}
        for piece in rows.mine:
            if piece.key not in keys and not self._is_gone(owner, piece, theirs):
                after.setdefault(_anchor(piece, rows), []).append(piece)
        for added in after.pop("", []):
            yield from added.lines
        for piece in rows.new:
            yield from self._piece(owner, piece, old.get(piece.key), theirs.get(piece.key))
            for added in after.pop(piece.key, []):
                yield from added.lines

    def _is_gone(self, owner: str, piece: Piece, theirs: dict[str, Piece]) -> bool:
        """Whether a piece was handed out, was never changed, and is not handed out any more."""
        before = theirs.get(piece.key)
        if before is None or before.says != piece.says:
            return False
        self.taken.append(f"{owner}{piece.key} is gone")
        return True

    def _piece(self, owner: str, new: Piece, mine: Piece | None, before: Piece | None) -> Iterator[str]:
        name = f"{owner}{new.key}"
        if mine is None or mine.says == new.says:
            self.taken += [name] if mine is None and before is None and self._base else []
            yield from new.lines if mine is None else mine.lines
        elif name in self.exercises and isinstance(new.node, Function) and isinstance(mine.node, Function):
            yield from self._exercise(name, new, mine)
        elif isinstance(new.node, ast.ClassDef) and isinstance(mine.node, ast.ClassDef):
            yield from self._class(new, mine, before)
        elif before is not None and mine.says == before.says:
            self.taken.append(name)
            yield from new.lines
        else:
            self.yours += [name] if before is None or new.says != before.says else []
            yield from mine.lines

    def _class(self, new: Piece, mine: Piece, before: Piece | None) -> Iterator[str]:
        rows = Rows(*(inside(piece) if piece is not None else [] for piece in (new, mine, before)))
        yield from new.lines[: rows.new[0].first - new.first]
        yield from self._row(f"{new.key}.", rows)

    def _exercise(self, name: str, new: Piece, mine: Piece) -> Iterator[str]:
        assert isinstance(new.node, Function)
        assert isinstance(mine.node, Function)
        if is_stub(mine.node):
            self.taken.append(name)
            yield from new.lines
            return
        first, _, indent = body_span(new.node)
        start, _, own_indent = body_span(mine.node)
        body = mine.lines[start - mine.first :]
        if indent != own_indent:
            body = textwrap.indent(textwrap.dedent("".join(body)), " " * indent).splitlines(keepends=True)
        head, own_head = new.lines[new.above : first - new.first], mine.lines[mine.above : start - mine.first]
        if ast.dump(mine.node.args) != ast.dump(new.node.args):
            self.yours.append(f"the body of {name}, whose arguments are now ({ast.unparse(new.node.args)})")
        self.taken += [name] if head != own_head else []
        yield from (*mine.lines[: mine.above], *head, *body)


def _anchor(piece: Piece, rows: Rows) -> str:
    """Return the key of the new piece behind which a piece of the learner's own belongs: the last one above it."""
    keys = {one.key for one in rows.new}
    above = [one.key for one in rows.mine[: rows.mine.index(piece)] if one.key in keys]
    return above[-1] if above else ""


def _as_handed_out(lesson: Lesson, own: str) -> str:
    """Return the version of the stub that the learner's text comes of, from the history of git, or ""."""
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
