"""End a session whose code ignores its time limit: report what is known, then leave."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from kata.checking import limits
from kata.report.results import Result
from kata.running.checks import expected_result
from kata.running.fixtures import submission_of
from kata.running.verdict import Verdict

_exit = os._exit  # while a check runs, the name stands for a refusal


class Deadline:
    """A plugin that ends the process, with a report, where code goes on after `TimeUp` was raised in it.

    Code may swallow the error, or be busy in torch. Only code that never releases Python's lock escapes; `kata watch`
    and `kata grade` end that, too.

    Args:
        tell: writes a report of results.
        capture: pytest's capture manager, or None.
    """

    def __init__(self, tell: Callable[[list[Result]], None], capture: Any) -> None:
        self._tell, self._capture = tell, capture
        self._items: list[pytest.Item] = []
        self._reported: list[dict[str, Any]] = []
        self._path = Path()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._items = session.items

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "kata"):
            self._reported.append(report.kata)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        submission = submission_of(item)
        self._path = submission.path if submission else Path()
        return (yield)

    def give_up(self, why: str) -> None:
        """Report what is known so far, and end the process.

        Args:
            why: "cpu" or "idle", what the code exceeded.
        """
        expected = filter(None, map(expected_result, self._items))
        reported = [Result.from_json(dict(data)) for data in self._reported]
        verdict = Verdict(
            limits.limit(),
            expected={one.key: one for one in expected},
            reported={one.key: one for one in reported},
            how="idle" if why == "idle" else "time",
            lines=list(self._lines()),
        )
        if self._capture is not None:
            self._capture.suspend_global_capture(in_=True)  # what is written would be taken for the learner's
        self._tell(verdict.results(self._path.read_text("utf-8", errors="replace")))
        _exit(pytest.ExitCode.TESTS_FAILED)

    def _lines(self) -> Iterator[int]:
        """Yield the lines of the learner's file that the main thread is at, innermost first."""
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        while frame is not None:
            if frame.f_code.co_filename == str(self._path):
                yield frame.f_lineno
            frame = frame.f_back
