"""Find the known mistake behind an answer: the one whose observation agrees with the answer's."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import torch
from torch import Tensor

from kata.checking import loading
from kata.checking.loading import Submission
from kata.checking.sandbox import guarded
from kata.content import bank
from kata.content.bank import Answer
from kata.content.edits import EditError
from kata.content.files import engine_digest, write_whole
from kata.content.lesson import Lesson
from kata.content.patching import Function, PatchedModule, definitions
from kata.content.safe import LONGEST, text_of
from kata.diagnosis.amounts import Amounts
from kata.diagnosis.difference import Diagnosis, Match, told
from kata.diagnosis.exceptions.frame import learner_frames
from kata.diagnosis.explanation import Explained
from kata.diagnosis.facts import Difference
from kata.diagnosis.observation import Fact, Observation, StopObserving, agree, first_difference
from kata.diagnosis.similarity import break_tie, contradicted, features_of, similarity

SAMPLE = 12  # numbers from either end of a tensor


@dataclass(frozen=True)
class Divergence:
    """The first fact in which a mistake diverges from the solution.

    Args:
        where: the index of the fact, or None if the observation ends before.
        value: the fingerprint of the observed value.
    """

    where: int | None
    value: object

    def matches(self, where: int, value: object) -> bool:
        """Whether an observation that diverges there, with such a value, may be this mistake's."""
        return self.where is None or (self.where == where and alike(self.value, value))


def _read_by_its_spec(needed: Lesson, lesson: Lesson) -> list[Path]:
    """Return the files of a needed lesson that the observations depend on."""
    others = bank.at(needed.mistakes) + bank.at(needed.accepted) if needed != lesson else []
    return [needed.solution, *map(Path, others)]


class Index:
    """Cache of each mistake's first divergence, so that a diagnosis observes only candidates that match.

    Attributes:
        lines: per file of the bank and answer: first and last line, and the answer whose sentence it shares, or "".
    """

    def __init__(self, lesson: Lesson, bank: Mapping[str, bytes]) -> None:
        self._file = lesson.root / ".kata" / "index" / f"{lesson.name}.json"
        self._digest = _digest(
            *(text for name in sorted(bank) for text in (name.encode(), bank[name])),
            *(one.read_bytes() for needed in (lesson, *lesson.needs) for one in _read_by_its_spec(needed, lesson)),
        )
        self.lines: dict[str, dict[str, tuple[int, int, str]]] = {}
        self._leavings: dict[str, dict[str, Divergence]] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            self._read(json.loads(self._file.read_bytes()))

    def _read(self, kept: Any) -> None:
        if kept["digest"] == self._digest:
            lines = {
                name: {key: (int(first), int(last), str(of)) for key, (first, last, of) in its.items()}
                for name, its in kept["lines"].items()
            }
            self._leavings = {
                name: {key: Divergence(**words) for key, words in its.items()} for name, its in kept["leavings"].items()
            }
            self.lines = lines

    def of(self, exercise: str) -> Mapping[str, Divergence] | None:
        """Return the divergence of each mistake of an exercise, or None if it is not cached."""
        return self._leavings.get(exercise)

    def keep(self, exercise: str, answers: list[Answer], leavings: dict[str, Divergence]) -> None:
        """Save the divergences of an exercise, and the lines of the bank's answers."""
        self.lines = {}
        for one in answers:
            self.lines.setdefault(one.file.name, {})[one.key] = (*one.lines, one.of)
        self._leavings[exercise] = leavings
        kept = {name: {key: asdict(one) for key, one in its.items()} for name, its in self._leavings.items()}
        text = json.dumps({"digest": self._digest, "lines": self.lines, "leavings": kept})
        with contextlib.suppress(OSError):  # nothing may be written there: it is found out again each time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, text.encode())

    def others(self, name: str, keys: set[str]) -> list[tuple[int, int]] | None:
        """Return the lines of a file that are not needed to read the answers `keys`, or None to read all."""
        its = self.lines.get(name, {})
        needed = keys & its.keys()
        if not needed:
            return None
        while more := {its[key][2] for key in needed} - needed - {""}:
            needed |= more
        return [(first, last) for key, (first, last, _) in its.items() if key not in needed]


