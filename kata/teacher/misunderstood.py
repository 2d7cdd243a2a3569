"""What a class has not understood: for each exercise the known mistakes, by the number of students."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kata.teacher.marks import Mark, Marks

_NUMBER = re.compile(r"(?<![\w-])-?\d+(\.\d+)?(e-?\d+)?(?!\w)")


@dataclass(frozen=True)
class Shared:
    """Something that several students have in common at one exercise.

    Args:
        text: what it is.
        why: why it matters, or "".
        students: their names.
    """

    text: str
    why: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """How a class stands at one exercise.

    Args:
        key: lesson and name.
        level: of the exercise.
        done: how many have done it.
        students: how many there are.
        known: the known mistakes, the most frequent first.
        unknown: other wrong answers, by the first fact in which they differ.
        to_do: who has not begun.
        held_up: whose answer waits for an earlier exercise, or did not run.
    """

    key: str
    level: int
    done: int
    students: int
    known: tuple[Shared, ...]
    unknown: tuple[Shared, ...]
    to_do: tuple[str, ...]
    held_up: tuple[str, ...] = ()


def overview(everybody: Iterable[Marks], whys: dict[tuple[str, str], str]) -> list[Exercise]:
    """Return how the class stands at each exercise, in order.

    Args:
        everybody: all students' marks.
        whys: for exercise and name of each known mistake why it matters.
    """
    everybody = list(everybody)
    keys = dict.fromkeys(mark.key for one in everybody for mark in one.marks)
    return [_exercise(key, everybody, whys) for key in keys]


def _exercise(key: str, everybody: list[Marks], whys: dict[tuple[str, str], str]) -> Exercise:
    marks = [(one.student, mark) for one in everybody for mark in one.marks if mark.key == key]
    wrong = [(student, mark) for student, mark in marks if mark.state == "failed"]
    known = _grouped([(mark.mistake, student) for student, mark in wrong if mark.mistake])
    unknown = _grouped([(_fact(mark), student) for student, mark in wrong if not mark.mistake])
    return Exercise(
        key,
        marks[0][1].level,
        sum(mark.state == "done" for _, mark in marks),
        len(marks),
        tuple(Shared(text, whys.get((key, text), ""), students) for text, students in known),
        tuple(Shared(text, "", students) for text, students in unknown),
        tuple(student for student, mark in marks if mark.state == "to do"),
        tuple(student for student, mark in marks if mark.state in ("waiting", "not run")),
    )


def _fact(mark: Mark) -> str:
    """Return what is told of a wrong answer, without the numbers that are its own."""
    return _NUMBER.sub("...", mark.said) or "Its checks did not run."


def _grouped(pairs: list[tuple[str, str]]) -> list[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for text, student in pairs:
        groups.setdefault(text, []).append(student)
    found = [(text, tuple(students)) for text, students in groups.items()]
    return sorted(found, key=lambda group: (-len(group[1]), group[0]))
