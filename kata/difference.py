"""Tell the first difference between what an answer did and what the solution did."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import Tensor, nn

from kata.amounts import Amounts, compared
from kata.bank import Answer
from kata.observation import Fact, Observation, same
from kata.trace import FOREIGN


@dataclass(frozen=True)
class WalkStep:
    """A layer, the shape that reached it, and whether it agrees with the reference ("ok" or words)."""

    layer: str
    shape: str
    verdict: str


@dataclass(frozen=True)
class Diagnosis:
    """What is known about a wrong answer.

    Args:
        headline: the first sentence; stands alone.
        why: why it matters, or further facts.
        walk: the layers up to the first difference.
        answer: the known mistake, or None.
        exact: whether every fact agrees with that mistake, not only the first that differs.
        names_cause: whether the headline says what is wrong, not only where.
        tensors: what was given and what is wanted at the first difference, where two of one shape differ.
    """

    headline: str
    why: str
    walk: tuple[WalkStep, ...]
    answer: Answer | None
    exact: bool
    names_cause: bool = True
    tensors: tuple[Tensor, Tensor] | None = None

    @property
    def mistake(self) -> str | None:
        """The key of the known mistake in its bank, or None."""
        return self.answer.key if self.answer else None


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
        """Both values, where they are tensors of one shape."""
        given, wanted = self.values
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


def told(
    evidence: str,
    difference: Difference,
    fits: tuple[Answer, bool] | None,
    called: tuple[Answer, str] | None = None,
) -> Diagnosis:
    """Return what is to be told.

    Args:
        evidence: the observer's sentence.
        difference: what was seen.
        fits: the known mistake that agrees, and whether it does so on everything.
        called: where none does, one that calls what the answer calls and the solution does not, and the call.
    """
    known = replace(_told(evidence, difference, fits), tensors=difference.tensors)
    if called is None:
        return known
    answer, name = called
    return replace(known, why=f"{known.why} Your code calls `{name}`, as does {answer.name}. {answer.why}".strip())


def _told(evidence: str, difference: Difference, fits: tuple[Answer, bool] | None) -> Diagnosis:
    seen, walk = difference.seen, tuple(_walk(difference))
    if fits and fits[1]:
        evidence = "Your code breaks in the same way as {}." if seen.stopped_inside else evidence
        return Diagnosis(evidence.format(fits[0].name), fits[0].why, walk, fits[0], exact=True)
    before = _before(difference)
    if seen.broken_layer:
        earlier = _order(difference) or _shape_before(difference)
        headline = f"{earlier} Then {seen.broken_layer}." if earlier else f"{seen.broken_layer}."
        return Diagnosis(headline, before, walk, None, exact=False)
    if difference.values[1] == "no error" and not seen.broken_layer:  # what stopped says more
        why = f"One way there: {fits[0].name}. {fits[0].why}" if fits else ""
        return Diagnosis(f"The first difference is in {difference.place}.", why, walk, None, False, names_cause=False)
    way = f"One way there: {fits[0].name}. {fits[0].why}" if fits else ""
    if fact := _count(difference):
        return Diagnosis(fact, way, walk, None, exact=False)
    alike = (
        (_amounts(difference) if _nothing_happened(difference) else "")
        or _all_one_number(difference)
        or _settings(difference)
        or _words(difference)
    )
    if fits and alike:
        return Diagnosis(alike, way, walk, None, exact=False)
    if fits:
        headline = f"In {difference.place}, your code agrees with {fits[0].name}."
        return Diagnosis(headline, fits[0].why, walk, fits[0], exact=False)
    for sentence in (_amounts, _settings, _words, _kind, _foreign_layer, _order):
        headline = sentence(difference)
        if headline:
            return Diagnosis(headline, "", walk, None, exact=False)
    headline = f"The first difference is in {difference.place}. {before}".strip()
    return Diagnosis(headline, "", walk, None, exact=False, names_cause=bool(before))


# Each sentence is "" where it has nothing to say.


def _amounts(difference: Difference) -> str:
    """Say which numbers differ and by how much, where the first difference is one of amounts."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return ""
    words = compared(given, wanted)
    return f"In {difference.place}, {words}." if words else ""


def _nothing_happened(difference: Difference) -> bool:
    """Whether none of the amounts is there: it has many causes, and agreeing on it alone shows none of them."""
    given, wanted = difference.values
    if not isinstance(given, Amounts) or not isinstance(wanted, Amounts):
        return False
    words = compared(given, wanted)
    return words.endswith(wanted.words.nothing) and ";" not in words


def _all_one_number(difference: Difference) -> str:
    """Say that all numbers of a tensor are one and the same: what agrees with that shows little."""
    given = difference.values[0]
    if difference.tensors is None or not isinstance(given, Tensor) or given.numel() < 2 or difference.seen.broken_layer:
        return ""
    numbers = given.double().flatten()
    if not (numbers.isnan().all() or (numbers == numbers[0]).all()):
        return ""
    return f"In {difference.place}, each of the {given.numel()} numbers is {float(numbers[0]):.4g}."


