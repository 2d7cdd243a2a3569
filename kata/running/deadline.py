"""The second line of time limits, where a session runs in one process: code that does not listen ends with a report."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from kata.report.results import Result
from kata.running.checks import expected_result
from kata.running.fixtures import SESSION, exercise_of, submission_of
from kata.running.verdict import Verdict

CHECK_LIMIT = 10.0  # seconds; a check of the solution takes milliseconds
_exit = os._exit  # while a check runs, the name stands for a refusal
GRACE = 5.0  # seconds after a check's own limit
_LOOK = 0.25  # seconds between two looks
_limits = [CHECK_LIMIT]


def note_limit(limit: float | None) -> None:
    """Note the seconds that a check may take in this session; None for those of the kata."""
    _limits[:] = [limit or CHECK_LIMIT]


def within(seconds: float) -> float:
    """Return these seconds, or fewer where a whole check has hardly more: what waits in a check must end before it."""
    return min(seconds, 0.6 * _limits[0])


class Deadline:
    """A plugin that ends the process, with a report, when a check has not come back some time after its own limit.

    The limit itself is pytest-timeout's: it raises an error in the learner's code, which may swallow it, or be busy in
    torch for longer. Then a thread tells what is known and where the code is. What holds Python's own lock cannot be
    ended so; `kata watch` ends that, too.

    Args:
        limit: seconds that one check may take.
        tell: writes a report of results.
        capture: pytest's own catching of what is printed, or None.
    """

    def __init__(self, limit: float, tell: Callable[[list[Result]], None], capture: Any) -> None:
        self._tell, self._limit, self._seconds = tell, limit, limit + GRACE
        self._capture = capture
        self._items: list[pytest.Item] = []
        self._reported: list[dict[str, Any]] = []
        self._main = threading.get_ident()
        self._at, self._path, self._watches = math.inf, Path(), False
        self._sleep = time.sleep  # the name may stand for something else while a check runs

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which checks there are, before any runs."""
        self._items = session.items

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "kata"):
            self._reported.append(report.kata)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        submission = submission_of(item)
        if submission is None or submission.key or item.config.stash[SESSION].is_to_do(submission, exercise_of(item)):
            return (yield)
        self._path, self._at = submission.path, time.monotonic() + self._seconds
        if not self._watches:
            self._watches = True
            threading.Thread(target=self._watch, daemon=True).start()
        try:
            return (yield)
        finally:
            self._at = math.inf

    def _watch(self) -> None:
        """Look, for as long as the process lives, whether the present check is over its limit."""
        while time.monotonic() < self._at:
            self._sleep(_LOOK)
        self._give_up(self._path)

    def _give_up(self, path: Path) -> None:
        """Tell what is known so far, and end the process."""
        expected = filter(None, map(expected_result, self._items))
        reported = [Result.from_json(dict(data)) for data in self._reported]
        verdict = Verdict(
            self._limit,
            expected={one.key: one for one in expected},
            reported={one.key: one for one in reported},
            how="time",
            lines=list(self._lines_of(path)),
        )
        if self._capture is not None:
            self._capture.suspend_global_capture(in_=True)  # what is written would be taken for the learner's
        self._tell(verdict.results(path.read_text("utf-8", errors="replace")))
        _exit(pytest.ExitCode.TESTS_FAILED)

    def _lines_of(self, path: Path) -> Iterator[int]:
        """Yield the lines of a file that are running, innermost first."""
        frame = sys._current_frames().get(self._main)
        while frame is not None:
            if frame.f_code.co_filename == str(path):
                yield frame.f_lineno
            frame = frame.f_back
