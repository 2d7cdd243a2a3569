"""Say which known mistake an answer is, and where it leaves the right path; never guess.

An *observation* is an ordered list of facts about one run of an exercise: what reached each layer,
what came out, what was left behind, the exception. The first fact that differs from the
solution's is *where*; a mistake of the bank that agrees on that fact is *what*.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

from torch import Tensor

from kata import bank, binding
from kata.amounts import Amounts, compared
from kata.binding import Candidate
from kata.guard import guarded
from kata.lesson import Lesson
from kata.observation import Fact, Observation, SeenEnough, first_difference, same, sketch
from kata.place import learner_frames

T = TypeVar("T", bound=Callable[..., None])


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
        self._index: dict[str, tuple[int, object]] = {}

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

    def learn(self) -> None:
        """Note where each mistake leaves the solution, and with what: so few need be run for a diagnosis."""
        for mistake in self._mistakes:
            observer = self._observers.get(mistake.exercise)
            if observer is not None:
                right = self._reference(observer)
                seen = self._observe(observer, binding.of_bank(mistake), compared_with=right)
                where = first_difference(seen, right)
                if where is not None and where < len(seen.facts):
                    self._index[mistake.key] = where, sketch(seen.facts[where].value)

    def _may_fit(self, mistake: bank.Answer, seen: Observation, where: int) -> bool:
        """Whether a mistake may agree on the first fact that differs from the solution's."""
        if mistake.key not in self._index or where >= len(seen.facts):
            return True
        place, value = self._index[mistake.key]
        return place == where and same(value, sketch(seen.facts[where].value))

    def errors_of_solution(self) -> dict[str, BaseException | None]:
        """Return what stopped the observation of each exercise of the solution: an observer at fault, if anything."""
        return {name: self._reference(observer).error for name, observer in self._observers.items()}

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
        with guarded() as changed, _silent(), contextlib.suppress(SeenEnough):
            try:
                name = f"exercises.{self.lesson.name}"
                observer.run(binding.load(binding.assemble(candidate, played or ()), name), seen)
            except SeenEnough:
                raise
            except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
                seen.error, seen.stopped_inside = error, bool(learner_frames(error, candidate.path))
                seen("the error", (type(error).__name__, str(error)))
            except BaseException as error:  # noqa: BLE001  (exit(), a time limit: not to be passed on from here)
                seen.error, seen.stopped_inside = error, True
                seen("the error", type(error).__name__)
        with contextlib.suppress(SeenEnough):
            seen("what is left behind", sorted(changed))
        return seen

    def _best_mistake(self, observer: Observer, seen: Observation, where: int) -> tuple[bank.Answer, bool] | None:
        """Return the mistake that agrees longest with `seen`, and whether it agrees on everything."""
        best: tuple[int, bank.Answer] | None = None
        for mistake in self._mistakes:
            if mistake.exercise != observer.exercise or not self._may_fit(mistake, seen, where):
                continue
            known = self._of_mistakes.get(mistake.key)
            known = known or self._observe(observer, binding.of_bank(mistake), compared_with=seen)
            difference = first_difference(seen, known)
            if difference is None:
                return mistake, True
            if difference > where and (best is None or difference > best[0]):
                best = difference, mistake
        return (best[1], False) if best else None


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
        earlier = _shape_before(seen, right, where)
        headline = f"{earlier} Then {seen.broken_layer}." if earlier else f"{seen.broken_layer}."
        return Diagnosis(headline, before, walk, None, exact=False)
    place = seen.facts[where].place if where < len(seen.facts) else right.facts[where].place
    if fits:
        headline = f"In {place}, your code agrees with {fits[0].name}."
        return Diagnosis(headline, fits[0].why, walk, fits[0].key, exact=False)
    amounts = _amounts(seen, right, where) or _settings(seen, right, where)
    if amounts:
        return Diagnosis(f"In {place}, {amounts}.", "", walk, None, exact=False)
    headline = f"The first difference is in {place}. {before}".strip()
    return Diagnosis(headline, "", walk, None, exact=False, names_cause=bool(before))


def _amounts(seen: Observation, right: Observation, where: int) -> str:
    """Say which numbers differ and by how much, where the first difference is one of amounts."""
    given, wanted = _values(seen, right, where)
    return compared(given, wanted) if isinstance(given, Amounts) and isinstance(wanted, Amounts) else ""


def _values(seen: Observation, right: Observation, where: int) -> tuple[object, object]:
    """Return what was observed where the difference is, and what should have been; None where there is nothing."""
    given, wanted = (one.facts[where].value if where < len(one.facts) else None for one in (seen, right))
    return given, wanted


def _settings(seen: Observation, right: Observation, where: int) -> str:
    """Say which settings differ, where the first difference is one of settings."""
    given, wanted = _values(seen, right, where)
    if not isinstance(given, dict) or not isinstance(wanted, dict):
        return ""
    names = [name for name in wanted if name in given and given[name] != wanted[name]]
    return "; ".join(f"{name} must be {wanted[name]}, and is {given[name]}" for name in names[:3])


def _shape_before(seen: Observation, right: Observation, where: int) -> str:
    """Name the shape that went wrong before the layer that stopped, if there is one."""
    given, wanted = _values(seen, right, where)
    stations = [fact.layer for fact in seen.facts if fact.layer]
    is_earlier = where < len(seen.facts) and bool(stations) and seen.facts[where].layer != stations[-1]
    if not is_earlier or not isinstance(given, Tensor) or not isinstance(wanted, Tensor) or given.shape == wanted.shape:
        return ""
    place = seen.facts[where].place
    return f"{place[0].upper()}{place[1:]} must be {tuple(wanted.shape)}, and is {tuple(given.shape)}."


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


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            yield
