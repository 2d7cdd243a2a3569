"""The learner's own functions where they are known to be right, and stand-ins from the solution where not."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from kata.checking import binding
from kata.checking.binding import Submission, Unreadable
from kata.content.lesson import Lesson
from kata.learner.progress import known_standings
from kata.learner.state import SavedProgress


@dataclass(frozen=True)
class Parts:
    """A lesson's module that can be relied on, and why some of it is not the learner's.

    Args:
        module: the learner's file, with the solution's function in each place that is not known to be right.
        stand_ins: the names of those places, and the reason for each.
        exercises: how many places there are.
    """

    module: ModuleType
    stand_ins: dict[str, str]
    exercises: int


def reliable(lesson: Lesson, state: SavedProgress) -> Parts:
    """Return the lesson's module, made of the learner's functions as far as their checks have passed."""
    stand_ins = _not_right(lesson, state)
    name = f"exercises.{lesson.name}"
    if len(stand_ins) < len(lesson.exercises):
        try:
            submission = binding.read(lesson, lesson.stub)
            return Parts(binding.load(binding.assemble(submission, stand_ins), name), stand_ins, len(lesson.exercises))
        except Unreadable as error:
            stand_ins = dict.fromkeys(_names(lesson), error.problem)
    solution: Submission = binding.read(lesson, lesson.solution)
    return Parts(binding.load(binding.assemble(solution), name), stand_ins, len(lesson.exercises))


def _not_right(lesson: Lesson, state: SavedProgress) -> dict[str, str]:
    why = {"passed": "not all of its checks were run"}
    found = [one for one in known_standings([lesson], state) if one.state != "done"]
    return {one.exercise.name: why.get(one.state, one.in_words) for one in found}


def _names(lesson: Lesson) -> list[str]:
    return [exercise.name for exercise in lesson.exercises]
