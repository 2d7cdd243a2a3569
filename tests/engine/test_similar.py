"""Who has written nearly the same: names and layout aside, what few of a class have, and no bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.content import bank
from kata.content.lesson import Lesson, discover
from kata.teacher import similar
from kata.teacher.submissions import Submitted

ROOT = Path(__file__).resolve().parents[2]
LESSON = next(one for one in discover(ROOT) if one.name == "ex01_lenet")
START = "        x = F.max_pool2d(F.relu(self.conv1(x)), 2)"


def handed_in(name: str, text: str) -> Submitted:
    return Submitted(name, {LESSON.name: text.encode()}, [], {})


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return [LESSON]


def strange(variable: str, comment: str = "") -> str:
    """Return lesson 1 with a line in `forward` that nobody writes by chance."""
    line = f"        {variable} = (x * 3 - x * 2 + 0 * x.mean()).clamp(-10, 10){comment}"
    return LESSON.solution.read_text().replace(START, f"{line}\n{START}")


def test_the_same_but_for_names_and_comments_is_noted_with_how_many_have_it(lessons: list[Lesson]) -> None:
    everybody = [handed_in("ada", strange("a")), handed_in("ben", strange("b", "  # mine")), handed_in("cy", "x = (")]

    found = similar.notes(everybody, lessons)

    assert found == {
        "ada": ["the same but for names as ben: LeNet.forward (2 of 3 have it)"],
        "ben": ["the same but for names as ada: LeNet.forward (2 of 3 have it)"],
    }


def test_what_is_the_solution_or_in_a_bank_is_noted_of_nobody(lessons: list[Lesson]) -> None:
    known = next(one for one in bank.read(LESSON, LESSON.mistakes) if one.exercise == "LeNet.forward" and one.edits)
    texts = {"right": LESSON.solution.read_text(), "wrong": known.text}

    everybody = [handed_in(f"{name} {number}", text) for name, text in texts.items() for number in range(2)]

    assert similar.notes(everybody, lessons) == {}


def test_what_many_of_the_class_have_shows_nothing(lessons: list[Lesson]) -> None:
    assert similar.notes([handed_in(str(number), strange("a")) for number in range(8)], lessons) == {}
