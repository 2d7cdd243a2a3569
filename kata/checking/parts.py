"""Say which part of some numbers is right: the first image only, all but the last row, what is not 0."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Same = Callable[[Tensor, Tensor], bool]


def partly(given: Tensor, wanted: Tensor) -> str:
    """Return which part is right, to complete "the result ..."; "" where none is, or it has no shape."""
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
    """Return for which places along a dimension all is right, if for the others nothing is."""
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
    """Say that one part stands in the place of all along a dimension, and which, to complete "the result ..."."""
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
