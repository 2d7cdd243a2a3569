"""Say which known mistake an answer is, and where it leaves the right path; never guess.

An *observation* is an ordered list of facts about one run of an exercise: what reached each layer,
what came out, what was left behind, the exception. The first fact that differs from the
solution's is *where*; a mistake of the bank that agrees on that fact is *what*.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from kata import bank, binding
from kata.binding import Candidate
from kata.guard import guarded
from kata.lesson import Lesson
from kata.stumble import learner_frames
from kata.trace import Recorder, Trace, why_it_breaks

T = TypeVar("T", bound=Callable[..., None])


@dataclass(frozen=True)
class Fact:
    """Something observed at a place: ``("what reaches conv2", a tensor)``.

    Along the walk through a network `layer` names the station, and `calls` the torch functions that
    ran since the one before; they explain, and are not compared.
    """

    place: str
    value: object
    layer: str | None = None
    calls: tuple[str, ...] = ()


class _SeenEnough(BaseException):
    """An observation that is only compared has met its first difference."""


@dataclass
class Observation:
    """The facts of one run, in order; call it to add one, or `network` to run a network step by step."""

    facts: list[Fact] = field(default_factory=list)
    broken_layer: str | None = None
    error: BaseException | None = None
    stopped_inside: bool = False
    compared_with: Observation | None = None

    def __call__(self, place: str, value: object) -> None:
        """Add a fact; a tensor is copied as it is now."""
        self._add(Fact(place, _frozen(value)))

    def _add(self, fact: Fact) -> None:
        self.facts.append(fact)
        if self.compared_with is not None and not _agrees(self.compared_with.facts, len(self.facts) - 1, fact):
            raise _SeenEnough

    def network(self, net: nn.Module, x: Tensor, result: str) -> Any:
        """Run ``net(x)`` and return what it gives; what reaches each layer is a fact, and the `result` too."""
        recorder = Recorder(net)
        try:
            with recorder:
                given = net(x)
        finally:
            self._add_walk(net, recorder.trace)
        self._add(Fact(f"the {result}", _frozen(given), result, recorder.trace.calls_after))
        return given

    def _add_walk(self, net: nn.Module, trace: Trace) -> None:
        for step in trace.steps:
            self._add(Fact(f"what reaches {step.layer}", step.input, step.layer, step.calls))
            layer = getattr(net, step.layer, None)
            if not step.done and isinstance(layer, nn.Module):
                why = why_it_breaks(layer, step.input)
                self.broken_layer = f"{step.layer} {why}" if why else None


@dataclass(frozen=True)
class Observer:
    """How one exercise is observed, and the sentence that a full agreement with a mistake deserves."""

    exercise: str
    evidence: str
    run: Callable[[ModuleType, Observation], None]


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
        mistake: the key of the known mistake in its bank, or None.
        exact: whether every fact agrees with that mistake, not only the first that differs.
        names_cause: whether the headline says what is wrong, not only where.
    """

    headline: str
    why: str
    walk: tuple[WalkStep, ...]
    mistake: str | None
    exact: bool
    names_cause: bool = True


def observes(exercise: str, evidence: str) -> Callable[[T], T]:
    """Mark a function of `mistakes/` as the observer of `exercise`.

    Args:
        exercise: the exercise's name.
        evidence: a sentence with ``{}`` for the mistake's name, such as "Your scores equal those of {}."
    """

    def mark(run: T) -> T:
        run.__dict__["observer"] = Observer(exercise, evidence, run)
        return run

    return mark


class Diagnoser:
    """Diagnose answers to one lesson; what the solution and the mistakes do is observed once."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        source = binding.read(lesson, lesson.mistakes)
        module = binding.load(source.make(), f"mistakes.{lesson.name}")
        found = (getattr(value, "observer", None) for value in vars(module).values())
        self._observers = {o.exercise: o for o in found if isinstance(o, Observer)}
        self._mistakes = bank.read(lesson, lesson.mistakes)
        self._right: dict[str, Observation] = {}
        self._of_mistakes: dict[str, Observation] = {}
        self._solution = binding.read(lesson, lesson.solution)

    def diagnose(self, candidate: Candidate, exercise: str) -> Diagnosis | None:
        """Return what is known about the candidate's answer to `exercise`; None where nothing differs."""
        observer = self._observers.get(exercise)
        if observer is None:
            return None
        seen = self._observe(observer, candidate)
        right = self._reference(observer)
        where = first_difference(seen, right)
        if where is None:
            return None
        fits = self._best_mistake(observer, seen, where)
        return _told(observer, seen, right, where, fits)

    def waits_for(self, candidate: Candidate, exercise: str) -> str | None:
        """Return the earlier exercise that is wrong and changes what this one does, or None."""
        observer = self._observers.get(exercise)
        names = [e.name for e in self.lesson.exercises]
        if observer is None:
            return None
        for name in names[: names.index(exercise)]:
            earlier = self._observers.get(name)
            if name in candidate.untouched or earlier is None:
                continue
            if first_difference(self._observe(earlier, candidate), self._reference(earlier)) is None:
                continue
            without = self._observe(observer, candidate, played=[name])
            if first_difference(self._observe(observer, candidate), without) is not None:
                return name
        return None

    def observe_all_mistakes(self) -> None:
        """Observe every mistake to its end, once: worth its time where many answers are to be diagnosed."""
        for mistake in self._mistakes:
            if mistake.exercise in self._observers and mistake.key not in self._of_mistakes:
                observer = self._observers[mistake.exercise]
                self._of_mistakes[mistake.key] = self._observe(observer, binding.of_bank(mistake))

    def _reference(self, observer: Observer) -> Observation:
        if observer.exercise not in self._right:
            self._right[observer.exercise] = self._observe(observer, self._solution)
        return self._right[observer.exercise]

    def _observe(
        self,
        observer: Observer,
        candidate: Candidate,
        played: list[str] | None = None,
        compared_with: Observation | None = None,
    ) -> Observation:
        """Observe the candidate; where it is only compared, stop at the first difference."""
        seen = Observation(compared_with=compared_with)
        with guarded() as changed, _silent(), contextlib.suppress(_SeenEnough):
            torch.manual_seed(0)
            try:
                name = f"exercises.{self.lesson.name}"
                observer.run(binding.load(binding.assemble(candidate, played or ()), name), seen)
            except _SeenEnough:
                raise
            except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
                seen.error, seen.stopped_inside = error, bool(learner_frames(error, candidate.path))
                seen("the error", (type(error).__name__, str(error)))
            except BaseException as error:  # noqa: BLE001  (exit(), a time limit: not to be passed on from here)
                seen.error, seen.stopped_inside = error, True
                seen("the error", type(error).__name__)
        with contextlib.suppress(_SeenEnough):
            seen("what is left behind", sorted(changed))
        return seen

    def _best_mistake(self, observer: Observer, seen: Observation, where: int) -> tuple[bank.Answer, bool] | None:
        """Return the mistake that agrees longest with `seen`, and whether it agrees on everything."""
        best: tuple[int, bank.Answer] | None = None
        for mistake in self._mistakes:
            if mistake.exercise != observer.exercise:
                continue
            known = self._of_mistakes.get(mistake.key)
            known = known or self._observe(observer, binding.of_bank(mistake), compared_with=seen)
            difference = first_difference(seen, known)
            if difference is None:
                return mistake, True
            if difference > where and (best is None or difference > best[0]):
                best = difference, mistake
        return (best[1], False) if best else None


