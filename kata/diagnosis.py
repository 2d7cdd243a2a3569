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

from kata import bank, binding
from kata.binding import Candidate
from kata.difference import Diagnosis, Difference, told
from kata.guard import guarded
from kata.lesson import Lesson
from kata.observation import Observation, SeenEnough, agree, first_difference, same, sketch
from kata.place import learner_frames

T = TypeVar("T", bound=Callable[..., None])


@dataclass(frozen=True)
class Observer:
    """How one exercise is observed, and the sentence that a full agreement with a mistake deserves."""

    exercise: str
    evidence: str
    run: Callable[[ModuleType, Observation], None]


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
        known = self._of_mistakes.get(candidate.key) if candidate.path.parent == self.lesson.mistakes.parent else None
        seen = known or self._observe(observer, candidate)
        right = self._reference(observer)
        where = first_difference(seen, right)
        if where is None:
            return None
        fits = self._best_mistake(observer, seen, where)
        return told(observer.evidence, Difference(seen, right, where), fits)

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
        """Observe every mistake to its end, once: worth its time where many answers are to be diagnosed.

        Raises:
            RuntimeError: an observer does not see the same twice; a mistake may have changed what it shares.
        """
        if self._of_mistakes:
            return
        before = {name: self._reference(observer) for name, observer in self._observers.items()}
        for mistake in self._mistakes:
            if mistake.exercise in self._observers:
                observer = self._observers[mistake.exercise]
                self._of_mistakes[mistake.key] = self._observe(observer, binding.of_bank(mistake))
        for name, observer in self._observers.items():
            if first_difference(before[name], self._observe(observer, self._solution)) is not None:
                raise RuntimeError(f"the observer of {name} does not see the same twice")

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
            if not agree(known, seen, where):
                continue
            difference = first_difference(seen, known)
            if difference is None:
                return mistake, True
            if difference > where and (best is None or difference > best[0]):
                best = difference, mistake
        return (best[1], False) if best else None


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            yield