def _settings(difference: Difference) -> str:
    """Say which settings differ, where the first difference is one of settings."""
    given, wanted = difference.values
    if not isinstance(given, dict) or not isinstance(wanted, dict):
        return ""
    names = [name for name in wanted if name in given and given[name] != wanted[name]]
    parts = [f"{name} must be {wanted[name]}, and is {_setting(given[name])}" for name in names[:3]]
    if any(type(given[name]) is str and given[name] in _UNCALLED for name in names):
        return f"In {difference.place}, {'; '.join(parts)}."
    parts += [f"{name} is missing" for name in [name for name in wanted if name not in given][:3]]
    parts += [f"{name} must not be there" for name in [name for name in given if name not in wanted][:3]]
    return f"In {difference.place}, {'; '.join(parts)}." if parts else ""


_UNCALLED = ("builtin_function_or_method", "method", "function")


def _setting(value: object) -> object:
    return "a function or method that was not called" if type(value) is str and value in _UNCALLED else value


def _count(difference: Difference) -> str:
    """Say a number or a yes that differs: too little to say from it alone which mistake it is."""
    given, wanted = difference.values
    place = f"{difference.place[0].upper()}{difference.place[1:]}"
    if isinstance(given, bool) and isinstance(wanted, bool):
        answers = f"{place}: {_YES[wanted]} is wanted, and your code gives {_YES[given]}."
        return answers if place.startswith("Whether") else f"Not as it must be: {difference.place}."
    if isinstance(given, int) and isinstance(wanted, int):
        return f"{place} must be {wanted}, and is {given}."
    return ""


_YES = {True: "yes", False: "no"}


def _words(difference: Difference) -> str:
    """Say which words an observer has for what was given and what is wanted."""
    given, wanted = difference.values
    if not isinstance(given, str) or not isinstance(wanted, str) or max(len(given), len(wanted)) > LONGEST_WORDS:
        return ""
    return f"{difference.place[0].upper()}{difference.place[1:]} must be {wanted}, and is {_setting(given)}."


LONGEST_WORDS = 80  # letters; what is longer is no word for anything


def _kind(difference: Difference) -> str:
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


def _foreign_layer(difference: Difference) -> str:
    """Say that a layer which the network does not keep takes part."""
    if not difference.given or difference.given.layer != FOREIGN:
        return ""
    return (
        f"{_span(difference)[0]}a layer runs that the network does not keep: made anew at each call, it starts from "
        "new random weights each time, and none of them is ever trained."
    )


def _order(difference: Difference) -> str:
    """Say which layer comes in place of which."""
    other = difference.other_layer
    if not other or not difference.given or difference.given.layer == FOREIGN:
        return ""
    return f"{_span(difference)[0]}{difference.given.layer} comes next, where {other} must."


def _shape_before(difference: Difference) -> str:
    """Name the shape that went wrong before the layer that stopped, if there is one."""
    given, wanted = difference.values
    stations = [fact.layer for fact in difference.seen.facts if fact.layer]
    is_earlier = difference.given is not None and bool(stations) and difference.given.layer != stations[-1]
    if not is_earlier or not isinstance(given, Tensor) or not isinstance(wanted, Tensor) or given.shape == wanted.shape:
        return ""
    place = difference.place
    return f"{place[0].upper()}{place[1:]} must be {tuple(wanted.shape)}, and is {tuple(given.shape)}."


def _span(difference: Difference) -> tuple[str, list[Fact]]:
    """Return "After conv2, " and the stations of the walk up to the difference."""
    fact = difference.given
    facts = difference.seen.facts[: difference.where + 1]
    stations = [one for one in facts if fact and one.layer is not None and one.when == fact.when]
    return (f"After {stations[-2].layer}, " if len(stations) > 1 else "At first, "), stations


def _before(difference: Difference) -> str:
    """Say what happened just before the first difference, where the walk knows: what ran, or what was dropped."""
    if difference.given is None or difference.given.layer is None:
        return ""
    *earlier, here = _span(difference)[1]
    for station in earlier:
        if isinstance(here.value, Tensor) and same(here.value, station.value):
            same_tensor = f"It is the very tensor that already reached {station.layer}"
            return f"{same_tensor}: what was made in between is not passed on."
    span = f"Between {earlier[-1].layer} and {here.layer}" if earlier else f"Before {here.layer}"
    return f"{span} your code runs: {', '.join(here.calls) or 'nothing'}."


def _walk(difference: Difference) -> Iterator[WalkStep]:
    if difference.given and difference.given.layer is None and not difference.seen.error:
        return  # the walk agrees to its end: it would only be noise
    facts = difference.seen.facts[: difference.where + 1]
    runs = [fact.when for fact in facts if fact.layer is not None]
    for index, fact in enumerate(facts):
        if fact.layer is not None and fact.when == runs[-1]:
            shape = str(tuple(fact.value.shape)) if isinstance(fact.value, Tensor) else type(fact.value).__name__
            yield WalkStep(fact.layer, shape, "ok" if index < difference.where else _verdict(difference))


def _verdict(difference: Difference) -> str:
    if difference.other_layer:
        return f"differs here: {difference.other_layer} must come here"
    given, wanted = difference.values
    if isinstance(given, Tensor) and isinstance(wanted, Tensor) and given.shape != wanted.shape:
        return f"differs here: must be {tuple(wanted.shape)}"
    return "differs here"
