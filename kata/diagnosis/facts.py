"""Say the first difference as a plain fact: amounts, settings, a number, words, a kind; "" where none can be said."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass

from torch import Tensor, nn

from kata.content.safe import whole
from kata.diagnosis import kinds, lists
from kata.diagnosis.amounts import Amounts, apart, compared
from kata.diagnosis.observation import Fact, Observation, same


@dataclass(frozen=True)
class Difference:
    """What was seen, what should have been, and the index of the first fact in which they differ."""

    seen: Observation
    right: Observation
    where: int

    @property
    def given(self) -> Fact | None:
        return self.seen.facts[self.where] if self.where < len(self.seen.facts) else None

    @property
    def wanted(self) -> Fact | None:
        return self.right.facts[self.where] if self.where < len(self.right.facts) else None

    @property
    def place(self) -> str:
        fact = self.given or self.wanted
        assert fact is not None  # one of the two is longer
        return fact.place

    @property
    def values(self) -> tuple[object, object]:
        return self.given and self.given.value, self.wanted and self.wanted.value

    @property
    def tensors(self) -> tuple[Tensor, Tensor] | None:
        """Both values, where they are tensors of one shape; of amounts the first that differ."""
        given, wanted = self.values
        if isinstance(given, Amounts) and isinstance(wanted, Amounts):
            return next(iter(apart(given, wanted)), None)
        if isinstance(given, Tensor) and isinstance(wanted, Tensor) and given.shape == wanted.shape:
            return given, wanted
        return None

    @property
    def other_layer(self) -> str | None:
        """The layer that must come here, where another one comes; None where the same does."""
        given, wanted = self.given, self.wanted
        if not given or not wanted or not wanted.layer or given.layer in (None, wanted.layer):
            return None
        return None if wanted.layer in self.seen.used_otherwise else wanted.layer


def amounts(difference: Difference) -> str:
    """Say which numbers differ and by how much, where the first difference is one of amounts."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return ""
    words = compared(given, wanted)
    return f"In {difference.place}, {words}." if words else ""


def lies(difference: Difference) -> str:
    """Say where something lies, and where it must, if nothing else is wrong with it."""
    given, wanted = difference.given, difference.wanted
    if given is None or wanted is None or given.place != wanted.place or len(given.lies) == len(wanted.lies) == 0:
        return ""
    if not same(given.value, wanted.value) or given.lies == wanted.lies:
        return ""
    names = list(given.value.after) if isinstance(given.value, Amounts) else []
    longest = max(len(given.lies), len(wanted.lies))
    pairs = zip(given.lies or ("cpu",) * longest, wanted.lies or ("cpu",) * longest, strict=False)
    at, pair = next((number, pair) for number, pair in enumerate(pairs) if pair[0] != pair[1])
    what = f"In {difference.place}, {names[at]}" if names else f"{difference.place[0].upper()}{difference.place[1:]}"
    return f"{what} must be on {_device(pair[1])}, and is on {_device(pair[0])}."


def plain(difference: Difference) -> str:
    """Say a fact that stands alone: where something lies, a number, a yes."""
    return lies(difference) or count(difference)


def _device(name: str) -> str:
    return "the CPU" if name == "cpu" else name


