"""What a class has not understood: for each exercise the known mistakes, by the number of students."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kata.teacher.marks import Mark, Marks

_NUMBER = re.compile(r"(?<![\w-])-?\d+(\.\d+)?(e-?\d+)?(?!\w)")


@dataclass(frozen=True)
class Shared:
    """Something that several students have in common at one exercise.

    Args:
        text: what it is.
        why: why it matters, or "".
        students: their names.
        example: the text of one of their answers, the shortest, or "".
        line: the line of it that is told, or "".
    """

    text: str
    why: str
    students: tuple[str, ...]
    example: str = ""
    line: str = ""


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
    known = _grouped([(mark.mistake, student, mark) for student, mark in wrong if mark.mistake])
    unknown = _grouped([(_fact(mark), student, mark) for student, mark in wrong if not mark.mistake])
    return Exercise(
        key,
        marks[0][1].level,
        sum(mark.state == "done" for _, mark in marks),
        len(marks),
        tuple(replace(one, why=whys.get((key, one.text), "")) for one in known),
        tuple(unknown),
        tuple(student for student, mark in marks if mark.state == "to do"),
        tuple(student for student, mark in marks if mark.state in ("waiting", "not run")),
    )


def _fact(mark: Mark) -> str:
    """Return what is told of a wrong answer, without the numbers that are its own."""
    return _NUMBER.sub("...", mark.said) or "Its checks did not run."


def _grouped(wrong: list[tuple[str, str, Mark]]) -> list[Shared]:
    """Put those together of whom the same is said: the text, the student, what came of the exercise."""
    groups: dict[str, list[tuple[str, Mark]]] = {}
    for text, student, mark in wrong:
        groups.setdefault(text, []).append((student, mark))
    found = []
    for text, its in groups.items():
        example = min((mark for _, mark in its), key=lambda mark: len(mark.text) or sys.maxsize)
        found.append(Shared(text, "", tuple(student for student, _ in its), example.text, example.code.strip()))
    return sorted(found, key=lambda one: (-len(one.students), one.text))
