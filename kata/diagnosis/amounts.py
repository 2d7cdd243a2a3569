"""Describe how named tensors differ from the expected ones: which, in which direction, by which factor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kata.checking.patterns import in_words, pattern, relation, shows_something


@dataclass(frozen=True)
class Words:
    """Phrases for one kind of number, which follow the names of the tensors that differ."""

    nothing: str
    factor: str
    unwanted: str
    other: str
    how: str = "{}"


STEPS = Words(
    "did not move",
    "moved by {} times the right step",
    "moved, and should have stayed",
    "moved, but not by the right step",
    "moved by a step that {}",
)
GRADIENTS = Words(
    "got no gradient",
    "got {} times the right gradient",
    "got a gradient, and should have none",
    "got another gradient than the right one",
    "got a gradient that {}",
)
VALUES = Words("is 0", "is {} times the right one", "must be 0, and is not", "is another than the right one")
LOSSES = Words("is 0", "is {} times the right one", "must be 0, and is not", "is another number than the right one")


@dataclass(frozen=True)
class Amounts:
    """Named tensors before and after a step.

    Args:
        words: the phrases for their differences.
        before: name to tensor; zeros if there was none.
        after: the same names.
    """

    words: Words
    before: Mapping[str, Any]
    after: Mapping[str, object]


def compared(given: Amounts, wanted: Amounts) -> str:
    """Describe how the amounts `given` differ from `wanted`; "" if they do not."""
    factors = {name: factor for name in wanted.after if (factor := _factor(name, given, wanted)) is not None}
    telling = _telling(factors, wanted)
    verdicts = {name: _verdict(name, given, wanted, telling.get(name)) for name in wanted.after}
    wrong = {name: verdict for name, verdict in verdicts.items() if verdict}
    parts = [f"{_names(wrong, verdict, len(verdicts))} {verdict}" for verdict in dict.fromkeys(wrong.values())]
    others = ["the others are right"] if parts and len(wrong) < len(verdicts) else []
    return "; ".join([*parts, *others])


def _factor(name: str, given: Amounts, wanted: Amounts) -> float | None:
    """Return the factor between an amount and the expected one, if it is a multiple."""
    after, goal = given.after.get(name), wanted.after[name]
    if not isinstance(after, Tensor) or not isinstance(goal, Tensor) or after.shape != goal.shape:
        return None
    moved, should = _apart(after, goal, wanted.before[name])
    size = float(should.norm())
    if after.dtype != goal.dtype or size < 1e-6 or not moved.isfinite().all() or _agree(moved, should):
        return None
    factor = float((moved * should).sum()) / size**2
    is_multiple = torch.allclose(moved, factor * should, rtol=1e-3, atol=1e-4 * float(moved.abs().max()))
    return factor if factor and is_multiple else None


def _telling(factors: Mapping[str, float], wanted: Amounts) -> dict[str, float]:
    """Return the factors that are evidence: of many numbers, simple, or shared by several tensors.

    Odd factors that differ between tensors only say that the direction is right (see `_verdict`), and become nan.
    """
    counts = {name: wanted.after[name].numel() for name in factors}  # type: ignore[attr-defined]  # they are tensors
    strong = {name: one for name, one in factors.items() if shows_something(one, counts[name])}
    found = {
        name: one
        for name, one in factors.items()
        if name in strong or any(math.isclose(one, other, rel_tol=1e-3) for other in strong.values())
    }
    odd = [one for one in found.values() if not shows_something(one, 1)]
    lengths = len(odd) > 1 and not all(math.isclose(one, odd[0], rel_tol=1e-3) for one in odd) and min(odd) > 0
    return {name: math.nan if lengths and one in odd else one for name, one in found.items()}


def _apart(after: Tensor, goal: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    return after.double() - before.double(), goal.double() - before.double()


def _agree(moved: Tensor, should: Tensor) -> bool:
    return torch.allclose(moved, should, rtol=1e-3, atol=1e-6)


def apart(given: Amounts, wanted: Amounts) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the pairs of tensors of the same name and shape that differ, actual first."""
    for name, goal in wanted.after.items():
        after = given.after.get(name)
        if not isinstance(after, Tensor) or not isinstance(goal, Tensor) or after.shape != goal.shape:
            continue
        if _verdict(name, given, wanted):
            yield after, goal


def _verdict(name: str, given: Amounts, wanted: Amounts, factor: float | None = None) -> str:
    after, goal = given.after.get(name), wanted.after[name]
    if not isinstance(after, Tensor) or not isinstance(goal, Tensor):
        return "" if after == goal else f"is of the type {type(after).__name__}"
    if after.shape != goal.shape:
        return pattern(after, goal) or f"has the shape {tuple(after.shape)}"
    if after.dtype != goal.dtype:
        return f"has the dtype {after.dtype}".replace("torch.", "")
    moved, should = _apart(after, goal, wanted.before[name])
    if not moved.isfinite().all():
        return "became inf or nan"
    return "" if _agree(moved, should) else _difference(given.words, moved, should, factor)


def _difference(words: Words, moved: Tensor, should: Tensor, factor: float | None) -> str:
    if not moved.any():
        return words.nothing
    if float(should.norm()) < 1e-6:
        return words.unwanted
    if factor is None:
        how = relation(moved, should)
        return words.how.format(how) if how and " times the right one" not in how else words.other
    if math.isnan(factor):
        return f"{words.other}: its direction is right, its length is not"
    reverse = ": the direction is reversed" if factor < 0 else ""
    return words.factor.format(in_words(factor)) + reverse


def _names(verdicts: Mapping[str, str], verdict: str, count: int) -> str:
    names = [name for name, found in verdicts.items() if found == verdict]
    if len(names) == count:
        return f"each of the {count} tensors" if count > 1 else names[0]
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