def _digest(*texts: bytes) -> str:
    found = hashlib.sha256(repr((torch.__version__, sys.version, engine_digest())).encode())
    for text in texts:
        found.update(hashlib.sha256(text).digest())
    return found.hexdigest()[:32]


def fingerprint(value: object) -> object:
    """Return a short description of a value for JSON, equal for equal values.

    A value without a short description is described by its type only.
    """
    if isinstance(value, Tensor):
        return _of_tensor(value)
    if isinstance(value, list | tuple):
        return [fingerprint(part) for part in value]
    if isinstance(value, Amounts):
        return [*value.after, *(fingerprint(part) for part in value.after.values())]
    if isinstance(value, str | int | float) or value is None:
        return value
    return {"a value of type": type(value).__name__}


def fingerprint_of(fact: Fact) -> object:
    """Return the fingerprint of a fact's value, and its devices."""
    return [fingerprint(fact.value), *fact.lies]


def _of_tensor(tensor: Tensor) -> object:
    kind = [str(tuple(tensor.shape)), str(tensor.dtype), tensor.is_meta]
    if tensor.is_meta or tensor.is_complex():
        return kind
    numbers = tensor.detach().flatten().double()
    largest = float(torch.nan_to_num(numbers.abs()).max()) if len(numbers) else 0.0
    return {"kind": kind, "largest": largest, "numbers": numbers[:SAMPLE].tolist() + numbers[-SAMPLE:].tolist()}


