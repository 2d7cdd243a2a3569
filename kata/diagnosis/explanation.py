"""The explanation of a failed check, as the learner reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """Why a check failed, in the learner's terms.

    Args:
        headline: the first sentence; stands alone.
        paragraphs: what follows, in order.
        walk: layer, shape and verdict of each step up to the first difference.
        line: the learner's line, with its `code`, or None.
        caret: the column of the code to point at, from 0, or None.
        values: the names on that line and their values.
        is_known: whether the headline names a cause.
    """

    headline: str
    paragraphs: tuple[str, ...] = ()
    walk: tuple[tuple[str, str, str], ...] = ()
    line: int | None = None
    code: str = ""
    caret: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    is_known: bool = False


class Explained(Exception):
    """An exception of another process, with its explanation.

    Args:
        told: the explanation.
        fact: the same without line numbers, to compare two answers by.
        is_stub: whether it was the `NotImplementedError` of a stub.
        hangs: whether the code timed out, and would again in each check of the exercise.
    """

    def __init__(self, told: Explanation, fact: str, is_stub: bool = False, hangs: bool = False) -> None:
        super().__init__(fact)
        self.told, self.is_stub, self.hangs = told, is_stub, hangs
