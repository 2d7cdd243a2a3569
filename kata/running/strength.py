"""How strong an exercise's checks are: which wrong answers they refuse and name, which right ones they accept."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kata.content import bank
from kata.content.edits import EditError
from kata.content.lesson import Lesson
from kata.report.results import Result

# Tracebacks and the capture of logs take half the time, and nobody reads them.
_OPTIONS = ["-p", "no:cacheprovider", "-p", "no:logging", "-q", "--tb=no", "--continue-on-collection-errors"]


class FirstFailure:
    """A plugin that keeps the first failing result of each answer of a bank, and spares the checks after it."""

    def __init__(self) -> None:
        self.failures: dict[str, Result] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if _answer_of(item.nodeid) not in self.failures:
            return None
        # Whoever spares an item ends what the one before left open; the next answer's first check would fail by it.
        item.session._setupstate.teardown_exact(nextitem)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        data = getattr(report, "kata", None)
        if report.failed and data is not None:
            self.failures.setdefault(_answer_of(report.nodeid), Result.from_json(dict(data)))


def _answer_of(nodeid: str) -> str:
    path, key, *_ = nodeid.split("::")
    return f"{Path(path).stem}::{key}"


def first_failures(root: Path, *banks: Path) -> dict[str, Result]:
    """Run the checks of every answer of some banks; return the first failure of each, by ``lesson::answer``.

    Raises:
        RuntimeError: pytest could not run them; the message holds what it said.
    """
    first, output = FirstFailure(), io.StringIO()
    with contextlib.redirect_stdout(output):
        end = pytest.main([*map(str, banks), "--rootdir", str(root), *_OPTIONS], plugins=[first])
    if end not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the answers could not be checked:\n{output.getvalue()}")
    return first.failures


@dataclass
class Score:
    """What an exercise's checks make of its bank."""

    refused: int = 0
    wrong: int = 0
    accepted: int = 0
    right: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return not self.faults

    @property
    def in_words(self) -> str:
        wrong = f"{self.refused} of {self.wrong} wrong answers refused and named"
        return f"{wrong}, {self.accepted} of {self.right} right ones accepted"


def _why_accepted(answer: bank.Answer) -> str:
    try:
        answer.assembly()
    except EditError as error:
        return str(error)
    return f"{answer.key} is accepted"


def scores(lesson: Lesson) -> dict[str, Score]:
    """Return the score of each exercise of a lesson."""
    found = {exercise.name: Score() for exercise in lesson.exercises}
    failures = first_failures(lesson.root, lesson.mistakes) if lesson.mistakes.is_file() else {}
    for answer in bank.read(lesson, lesson.mistakes):
        score, failure = found[answer.exercise], failures.get(f"{lesson.name}::{answer.key}")
        score.wrong += 1
        told = failure.told.headline if failure and failure.told else ""
        if answer.name in told:
            score.refused += 1
        else:
            score.faults.append(f"{answer.key} is told: {told}" if failure else _why_accepted(answer))
    failures = first_failures(lesson.root, lesson.accepted) if lesson.accepted.is_file() else {}
    for answer in bank.read(lesson, lesson.accepted):
        score, failure = found[answer.exercise], failures.get(f"{lesson.name}::{answer.key}")
        score.right += 1
        if failure is None:
            score.accepted += 1
        else:
            score.faults.append(f"{answer.key} is refused: {failure.check}")
    return found