def alike(a: object, b: object, largest: float = 1.0) -> bool:
    """Whether two fingerprints may be of the same value, up to float32 rounding."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(alike(one, other, largest) for one, other in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        size = max(1.0, a.get("largest", 1.0), b.get("largest", 1.0))
        return a.keys() == b.keys() and all(alike(part, b[name], size) for name, part in a.items())
    if isinstance(a, float) and isinstance(b, float):
        near = math.isclose(a, b, rel_tol=3e-4, abs_tol=3e-5 * min(largest, 1e6))
        return near or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


T = TypeVar("T", bound=Callable[..., None])

# What observes an exercise, and what it sees of the solution.
Scene = tuple[Callable[[ModuleType, Observation], None], Observation]

_ADDRESS = re.compile(r"\b0x[0-9a-f]+|\b\d{9,}")  # where something lies in memory, or its id: another one each time


@dataclass(frozen=True)
class Observer:
    """The observer of an exercise, and its sentence for a full agreement with a mistake."""

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
    """Diagnoses answers to one lesson; the solution and the mistakes are observed once."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self._bank = {path: path.read_bytes() for path in bank.at(lesson.mistakes)}
        self._loaded: dict[Path, dict[str, Observer]] = {}
        self._right: dict[str, Observation] = {}
        self._of_mistakes: dict[str, Observation] = {}
        self._all_observed: set[str] = set()
        self._solution = loading.read(lesson, lesson.solution)

    def _observer_of(self, exercise: str) -> Observer | None:
        """Return the observer of an exercise; only its file of the bank is executed."""
        for path, text in self._bank.items():
            if bank.is_observed_in(text, exercise):
                if path not in self._loaded:
                    self._loaded[path] = _observers_in(path, text, self.lesson.name)
                return self._loaded[path].get(exercise)
        return None

    def _observers(self) -> list[Observer]:
        found = (self._observer_of(exercise.name) for exercise in self.lesson.exercises)
        return [observer for observer in found if observer is not None]

    @cached_property
    def _mistakes(self) -> list[bank.Answer]:
        """All mistakes; not needed for a diagnosis if the index is cached."""
        return bank.read(self.lesson, self.lesson.mistakes)

    @cached_property
    def _index(self) -> Index:
        return Index(self.lesson, {path.name: text for path, text in self._bank.items()})

    def diagnose(self, submission: Submission, exercise: str) -> Diagnosis | None:
        """Diagnose a submission's answer to `exercise`; None if its observation equals the solution's."""
        observer = self._observer_of(exercise)
        if observer is None:
            return None
        is_mistake = submission.path.parent in {path.parent for path in self._bank}
        known = self._of_mistakes.get(submission.key) if is_mistake else None
        seen = known or self._observe(observer, submission)
        right = self._reference(observer)
        where = first_difference(seen, right)
        if where is None:
            return None
        fits = self._best_mistake(observer, submission, seen, where)
        return told(observer.evidence, Difference(seen, right, where), fits)

    def waits_for(self, submission: Submission, exercise: str) -> str | None:
        """Return the earlier exercise whose mistake changes this one's behaviour, or None."""
        observer = self._observer_of(exercise)
        names = [e.name for e in self.lesson.exercises]
        if observer is None:
            return None
        for name in names[: names.index(exercise)]:
            earlier = None if name in submission.untouched else self._observer_of(name)
            if earlier is None:
                continue
            if first_difference(self._observe(earlier, submission), self._reference(earlier)) is None:
                continue
            without = self._observe(observer, submission, played=[name])
            if first_difference(self._observe(observer, submission), without) is not None:
                return name
        return None

    def observe_all_mistakes(self, exercise: str) -> None:
        """Observe every mistake of an exercise completely, which pays if many answers are diagnosed.

        Raises:
            RuntimeError: the observer is not deterministic; a mistake may have changed shared state.
        """
        observer = self._observer_of(exercise)
        if observer is None or exercise in self._all_observed:
            return
        right = self._reference(observer)
        for mistake in self._mistakes:
            if mistake.exercise == exercise:
                self._of_mistakes[mistake.key] = self._observe(observer, loading.of_bank(mistake))
        if first_difference(right, self._observe(observer, self._solution)) is not None:
            raise RuntimeError(f"the observer of {exercise} does not see the same twice")
        self._all_observed.add(exercise)

    def seen_of(self, mistake: bank.Answer) -> Observation | None:
        """Return the observation of a mistake, after `observe_all_mistakes`."""
        return self._of_mistakes.get(mistake.key)

    def prepare(self) -> None:
        """Fill the index with the divergences of all mistakes; takes seconds, once per bank."""
        for observer in self._observers():
            if self._index.of(observer.exercise) is None:
                self._learned(observer)

    def _that_may_fit(self, observer: Observer, seen: Observation, where: int) -> list[bank.Answer]:
        """Return the mistakes that may agree on the first difference."""
        if observer.exercise in self._all_observed:
            return [one for one in self._mistakes if one.exercise == observer.exercise]
        noted = self._index.of(observer.exercise) or self._learned(observer)
        value = fingerprint_of(seen.facts[where]) if where < len(seen.facts) else None
        keys = {key for key, one in noted.items() if value is None or one.matches(where, value)}
        return self._read(keys) if keys else []

    def _learned(self, observer: Observer) -> dict[str, Divergence]:
        """Observe where each mistake diverges from the solution, and with which value."""
        noted = {}
        for mistake in self._mistakes:
            if mistake.exercise == observer.exercise:
                seen = self._observe(observer, loading.of_bank(mistake), compared_with=self._reference(observer))
                noted[mistake.key] = _leaving(seen, first_difference(seen, self._reference(observer)))
        self._index.keep(observer.exercise, self._mistakes, noted)
        return noted

    def right_functions(self, submission: Submission, exercise: str, accepted: int = 2) -> list[Function]:
        """Return the solution's function, and the accepted answers that are most similar to a submission."""
        own = features_of(loading.assemble(submission).tree, [exercise])
        trees = []
        for one in self._accepted:
            with contextlib.suppress(EditError):  # of that answer is said where the bank itself is checked
                trees += [one.assembly().tree] if one.exercise == exercise else []
        trees.sort(key=lambda tree: similarity(own, features_of(tree, [exercise])), reverse=True)
        found = (definitions(tree, exercise) for tree in (self._solution.tree, *trees[:accepted]))
        return [functions[-1] for functions in found if functions]

    def scene(self, exercise: str) -> Scene | None:
        """Return the observer of an exercise and its observation of the solution, or None."""
        observer = self._observer_of(exercise)
        return None if observer is None else (observer.run, self._reference(observer))

    def observe_solution(self) -> None:
        """Observe the solution of each exercise."""
        for observer in self._observers():
            self._reference(observer)
            self._index.of(observer.exercise)

    def errors_of_solution(self) -> dict[str, BaseException | None]:
        """Return the exceptions of observers on the solution: faults of the observers."""
        return {observer.exercise: self._reference(observer).error for observer in self._observers()}

    def _reference(self, observer: Observer) -> Observation:
        if observer.exercise not in self._right:
            self._right[observer.exercise] = self._observe(observer, self._solution)
        return self._right[observer.exercise]

    def _observe(
        self,
        observer: Observer,
        submission: Submission,
        played: list[str] | None = None,
        compared_with: Observation | None = None,
    ) -> Observation:
        """Observe the submission, up to the first difference if it is only compared."""
        seen = Observation(compared_with=compared_with)
        with guarded() as changed, silent(), contextlib.suppress(StopObserving):
            try:
                name = f"exercises.{self.lesson.name}"
                observer.run(loading.load(loading.assemble(submission, played or ()), name), seen)
            except StopObserving:
                raise
            except Exception as error:  # noqa: BLE001  (whatever the learner's code raises is a fact)
                seen.error = error
                seen.stopped_inside = isinstance(error, Explained) or bool(learner_frames(error, submission.path))
                seen("the error", (type(error).__name__, _ADDRESS.sub("...", text_of(error)[:LONGEST])))
            except BaseException as error:  # noqa: BLE001  (exit(), a time limit: not to be passed on from here)
                seen.error, seen.stopped_inside = error, True
                seen("the error", type(error).__name__)
        with contextlib.suppress(StopObserving):
            seen("what is left behind", sorted(changed))
        return seen

    def _best_mistake(self, observer: Observer, submission: Submission, seen: Observation, where: int) -> Match | None:
        """Return the mistake whose observation agrees longest with `seen`."""
        longest, best = float(where), list[bank.Answer]()
        for mistake in self._that_may_fit(observer, seen, where):
            known = self._of_mistakes.get(mistake.key)
            known = known or self._observe(observer, loading.of_bank(mistake), compared_with=seen)
            if not agree(known, seen, where):
                continue
            difference = first_difference(seen, known)
            length = math.inf if difference is None else difference
            if length > longest:
                longest, best = length, []
            if length == longest > where:
                best.append(mistake)
        if longest != math.inf:
            best = [one for one in best if not contradicted(submission, one)]
        if not best:
            return None
        end = len(seen.facts) if longest == math.inf else int(longest)
        right = self._reference(observer)
        cases = sum(not agree(seen, right, number) for number in range(where, end))
        cases += seen.facts[where].layer is not None  # all numbers on the way through a network: no chance
        answer, ambiguous_with = break_tie(submission, best, longest == math.inf)
        return Match(answer, longest == math.inf, cases, ambiguous_with)

    @cached_property
    def _accepted(self) -> list[bank.Answer]:
        return bank.read(self.lesson, self.lesson.accepted)

    def _read(self, keys: set[str]) -> list[bank.Answer]:
        """Read some answers of the bank only."""
        found: list[bank.Answer] = []
        for path, text in self._bank.items():
            others = self._index.others(path.name, keys)
            if others is not None:
                found += bank.read_text(self.lesson, path, bank.without(text, others))
        return [one for one in found if one.key in keys]


def _observers_in(path: Path, text: bytes, lesson: str) -> dict[str, Observer]:
    name = f"mistakes.{lesson}" + ("" if path.stem == lesson else f".{path.stem}")
    found = vars(loading.load(PatchedModule(bank.head(text), str(path)), name)).values()
    marks = (getattr(value, "observer", None) for value in found)
    return {mark.exercise: mark for mark in marks if isinstance(mark, Observer)}


def _leaving(seen: Observation, where: int | None) -> Divergence:
    if where is None or where >= len(seen.facts):
        return Divergence(None, None)
    return Divergence(where, fingerprint_of(seen.facts[where]))


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Suppress output and warnings in a block."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            yield
