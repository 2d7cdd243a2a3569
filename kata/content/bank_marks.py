"""What a bank is written with. At run time these do nothing: `bank.read` looks at how they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kata.content.edits import Edit

T = TypeVar("T")


def exercise(name: str) -> None:
    """Say which exercise the answers below are for, until the next such line."""


def wrong(name: str, why: str, *edits: Edit) -> Callable[[T], T]:
    """Describe a known wrong answer: ``key = wrong(name, why, edit, ...)``, or as a decorator of a function.

    Args:
        name: a noun phrase that completes "Your scores equal those of ...".
        why: why it matters, without a line of the solution.
        edits: what is changed in the solution; none where a whole function is decorated.
    """
    return lambda answer: answer


def same_as(other: object, *edits: Edit) -> Callable[[T], T]:
    """Describe another way to write the known wrong answer `other`: same behaviour, same words."""
    return lambda answer: answer


def accepted(*edits: Edit, says: str = "") -> Callable[[T], T]:
    """Describe a right answer that is written in another way than the solution; what it does better or worse."""
    return lambda answer: answer


def mistake(exercise: str, name: str, why: str) -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a known wrong answer to `exercise`."""
    return lambda answer: answer


def right(exercise: str, says: str = "") -> Callable[[T], T]:
    """Mark a function (or a class of several methods) as a right answer to `exercise`; see `accepted`."""
    return lambda answer: answer
