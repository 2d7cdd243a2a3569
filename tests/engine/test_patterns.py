"""How numbers that are wrong hang together with those that are right: told where it was computed, and no chance."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from kata.checking import expect
from kata.checking.patterns import relation

RIGHT = torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(0))


def zeroed(values: Tensor, *place: int | slice) -> Tensor:
    other = values.clone()
    other[place] = 0
    return other


def other(values: Tensor, *place: int | slice) -> Tensor:
    changed = values.clone()
    changed[place] = changed[place] * 2 + 1
    return changed


CASES: dict[str, Callable[[Tensor], Tensor]] = {
    "is transposed: its first two dimensions have changed places": lambda x: x.transpose(0, 1),
    "is flipped left and right": lambda x: x.flip(-1),
    "is the right one backwards along dimension 0": lambda x: x.flip(0),
    "is the right one rotated by 2 along dimension 0": lambda x: x.roll(2, 0),
    "has the right numbers in another order": lambda x: x.flatten().sort().values.view(x.shape),
    "is right in its numbers, but of the shape (60,)": lambda x: x.flatten(),
    "is of the shape (4, 5): a mean over dimension 1 is one too many": lambda x: x.mean(1),
    "is 0.5 times the right one": lambda x: x / 2,
    "is 0.2 (1/5) times the right one": lambda x: x / 5,
    "is -1 times the right one": lambda x: -x,
    "is 1.5 too large everywhere": lambda x: x + 1.5,
    "is the right one without its signs": lambda x: x.abs(),
    "is the right one, but 0 where that is negative": lambda x: x.relu(),
    "is the square of the right one": lambda x: x * x,
    "is the right one rounded down": lambda x: x.floor(),
    "is the softmax of the right one over its last dimension": lambda x: x.softmax(-1),
    "holds what belongs to the first everywhere along dimension 1, 3 times": lambda x: x[:, :1].expand_as(x),
    "holds the mean everywhere along dimension 0, 4 times": lambda x: x.mean(0).expand_as(x),
    "is right only for the first of 4 along dimension 0": lambda x: other(x, slice(1, None)),
    "is right only for the last of 4 along dimension 0, and 0 elsewhere": lambda x: zeroed(x, slice(0, 3)),
    "is right but for the last of 5 along dimension 2": lambda x: other(x, slice(None), slice(None), 4),
    "is right for the first 3 of 5 along dimension 2, and not beyond, and 0 elsewhere": lambda x: zeroed(
        x, slice(None), slice(None), slice(3, None)
    ),
    "is 0 at 1 of 60 places where it must not be, and right at the others": lambda x: zeroed(x, 1, 1, 1),
}


@pytest.mark.parametrize(("words", "made"), CASES.items(), ids=CASES)
def test_what_comes_of_the_right_numbers_is_told(words: str, made: Callable[[Tensor], Tensor]) -> None:
    assert relation(made(RIGHT), RIGHT) == words


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (RIGHT, RIGHT),
        (torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(1)), RIGHT),
        (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 7.0])),  # any two numbers
        (torch.tensor([0.0, 5.0]), torch.tensor([1.0, 0.0])),
        (torch.tensor([float("nan"), 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0])),
        (torch.tensor([True, False, True]), torch.tensor([False, True, True])),
        (torch.ones(4), torch.zeros(4)),
    ],
    ids=["right", "other numbers", "two numbers", "zeros", "nan", "truths", "nothing wanted"],
)
def test_what_does_not_show_is_not_told(given: Tensor, wanted: Tensor) -> None:
    assert relation(given, wanted) == ""


def test_noise_is_told_to_be_none_of_them() -> None:
    """Of 300 tensors of few numbers, none that has nothing to do with the right one is told to come of it."""
    draw = torch.Generator().manual_seed(2)
    told = set()
    for shape in ((3,), (2, 2), (2, 3), (4,), (3, 3)):
        for _ in range(60):
            given, wanted = (torch.randn(shape, generator=draw) for _ in range(2))
            told.add(relation(given, wanted))
    assert told == {""}


def test_whole_numbers_are_looked_at_too() -> None:
    assert relation(torch.arange(6).view(2, 3).t(), torch.arange(6).view(2, 3).t().reshape(3, 2)) == ""
    assert relation(torch.tensor([[1, 5], [0, 2]]), torch.tensor([[1, 0], [5, 2]])).startswith("is transposed")


def test_a_check_tells_it_before_its_reason() -> None:
    with pytest.raises(expect.Mismatch) as caught:
        expect.close("the result", RIGHT.transpose(0, 1), RIGHT, "Rows come first.")
    assert caught.value.sentence == "the result: its shape must be (4, 3, 5), and is (3, 4, 5)"
    assert caught.value.how == "It is transposed: its first two dimensions have changed places."
    with pytest.raises(expect.Mismatch) as caught:
        expect.close("the result", RIGHT.abs(), RIGHT, "Signs count.")
    assert (caught.value.how, caught.value.why) == ("It is the right one without its signs.", "Signs count.")
