"""A pytest plugin that saves the results of a session as the learner's progress.

The root's conftest.py loads it beside `kata.plugin`, which does not know it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kata.content.lesson import Lesson
from kata.report.results import Result
from kata.running.style import LEFT_OUT


class Keeper:
    """Collects the results of learners' files, and saves them at the end of the session.

    Args:
        root: the repository.

    Attributes:
        word: why the progress could not be saved, or "".
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.word = ""
        self._found: dict[str, list[Result]] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        data = getattr(report, "kata", None)
        if data is not None and data["state"] != "to do" and data["path"].startswith("exercises/"):
            self._found.setdefault(data["lesson"], []).append(Result.from_json(dict(data)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Save before the report, so that it can say what went wrong."""
        if not self._found:
            return
        from kata.learner.progress import SavedProgress

        state = SavedProgress.load(self.root)
        for lesson, results in self._found.items():
            state.remember(lesson, results)
        self.word = state.save() or state.word

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Report why the progress could not be saved."""
        if self.word:
            terminalreporter.write_line(f"  Note: {self.word}.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin, unless progress is off, or another process saves it."""
    if not config.getoption("--forget") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(config.rootpath), "kata-keeper")
        config.stash[LEFT_OUT] = lambda lessons: _left_out(config.rootpath, lessons)


def _left_out(root: Path, lessons: list[Lesson]) -> set[tuple[str, str]]:
    from kata.learner.progress import SavedProgress

    state = SavedProgress.load(root)
    return {key for lesson in lessons for key in state.left_out(lesson)}
