"""The state of one pytest process: files that failed to load or hung, and the diagnosers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kata.checking import loading, signature
from kata.checking.loading import Submission
from kata.checking.sandbox import guarded
from kata.content.edits import EditError
from kata.content.lesson import Lesson

if TYPE_CHECKING:
    from kata.diagnosis.diagnoser import Diagnoser
    from kata.diagnosis.difference import Diagnosis


class ToDo(Exception):
    """The exercise is still a stub."""


class Waits(Exception):
    """The check is skipped: something earlier is broken and reported elsewhere."""


class LoadFailure(Exception):
    """The learner's file raised while it was loaded; see the cause."""


def in_short(refusal: Exception) -> str:
    """Return a short reason why a module could not be loaded."""
    if isinstance(refusal, ToDo):
        return f"{refusal} is to do"
    cause = refusal.__cause__
    return f"{type(cause).__name__} while the file is loaded" if cause else str(refusal)


@dataclass(frozen=True)
class Finding:
    """What is known about a failed exercise: the earlier one that it waits for, or its diagnosis."""

    waits_for: str = ""
    diagnosis: Diagnosis | None = None


@dataclass
class CheckSession:
    """The state of one process, so that each fault is reported once.

    Args:
        pictures: the folder for pictures of differences, or None.
        broken: the submissions that cannot be used any more, and why.
        hung: the exercises whose ranks deadlock, which one check has reported.
        notes: messages about a file.
        machine: messages about the machine.
        drawn: the exercises that have a picture.
        has_many_answers: whether to observe all mistakes of an exercise at once.
        debugged: whether a debugger is on.
        passed: the node ids of the checks that passed.
        first_failure: the first failed check, and its report.
        amended: that report, if the search added to it.
        instead: makes the module to check instead of the learner's, while a mutation is tried.
    """

    pictures: Path | None = None
    broken: dict[tuple[Path, str], str] = field(default_factory=dict)
    hung: set[tuple[tuple[Path, str], str]] = field(default_factory=set)
    notes: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    machine: dict[str, None] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    has_many_answers: bool = True
    debugged: bool = False
    passed: set[str] = field(default_factory=set)
    first_failure: tuple[Any, Any] | None = None
    amended: Any = None
    instead: Callable[[], ModuleType] | None = None
    _present: set[tuple[tuple[Path, str], str]] = field(default_factory=set)
    _solutions: dict[str, Submission] = field(default_factory=dict)
    _diagnosers: dict[str, Diagnoser] = field(default_factory=dict)
    _findings: dict[tuple[Path, str, str], Finding] = field(default_factory=dict)

    def note_machine(self, notes: Iterable[str]) -> None:
        """Add a message about the machine."""
        self.machine.update(dict.fromkeys(notes))

    def is_named(self, submission: Submission, exercise: str) -> bool:
        """Whether a known mistake agrees with an answer in every fact."""
        finding = self._findings.get((*submission.identity, exercise))
        return finding is not None and finding.diagnosis is not None and finding.diagnosis.exact

    def is_useless(self, submission: Submission, exercise: str) -> bool:
        """Whether an exercise cannot be observed: its file is unusable, or it hangs."""
        if submission.key or submission.identity in self.broken:
            return True
        return (submission.identity, exercise) in self.hung

    def bind(self, submission: Submission, exercise: str) -> ModuleType:
        """Return the submission's module for a check of `exercise`.

        Raises:
            ToDo: the exercise is a stub.
            LoadFailure: the file raised while it was loaded; reported once.
            Waits: it raised or hung before, or its ranks did.
            MissingExercise: the exercise is missing or has another signature.
        """
        if submission.identity in self.broken:
            raise Waits(self.broken[submission.identity])
        if (submission.identity, exercise) in self.hung:
            raise Waits(f"{exercise}, whose processes wait for one another")
        if exercise in submission.untouched:
            raise ToDo(exercise)
        module = self._load(submission)
        if (submission.identity, exercise) not in self._present:
            signature.require(submission, module, exercise)
            self._present.add((submission.identity, exercise))
        return module

    def _load(self, submission: Submission) -> ModuleType:
        assembly = loading.assemble(submission)
        try:
            with guarded(self.debugged) as changed:
                module = loading.load(assembly, f"exercises.{submission.lesson.name}")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.broken[submission.identity] = f"{submission.path.name} to load"
            raise LoadFailure(submission.path.name) from error
        if changed:
            what = "; ".join(changed)
            self.notes[submission.path] = (f"while your file was loaded, {what}. It was put back before the checks.",)
        return module

    def finding(self, submission: Submission, exercise: str, brief: bool) -> Finding:
        """Return what is known about a failed exercise; if `brief`, only the first one is diagnosed."""
        key = *submission.identity, exercise
        if key not in self._findings:
            is_first = all(finding.waits_for for finding in self._findings.values())
            try:
                self._findings[key] = self._find(submission, exercise, is_first or not brief)
            except Exception as error:  # the plain facts of the check are still worth telling
                if submission.key:
                    raise
                said = f"{error}" if isinstance(error, EditError) else f"{type(error).__name__}: {error}"
                note = f"mistakes/ of {submission.lesson.name} cannot be used: {said}"
                self.notes[submission.path] = (*self.notes.get(submission.path, ()), note)
                self._findings[key] = Finding()
        return self._findings[key]

    def _find(self, submission: Submission, exercise: str, wanted: bool) -> Finding:
        diagnoser = self.diagnoser(submission.lesson)
        if submission.key:  # an answer of a bank: all that is not its own is the solution's
            if self.has_many_answers:
                diagnoser.observe_all_mistakes(exercise)
            return Finding(diagnosis=diagnoser.diagnose(submission, exercise))
        waits_for = diagnoser.waits_for(submission, exercise) or ""
        return Finding(waits_for, diagnoser.diagnose(submission, exercise) if wanted and not waits_for else None)

    def solution(self, lesson: Lesson) -> ModuleType:
        """Return a new module of the solution."""
        if lesson.name not in self._solutions:
            self._solutions[lesson.name] = loading.read(lesson, lesson.solution)
        return loading.load(loading.assemble(self._solutions[lesson.name]), f"solutions.{lesson.name}")

    def diagnoser(self, lesson: Lesson) -> Diagnoser:
        """Return the lesson's diagnoser, created on first use."""
        from kata.diagnosis.diagnoser import Diagnoser  # imports torch

        if lesson.name not in self._diagnosers:
            self._diagnosers[lesson.name] = Diagnoser(lesson)
        return self._diagnosers[lesson.name]
