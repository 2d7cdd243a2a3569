"""Names and paths of the lessons, and their exercises in order; imports neither torch nor pytest."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kata.content.sealed import MaybeSealed, names_in

# A whole spec takes twenty times as long to parse as its marks do.
_MARK = re.compile(r"^@(pytest\.mark\.exercise\(.*?\))\n(?:@[^\n]*\n)*class (\w+)", re.MULTILINE | re.DOTALL)
_NEEDS = re.compile(r"^NEEDS = (\(.*?\))$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """One function or method that the learner writes.

    Args:
        lesson: the lesson's name, such as ``ex01_lenet``.
        name: the function's qualified name, such as ``LeNet.forward``.
        level: 1 (a few lines, fully specified) to 5 (you design it).
        hints: three hints, each more direct than the one before.
        hidden: the number of checks that only grading runs.
        checks: the name of its class in the spec.
    """

    lesson: str
    name: str
    level: int
    hints: tuple[str, ...]
    hidden: int = 0
    checks: str = ""


@dataclass(frozen=True)
class Lesson:
    """One lesson: files of the same name, and its banks of wrong and right answers."""

    root: Path
    name: str

    @property
    def stub(self) -> Path:
        return self.root / "exercises" / f"{self.name}.py"

    @property
    def solution(self) -> Path:
        return MaybeSealed(self.root / "solutions" / f"{self.name}.py")

    @property
    def spec(self) -> Path:
        return self.root / "tests" / f"test_{self.name}.py"

    @property
    def mistakes(self) -> Path:
        """The bank of wrong answers: this file, or a folder of its name (see `bank.at`)."""
        return MaybeSealed(self.root / "mistakes" / f"{self.name}.py")

    @property
    def accepted(self) -> Path:
        return MaybeSealed(self.root / "accepted" / f"{self.name}.py")

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises in the order of the spec's classes, read from their marks without running it."""
        return tuple(_exercise_of(self.name, *found) for found in _MARK.findall(self.spec.read_text("utf-8")))

    @cached_property
    def needs(self) -> tuple[Lesson, ...]:
        """The lessons whose banks its spec uses, from its `NEEDS`."""
        found = _NEEDS.search(self.spec.read_text("utf-8"))
        return tuple(Lesson(self.root, name) for name in ast.literal_eval(found[1])) if found else ()

    @cached_property
    def fault(self) -> str:
        """What an unfinished lesson lacks, in a few words, or ""."""
        spec = self.spec.relative_to(self.root).as_posix()
        if not self.spec.is_file():
            return f"{spec} is missing"
        try:
            missing = [one.name for one in self.needs if not one.solution.is_file()]
            if missing:
                return f"it needs {' and '.join(missing)}, which is not here"
            return "" if self.exercises else f"{spec} has no class marked with pytest.mark.exercise"
        except (ValueError, SyntaxError, LookupError, TypeError) as error:
            return f"a mark in {spec} cannot be read: {error}"

    def exercise(self, name: str) -> Exercise:
        """Return the exercise of that name; `LookupError` if the lesson has none."""
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        near = difflib.get_close_matches(name, [one.name for one in self.exercises], n=1)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise LookupError(f"{self.name} has no exercise {name!r}{hint}")


def discover(root: Path) -> list[Lesson]:
    """Return the finished lessons under `root`, in order."""
    return [one for one in _all(root) if not one.fault]


def unfinished(root: Path) -> dict[str, str]:
    """Return what each unfinished lesson lacks, by its name."""
    return {one.name: one.fault for one in _all(root) if one.fault}


def _all(root: Path) -> list[Lesson]:
    names = {path.name for path in (root / "solutions").glob("*.py")} | {*names_in(root, "solutions")}
    return [Lesson(root, name.removesuffix(".py")) for name in sorted(names)]


def _exercise_of(lesson: str, mark: str, checks: str) -> Exercise:
    call: Any = ast.parse(mark, mode="eval").body
    words = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    name = ast.literal_eval(call.args[0])
    return Exercise(lesson, name, words["level"], tuple(words["hints"]), words.get("hidden", 0), checks)
