"""Checks that students do not see: taken out of the spec that is handed out, run when their work is graded."""

from __future__ import annotations

import ast
import difflib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kata.content.lesson import Lesson

_SHARE = re.compile(r"(?P<percent>\d+(?:\.\d+)?) ?%|(?P<share>\d*\.?\d+)")


@dataclass(frozen=True)
class Function:
    """A function of a spec's class, with its cases one check or several.

    Args:
        exercise: what it checks.
        owner: its class.
        name: ``test_rows_are_apart``.
        lines: its first and last line, what stands above it for it included.
    """

    exercise: str
    owner: str
    name: str
    lines: tuple[int, int]

    @property
    def sentence(self) -> str:
        """What a report calls it."""
        return self.name.removeprefix("test_").replace("_", " ")


def functions(lesson: Lesson) -> list[Function]:
    """Return the functions of a lesson's spec that are checks, in order."""
    text = lesson.spec.read_text("utf-8")
    lines = text.splitlines()
    found = []
    for owner in ast.parse(text).body:
        exercise = _exercise(owner)
        for node in owner.body if isinstance(owner, ast.ClassDef) and exercise else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                found.append(Function(exercise, owner.name, node.name, _span(node, lines)))  # type: ignore[attr-defined]
    return found


def _exercise(owner: ast.stmt) -> str:
    """Return the exercise that a class checks, or ""."""
    mark = _mark(owner)
    return str(ast.literal_eval(mark.args[0])) if mark else ""


def _mark(owner: ast.stmt) -> ast.Call | None:
    for one in owner.decorator_list if isinstance(owner, ast.ClassDef) else ():
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.exercise":
            return one
    return None


def _span(node: ast.FunctionDef, lines: list[str]) -> tuple[int, int]:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    while lines[first - 2].lstrip().startswith("#"):  # a remark goes with what it is about
        first -= 1
    return first, node.end_lineno or node.lineno


def chosen(lessons: Iterable[Lesson], wishes: Iterable[str]) -> dict[str, list[Function]]:
    """Return which functions of each lesson's spec are to be hidden.

    Args:
        lessons: those that are handed out.
        wishes: shares such as "0.3" or "30%", of the checks of each exercise, one of which always stays; or names of
            checks as a report shows them, such as "rows are apart", or with the exercise: "LeNet.forward: rows are
            apart".

    Raises:
        ValueError: a wish is neither a share nor the name of a check; the message tells the nearest name.
    """
    everything = {lesson.name: functions(lesson) for lesson in lessons}
    hidden = set[Function]()
    for wish in wishes:
        share = _share(wish)
        found = [one for its in everything.values() for one in (_some(its, share) if share else _named(its, wish))]
        if not found and share is None:
            raise ValueError(_unknown(wish, everything.values()))
        hidden |= set(found)
    return {name: [one for one in its if one in hidden] for name, its in everything.items()}


def _share(wish: str) -> float | None:
    found = _SHARE.fullmatch(wish.strip())
    if found is None:
        return None
    share = float(found["percent"]) / 100 if found["percent"] else float(found["share"])
    if not 0 < share < 1:
        raise ValueError(f"a share of checks must be more than 0 and less than 1, such as 0.3 or 30%, and is {wish}")
    return share


def _some(its: list[Function], share: float) -> Iterator[Function]:
    """Yield a share of each exercise's functions: always the same ones, from all over the spec."""
    for exercise in dict.fromkeys(one.exercise for one in its):
        own = [one for one in its if one.exercise == exercise]
        own.sort(key=lambda one: zlib.crc32(f"{one.exercise}: {one.name}".encode()))
        yield from own[: min(round(share * len(own)), len(own) - 1)]


def _named(its: list[Function], wish: str) -> list[Function]:
    name = wish.strip().partition(" (")[0]  # without its case, as a report names it
    names = {name, name.removeprefix("test_").replace("_", " ")}
    return [one for one in its if names & {one.name, one.sentence, f"{one.exercise}: {one.sentence}"}]


def _unknown(wish: str, everything: Iterable[list[Function]]) -> str:
    names = [one.sentence for its in everything for one in its]
    near = difflib.get_close_matches(wish, names, n=1, cutoff=0.0)
    return f"there is no check {wish!r}" + (f"; the nearest is {near[0]!r}" if near else "")


@dataclass(frozen=True)
class Remaining:
    """What of a lesson's spec is handed out.

    Args:
        spec: its text.
        hidden: how many functions are kept back.
    """

    spec: bytes
    hidden: int


def remaining(lesson: Lesson, hidden: list[Function]) -> Remaining:
    """Return what is left of a spec without the hidden functions; each class's mark says how many these were.

    Args:
        lesson: whose spec it is.
        hidden: what is kept back; a function counts as one check, however many cases it has.
    """
    counts = Counter(one.exercise for one in hidden)
    spec = _without(lesson.spec.read_text("utf-8"), hidden, counts).encode() if hidden else lesson.spec.read_bytes()
    return Remaining(spec, counts.total())


def _without(text: str, hidden: list[Function], counts: Counter[str]) -> str:
    lines = text.splitlines(keepends=True)
    changes = [(one.lines, "") for one in hidden]
    for owner in ast.parse(text).body:
        mark = _mark(owner)
        level = next((word.value for word in mark.keywords if word.arg == "level"), None) if mark else None
        if level is not None and counts[_exercise(owner)]:
            line = lines[level.lineno - 1]
            new = f"{line[: level.end_col_offset]}, hidden={counts[_exercise(owner)]}{line[level.end_col_offset :]}"
            changes.append(((level.lineno, level.lineno), new))
    for (first, last), new in sorted(changes, reverse=True):
        lines[first - 1 : last] = [new] if new else []
    return re.sub(r"\n{4,}", "\n\n\n", re.sub(r"\n{3,}(?=    )", "\n\n", "".join(lines)))
