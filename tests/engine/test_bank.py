"""Every mistake is refused by its spec, and its own sentence is what the learner reads."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest

from kata import bank
from kata.bank import Answer
from kata.lesson import Lesson, discover
from kata.report import Result

ROOT = Path(__file__).resolve().parents[2]
MISTAKES = [mistake for lesson in discover(ROOT) for mistake in bank.read(lesson, lesson.mistakes)]

every_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.lesson.name}::{m.key}" for m in MISTAKES])
every_lesson = pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda lesson: lesson.name)


class FirstFailure:
    """A plugin that keeps the first failing result of each answer, and spares the checks after it."""

    def __init__(self) -> None:
        self.failures: dict[str, Result] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        return True if self.answer_of(item.nodeid) in self.failures else None

    def pytest_runtest_logreport(self, report: Any) -> None:
        data = getattr(report, "kata", None)
        if report.failed and data is not None:
            self.failures.setdefault(self.answer_of(report.nodeid), Result.from_json(dict(data)))

    @staticmethod
    def answer_of(nodeid: str) -> str:
        path, key, *_ = str(nodeid).split("::")
        return f"{Path(path).stem}::{key}"


@pytest.fixture(scope="session")
def failures() -> dict[str, Result]:
    """The first failing check of each mistake."""
    first = FirstFailure()
    with contextlib.redirect_stdout(io.StringIO()):
        options = [
            "--rootdir",
            str(ROOT),
            "-p",
            "no:cacheprovider",
            "-q",
            "--tb=no",
        ]  # tracebacks take half of the time
        pytest.main([str(ROOT / "mistakes"), *options], plugins=[first])
    return first.failures


@every_mistake
@pytest.mark.timeout(300)
def test_mistake_is_refused_by_its_spec(failures: dict[str, Result], mistake: Answer) -> None:
    assert f"{mistake.lesson.name}::{mistake.key}" in failures


@every_mistake
def test_mistake_is_told_by_its_own_sentence(failures: dict[str, Result], mistake: Answer) -> None:
    told = failures[f"{mistake.lesson.name}::{mistake.key}"].told

    assert told is not None
    assert mistake.name in told.headline


@every_lesson
def test_no_two_mistakes_share_a_name(lesson: Lesson) -> None:
    ways: dict[tuple[str, str], set[str]] = {}
    for mistake in bank.read(lesson, lesson.mistakes):
        ways.setdefault((mistake.exercise, mistake.name), set()).add(mistake.why)

    assert [name for name, whys in ways.items() if len(whys) > 1] == []
