"""A limit on CPU time, which does not depend on the load of the machine."""

from __future__ import annotations

import math
import os
import time

from kata.processes import tree

_FIRST_LOOK = 0.25  # seconds until a limit first looks at the descendants of its processes
_SHARE = 0.05  # of one core: code that uses less than this only waits
PATIENCE = 2.0  # code may wait for this many times its limit
_COST = 0.02  # the share of the elapsed time that looking may take,
_LONGEST_PAUSE = 1.0  # unless there are thousands of processes to look at
_clock = time.monotonic  # learners' code may replace the name while a check runs


class CpuLimit:
    """Limits the CPU time of processes and their descendants from now on.

    Elapsed time counts only while they use no CPU: they sleep, wait or are stopped. The limit is never exceeded before
    as many seconds have elapsed. CPU time of descendants in the first quarter of a second does not count.


    Args:
        seconds: of CPU time; `math.inf` for no limit.
        pids: the processes; none for this one.
    """

    def __init__(self, seconds: float, *pids: int) -> None:
        self.seconds = seconds
        self._pids = pids
        self._began = self._last_active = _clock()
        self._next_look = self._began + _FIRST_LOOK
        self._own_at_start = self._own()
        self._start: float | None = None
        self._used_when_active = 0.0

    def exceeded(self) -> str:
        """Return "cpu" or "idle" once the limit is exceeded, else ""; cheap to call often."""
        now = _clock()
        if now < self._next_look or math.isinf(self.seconds):
            return ""
        before = time.thread_time()
        used = self._used()
        if now - self._began < self.seconds:
            self._next_look = self._began + self.seconds  # it cannot be exceeded sooner
            return ""
        pause = max(_FIRST_LOOK, (time.thread_time() - before) / _COST)
        self._next_look = _clock() + min(pause, _LONGEST_PAUSE)
        if used > self.seconds:
            return "cpu"
        if used - self._used_when_active > _SHARE * (now - self._last_active):
            self._last_active, self._used_when_active = now, used
        return "idle" if now - self._last_active > PATIENCE * self.seconds else ""

    def _used(self) -> float:
        pids = self._pids or ((os.getpid(),) if tree.has_children() else ())
        below = sum(map(tree.cpu_time_below, pids))
        if self._start is None:
            self._start = self._own_at_start + below
        return self._own() + below - self._start

    def _own(self) -> float:
        """Return the CPU seconds of the processes themselves, and of children they have waited for."""
        if not self._pids:
            return time.process_time() + sum(os.times()[2:4])
        return sum(map(tree.cpu_time_of, self._pids))
