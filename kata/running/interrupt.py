"""The time limit of a check on systems without an alarm clock; where there is one, it is pytest-timeout's."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest


class TimeUp(BaseException):
    """A check did not come back within its limit."""


class Interrupter:
    """A plugin that raises an error in the code that did not come back, wherever it is.

    pytest-timeout's own way without alarms ends the whole process. What is busy in torch is reached when it comes back
    from there.

    Args:
        limit: seconds for the preparation of a check, and as many for the check.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._main = threading.get_ident()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        with self._limited():
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        with self._limited():
            yield

    @contextmanager
    def _limited(self) -> Iterator[None]:
        timer = threading.Timer(self.limit, self._raise, [ctypes.py_object(TimeUp)])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._raise(None)  # one that is on its way comes too late

    def _raise(self, error: ctypes.py_object[type[TimeUp]] | None) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._main), error)


def limit_of(plugins: set[object]) -> float | None:
    """Return the seconds to which checks are limited so; None where they are not."""
    return next((one.limit for one in plugins if isinstance(one, Interrupter)), None)
