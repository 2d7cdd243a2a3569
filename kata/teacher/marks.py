"""Marks: points by exercise and level; nothing in a submission can change what is possible."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from kata.content.lesson import Lesson
from kata.diagnosis.explanation import Explanation
from kata.report.results import Result


@dataclass(frozen=True)
class Worth:
    """The worth of an exercise: its level, and the checks that the solution passes on this machine.

    Args:
        lesson, exercise: their names.
        level: the possible points.
        checks: the sentences of its checks.
    """

    lesson: str
    exercise: str
    level: int
    checks: frozenset[str]


def worths(lesson: Lesson, of_solution: Iterable[Result]) -> list[Worth]:
    """Return the worth of the exercises of a lesson, from the results of the solution.

    Raises:
        ValueError: the solution fails its own checks here.
    """
    results = list(of_solution)
    red = [one for one in results if one.state not in ("passed", "skipped")]
    if red or not results:
        said = f"{red[0].exercise}: {red[0].check}" if red else "no check has run"
        raise ValueError(f"solutions/{lesson.name}.py does not pass its own checks here ({said})")
    return [
        Worth(
            lesson.name,
            one.name,
            one.level,
            frozenset(r.check for r in results if r.exercise == one.name and r.state == "passed"),
        )
        for one in lesson.exercises
    ]


@dataclass(frozen=True)
class Mark:
    """A student's mark for one exercise.

    Args:
        lesson, exercise, level: the exercise.
        passed, total: the number of checks passed, and of all checks.
        state: "done", "failed", "to do", "waiting" or "not run".
        mistake: the known mistake, a noun phrase, or "".
        said: the headline of the first failed check, or "".
        line, code: the reported line, or 0 and "".
        facts: the rest of the explanation.
        waits_for: what must be fixed first, or "".
        worth: the possible points.
        given: the points, if not in proportion to the checks passed.
        text: the submitted function, if it is wrong.
    """

    lesson: str
    exercise: str
    level: int
    passed: int
    total: int
    state: str
    mistake: str = ""
    said: str = ""
    line: int = 0
    code: str = ""
    facts: tuple[str, ...] = ()
    waits_for: str = ""
    worth: float = -1.0
    given: float | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if self.worth < 0:
            object.__setattr__(self, "worth", float(self.level))

    @property
    def points(self) -> float:
        """The points: by default in proportion to the checks passed."""
        return round(self.worth * self.passed / self.total, 2) if self.given is None else self.given

    @property
    def key(self) -> str:
        return f"{self.lesson}/{self.exercise}"


@dataclass(frozen=True)
class Marks:
    """The marks of a student.

    Args:
        student: the name.
        marks: of each exercise, in order.
        notes: for the teacher.
        about: other data: "id", "email", "section", "late".
        off: the share of all points to deduct.
    """

    student: str
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    about: dict[str, str] = field(default_factory=dict)
    off: float = 0.0

    @property
    def points(self) -> float:
        return round(sum(one.points for one in self.marks) * (1 - self.off), 2)

    @property
    def file(self) -> str:
        """The stem of the student's file names."""
        return re.sub(r"[^\w .@()-]", "_", self.student).strip(" .") or "_"

    @property
    def has_begun(self) -> bool:
        """Whether the student has started."""
        return any(one.state in ("done", "failed") for one in self.marks)

    @property
    def out_of(self) -> float:
        total = sum((one.worth for one in self.marks), 0.0)
        return int(total) if total.is_integer() else total

    def to_json(self) -> dict[str, Any]:
        marks = [{**asdict(one), "points": one.points} for one in self.marks]
        return {**vars(self), "marks": marks, "points": self.points, "out_of": self.out_of}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Marks:
        kept = [{name: value for name, value in one.items() if name != "points"} for one in data["marks"]]
        marks = tuple(Mark(**{**one, "facts": tuple(one["facts"])}) for one in kept)
        return Marks(data["student"], marks, tuple(data["notes"]), data.get("about", {}), data.get("off", 0.0))


def mark(worth: Worth, results: Iterable[Result], names: dict[tuple[str, str], str]) -> Mark:
    """Return the mark of an exercise; a check without a result counts as failed.

    Args:
        worth: the exercise.
        results: of all checks of its lesson.
        names: of known mistakes, by lesson and key.
    """
    own = [one for one in results if one.exercise == worth.exercise]
    passed = {one.check for one in own if one.state == "passed"} & worth.checks
    failed = [one for one in own if one.state == "failed"]
    found = (names.get((worth.lesson, one.mistake), "") for one in failed)
    known = next(filter(None, found), "")
    told = next((one.told for one in failed if one.told), None) or Explanation("")
    state = "done" if passed == worth.checks and not failed else _state(own)
    waits = next((f"it waits for {one.waits_for}" for one in own if one.waits_for), "") if state == "waiting" else ""
    counted = worth.lesson, worth.exercise, worth.level, len(passed), len(worth.checks)
    line, code, facts = told.line or 0, told.code, told.paragraphs
    return Mark(*counted, state, known, told.headline, line if code else 0, code, facts, waits)


def _state(own: list[Result]) -> str:
    states = {one.state for one in own}
    return next((state for state in ("failed", "waiting", "to do") if state in states), "not run")
