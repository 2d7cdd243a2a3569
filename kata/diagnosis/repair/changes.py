"""The small changes of a function, the likely first.

What a change needs that is not in the function comes from right answers: their constants, calls, statements. Where the
function has a part that they have not, or lacks one that they have, a slip is more likely.
"""

from __future__ import annotations

from collections import Counter

from kata.diagnosis.repair.expressions import Expressions
from kata.diagnosis.repair.statements import Statements
from kata.diagnosis.repair.tree import Change

# How often a slip is of a kind: counted over hits of the search among the banks' own wrong answers.
_SHARE = {
    "missing": 27,
    "call": 19,
    "constant": 14,
    "attribute": 11,
    "too much": 6,
    "expression": 5,
    "comparison": 4,
    "argument": 4,
    "operator": 4,
    "indentation": 3,
    "operand": 3,
    "order": 3,
    "name": 3,
    "assignment": 2,
    "index": 2,
    "place": 2,
    "condition": 2,
    "sign": 2,
    "block": 1,
}


class Changes(Expressions, Statements):
    """All small changes of one function."""

    def all(self) -> list[Change]:
        """Return them, the likely first."""
        found = [*self.of_expressions(), *self.of_statements(), *self.lacking()]
        alike = Counter((one.kind, one.weight) for one in found)
        return sorted(found, key=lambda one: -_SHARE[one.kind] * one.weight / alike[one.kind, one.weight])

    def elsewhere(self, change: Change) -> list[Change]:
        """Return the same new statement at each other place, in the order of the lines."""
        return [one for one in self.lacking() if one.new is change.new]
