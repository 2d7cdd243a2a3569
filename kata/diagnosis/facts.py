"""Sentences about a fact that differs from the solution's."""

from __future__ import annotations

import inspect
import math
import re
from dataclasses import dataclass

from torch import Tensor, nn

from kata.checking.expect import parting
from kata.content.safe import whole
from kata.diagnosis.amounts import Amounts, apart, compared
from kata.diagnosis.observation import Fact, Observation, same

_ATTEMPT = re.compile(r"what (?:becomes of (?P<thing>.+)|(?P<doing>.+) gives)")
_ERROR = re.compile(r"(?:an? )?[A-Z]\w*(?:Error|Broken|Exception)\b|Exception\b|Broken\b")
_ARE_NONE = re.compile(r"which of (.+) are None")
_HANDED_IN = re.compile(r"(?:the )?(.+) handed in")


def raised(place: str, wanted: str, given: str) -> str:
    """Describe an expected or an actual exception; "" for other facts."""
    found = _ATTEMPT.fullmatch(place)
    if found is None or not (_ERROR.match(wanted) or _ERROR.match(given)):
        return ""
    thing = found["thing"] or found["doing"]
    must = f"raise {_with_article(wanted)}" if _ERROR.match(wanted) else f"be {wanted}"
    if given == "no error" or given.startswith("accepted"):
        does = "raises nothing"
    else:
        does = f"raises {_with_article(given)}" if _ERROR.match(given) else f"gives {given}"
    return f"{_capital(thing)} must {must}, and {does}."


def _capital(thing: str) -> str:
    """Capitalize, unless the text starts with an argument: `lr = 0.5`."""
    return thing if re.match(r"\w+ ?=", thing) else thing[0].upper() + thing[1:]


def _with_article(error: str) -> str:
    if error.startswith(("a ", "an ")):
        return error
    return f"{'an' if error[0] in 'AEIOU' else 'a'} {error}"


def none(place: str, wanted: str, given: str) -> str:
    """Describe which of several values are None."""
    found = _ARE_NONE.fullmatch(place)
    if found is None:
        return ""
    must = "none may be None" if wanted == "none of them" else f"{wanted} must be None"
    return f"Of {found[1]}, {must}, and {'none' if given == 'none of them' else given} is."


def of_one_setting(place: str, name: str, wanted: object, given: object) -> str:
    """Describe a single setting that differs, if a special sentence exists."""
    if place == "what is refused":
        return f"{_capital(name)} must be {wanted}, and is {given}."
    handed_in = _HANDED_IN.fullmatch(place)
    if handed_in and name.endswith("afterwards"):
        return f"What is handed in must stay as it is, and is changed: {handed_in[1]}."
    return ""


_LONGEST = 90  # letters of a part that is quoted
_Leaf = bool | int | float | str | None


def answers(place: str, given: object, wanted: object) -> str:
    """Describe differing lists of booleans, too little to identify a mistake; "" for others."""
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
    """Describe the first difference of two lists; "" if it is no plain value."""
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
    """Return the index of the first difference, or the length of the shorter list."""
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
    """Describe the first divergence of two logs, or of two lists of names."""
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
    """Describe the first difference of lists that hold tensors."""
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


@dataclass(frozen=True)
class Difference:
    """Two observations, the learner's and the solution's, and the index of their first difference."""

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
        """Both values, if they are tensors of one shape; of amounts the first pair that differs."""
        given, wanted = self.values
        if isinstance(given, Amounts) and isinstance(wanted, Amounts):
            return next(iter(apart(given, wanted)), None)
        if isinstance(given, Tensor) and isinstance(wanted, Tensor) and given.shape == wanted.shape:
            return given, wanted
        return None

    @property
    def other_layer(self) -> str | None:
        """The expected layer, if another one comes here."""
        given, wanted = self.given, self.wanted
        if not given or not wanted or not wanted.layer or given.layer in (None, wanted.layer):
            return None
        return None if wanted.layer in self.seen.used_otherwise else wanted.layer


def amounts(difference: Difference) -> str:
    """Describe a difference of amounts."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return ""
    words = compared(given, wanted)
    return f"In {difference.place}, {words}." if words else ""


def lies(difference: Difference) -> str:
    """Describe a difference of devices, if nothing else differs."""
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
    """Describe a difference of devices, or of plain values."""
    return lies(difference) or count(difference)


def _device(name: str) -> str:
    return "the CPU" if name == "cpu" else name


def nothing_happened(difference: Difference) -> bool:
    """Whether nothing changed at all, which has many causes and identifies none."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return False
    words = compared(given, wanted)
    return words.endswith(wanted.words.nothing) and ";" not in words


def all_one_number(difference: Difference) -> str:
    """Describe a constant tensor, which identifies no mistake."""
    given = difference.values[0]
    if difference.tensors is None or not isinstance(given, Tensor) or given.numel() < 2 or difference.seen.broken_layer:
        return ""
    numbers = given.double().flatten()
    if not (numbers.isnan().all() or (numbers == numbers[0]).all()):
        return ""
    return f"In {difference.place}, each of the {given.numel()} numbers is {float(numbers[0]):.4g}."


def settings(difference: Difference) -> str:
    """Describe a difference of settings."""
    given, wanted = difference.values
    if not isinstance(given, dict) or not isinstance(wanted, dict):
        return ""
    names = [name for name in wanted if name in given and given[name] != wanted[name]]
    if len(names) == 1 and wanted.keys() == given.keys():
        sentence = of_one_setting(difference.place, names[0], wanted[names[0]], given[names[0]])
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
    """Describe a number or boolean that differs, too little to identify a mistake."""
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
    return answers(difference.place, given, wanted)


def _times(given: float, wanted: float) -> str:
    """Describe a simple factor between two numbers, or ""."""
    if not given or not wanted or not math.isfinite(given / wanted):
        return ""
    ratio = given / wanted
    for factor, shown, most in ((ratio, "{} times the right one", 1000), (1 / ratio, "1/{} of the right one", 10)):
        near = round(factor)
        if 2 <= abs(near) <= most and math.isclose(factor, near, rel_tol=1e-4):
            return f": {shown.format(near)}"
    return ": the right one with the other sign" if math.isclose(ratio, -1, rel_tol=1e-4) else ""


def course(difference: Difference) -> str:
    """Describe the first divergence of two lists, such as the logs of two steps."""
    return sequence(difference.place, *difference.values)


def words(difference: Difference) -> str:
    """Describe two values by an observer's own words for them."""
    given, wanted = difference.values
    if not isinstance(given, str) or not isinstance(wanted, str):
        return ""
    sentence = raised(difference.place, wanted, given) or none(difference.place, wanted, given)
    if sentence or max(len(given), len(wanted)) > LONGEST_WORDS:
        return sentence
    return f"{difference.place[0].upper()}{difference.place[1:]} must be {wanted}, and is {_setting(given)}."


LONGEST_WORDS = 80  # letters; what is longer is no word for anything


def kind(difference: Difference) -> str:
    """Describe a value of another kind than a tensor or a layer."""
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
    """Describe a fact that has many causes: a mistake that agrees on it alone is only a likely one."""
    nothing = amounts(difference) if nothing_happened(difference) else ""
    return nothing or all_one_number(difference) or settings(difference) or words(difference)
