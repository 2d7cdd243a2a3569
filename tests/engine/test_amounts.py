"""Which numbers differ, in which direction, by which factor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from kata.content import bank
from kata.content.lesson import discover
from kata.diagnosis.amounts import STEPS, Amounts, compared
from kata.diagnosis.difference import Match, told
from kata.diagnosis.facts import Difference, words
from kata.diagnosis.observation import Observation

RIGHT = torch.tensor([1.0, -2.0, 0.5])
LESSON = discover(Path(__file__).resolve().parents[2])[0]


def steps(**moved: Tensor) -> Amounts:
    """Return parameters that stood at 0 and moved so."""
    return Amounts(STEPS, {name: torch.zeros_like(value) for name, value in moved.items()}, moved)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (RIGHT, ""),
        (-RIGHT, "weight moved by -1 times the right step: the direction is reversed; the others are right"),
        (RIGHT / 2, "weight moved by 0.5 times the right step; the others are right"),
        (RIGHT * 0, "weight did not move; the others are right"),
        (RIGHT * 1e-8, "weight moved by 1e-08 times the right step; the others are right"),
        (torch.tensor([0.3, 1.1, -0.9]), "weight moved, but not by the right step; the others are right"),
        (
            RIGHT.flip(0),
            "weight moved by a step that is the right one backwards along dimension 0; the others are right",
        ),
        (RIGHT * torch.inf, "weight became inf or nan; the others are right"),
        (RIGHT[:2], "weight has the shape (2,); the others are right"),
        (RIGHT.double(), "weight has the dtype float64; the others are right"),
    ],
    ids=[
        "right",
        "reversed",
        "half",
        "still",
        "almost still",
        "elsewhere",
        "backwards",
        "infinite",
        "another shape",
        "another dtype",
    ],
)
def test_one_parameter_is_compared_with_where_it_should_be(given: Tensor, sentence: str) -> None:
    assert compared(steps(weight=given, bias=RIGHT), steps(weight=RIGHT, bias=RIGHT)) == sentence


def test_a_parameter_that_should_have_stayed_is_named() -> None:
    assert compared(steps(bias=RIGHT), steps(bias=RIGHT * 0)) == "bias moved, and should have stayed"


def test_what_all_share_is_said_once() -> None:
    given, wanted = steps(weight=2 * RIGHT, bias=2 * RIGHT), steps(weight=RIGHT, bias=RIGHT)

    assert compared(given, wanted) == "each of the 2 tensors moved by 2 times the right step"


def test_an_agreement_on_nothing_alone_names_no_cause() -> None:
    """Where nothing moved, and a later fact differs, the known mistake is one way there and no more."""
    answer = bank.read(LESSON, LESSON.mistakes)[0]
    seen, right = Observation(), Observation()
    for see, value in ((seen, RIGHT * 0), (right, RIGHT)):
        see.amounts("the update", STEPS, {"weight": RIGHT * 0}, {"weight": value})

    diagnosis = told("Your update is that of {}.", Difference(seen, right, 0), Match(answer, False, 2))

    assert diagnosis.headline == "In the update, weight did not move."
    assert diagnosis.why.startswith(f"One way there: {answer.name}. ")
    assert diagnosis.mistake is None


@pytest.mark.parametrize("number", [0.5, float("nan")])
def test_an_agreement_on_one_number_everywhere_names_no_cause(number: float) -> None:
    answer = bank.read(LESSON, LESSON.mistakes)[0]
    seen, right = Observation(), Observation()
    seen("a white image", torch.full((2, 2), number))
    right("a white image", torch.eye(2))

    diagnosis = told("Your images are those of {}.", Difference(seen, right, 0), Match(answer, False, 2))

    assert diagnosis.headline == f"In a white image, each of the 4 numbers is {number}."
    assert diagnosis.mistake is None


def test_a_factor_of_many_numbers_counts_for_a_single_one_too() -> None:
    said = compared(steps(weight=RIGHT * 7.7, scale=RIGHT[:1] * 7.7), steps(weight=RIGHT, scale=RIGHT[:1]))

    assert said == "each of the 2 tensors moved by 7.7 times the right step"


def test_odd_factors_that_differ_say_that_the_direction_is_right() -> None:
    other = torch.tensor([0.2, 0.9, -3.0])
    said = compared(steps(weight=RIGHT * 0.4194, other=other * 3.165), steps(weight=RIGHT, other=other))

    assert said == ("each of the 2 tensors moved, but not by the right step: its direction is right, its length is not")


@pytest.mark.parametrize(
    ("place", "wanted", "given", "sentence"),
    [
        (
            "what becomes of maps of 5 x 4",
            "ValueError that names x and 5, 4",
            "no error",
            "Maps of 5 x 4 must raise a ValueError that names x and 5, 4, and raises nothing.",
        ),
        (
            "what loading half a checkpoint gives",
            "ValueError",
            "OSError",
            "Loading half a checkpoint must raise a ValueError, and raises an OSError.",
        ),
        (
            "what becomes of lr = 0.0",
            "accepted as [{'lr': 0.0}]",
            "ValueError",
            "lr = 0.0 must be accepted as [{'lr': 0.0}], and raises a ValueError.",
        ),
        (
            "which of the gradients are None",
            "none of them",
            "weight on rank 1",
            "Of the gradients, none may be None, and weight on rank 1 is.",
        ),
        ("the type of a share", "list", "tuple", "The type of a share must be list, and is tuple."),
    ],
)
def test_each_kind_of_fact_has_its_sentence(place: str, wanted: str, given: str, sentence: str) -> None:
    seen, right = Observation(), Observation()
    seen(place, given)
    right(place, wanted)

    assert words(Difference(seen, right, 0)) == sentence
