"""The data of a report: the result of a check, where an exercise stands, the mutation score."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kata.content.lesson import Exercise, Lesson
from kata.diagnosis.explanation import Explanation

STUB = "This is still a stub."
CheckState = Literal["passed", "to do", "failed", "waiting", "skipped"]


@dataclass(frozen=True)
class Result:
    """The result of one check; serialized from the process that ran it to the one that reports.

    Args:
        lesson, exercise: their names.
        check: the check's sentence.
        path, line: the learner's file as shown, and the line of the exercise.
        index: the check's position in the session.
        state: the outcome.
        waits_for: the exercise that must be fixed first, or "".
        told: the explanation of a failure, or None.
        digest: of the learner's code of the exercise, or "".
        total: the number of checks of the exercise; 0 if the session did not collect all.
        device: the real accelerator that it ran on, or "".
        mistake: the key of the known mistake, or "".
        printed: the output of the learner's code.
        notes: messages to show once.
    """

    lesson: str
    exercise: str
    check: str
    path: str
    line: int
    index: int
    state: CheckState
    waits_for: str = ""
    told: Explanation | None = None
    mistake: str = ""
    printed: str = ""
    notes: tuple[str, ...] = ()
    digest: str = ""
    total: int = 0
    device: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The key that identifies it in a session."""
        return self.lesson, self.exercise, self.check

    @property
    def is_spared(self) -> bool:
        """Whether the check was skipped because another one hung, or ended the run."""
        return self.state == "waiting" and (HUNG in self.waits_for or ENDED in self.waits_for)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "told": asdict(self.told) if self.told else None}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Result:
        told = data.pop("told")
        return Result(told=Explanation(**{k: _tuples(v) for k, v in told.items()}) if told else None, **_tuples(data))


def _tuples(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_tuples(part) for part in value)
    return {key: _tuples(part) for key, part in value.items()} if isinstance(value, dict) else value


@dataclass
class ExerciseStatus:
    """The status of an exercise, after a session or as saved.

    Args:
        exercise: the exercise.
        results: the results of its checks.
        changed: whether its code has changed since it was checked.
        left_out: whether the learner skips it.
    """

    exercise: Exercise
    results: list[Result] = field(default_factory=list)
    changed: bool = False
    left_out: bool = False

    @property
    def judged(self) -> list[Result]:
        """The results of the checks that could run here."""
        return [result for result in self.results if result.state != "skipped"]

    @property
    def state(self) -> str:
        """The state of the exercise; "done" only if all its checks passed on the current code."""
        if self.left_out and self._state_then != "done":
            return "left out"
        if not self.judged:
            return "not run"
        return "changed" if self.changed and not self._holds("to do") else self._state_then

    @property
    def _state_then(self) -> str:
        if not self.judged:
            return "not run"
        for state in ("failed", "waiting", "to do"):
            if self._holds(state):
                return state
        total = max(result.total for result in self.results)
        return "done" if 0 < total <= len(self.results) else "passed"

    def _holds(self, state: str) -> bool:
        return any(result.state == state for result in self.judged)

    @property
    def in_words(self) -> str:
        """The state as the learner reads it."""
        if self.state == "failed":
            passed = sum(result.state == "passed" for result in self.judged)
            return f"{passed} of {count(len(self.judged), 'check')}"
        if self.state == "passed":
            return f"{count(len(self.judged), 'check')} passed, the others not run"
        if self.state == "changed":
            return "changed since it passed" if self._state_then == "done" else "changed since it was checked"
        if self.state == "waiting":
            return f"waits for {next(r.waits_for for r in self.results if r.state == 'waiting')}"
        return self.state


HUNG = "did not come back in time"  # in what a check waits for that was spared for that reason
ENDED = "whose check ended the run"


def unless_spared(results: list[Result], before: Iterable[Result]) -> list[Result]:
    """Return results; for skipped checks the earlier results of the same code."""
    then = {(one.key, one.digest): one for one in before if one.state != "waiting"}
    return [then.get((one.key, one.digest), one) if one.is_spared else one for one in results]


def count(number: int, what: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def statuses(
    lessons: Iterable[Lesson],
    results: Iterable[Result],
    changed: Container[tuple[str, str]] = (),
    left_out: Container[tuple[str, str]] = (),
) -> list[ExerciseStatus]:
    """Return the status of every exercise, in order.

    Args:
        lessons: the lessons.
        results: the results of their checks.
        changed: lesson and name of each exercise whose code has changed since it was checked.
        left_out: lesson and name of each skipped exercise.
    """
    by_exercise: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda result: result.index):
        by_exercise.setdefault((result.lesson, result.exercise), []).append(result)
    return [
        ExerciseStatus(exercise, by_exercise.get(key, []), key in changed, key in left_out)
        for lesson in lessons
        for exercise in lesson.exercises
        for key in [(lesson.name, exercise.name)]
    ]


def current(all_statuses: list[ExerciseStatus]) -> ExerciseStatus | None:
    """Return the exercise to report: the first failed one, else a changed one, else one to do."""
    for wanted in ("failed", "waiting", "changed", "to do"):
        for standing in all_statuses:
            if standing.state == wanted:
                return standing
    return None


_JUDGED = re.compile(r"it (refuses|accepts) \((.*)\)", re.DOTALL)
Judged = dict[tuple[str, str], bool]  # whether it "refuses" or "accepts" the answer of that name, as it must


def judged(results: Iterable[Result]) -> Judged:
    """Return the mutation results of a test; empty for other checks."""
    its = [(_JUDGED.fullmatch(one.check), one.state == "passed") for one in results if one.state != "to do"]
    return {(match[1], match[2]): passed for match, passed in its if match}


def score(found: Judged) -> str:
    """Return the mutation score in a sentence, or ""."""
    refuses, accepts = ([ok for (verb, _), ok in found.items() if verb == kind] for kind in ("refuses", "accepts"))
    if not refuses or not accepts:
        return ""
    wrong, right = count(len(refuses), "wrong answer"), count(len(accepts), "right one")
    return f"It refuses {sum(refuses)} of {wrong}, and accepts {sum(accepts)} of {right}."
