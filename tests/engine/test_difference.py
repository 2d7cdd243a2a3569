"""How the first difference between an answer and the solution is told, where no known mistake agrees to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.content import bank
from kata.content.lesson import discover
from kata.diagnosis.difference import Diagnosis, Match, told
from kata.diagnosis.facts import Difference
from kata.diagnosis.observation import Observation

ROOT = Path(__file__).resolve().parents[2]
LESSON = next(one for one in discover(ROOT) if one.name == "ex01_lenet")


def diagnosis_of(place: str, given: object, wanted: object, fits: bank.Answer | None = None) -> Diagnosis:
    """Return what is told where one fact differs, and a mistake agrees on that alone."""
    seen, right = Observation(), Observation()
    seen(place, given)
    right(place, wanted)
    return told("Yours equals that of {}.", Difference(seen, right, 0), Match(fits, False) if fits else None)


@pytest.mark.parametrize(
    ("place", "given", "wanted", "words"),
    [
        ("the number of batches", 2, 3, "The number of batches must be 3, and is 2."),
        (
            "whether the loss has a graph",
            False,
            True,
            "Must be so, and is not: the loss has a graph.",
        ),
        ("the images afterwards", False, True, "Not as it must be: the images afterwards."),
        ("the entries of the file", "net", "epoch, net", "The entries of the file must be epoch, net, and is net."),
    ],
    ids=["a number", "a question", "a yes", "words"],
)
def test_a_plain_fact_is_told_as_such(place: str, given: object, wanted: object, words: str) -> None:
    assert diagnosis_of(place, given, wanted).headline == words


def test_an_agreement_on_a_number_alone_shows_nothing_and_a_second_case_is_one_way_there() -> None:
    answer = bank.read(LESSON, LESSON.mistakes)[0]
    seen, right = Observation(), Observation()
    seen("the number of batches", 2)
    right("the number of batches", 3)

    once, twice = (told("{}", Difference(seen, right, 0), Match(answer, False, cases)) for cases in (1, 2))

    assert once.headline == twice.headline == "The number of batches must be 3, and is 2."
    assert once.why == ""
    assert twice.why == f"One way there: {answer.name}. {answer.why}"
    assert once.mistake is twice.mistake is None
