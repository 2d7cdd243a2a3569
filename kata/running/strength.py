"""How strong an exercise's checks are: which wrong answers they refuse and name, which right ones they accept."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from kata.content import bank, bank_files
from kata.content.edits import EditError
from kata.content.lesson import Lesson

# Tracebacks and the capture of logs take half the time, and nobody reads them.
_OPTIONS = ["-p", "no:cacheprovider", "-p", "no:logging", "-q", "--tb=no", "--forget"]


@dataclass
class Score:
    """What an exercise's checks make of its bank."""

    refused: int = 0
    wrong: int = 0
    accepted: int = 0
    right: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        wrong = f"{self.refused} of {self.wrong} wrong answers refused and named"
        return f"{wrong}, {self.accepted} of {self.right} right ones accepted"

    def add(self, is_wrong: bool, fault: str) -> None:
        """Count one answer in."""
        self.wrong += is_wrong
        self.right += not is_wrong
        self.refused += is_wrong and not fault
        self.accepted += not is_wrong and not fault
        self.faults += [fault] if fault else []


class _Scores:
    """A plugin that counts what is reported of answers."""

    def __init__(self, lesson: Lesson) -> None:
        self.found = {exercise.name: Score() for exercise in lesson.exercises}

    def pytest_runtest_logreport(self, report: Any) -> None:
        answer = getattr(report, "answer", None)
        if answer is not None:
            self.found[answer["exercise"]].add(answer["is_wrong"], answer["fault"])


def scores(lesson: Lesson) -> dict[str, Score]:
    """Run every answer of a lesson's banks, and return the score of each exercise.

    Raises:
        RuntimeError: a bank cannot be read, or pytest could not run it; the message says where and why.
    """
    try:
        for place in (lesson.mistakes, lesson.accepted):
            bank.read(lesson, place)
    except EditError as error:
        raise RuntimeError(f"a bank of {lesson.name} cannot be read: {error}") from None
    counted, output = _Scores(lesson), io.StringIO()
    banks = [str(path) for place in (lesson.mistakes, lesson.accepted) for path in bank_files.at(place)]
    with contextlib.redirect_stdout(output):
        end = pytest.main([*banks, "--rootdir", str(lesson.root), *_OPTIONS], plugins=[counted]) if banks else 0
    if end not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the answers could not be checked:\n{output.getvalue()}")
    return counted.found
