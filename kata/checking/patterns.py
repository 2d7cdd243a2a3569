"""Describe how a tensor relates to the expected one: scaled, transposed, shifted, right in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import torch
from torch import Tensor

from kata.checking import expect
from kata.checking.devices import on_cpu

Same = Callable[[Tensor, Tensor], bool]


def partly(given: Tensor, wanted: Tensor) -> str:
    """Return which part is right, to complete "the result ...", or "" if no part has a simple shape."""
    size = float(wanted.abs().max()) if wanted.numel() else 0.0
    wrong = ~torch.isclose(given, wanted, rtol=1e-3, atol=1e-5 * max(size, 1e-3))
    if not wrong.any() or not (wanted[~wrong] != 0).any() or not given.isfinite().all():
        return ""
    is_zero = bool((given[wrong] == 0).all())
    where = next(
        (words for words in (_along(wrong, wanted, dimension) for dimension in range(wanted.dim())) if words), ""
    )
    if where:
        return f"is right {where}" + (", and 0 elsewhere" if is_zero else "")
    if is_zero:
        return f"is 0 at {int(wrong.sum())} of {wrong.numel()} places where it must not be, and right at the others"
    return ""


def _along(wrong: Tensor, wanted: Tensor, dimension: int) -> str:
    """Return the indices along a dimension where all is right, if nothing is right at the others."""
    count = wrong.shape[dimension]
    slices = wrong.movedim(dimension, 0).reshape(count, -1)
    is_right, is_wrong = ~slices.any(dim=1), slices.any(dim=1)
    shows = (wanted.movedim(dimension, 0).reshape(count, -1) != 0).any(dim=1)
    # What is wrong there is so nearly everywhere: some numbers agree by chance.
    mostly = slices[is_wrong].double().mean() > 0.5 if is_wrong.any() else False
    right = [place for place in range(count) if is_right[place]]
    if count < 2 or not right or len(right) == count or not mostly or not shows[is_right].all():
        return ""
    return _places(right, count, dimension)


def _places(right: list[int], count: int, dimension: int) -> str:
    along = f"of {count} along dimension {dimension}"
    last = count - 1
    names = (
        ((0,), f"only for the first {along}"),
        ((last,), f"only for the last {along}"),
        (range(last), f"but for the last {along}"),
        (range(1, count), f"but for the first {along}"),
        (range(0, count, 2) if count > 3 else (), f"only for every second {along}"),
        (range(len(right)), f"for the first {len(right)} {along}, and not beyond"),
        (range(count - len(right), count), f"only for the last {len(right)} {along}"),
    )
    return next((words for places, words in names if right == list(places)), "")


def everywhere_the_same(given: Tensor, wanted: Tensor, same: Same) -> str:
    """Say which slice is repeated along a dimension, to complete "the result ..."."""
    for dimension in range(wanted.dim()):
        count = wanted.shape[dimension]
        if count < 2 or not same(given, given.select(dimension, 0).unsqueeze(dimension).expand_as(given)):
            continue
        one = given.select(dimension, 0)
        parts = {
            "what belongs to the first": wanted.select(dimension, 0),
            "what belongs to the last": wanted.select(dimension, -1),
            "the mean": wanted.mean(dimension),
            "the sum": wanted.sum(dimension),
        }
        which = next((words for words, part in parts.items() if same(one, part)), "the same")
        return f"holds {which} everywhere along dimension {dimension}, {count} times"
    return ""


ENOUGH = 3  # different numbers that are no chance


def pattern(given: Tensor, wanted: Tensor) -> str:
    """Return how `given` relates to `wanted`, to complete "the gradient of weight ...", or ""."""
    if wanted.numel() < 2 or not _is_of_numbers(given) or not given.isfinite().all():
        return ""
    given, wanted = on_cpu(given).detach().double(), on_cpu(wanted).detach().double()
    if same(given, wanted) or not wanted.isfinite().all():
        return ""
    found = next((words for words, other in _others(given, wanted) if same(other, given)), "")
    return found or _summed(given, wanted) or _factor(given, wanted) or _of_many(given, wanted)


def _of_many(given: Tensor, wanted: Tensor) -> str:
    """Relations that only many numbers can show: an elementwise function, a permutation, a part that is right."""
    if given.shape != wanted.shape or len(wanted.unique()) < ENOUGH:
        return ""
    each = next((words for words, of in _FUNCTIONS if same(of(wanted), given)), "")
    return each or _larger(given, wanted) or _reordered(given, wanted) or everywhere_the_same(given, wanted, same)


def relation(given: Tensor, wanted: Tensor) -> str:
    """Return how `given` relates to `wanted`, or else which part of it is right, or ""."""
    if given.is_meta or wanted.is_meta or not _is_of_numbers(given) or not _is_of_numbers(wanted):
        return ""
    return pattern(given, wanted) or in_part(given, wanted)


def _is_of_numbers(values: Tensor) -> bool:
    return values.dtype != torch.bool and not values.is_complex()


def in_part(given: Tensor, wanted: Tensor) -> str:
    """Return which part of `given` is right, to complete "the gradient of weight ...", or ""."""
    if given.shape != wanted.shape or wanted.dim() == 0:
        return ""
    return partly(on_cpu(given).detach().double(), on_cpu(wanted).detach().double())


def alike(what: str, given: object, wanted: Tensor, whose: str, rtol: float = 1e-4) -> None:
    """Assert that two tensors are equal; if not, say how they relate.

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
    how = relation(given, wanted) if isinstance(given, Tensor) else ""
    if not how:
        expect.close(what, given, wanted, rtol=rtol, atol=1e-6)
        return
    said = how.removeprefix("is ") if how.startswith("is ") else f"another: it {how}"
    mismatch = expect.Mismatch(what, whose, said)
    if isinstance(given, Tensor) and given.shape == wanted.shape:
        mismatch.tensors = given, wanted
    raise mismatch


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors agree to within a thousandth of their largest number."""
    size = float(other.abs().max()) if other.numel() else 0.0
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-3, atol=1e-5 * max(size, 1e-3))


def _others(given: Tensor, wanted: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield plausible wrong results, in words and in numbers."""
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


