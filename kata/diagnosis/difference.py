"""Describe the first difference between the observations of an answer and of the solution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from torch import Tensor

from kata.checking.patterns import relation
from kata.content.bank import Answer
from kata.diagnosis import facts
from kata.diagnosis.facts import Difference
from kata.diagnosis.observation import Fact, same
from kata.diagnosis.trace import FOREIGN


@dataclass(frozen=True)
class WalkStep:
    """A layer, the shape of its input, and "ok" or how the input differs from the reference's."""

    layer: str
    shape: str
    verdict: str


@dataclass(frozen=True)
class Diagnosis:
    """What is known about a wrong answer.

    Args:
        headline: the first sentence; stands alone.
        why: why it matters, or more facts.
        walk: the layers up to the first difference.
        answer: the known mistake, or None.
        exact: whether every fact agrees with that mistake, not only the first that differs.
        names_cause: whether the headline says what is wrong, not only where.
        tensors: the actual and the expected tensor at the first difference, if they have one shape.
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
class Match:
    """A known mistake whose observation agrees with the answer's.

    Args:
        answer: the mistake.
        is_whole: whether all facts agree, not only some from the first difference on.
        cases: the number of wrong facts that agree.
        rivals: the names of other mistakes that agree as well and that similarity does not separate.
    """

    answer: Answer
    is_whole: bool
    cases: int = 1
    ambiguous_with: tuple[str, ...] = ()

    @property
    def is_weak(self) -> bool:
        """Whether it agrees in a single fact, which is no evidence."""
        return not self.is_whole and self.cases < _ENOUGH_CASES


_ENOUGH_CASES = 2


def told(evidence: str, difference: Difference, fits: Match | None) -> Diagnosis:
    """Return what is to be told.

    Args:
        evidence: the observer's sentence.
        difference: the two observations.
        fits: the known mistake that agrees, or None.
    """
    return replace(_told(evidence, difference, fits), tensors=difference.tensors)


def _told(evidence: str, difference: Difference, fits: Match | None) -> Diagnosis:
    seen, walk = difference.seen, tuple(_walk(difference))
    if fits and fits.is_whole:
        evidence = "Your code breaks in the same way as {}." if seen.stopped_inside else evidence
        if fits.ambiguous_with:
            names = ", or ".join((fits.answer.name, *fits.ambiguous_with))
            return Diagnosis(evidence.format(names), "", walk, None, exact=True)
        return Diagnosis(evidence.format(fits.answer.name), fits.answer.why, walk, fits.answer, exact=True)
    before = _before(difference)
    if seen.broken_layer:
        earlier = _order(difference) or _shape_before(difference)
        headline = f"{earlier} Then {seen.broken_layer}." if earlier else f"{seen.broken_layer}."
        return Diagnosis(headline, before, walk, None, exact=False)
    shows_way = fits is not None and not fits.is_weak and not fits.ambiguous_with
    way = f"One way there: {fits.answer.name}. {fits.answer.why}" if fits and shows_way else ""
    if difference.values[1] == "no error":  # what stopped says more
        return Diagnosis(f"The first difference is in {difference.place}.", way, walk, None, False, names_cause=False)
    fact = facts.plain(difference) or (facts.all_that_shows_little(difference) if fits else "")
    if fact:
        return Diagnosis(fact, way, walk, None, exact=False)
    if fits and not fits.is_weak:
        headline = f"In {difference.place}, your code agrees with {fits.answer.name}."
        return Diagnosis(headline, fits.answer.why, walk, fits.answer, exact=False)
    for sentence in (facts.amounts, facts.settings, facts.words, facts.kind, facts.course, _foreign_layer, _order):
        headline = sentence(difference)
        if headline:
            return Diagnosis(headline, "", walk, None, exact=False)
    how = relation(*difference.tensors) if difference.tensors else ""
    place = f"{difference.place}: it {how}" if how else difference.place
    headline = f"The first difference is in {place}. {before}".strip()
    return Diagnosis(headline, "", walk, None, exact=False, names_cause=bool(before or how))


# Each sentence is "" where it has nothing to say.


def _foreign_layer(difference: Difference) -> str:
    """Describe a layer in the forward pass that is not assigned to self."""
    if not difference.given or difference.given.layer != FOREIGN:
        return ""
    return (
        f"{_span(difference)[0]}a layer runs that the network does not keep: made again at each call, it starts from "
        "new random weights each time, and none of them is ever trained."
    )


def _order(difference: Difference) -> str:
    """Describe a layer that runs in place of another."""
    other = difference.other_layer
    if not other or not difference.given or difference.given.layer == FOREIGN:
        return ""
    after, stations = _span(difference)
    here = difference.given.layer
    does = "is run once more" if here in {one.layer for one in stations[:-1]} else "comes next"
    return f"{after}{here} {does}, where {other} must{' come' * (does != 'comes next')}."


def _shape_before(difference: Difference) -> str:
    """Describe the first wrong shape before the layer that raised, if there is one."""
    given, wanted = difference.values
    stations = [fact.layer for fact in difference.seen.facts if fact.layer]
    is_earlier = difference.given is not None and bool(stations) and difference.given.layer != stations[-1]
    if not is_earlier or not isinstance(given, Tensor) or not isinstance(wanted, Tensor) or given.shape == wanted.shape:
        return ""
    place = difference.place
    return f"{place[0].upper()}{place[1:]} must be {tuple(wanted.shape)}, and is {tuple(given.shape)}."


def _span(difference: Difference) -> tuple[str, list[Fact]]:
    """Return "After conv2, " and the steps of the forward pass up to the difference."""
    fact = difference.given
    facts = difference.seen.facts[: difference.where + 1]
    stations = [one for one in facts if fact and one.layer is not None and one.when == fact.when]
    return (f"After {stations[-2].layer}, " if len(stations) > 1 else "At first, "), stations


def _before(difference: Difference) -> str:
    """Describe what ran, or did not run, just before the first difference."""
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
