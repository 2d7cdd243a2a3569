"""Find students with the same function except for layout, comments and names, if that is unusual."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kata.content import bank
from kata.content.lesson import Lesson
from kata.content.patching import definitions
from kata.learner.compare import normalised
from kata.teacher.submissions import Submitted

_SMALLEST = 40  # nodes of a function: shorter ones come out the same by themselves
_FEW = 0.15  # of the class: what more of it have written shows nothing
_ALWAYS_FEW = 3
Form = tuple[str, str, str]  # lesson, exercise, and the code in one spelling


def notes(submitted: list[Submitted], lessons: list[Lesson]) -> dict[str, list[str]]:
    """Return, by student, with whom they share a rare function that is no known answer.

    It is a note and costs no points: two may arrive at the same by themselves.
    """
    owners: dict[Form, list[str]] = {}
    for one in submitted:
        for form in _forms_of(one, lessons):
            owners.setdefault(form, []).append(one.name)
    most = max(_ALWAYS_FEW, int(_FEW * len(submitted)))
    shared: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    few = {form: names for form, names in owners.items() if 1 < len(names) <= most}
    asked = {form[0] for form in few}
    known = set(_known([lesson for lesson in lessons if lesson.name in asked]))
    for form, names in few.items():
        if form not in known:
            for name in names:
                others = tuple(sorted({*names} - {name}))
                shared.setdefault((name, others), []).append(f"{form[1]} ({len(names)} of {len(submitted)} have it)")
    found: dict[str, list[str]] = {}
    for (name, others), what in shared.items():
        found.setdefault(name, []).append(f"the same but for names as {', '.join(others)}: {', '.join(what)}")
    return found


def _forms_of(one: Submitted, lessons: list[Lesson]) -> Iterator[Form]:
    for lesson in lessons:
        try:
            tree = ast.parse(one.files.get(lesson.name, b""))
        except (SyntaxError, ValueError, RecursionError):
            continue
        yield from _forms_in(tree, lesson.name, (exercise.name for exercise in lesson.exercises))


def _forms_in(tree: ast.Module, lesson: str, exercises: Iterable[str]) -> Iterator[Form]:
    for exercise in exercises:
        for function in definitions(tree, exercise)[-1:]:
            text = normalised(function)
            if len(list(ast.walk(ast.parse(text)))) >= _SMALLEST:
                yield lesson, exercise, text


def _known(lessons: list[Lesson]) -> Iterator[Form]:
    """Yield the forms of the solution and of every answer of the banks."""
    for lesson in lessons:
        names = [exercise.name for exercise in lesson.exercises]
        yield from _forms_in(ast.parse(lesson.solution.read_bytes()), lesson.name, names)
        for answer in bank.read(lesson, lesson.accepted) + bank.read(lesson, lesson.mistakes):
            yield from _forms_in(answer.assembly().tree, lesson.name, [answer.exercise])
