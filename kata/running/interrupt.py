"""The time limit of a check on systems without an alarm clock; where there is one, it is pytest-timeout's."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from kata.processes.system import CAN_INTERRUPT

_AGAIN = 0.2  # seconds


class TimeUp(BaseException):
    """A check did not come back within its limit."""


class Interrupter:
    """A plugin that raises an error in the code that did not come back, wherever it is.

    pytest-timeout's own way without alarms ends the whole process. What is busy in torch is reached when it comes back
    from there.

    Args:
        limit: seconds for the preparation of a check, and as many for the check.
        error: what is raised.
    """

    def __init__(self, limit: float, error: type[BaseException] = TimeUp) -> None:
        self.limit, self._error = limit, error
        self._main = threading.get_ident()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        with self.limited():
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        with self.limited():
            yield

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Raise the error in a block that takes longer."""
        timer = threading.Timer(self.limit, self._raise, [ctypes.py_object(self._error)])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._raise(None)  # one that is on its way comes too late

    def _raise(self, error: ctypes.py_object[type[BaseException]] | None) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._main), error)


@contextmanager
def limited(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise an error in a block of the main thread that takes longer, and again where that is swallowed."""

    def late(*_: object) -> None:
        raise error

    if not CAN_INTERRUPT:
        one = Interrupter(seconds, error)
        with one.limited():
            yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def limit_of(plugins: set[object]) -> float | None:
    """Return the seconds to which checks are limited so; None where they are not."""
    return next((one.limit for one in plugins if isinstance(one, Interrupter)), None)
