"""Every mistake is refused by its spec, and its own sentence is what the learner reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata import bank
from kata.bank import Answer
from kata.diagnosis import Diagnoser
from kata.lesson import Lesson, discover
from kata.report import Result

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = [mistake for lesson in discover(ROOT) for mistake in bank.read(lesson, lesson.mistakes)]

every_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.lesson.name}::{m.key}" for m in MISTAKES])
every_lesson = pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda lesson: lesson.name)


@every_mistake
@pytest.mark.timeout(300)
def test_mistake_is_refused_by_its_spec(failures: dict[str, Result], mistake: Answer) -> None:
    assert f"{mistake.lesson.name}::{mistake.key}" in failures


@every_mistake
def test_mistake_is_told_by_its_own_sentence(failures: dict[str, Result], mistake: Answer) -> None:
    told = failures[f"{mistake.lesson.name}::{mistake.key}"].told

    assert told is not None
    assert mistake.name in told.headline


@every_lesson
def test_no_two_mistakes_share_a_name(lesson: Lesson) -> None:
    ways: dict[tuple[str, str], set[str]] = {}
    for mistake in bank.read(lesson, lesson.mistakes):
        ways.setdefault((mistake.exercise, mistake.name), set()).add(mistake.why)

    assert [name for name, whys in ways.items() if len(whys) > 1] == []


@every_lesson
def test_the_solution_is_observed_to_the_end(lesson: Lesson) -> None:
    assert [name for name, error in Diagnoser(lesson).errors_of_solution().items() if error is not None] == []
