"""Time limits for learners' code.

Each block that runs it (see `sandbox.guarded`) has a limit of CPU time. A thread watches; when a block exceeds it,
it raises `TimeUp` in the main thread, and again if the code swallows it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kata.processes.system import CAN_INTERRUPT
from kata.processes.tree import CpuLimit

CHECK_LIMIT = 10.0  # CPU seconds; a check of the solution takes milliseconds
GRACE = 5.0  # more CPU seconds, at most, for code that does not react to `TimeUp`
_LOOK = 0.1  # seconds between two looks
_AGAIN = 1.0  # seconds until `TimeUp` is raised again in code that swallows it
_STARVED = 5  # a block may take this many times its CPU seconds in elapsed time
_cpu_clock = time.process_time
_sleep, _clock = time.sleep, time.monotonic  # learners' code may replace these names while a check runs


class TimeUp(BaseException):
    """A block of learners' code has used up its time.

    Args:
        is_idle: whether it used no CPU: it sleeps, or waits for something that never happens.
    """

    def __init__(self, is_idle: bool = False) -> None:
        super().__init__()
        self.is_idle = is_idle


class _Watch:
    """The one limit of this process, and the thread that enforces it.

    Attributes:
        seconds: that a block may use; None for no limit.
        when_deaf: called in the thread, with "cpu" or "idle", if a block ignores `TimeUp`.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None
        self.when_deaf: Callable[[str], None] | None = None
        self._block: CpuLimit | None = None
        self._why = ""  # why `TimeUp` is to be raised in the present block, if it is
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        self._why, self._block = "", CpuLimit(seconds)
        if CAN_INTERRUPT and signal.getsignal(signal.SIGXCPU) is not self._raise:
            signal.signal(signal.SIGXCPU, self._raise)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="kata-limits", daemon=True)
            self._thread.start()

    def end(self) -> None:
        while self.is_active:
            try:
                self._block, self._why = None, ""
                if not CAN_INTERRUPT:
                    _raise_in_main_thread(None)
            except TimeUp:  # it comes too late
                continue

    @property
    def is_active(self) -> bool:
        return self._block is not None

    def _raise(self, *_: object) -> None:
        if self._block is not None and self._why:
            raise TimeUp(self._why == "idle")

    def _run(self) -> None:
        while True:
            _sleep(_LOOK)
            block = self._block
            why = block.exceeded() if block is not None else ""
            if block is not None and why:
                self._interrupt(block, why)

    def _interrupt(self, block: CpuLimit, why: str) -> None:
        """Raise `TimeUp` in the main thread until it has left the block."""
        grace, raised = CpuLimit(min(GRACE, block.seconds)), 0.0
        while self._block is block:
            if _clock() - raised > _AGAIN:
                raised, self._why = _clock(), why
                if CAN_INTERRUPT:
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGXCPU)
                else:
                    _raise_in_main_thread(TimeUp)
            when_deaf = self.when_deaf  # the session may end meanwhile
            if when_deaf is not None and grace.exceeded():
                when_deaf(why)
            _sleep(_LOOK)

    def forget(self) -> None:
        """Drop the limit in a forked process: its parent counts its CPU time."""
        self.seconds = self.when_deaf = self._block = self._thread = None


_watch = _Watch()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watch.forget)


def set_limit(seconds: float | None, when_deaf: Callable[[str], None] | None = None) -> Callable[[], None]:
    """Set the limit of this process, and return a function that restores the one before.

    Args:
        seconds: of CPU time that one block may use; None for no limit.
        when_deaf: called in another thread, with "cpu" or "idle", if a block ignores its limit.
    """
    before = _watch.seconds, _watch.when_deaf
    _watch.seconds, _watch.when_deaf = seconds, when_deaf

    def restore() -> None:
        _watch.seconds, _watch.when_deaf = before

    return restore


def limit() -> float:
    """Return the CPU seconds that one check may use in this process."""
    return _watch.seconds or CHECK_LIMIT


def within(seconds: float) -> float:
    """Return `seconds`, or fewer if the limit of the check is near: a wait must end before the check does."""
    return min(seconds, 0.6 * limit())


@contextmanager
def limited() -> Iterator[None]:
    """Raise `TimeUp` in a block of the main thread that exceeds the limit; the outermost block counts."""
    if _watch.seconds is None or _watch.is_active or threading.current_thread() is not threading.main_thread():
        yield
        return
    _watch.begin(_watch.seconds)
    try:
        yield
    finally:
        _watch.end()


@contextmanager
def ended_after(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise an error in a block of the main thread after some time, and again if it is swallowed.

    Args:
        seconds: of the process's CPU time, or five times as much elapsed time: a busy machine must not end what
            computes. Without signals (Windows) of elapsed time.
        error: the error's class.
    """
    if not CAN_INTERRUPT:
        timer = threading.Timer(seconds, _raise_in_main_thread, [error])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            _raise_in_main_thread(None)  # one that is on its way comes too late
        return

    used, began = _cpu_clock(), _clock()

    def late(*_: Any) -> None:
        if _cpu_clock() - used >= seconds or _clock() - began >= _STARVED * seconds:
            raise error

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise_in_main_thread(error: type[BaseException] | None) -> None:
    """Raise an error in the main thread at its next bytecode; None cancels a pending one."""
    main = ctypes.c_ulong(threading.main_thread().ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(main, ctypes.py_object(error) if error else None)