_KINDS: tuple[tuple[str, Callable[[Tensor, int], Tensor]], ...] = (
    ("sum", lambda values, dimension: values.sum(dimension)),
    ("mean", lambda values, dimension: values.mean(dimension)),
)


def _summed(given: Tensor, wanted: Tensor) -> str:
    """Say over which dimensions a sum or a mean is missing or superfluous."""
    for kind, over in _KINDS:
        for dimension in range(given.dim()) if given.dim() == wanted.dim() + 1 else ():
            if same(over(given, dimension), wanted):
                return f"is of the shape {tuple(given.shape)}: a {kind} over its dimension {dimension} is missing"
        for dimension in range(wanted.dim()) if given.dim() == wanted.dim() - 1 else ():
            if wanted.shape[dimension] > 1 and same(given, over(wanted, dimension)):
                return f"is of the shape {tuple(given.shape)}: a {kind} over dimension {dimension} is one too many"
    return ""


def _factor(given: Tensor, wanted: Tensor) -> str:
    size = float(wanted.square().sum())
    factor = float((given * wanted).sum()) / size if given.shape == wanted.shape and size > 0 else 0.0
    if factor and same(given, factor * wanted) and shows_something(factor, wanted.numel()):
        return f"is {in_words(factor)} times the right one"
    return ""


def in_words(factor: float) -> str:
    """Return a factor with four digits, and as a fraction if it is a simple one."""
    simple = Fraction(factor).limit_denominator(1000)
    is_one_part = abs(simple.numerator) == 1 < simple.denominator and abs(float(simple) - factor) < 1e-4 * abs(factor)
    return f"{factor:.4g} ({simple})" if is_one_part and simple.denominator > 2 else f"{factor:.4g}"


def shows_something(factor: float, count: int) -> bool:
    """Whether a common factor of `count` numbers means anything.

    Any number is a multiple of another, and two may be by chance: for so few only a simple factor counts.
    """
    simple = Fraction(factor).limit_denominator(12)
    return count > 2 or (abs(float(simple) - factor) < 1e-3 * abs(factor) and abs(simple.numerator) <= 12)


_FUNCTIONS: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("is the right one without its signs", torch.abs),
    ("is the right one, but 0 where that is negative", lambda values: values.clamp(min=0)),
    ("is the right one, but 0 where that is positive", lambda values: values.clamp(max=0)),
    ("is the square of the right one", torch.square),
    ("is the square root of the right one", torch.sqrt),
    ("is e to the power of the right one", torch.exp),
    ("is the logarithm of the right one", torch.log),
    ("is 1 less the right one", lambda values: 1 - values),
    ("is 1 divided by the right one", torch.reciprocal),
    ("is the right one rounded down", torch.floor),
    ("is the right one rounded to whole numbers", torch.round),
    ("is the softmax of the right one over its last dimension", lambda values: values.softmax(-1)),
    ("is the log-softmax of the right one over its last dimension", lambda values: values.log_softmax(-1)),
    ("is the right one after a sigmoid", torch.sigmoid),
    ("is the right one after a tanh", torch.tanh),
)


def _larger(given: Tensor, wanted: Tensor) -> str:
    apart = given - wanted
    offset = float(apart.mean())
    if abs(offset) < 1e-3 * float(wanted.abs().max()) or not same(wanted + offset, given):
        return ""
    return f"is {abs(offset):.4g} too {'large' if offset > 0 else 'small'} everywhere"


def _reordered(given: Tensor, wanted: Tensor) -> str:
    """Say that the values are permuted, and along which dimension if only along one."""
    flat = wanted.flatten()
    if len(flat.unique()) < len(flat) / 2 or not same(given.flatten().sort().values, flat.sort().values):
        return ""
    for dimension in range(wanted.dim()):
        if same(given, wanted.flip(dimension)):
            return f"is the right one backwards along dimension {dimension}"
        for steps in range(1, wanted.shape[dimension]):
            if same(given, wanted.roll(steps, dimension)):
                return f"is the right one rotated by {steps} along dimension {dimension}"
    return "has the right numbers in another order"
