"""Why a check failed, in the learner's terms: what an exception becomes, and what a result carries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """Why a check failed, in the learner's terms.

    Args:
        headline: the first sentence; stands alone.
        paragraphs: what follows, in order.
        walk: layer, shape and verdict of each station up to the first difference.
        line: the learner's line, with its `code`, or None.
        caret: the place in the code to point at, from 0, or None.
        values: the names on that line, and what they are.
        is_known: whether the headline names a cause, and not only what was seen.
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
    """An exception that brings its explanation: it came up in another process, which is out of reach.

    Args:
        told: what is to be told of it.
        fact: the same without what only this text has, such as the number of a line: what two answers are compared by.
        is_stub: whether it was the `NotImplementedError` of the learner's own line.
        hangs: whether it took its time, and would take it again in each check of the exercise.
    """

    def __init__(self, told: Explanation, fact: str, is_stub: bool = False, hangs: bool = False) -> None:
        super().__init__(fact)
        self.told, self.is_stub, self.hangs = told, is_stub, hangs
