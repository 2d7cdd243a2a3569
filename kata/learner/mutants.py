"""How a test that the learner wrote is judged by the answers to other lessons: `kata mutants`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from kata.content import bank
from kata.content.bank import Answer
from kata.content.sealed import is_sealed
from kata.learner.progress import ExerciseRef, Unknown, known_standings
from kata.learner.workspace import ExerciseName, Workspace, show
from kata.report.judged import Judged, judged, score
from kata.report.report import Line, paragraph_lines


def mutants(
    exercise: ExerciseName = None,
    shown: Annotated[str, typer.Option("--show", help="Show what those change whose name holds this text.")] = "",
    peek: Annotated[bool, typer.Option("--peek", help="Show also those that your test still accepts.")] = False,
) -> None:
    """Show how your own test is judged: which wrong answers (mutants) it refuses, and what they change."""
    kata = Workspace()
    place = kata.find(exercise) if exercise else _test_at_hand(kata)
    if not place.lesson.needs:
        raise Unknown(f"{place.exercise.name} is no test: mutants judge the tests that you write in lesson 12")
    found = judged(one for one in kata.state.results(place.lesson) if one.exercise == place.exercise.name)
    if not found:
        raise Unknown(f"nothing is known of {place.exercise.name} yet: pytest exercises/{place.lesson.name}.py")
    if not shown:
        show([(place.key, "title"), ("", ""), *score_lines(found)])
        return
    chosen = [one for one in _mutants(place) if ("refuses", one.name) in found and shown.lower() in one.name.lower()]
    if not chosen:
        raise Unknown(f"no mutant's name holds {shown!r}")
    for one in chosen:
        show([("", ""), (f"  {one.name}", "title"), *_change(one, found["refuses", one.name] or peek)])


def _test_at_hand(kata: Workspace) -> ExerciseRef:
    """Return the first test that is not done, of those that are begun where some are."""
    tests = {one.name: one for one in kata.lessons if one.needs}
    its = [one for one in known_standings([*tests.values()], kata.state) if one.state != "done"]
    if not its:
        raise Unknown("every test that you write here is done; name one" if tests else "no lesson here asks for a test")
    chosen = next((one for one in its if one.state not in ("to do", "not run")), its[0]).exercise
    return ExerciseRef(tests[chosen.lesson], chosen)


def score_lines(found: Judged) -> Iterator[Line]:
    """Return the score, then what is not as it must be."""
    yield f"  {score(found)}", "good" if all(found.values()) else "bad"
    for verb, title in (("accepts", "It refuses what is right:"), ("refuses", "It accepts what is wrong:")):
        names = [name for (one, name), done in found.items() if one == verb and not done]
        if names:
            yield "", ""
            yield f"  {title}", "plain"
            yield from ((f"    {name}", "plain") for name in names)
    yield "", ""
    yield from paragraph_lines("What a mutant changes is shown once it is refused: kata mutants --show relu", "faint")


def _mutants(place: ExerciseRef) -> list[Answer]:
    return [one for lesson in place.lesson.needs for one in bank.read(lesson, lesson.mistakes) if not one.of]


def _change(answer: Answer, is_open: bool) -> Iterator[Line]:
    if is_sealed(answer.lesson.solution):
        yield from paragraph_lines("The solution is sealed in this copy, and so is what differs from it.")
    elif not is_open:
        yield from paragraph_lines("Your test accepts it: what it changes is shown once it is refused, or with --peek.")
    else:
        yield from ((f"    {line}", "code") for line in answer.diff().splitlines()[2:] if line.startswith(("+", "-")))