def _agrees(facts: list[Fact], index: int, fact: Fact) -> bool:
    return index < len(facts) and facts[index].place == fact.place and same(facts[index].value, fact.value)


def first_difference(a: Observation, b: Observation) -> int | None:
    """Return the index of the first fact in which two observations differ, or None."""
    for index, fact in enumerate(b.facts):
        if not _agrees(a.facts, index, fact):
            return index
    return None if len(a.facts) == len(b.facts) else len(b.facts)


def same(a: object, b: object) -> bool:
    """Whether two observed values are equal; numbers within the noise of float32."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        alike = a.shape == b.shape and a.dtype == b.dtype and a.device == b.device
        return alike and (a.is_meta or _close(a, b))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and bool(a == b)


def _close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal within the noise of float32 sums, whose size goes with the largest number."""
    if not a.is_floating_point():
        return torch.equal(a, b)
    largest = float(torch.nan_to_num(b).abs().max()) if b.numel() else 0.0
    return torch.allclose(a, b, rtol=1e-4, atol=1e-5 * min(max(largest, 1.0), 1e6), equal_nan=True)


def _told(
    observer: Observer, seen: Observation, right: Observation, where: int, fits: tuple[bank.Answer, bool] | None
) -> Diagnosis:
    walk = tuple(_walk(seen, right, where))
    if fits and fits[1]:
        stops = "Your code stops with the same error, at the same place, as {}."
        evidence = stops if seen.stopped_inside else observer.evidence
        return Diagnosis(evidence.format(fits[0].name), fits[0].why, walk, fits[0].key, exact=True)
    before = _before(seen, where)
    if seen.broken_layer:
        return Diagnosis(f"{seen.broken_layer}.", before, walk, None, exact=False)
    place = seen.facts[where].place if where < len(seen.facts) else right.facts[where].place
    if fits:
        headline = f"In {place}, your code agrees with {fits[0].name}."
        return Diagnosis(headline, fits[0].why, walk, fits[0].key, exact=False)
    headline = f"The first difference is in {place}. {before}".strip()
    return Diagnosis(headline, "", walk, None, exact=False, names_cause=bool(before))


def _before(seen: Observation, where: int) -> str:
    """Say what happened just before the first difference, where the walk knows: what ran, or what was dropped."""
    stations = [fact for fact in seen.facts[: where + 1] if fact.layer is not None]
    if where >= len(seen.facts) or seen.facts[where].layer is None:
        return ""
    *earlier, here = stations
    for station in earlier:
        if isinstance(here.value, Tensor) and same(here.value, station.value):
            same_tensor = f"It is the very tensor that already reached {station.layer}"
            return f"{same_tensor}: what was made in between is not passed on."
    span = f"Between {earlier[-1].layer} and {here.layer}" if earlier else f"Before {here.layer}"
    return f"{span} your code runs: {', '.join(here.calls) or 'nothing'}."


def _walk(seen: Observation, right: Observation, where: int) -> Iterator[WalkStep]:
    if where < len(seen.facts) and seen.facts[where].layer is None and not seen.error:
        return  # the walk agrees to its end: it would only be noise
    for index, fact in enumerate(seen.facts[: where + 1]):
        if fact.layer is not None:
            shape = str(tuple(fact.value.shape)) if isinstance(fact.value, Tensor) else type(fact.value).__name__
            yield WalkStep(fact.layer, shape, "ok" if index < where else _difference(fact, right, where))


def _difference(fact: Fact, right: Observation, where: int) -> str:
    wanted = right.facts[where] if where < len(right.facts) else None
    if wanted and wanted.layer and wanted.layer != fact.layer:
        return f"differs here: {wanted.layer} must come here"
    both = (wanted.value, fact.value) if wanted else (None, None)
    if isinstance(both[0], Tensor) and isinstance(both[1], Tensor) and both[0].shape != both[1].shape:
        return f"differs here: must be {tuple(both[0].shape)}"
    return "differs here"


def _frozen(value: object) -> object:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return [_frozen(part) for part in value]
    return value


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            yield
