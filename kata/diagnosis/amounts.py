"""Say by how much numbers differ from what they should be: which of them, in which direction, by which factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kata.checking.patterns import in_words, pattern, relation, shows_something


@dataclass(frozen=True)
class Words:
    """How a kind of number is spoken of, after the names of those that differ."""

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
    """Named tensors after something happened to them, with what they were before.

    Args:
        words: how to speak of their differences.
        before: name to tensor; zeros where nothing was there.
        after: the same names.
    """

    words: Words
    before: Mapping[str, Any]
    after: Mapping[str, object]


def compared(given: Amounts, wanted: Amounts) -> str:
    """Return in words how the amounts `given` differ from those `wanted`; "" where they do not."""
    verdicts = {name: _verdict(name, given, wanted) for name in wanted.after}
    wrong = {name: verdict for name, verdict in verdicts.items() if verdict}
    parts = [f"{_names(wrong, verdict, len(verdicts))} {verdict}" for verdict in dict.fromkeys(wrong.values())]
    others = ["the others are right"] if parts and len(wrong) < len(verdicts) else []
    return "; ".join([*parts, *others])


def apart(given: Amounts, wanted: Amounts) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the tensors of the same name and shape that differ: what was given, and what is wanted."""
    for name, goal in wanted.after.items():
        after = given.after.get(name)
        if not isinstance(after, Tensor) or not isinstance(goal, Tensor) or after.shape != goal.shape:
            continue
        if _verdict(name, given, wanted):
            yield after, goal


def _verdict(name: str, given: Amounts, wanted: Amounts) -> str:
    after, goal = given.after.get(name), wanted.after[name]
    if not isinstance(after, Tensor) or not isinstance(goal, Tensor):
        return "" if after == goal else f"is of the type {type(after).__name__}"
    if after.shape != goal.shape:
        return pattern(after, goal) or f"has the shape {tuple(after.shape)}"
    if after.dtype != goal.dtype:
        return f"has the dtype {after.dtype}".replace("torch.", "")
    moved, should = (one.double() - wanted.before[name].double() for one in (after, goal))
    if not moved.isfinite().all():
        return "became inf or nan"
    if torch.allclose(moved, should, rtol=1e-3, atol=1e-6):
        return ""
    return _difference(given.words, moved, should)


def _difference(words: Words, moved: Tensor, should: Tensor) -> str:
    size = float(should.norm())
    if not moved.any():
        return words.nothing
    if size < 1e-6:
        return words.unwanted
    factor = float((moved * should).sum()) / size**2
    is_multiple = torch.allclose(moved, factor * should, rtol=1e-3, atol=1e-4 * float(moved.abs().max()))
    if not is_multiple or not shows_something(factor, moved.numel()):
        how = relation(moved, should)
        return words.how.format(how) if how else words.other
    reverse = ": the direction is reversed" if factor < 0 else ""
    return words.factor.format(in_words(factor)) + reverse


def _names(verdicts: Mapping[str, str], verdict: str, count: int) -> str:
    names = list(_with(verdicts, verdict))
    if len(names) == count:
        return f"each of the {count} tensors" if count > 1 else names[0]
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _with(verdicts: Mapping[str, str], wanted: str) -> Iterator[str]:
    return (name for name, verdict in verdicts.items() if verdict == wanted)
