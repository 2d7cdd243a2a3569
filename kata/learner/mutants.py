"""How a test that the learner wrote is judged by the answers to other lessons: `kata mutants`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import typer

from kata.content import bank
from kata.content.bank import Answer
from kata.content.sealed import is_sealed
from kata.learner.desk import ExerciseName, Kata, show
from kata.learner.progress import ExerciseRef, Unknown
from kata.report.report import Line, paragraph_lines
from kata.report.results import Result, count

_JUDGED = re.compile(r"it (refuses|accepts) \((.*)\)", re.DOTALL)  # what the checks of such an exercise are called


def mutants(
    exercise: ExerciseName = None,
    shown: Annotated[str, typer.Option("--show", help="Show what those change whose name holds this text.")] = "",
    peek: Annotated[bool, typer.Option("--peek", help="Show also those that your test still accepts.")] = False,
) -> None:
    """Show how your own test is judged: which wrong answers (mutants) it refuses, and what they change."""
    kata = Kata()
    place = kata.find(exercise)
    if not place.lesson.needs:
        raise Unknown(f"{place.exercise.name} is no test: mutants judge the tests that you write in lesson 12")
    judged = _judged(kata.state.results(place.lesson), place.exercise.name)
    if not judged:
        raise Unknown(f"nothing is known of {place.exercise.name} yet: pytest exercises/{place.lesson.name}.py")
    if not shown:
        show([(place.key, "title"), ("", ""), *score_lines(judged)])
        return
    found = [one for one in _mutants(place) if ("refuses", one.name) in judged and shown.lower() in one.name.lower()]
    if not found:
        raise Unknown(f"no mutant's name holds {shown!r}")
    for one in found:
        show([("", ""), (f"  {one.name}", "title"), *_change(one, bool(judged.get(("refuses", one.name))) or peek)])


Judged = dict[tuple[str, str], bool]  # whether it refuses or accepts the answer of that name, as it must


def _judged(results: list[Result], exercise: str) -> Judged:
    its = [(_JUDGED.fullmatch(one.check), one) for one in results if one.exercise == exercise]
    return {(match[1], match[2]): one.state == "passed" for match, one in its if match}


def score_lines(judged: Judged) -> Iterator[Line]:
    """Return the score, then what is not as it must be."""
    right, wrong = (
        {name: done for (verb, name), done in judged.items() if verb == kind} for kind in ("accepts", "refuses")
    )
    refused, accepted = sum(wrong.values()), sum(right.values())
    is_whole = refused == len(wrong) and accepted == len(right)
    yield (
        f"  Refuses {refused} of {count(len(wrong), 'wrong answer')}, accepts {accepted} of {len(right)} right ones.",
        "good" if is_whole else "bad",
    )
    for title, its in (("It refuses what is right:", right), ("It accepts what is wrong:", wrong)):
        names = [name for name, done in its.items() if not done]
        if names:
            yield "", ""
            yield f"  {title}", "plain"
            yield from ((f"    {name}", "plain") for name in names)
    if refused:
        yield "", ""
        yield from paragraph_lines(
            "What a mutant changes is shown once it is refused: kata mutants --show relu", "faint"
        )


def _mutants(place: ExerciseRef) -> list[Answer]:
    return [one for lesson in place.lesson.needs for one in bank.read(lesson, lesson.mistakes) if not one.of]


def _change(answer: Answer, is_open: bool) -> Iterator[Line]:
    if is_sealed(answer.lesson.solution):
        yield from paragraph_lines("The solution is sealed in this copy, and so is what differs from it.")
    elif not is_open:
        yield from paragraph_lines("Your test accepts it: what it changes is shown once it is refused, or with --peek.")
    else:
        yield from ((f"    {line}", "code") for line in answer.diff().splitlines()[2:] if line.startswith(("+", "-")))
