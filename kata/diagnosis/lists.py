"""Facts that are lists: what differs of rows of yes and no, of courses, of names, and of lists inside of lists."""

from __future__ import annotations

from torch import Tensor

from kata.checking.expect import parting
from kata.diagnosis.observation import same

_LONGEST = 90  # letters of a part that is quoted
_Leaf = bool | int | float | str | None


def answers(place: str, given: object, wanted: object) -> str:
    """Say where rows of yes and no differ: too little to tell mistakes apart. "" for others."""
    if not _all_of(bool, given) or not _all_of(bool, wanted):
        return ""
    assert isinstance(given, list)
    assert isinstance(wanted, list)
    if len(given) != len(wanted) or given == wanted:
        return ""
    if place.removeprefix("the ").startswith("mode"):
        return _each(place, *(["train mode" if one else "eval mode" for one in row] for row in (given, wanted)))
    clause = place.removeprefix("which ").removeprefix("whether ")
    if clause == place:
        return _each(place, given, wanted)
    must, may = "Must be so{}, and is not", "Must not be so{}, and is"
    if len(given) == 1:
        start = (must if wanted[0] else may).format("")
    elif len({*given}) == len({*wanted}) == 1:
        start = "Must be so of each, and is of none" if wanted[0] else "Must be so of none, and is of each"
    else:
        number = _first(given, wanted)
        start = (must if wanted[number] else may).format(f" of number {number + 1}")
    return f"{start}: {clause}."


def sequence(place: str, given: object, wanted: object) -> str:
    """Say where two lists differ first; "" where that takes more than words."""
    if not isinstance(given, list) or not isinstance(wanted, list):
        return ""
    if not given or not wanted:
        return _nothing(place, given, wanted)
    if _all_of(str, given) and _all_of(str, wanted):
        return _course(place, given, wanted) if len({*wanted}) > 1 else _each(place, given, wanted)
    at = _first(given, wanted)
    if at >= len(given) or at >= len(wanted):
        return f"In {place}, there must be {len(wanted)}, and there are {len(given)}."
    if isinstance(given[at], list) and isinstance(wanted[at], list):
        place = f"{place}, part {at + 1}"
        return sequence(place, given[at], wanted[at]) if not _all_of(str, wanted[at]) else ""
    return _each(place, given, wanted)


def _all_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(type(one) is kind for one in value)


def _first(given: list[object], wanted: list[object]) -> int:
    """Return the index of the first part that differs; where one list is the beginning of the other, its length."""
    pairs = enumerate(zip(given, wanted, strict=False))
    return next((number for number, pair in pairs if not same(*pair)), min(len(given), len(wanted)))


def _nothing(place: str, given: list[object], wanted: list[object]) -> str:
    there = given or wanted
    if not all(isinstance(one, str | int | float) for one in there):
        return ""
    shown = ", ".join(map(str, there[:2])) + (" ..." if len(there) > 2 else "")
    start = f"{place[0].upper()}{place[1:]}"
    return f"{start} must be nothing, and is: {shown}." if given else f"{start} must be {shown}, and is nothing."


def _course(place: str, given: list[str], wanted: list[str]) -> str:
    """Say what comes where something else must, in a row of things that happened, or of names."""
    where, must, comes = parting(given, wanted)
    if max(map(len, (where, must, comes))) > _LONGEST:
        return ""
    start = f"{must} must come" if must != "nothing" else "nothing may come"
    return f"In {place}, {start} {where}, and {comes} does."


def _each(place: str, given: list[object] | list[str], wanted: list[object] | list[str]) -> str:
    if not all(isinstance(one, _Leaf) for one in (*given, *wanted)):
        return _part(place, [*given], [*wanted])
    if len(given) != len(wanted):
        return f"In {place}, there must be {len(wanted)}, and there are {len(given)}."
    if len(given) == 1:
        return f"{place[0].upper()}{place[1:]} must be {wanted[0]}, and is {given[0]}."
    if len({*given}) == len({*wanted}) == 1:
        return f"In {place}, each must be {wanted[0]}, and each is {given[0]}."
    at = _first([*given], [*wanted])
    return f"In {place}, number {at + 1} must be {wanted[at]}, and is {given[at]}."


def _part(place: str, given: list[object], wanted: list[object]) -> str:
    """Say what differs first where there are tensors among the parts."""
    if len(given) != len(wanted):
        return ""
    if all(one is None for one in given) and all(one is not None for one in wanted):
        return f"In {place}, each is None, and none may be."
    at = _first(given, wanted)
    is_, must = given[at], wanted[at]
    if isinstance(is_, _Leaf) and isinstance(must, _Leaf):
        return f"In {place}, number {at + 1} must be {must}, and is {is_}."
    if must is None or is_ is None:
        return f"In {place}, number {at + 1} must {'be None, and is not' if must is None else 'not be None, and is'}."
    if not isinstance(is_, Tensor) or not isinstance(must, Tensor):
        return ""
    if is_.shape != must.shape:
        return f"In {place}, number {at + 1} must have the shape {tuple(must.shape)}, and has {tuple(is_.shape)}."
    if is_.dtype != must.dtype:
        return f"In {place}, number {at + 1} must be {must.dtype}, and is {is_.dtype}."
    return f"In {place}, number {at + 1} holds other numbers than it must."
