"""The teacher's rules for points: `grading.toml` beside the lessons, and manual corrections.

    all_or_nothing = false      # an exercise gives its points when all its checks pass, or none
    threshold = 0.5             # below this share of its checks it gives none
    count = ["ex01_lenet", "ex02_training_step/backward"]   # what counts; all, where it is left out
    [points]
    "ex01_lenet/LeNet.forward" = 4                          # in place of its level
    [late]
    per_day = 0.1               # share of all points that a day costs, by the roster's column `late`
    most = 0.5

A row of `corrections.csv` (student, exercise, points, why) sets the points of one exercise, in every run.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kata.teacher.marks import Mark, Marks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE, CORRECTIONS = "grading.toml", "corrections.csv"
_COLUMNS = ("student", "exercise", "points", "why")


class BadRules(ValueError):
    """Rules or corrections that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Rules:
    """How checks give points; by default an exercise gives its level, in proportion to the checks passed."""

    all_or_nothing: bool = False
    threshold: float = 0.0
    count: tuple[str, ...] = ()
    points: dict[str, float] = field(default_factory=dict)
    per_day: float = 0.0
    most: float = 1.0

    def of(self, mark: Mark) -> Mark | None:
        """Return a mark with the points by these rules, or None if the exercise does not count."""
        if self.count and mark.key not in self.count and mark.lesson not in self.count:
            return None
        worth = self.points.get(mark.key, float(mark.level))
        share = mark.passed / mark.total
        is_too_little = share < self.threshold or (self.all_or_nothing and mark.state != "done")
        return replace(mark, worth=worth, given=0.0 if is_too_little else round(worth * share, 2))


def read(folder: Path, keys: Iterable[str]) -> Rules:
    """Read `grading.toml`, or return the default rules.

    Args:
        folder: the repository.
        keys: all exercises, as "lesson/exercise".

    Raises:
        BadRules: it cannot be read, or names something unknown.
    """
    path = folder / FILE
    if not path.is_file():
        return Rules()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadRules(f"{FILE} cannot be read: {error}") from None
    known = {key for one in keys for key in (one, one.partition("/")[0])}
    late = _table(data, "late")
    rules = Rules(
        all_or_nothing=_flag(data, "all_or_nothing"),
        threshold=_number(data, "threshold", 0.0, 1.0),
        count=tuple(_known(str(one), known) for one in data.pop("count", ())),
        points={_known(key, known): _number({key: one}, key, 0.0) for key, one in _table(data, "points").items()},
        per_day=_number(late, "per_day", 0.0, 1.0),
        most=_number(late, "most", 1.0, 1.0),
    )
    for name in (*data, *late):
        raise BadRules(f"{FILE} has {name!r}, which means nothing here")
    return rules


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.pop(name, {})
    if not isinstance(found, dict):
        raise BadRules(f"{name} in {FILE} must be a table, [{name}], and is {found!r}")
    return dict(found)


def _flag(data: dict[str, Any], name: str) -> bool:
    found = data.pop(name, False)
    if not isinstance(found, bool):
        raise BadRules(f"{name} in {FILE} must be true or false, and is {found!r}")
    return found


def _number(data: dict[str, Any], name: str, default: float, most: float | None = None) -> float:
    found = data.pop(name, default)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if not is_number or found < 0 or (most is not None and found > most):
        wanted = "0 or more" if most is None else f"from 0 to {most:g}"
        raise BadRules(f"{name} in {FILE} must be a number, {wanted}, and is {found!r}")
    return float(found)


def _known(key: str, known: set[str]) -> str:
    if key not in known:
        raise BadRules(f"{FILE} names {key!r}; what is graded here are {', '.join(sorted(known))}")
    return key


def applied(rules: Rules, everybody: list[Marks], corrections: dict[tuple[str, str], tuple[float, str]]) -> list[Marks]:
    """Return everybody's marks by these rules, with late days and corrections.

    Raises:
        BadRules: a correction names an unknown student or exercise.
    """
    students = {one.student: {mark.key for mark in one.marks if rules.of(mark)} for one in everybody}
    for student, key in corrections:
        if key not in students.get(student, ()):
            what = f"no exercise {key!r} that counts" if student in students else f"no student {student!r}"
            raise BadRules(f"{CORRECTIONS}: there is {what}")
    return [_of_one(rules, one, corrections) for one in everybody]


def _of_one(rules: Rules, one: Marks, corrections: dict[tuple[str, str], tuple[float, str]]) -> Marks:
    marks, notes = [], list(one.notes)
    for mark in filter(None, map(rules.of, one.marks)):
        if (one.student, mark.key) in corrections:
            given, why = corrections[one.student, mark.key]
            notes.append(f"{mark.key} corrected by hand: {given:g} in place of {mark.points:g}{why and f' ({why})'}")
            mark = replace(mark, given=given)
        marks.append(mark)
    share = min(_days(one) * rules.per_day, rules.most)
    if share:
        notes.append(f"{_days(one):g} days late: {share:.0%} of the points taken off")
    return replace(one, marks=tuple(marks), notes=tuple(notes), off=share)


def _days(one: Marks) -> float:
    try:
        return max(0.0, float(one.about.get("late", "") or 0))
    except ValueError:
        raise BadRules(
            f"the roster's column `late` has {one.about['late']!r} for {one.student}: days are wanted"
        ) from None


def read_corrections(path: Path) -> dict[tuple[str, str], tuple[float, str]]:
    """Return points and reason by student and exercise, or {} without a file.

    Raises:
        BadRules: it cannot be read.
    """
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        if not set(_COLUMNS[:3]) <= set(table.fieldnames or ()):
            raise BadRules(f"{path} must have the columns {', '.join(_COLUMNS)}")
        return dict(_correction(row, table.line_num, path) for row in table)


def _correction(row: dict[str, str], line: int, path: Path) -> tuple[tuple[str, str], tuple[float, str]]:
    try:
        return (row["student"].strip(), row["exercise"].strip()), (float(row["points"]), (row.get("why") or "").strip())
    except (ValueError, AttributeError, TypeError):
        raise BadRules(f"{path}, line {line}: points must be a number, and are {row['points']!r}") from None
