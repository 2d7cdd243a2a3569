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
    """One check's outcome, as it travels from the process that ran it to the one that reports.

    Args:
        lesson, exercise: the names of what was checked.
        check: the check's sentence.
        path, line: the learner's file as it is to be shown, and the line of the exercise.
        index: the check's place in the session.
        state: what came out.
        waits_for: the exercise that must be mended first, or "".
        told: why it failed; None where it passed or is to do.
        digest: of the text that was checked, as far as the exercise goes; "" where it is no learner's.
        total: how many checks the exercise has; 0 where the session did not see all of them.
        device: the real accelerator that it ran on, or "".
        mistake: the key of the known mistake, or "".
        printed: what the learner's code printed.
        notes: other things to say once.
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
        """What tells it from other results of a session."""
        return self.lesson, self.exercise, self.check

    @property
    def is_spared(self) -> bool:
        """Whether the check did not run since another one hung, or ended the run."""
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
class Standing:
    """How one exercise stands after a session, or as far as is remembered.

    Args:
        exercise: the exercise.
        results: what its checks found.
        changed: whether its text is no longer the one that was checked.
        left_out: whether the learner wants it to come next no more.
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
        """What can be said of the exercise; "done" only where all its checks passed on the text that is there."""
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
    """Return results, but for those of checks that were spared only: there what was known of the same text holds."""
    then = {(one.key, one.digest): one for one in before if one.state != "waiting"}
    return [then.get((one.key, one.digest), one) if one.is_spared else one for one in results]


def count(number: int, what: str) -> str:
    """Return the number with its noun, in the plural but for one."""
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def standings(
    lessons: Iterable[Lesson],
    results: Iterable[Result],
    changed: Container[tuple[str, str]] = (),
    left_out: Container[tuple[str, str]] = (),
) -> list[Standing]:
    """Return every exercise of the lessons in order, each with its results in order.

    Args:
        lessons: the lessons.
        results: what is known of their checks.
        changed: lesson and name of each exercise whose text is no longer the one that was checked.
        left_out: lesson and name of each that the learner wants to come next no more.
    """
    by_exercise: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda result: result.index):
        by_exercise.setdefault((result.lesson, result.exercise), []).append(result)
    return [
        Standing(exercise, by_exercise.get(key, []), key in changed, key in left_out)
        for lesson in lessons
        for exercise in lesson.exercises
        for key in [(lesson.name, exercise.name)]
    ]


def current(all_standings: list[Standing]) -> Standing | None:
    """Return the exercise to talk about: the first attempted and red one, one that changed, or one still to do."""
    for wanted in ("failed", "waiting", "changed", "to do"):
        for standing in all_standings:
            if standing.state == wanted:
                return standing
    return None


_JUDGED = re.compile(r"it (refuses|accepts) \((.*)\)", re.DOTALL)
Judged = dict[tuple[str, str], bool]  # whether it "refuses" or "accepts" the answer of that name, as it must


def judged(results: Iterable[Result]) -> Judged:
    """Return how the answers have judged a test; nothing where the results are of other checks."""
    its = [(_JUDGED.fullmatch(one.check), one.state == "passed") for one in results if one.state != "to do"]
    return {(match[1], match[2]): passed for match, passed in its if match}


def score(found: Judged) -> str:
    """Return the score in a sentence; "" where there is none."""
    refuses, accepts = ([ok for (verb, _), ok in found.items() if verb == kind] for kind in ("refuses", "accepts"))
    if not refuses or not accepts:
        return ""
    wrong, right = count(len(refuses), "wrong answer"), count(len(accepts), "right one")
    return f"It refuses {sum(refuses)} of {wrong}, and accepts {sum(accepts)} of {right}."
