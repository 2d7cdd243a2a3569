"""Where the learner stands, from the last known results and the files; no torch, no pytest."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass, replace
from pathlib import Path

from kata.content.graft import definitions, is_untouched
from kata.content.lesson import Exercise, Lesson, unfinished
from kata.learner.state import SavedProgress
from kata.report.results import Result, Standing, current, standings


class Unknown(Exception):
    """What was asked for does not exist; the text says what there is."""


@dataclass(frozen=True)
class ExerciseRef:
    """One exercise of one lesson."""

    lesson: Lesson
    exercise: Exercise

    @property
    def key(self) -> str:
        return f"{self.lesson.name}::{self.exercise.name}"


def find_root(start: Path) -> Path:
    """Return the repository that holds `start`.

    Raises:
        Unknown: there is none above it.
    """
    for folder in (start, *start.parents):
        if (folder / "exercises").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise Unknown(f"{start} is not inside the kata repository (a folder with exercises/ and solutions/)")


def untouched(lesson: Lesson) -> set[str]:
    """Return the exercises of a lesson that are still stubs; none where the file cannot be read."""
    try:
        tree = ast.parse(lesson.stub.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {exercise.name for exercise in lesson.exercises if is_untouched(tree, exercise.name)}


def known_standings(lessons: list[Lesson], state: SavedProgress) -> list[Standing]:
    """Return how every exercise stands, as far as is known without running anything."""
    return [
        standing
        for lesson in lessons
        for standing in standings([lesson], known_results(lesson, state), state.changed(lesson), state.left_out(lesson))
    ]


def known_results(lesson: Lesson, state: SavedProgress) -> list[Result]:
    """Return the last results of a lesson, and a result for each stub."""
    stubs = untouched(lesson)
    kept = [result for result in state.results(lesson) if result.exercise not in stubs]
    blank = Result(lesson.name, "", "", f"exercises/{lesson.name}.py", 1, 0, "to do")
    return kept + [replace(blank, exercise=name) for name in stubs]


def line_of(place: ExerciseRef) -> int:
    """Return the line of the learner's file at which an exercise begins; 1 where it cannot be found."""
    try:
        found = definitions(ast.parse(place.lesson.stub.read_bytes()), place.exercise.name)
    except (OSError, SyntaxError, ValueError):
        return 1
    return found[-1].lineno if found else 1


def find(lessons: list[Lesson], state: SavedProgress, name: str | None) -> ExerciseRef:
    """Return the exercise of that name (its last part will do), or the one that the learner is at.

    Where several lessons have one of that name, the lesson that the learner is at is meant; else what is begun.

    Raises:
        Unknown: there is no such exercise, or more than one, or all are done.
    """
    places = [ExerciseRef(lesson, exercise) for lesson in lessons for exercise in lesson.exercises]
    everything = known_standings(lessons, state)
    here = current(everything) or next((one for one in everything if one.state == "not run"), None)
    if name is None:
        if here is None:
            raise Unknown("every exercise is done; name one")
        return next(place for place in places if place.exercise == here.exercise)
    found = [place for place in places if name.lower() in _names_of(place)]
    if len(found) > 1 and here is not None:
        found = [place for place in found if place.lesson.name == here.exercise.lesson] or found
    if len(found) > 1:
        begun = {one.exercise for one in everything if one.state not in ("to do", "not run")}
        found = [place for place in found if place.exercise in begun] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise Unknown(f"{name!r} may be " + " or ".join(place.key for place in found))
    near = difflib.get_close_matches(name, [short for place in places for short in _names_of(place)], n=1)
    hint = f"; the nearest name is {near[0]!r}" if near else ""
    raise Unknown(f"no exercise has the name {name!r}{hint}. `kata list` shows all")


def _names_of(place: ExerciseRef) -> set[str]:
    name = place.exercise.name.lower()
    return {name, name.rpartition(".")[2], place.key.lower()}


def find_lesson(lessons: list[Lesson], name: str) -> Lesson:
    """Return the lesson whose name begins so.

    Raises:
        Unknown: there is none, or more than one.
    """
    name = Path(name).stem
    found = [lesson for lesson in lessons if lesson.name == name] or [x for x in lessons if x.name.startswith(name)]
    if len(found) != 1:
        halves = unfinished(lessons[0].root) if lessons else {}
        for half in [half for half in halves if half.startswith(name)]:
            raise Unknown(f"{half} is not finished: {halves[half]}")
        raise Unknown(f"no one lesson has the name {name!r}; there are " + ", ".join(one.name for one in lessons))
    return found[0]
