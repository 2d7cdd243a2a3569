"""Say where a slip is, and of which kind; never what would mend it."""

from __future__ import annotations

from dataclasses import dataclass

from kata.diagnosis.repair.tree import Change, narrowed

_KINDS = {
    "operator": "an operator in it must be another",
    "comparison": "a comparison in it must be another",
    "condition": "its condition must be another",
    "sign": "a sign is missing, or one too many",
    "constant": "a constant in it must be another",
    "name": "a name in it stands where another is meant",
    "attribute": "the name behind a dot must be another",
    "too much": "it is a statement too many",
    "place": "the statement stands in the wrong place",
    "assignment": "= stands where += or its like must, or the other way round",
    "indentation": "the statement is indented too far, or not far enough",
    "block": "the statements in it need no block around them",
    "operand": "a part of the expression is one too many",
    "order": "two parts have changed places",
    "index": "an index is one too many",
    "argument": "an argument is missing, too many, or must be another",
    "call": "a call is missing there, or one too many",
    "expression": "one expression in it must be another",
}


@dataclass(frozen=True)
class Located:
    """A small change after which an answer is right, or gets further.

    Args:
        kind: of the change.
        line: in the learner's file; of a statement that is missing, the first line before which it may stand.
        last: the last line before which it may stand, or, if `is_after`, after which.
        is_after: see `last`.
        others: other lines on which a small change would do as well.
        then: the line of a second change that is needed, or 0.
        is_whole: whether the answer is then right; else it only gets further.
    """

    kind: str
    line: int
    last: int = 0
    is_after: bool = False
    others: tuple[int, ...] = ()
    then: int = 0
    is_whole: bool = True

    @classmethod
    def of(cls, change: Change, others: tuple[int, ...] = (), then: int = 0, is_whole: bool = True) -> Located:
        """Return what is told of one change."""
        kind, line = change.kind, change.line
        if change.gone is not None and change.new is not None:
            kind, part = narrowed(change.gone, change.new)
            line = getattr(part, "lineno", line)
        return cls(kind, line, line, change.is_after, others, then, is_whole)

    @classmethod
    def between(cls, first: Change, last: Change) -> Located:
        """Return what is told of a statement that is missing, at any place from the one to the other."""
        return cls(first.kind, first.line, last.line, last.is_after)

    @property
    def sentence(self) -> str:
        """What is told of it."""
        if self.kind == "missing":
            begin, kind = f"A statement is missing {self._where}", ""
        else:
            begin, kind = f"The slip is on line {self.line}", f": {_KINDS[self.kind]}"
        if not self.is_whole:
            return f"{begin}{kind}. That is one place; something else is left after it."
        if self.then:
            return f"{begin}{kind}. It is one of two: the other is on line {self.then}."
        return f"{begin}{kind}. Nothing else has to change.{self._elsewhere}"

    @property
    def _where(self) -> str:
        if self.line == self.last:
            return f"{'after' if self.is_after else 'before'} line {self.line}"
        return f"between line {self.line} and {'the end of ' if self.is_after else ''}line {self.last}"

    @property
    def _elsewhere(self) -> str:
        return f" (A change on line {' or '.join(map(str, self.others))} would do as well.)" if self.others else ""
