"""Say how numbers that are wrong hang together with those that are right: turned, flipped, shifted, not summed up."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import torch
from torch import Tensor

from kata.checking import expect
from kata.checking.devices import on_cpu


def pattern(given: Tensor, wanted: Tensor) -> str:
    """Return how `given` comes of `wanted`, to complete "the gradient of weight ..."; "" where nothing fits.

    Only what was computed and agrees is told.
    """
    if wanted.numel() < 2 or not given.is_floating_point() or not given.isfinite().all():
        return ""
    given, wanted = on_cpu(given).double(), on_cpu(wanted).double()
    if _same(given, wanted):
        return ""
    return next((words for words, other in _others(given, wanted) if _same(other, given)), "") or _summed(given, wanted)


def alike(what: str, given: object, wanted: Tensor, whose: str, rtol: float = 1e-4) -> None:
    """Ask for a tensor; where it differs, say how it comes of the right one, if that can be computed.

    Args:
        what: "the gradient of x".
        given: what the learner's code gave.
        wanted: what it must be.
        whose: where `wanted` comes from: "that of autograd".
        rtol: the relative error that is allowed.

    Raises:
        Mismatch: they differ.
    """
    __tracebackhide__ = True
    how = pattern(given, wanted) if isinstance(given, Tensor) else ""
    if not how:
        expect.close(what, given, wanted, rtol=rtol, atol=1e-6)
        return
    mismatch = expect.Mismatch(what, whose, how.removeprefix("is "))
    if isinstance(given, Tensor) and given.shape == wanted.shape:
        mismatch.tensors = given, wanted
    raise mismatch


def _same(one: Tensor, other: Tensor) -> bool:
    size = float(other.abs().max()) if other.numel() else 0.0
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-3, atol=1e-5 * max(size, 1e-3))


def _others(given: Tensor, wanted: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield what could have come out in place of what is wanted, in words and in numbers."""
    if wanted.dim() >= 2:
        yield "is transposed: its last two dimensions have changed places", wanted.transpose(-1, -2)
        yield "is transposed: its first two dimensions have changed places", wanted.transpose(0, 1)
        yield "is flipped up and down, and left and right", wanted.flip(-1, -2)
        yield "is flipped left and right", wanted.flip(-1)
        yield "is flipped up and down", wanted.flip(-2)
        yield from _shifted(given, wanted)
    if given.numel() == wanted.numel() and given.shape != wanted.shape:
        yield f"is right in its numbers, but of the shape {tuple(given.shape)}", wanted.reshape(given.shape)


def _shifted(given: Tensor, wanted: Tensor) -> Iterator[tuple[str, Tensor]]:
    for dimension, names in ((-1, ("right", "left")), (-2, ("down", "up"))):
        for steps, name in zip((1, -1), names, strict=True):
            moved = wanted.roll(steps, dimension)
            edge = 0 if steps == 1 else -1
            if wanted.shape[dimension] > 2 and given.shape == wanted.shape:
                moved.select(dimension, edge).copy_(given.select(dimension, edge))
                yield f"is shifted by one place {name}", moved


def _summed(given: Tensor, wanted: Tensor) -> str:
    """Say over which dimensions a sum or a mean is missing, or was taken too often."""
    for dimension in range(given.dim()):
        for words, reduced in (("sum", given.sum(dimension)), ("mean", given.mean(dimension))):
            if given.dim() == wanted.dim() + 1 and _same(reduced, wanted):
                return f"is of the shape {tuple(given.shape)}: a {words} over its dimension {dimension} is missing"
    size = float(wanted.square().sum())
    factor = float((given * wanted).sum()) / size if given.shape == wanted.shape and size > 0 else 0.0
    if factor and _same(given, factor * wanted) and shows_something(factor, wanted.numel()):
        return f"is {factor:.4g} times the right one"
    return ""


def shows_something(factor: float, count: int) -> bool:
    """Whether it is worth saying that `count` numbers are `factor` times the right ones.

    Any number is a multiple of another, and two are by chance: of so few only a simple factor is no noise.
    """
    simple = Fraction(factor).limit_denominator(12)
    return count > 2 or (abs(float(simple) - factor) < 1e-3 * abs(factor) and abs(simple.numerator) <= 12)