def nothing_happened(difference: Difference) -> bool:
    """Whether none of the amounts is there: it has many causes, and agreeing on it alone shows none of them."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return False
    words = compared(given, wanted)
    return words.endswith(wanted.words.nothing) and ";" not in words


def all_one_number(difference: Difference) -> str:
    """Say that all numbers of a tensor are one and the same: what agrees with that shows little."""
    given = difference.values[0]
    if difference.tensors is None or not isinstance(given, Tensor) or given.numel() < 2 or difference.seen.broken_layer:
        return ""
    numbers = given.double().flatten()
    if not (numbers.isnan().all() or (numbers == numbers[0]).all()):
        return ""
    return f"In {difference.place}, each of the {given.numel()} numbers is {float(numbers[0]):.4g}."


def settings(difference: Difference) -> str:
    """Say which settings differ, where the first difference is one of settings."""
    given, wanted = difference.values
    if not isinstance(given, dict) or not isinstance(wanted, dict):
        return ""
    names = [name for name in wanted if name in given and given[name] != wanted[name]]
    if len(names) == 1 and wanted.keys() == given.keys():
        sentence = kinds.of_one_setting(difference.place, names[0], wanted[names[0]], given[names[0]])
        if sentence:
            return sentence
    parts = [f"{name} must be {wanted[name]}, and is {_setting(given[name])}" for name in names[:3]]
    if any(type(given[name]) is str and given[name] in _UNCALLED for name in names):
        return f"In {difference.place}, {'; '.join(parts)}."
    parts += [f"{name} is missing" for name in [name for name in wanted if name not in given][:3]]
    parts += [f"{name} must not be there" for name in [name for name in given if name not in wanted][:3]]
    return f"In {difference.place}, {'; '.join(parts)}." if parts else ""


_UNCALLED = ("builtin_function_or_method", "method", "function")


def _setting(value: object) -> object:
    return "a function or method that was not called" if type(value) is str and value in _UNCALLED else value


def count(difference: Difference) -> str:
    """Say a number or a yes that differs: too little to say from it alone which mistake it is."""
    given, wanted = difference.values
    place = f"{difference.place[0].upper()}{difference.place[1:]}"
    if isinstance(given, bool) and isinstance(wanted, bool):
        clause = difference.place.removeprefix("whether ")
        if clause == difference.place:
            return f"Not as it must be: {clause}."
        return f"Must be so, and is not: {clause}." if wanted else f"Must not be so, and is: {clause}."
    if isinstance(given, int) and isinstance(wanted, int):
        return f"{place} must be {whole(wanted)}, and is {whole(given)}."
    if isinstance(given, float) and isinstance(wanted, float):
        return f"{place} must be {wanted:.4g}, and is {given:.4g}{_times(given, wanted)}."
    return lists.answers(difference.place, given, wanted)


def _times(given: float, wanted: float) -> str:
    """Say which simple factor lies between two numbers, if one does."""
    if not given or not wanted or not math.isfinite(given / wanted):
        return ""
    ratio = given / wanted
    for factor, shown, most in ((ratio, "{} times the right one", 1000), (1 / ratio, "1/{} of the right one", 10)):
        near = round(factor)
        if 2 <= abs(near) <= most and math.isclose(factor, near, rel_tol=1e-4):
            return f": {shown.format(near)}"
    return ": the right one with the other sign" if math.isclose(ratio, -1, rel_tol=1e-4) else ""


def course(difference: Difference) -> str:
    """Say where two lists differ first, such as the courses of two steps."""
    return lists.sequence(difference.place, *difference.values)


def words(difference: Difference) -> str:
    """Say which words an observer has for what was given and what is wanted."""
    given, wanted = difference.values
    if not isinstance(given, str) or not isinstance(wanted, str):
        return ""
    sentence = kinds.raised(difference.place, wanted, given) or kinds.none(difference.place, wanted, given)
    if sentence or max(len(given), len(wanted)) > LONGEST_WORDS:
        return sentence
    return f"{difference.place[0].upper()}{difference.place[1:]} must be {wanted}, and is {_setting(given)}."


LONGEST_WORDS = 80  # letters; what is longer is no word for anything


def kind(difference: Difference) -> str:
    """Say what stands there, where it is no tensor or layer at all."""
    given, wanted = difference.values
    if difference.given is None or difference.place != getattr(difference.wanted, "place", None):
        return ""
    if type(given) is type(wanted):
        return ""
    if isinstance(wanted, Tensor):
        kind = "a tensor"
    elif isinstance(wanted, dict) and "kind" in wanted:
        kind = str(wanted["kind"])
    else:
        return ""
    comma = isinstance(given, tuple) and len(given) == 1
    end = ": a comma at the end of a line makes one." if comma else "."
    return f"In {difference.place}, there is {_in_words(given)} in place of {kind}{end}"


def _in_words(value: object) -> str:
    if isinstance(value, str):
        return f"a {value}"  # an observer's own word for it
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, nn.Module):
        return f"a layer ({type(value).__name__}), made and not called,"
    if inspect.isroutine(value):
        return "a function that was not called"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def all_that_shows_little(difference: Difference) -> str:
    """Say a fact that has many causes: a mistake that agrees on it alone is one way there, and no more."""
    nothing = amounts(difference) if nothing_happened(difference) else ""
    return nothing or all_one_number(difference) or settings(difference) or words(difference)
