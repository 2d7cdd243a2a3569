"""The descendants of a process: their memory, their CPU time with its limit, and how to end them."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from kata.processes.system import IS_WINDOWS

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def memory_of(pid: int) -> int:
    """Return the resident bytes of a process; 0 if it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except _GONE:
        return 0


def memory_below(pid: int, each: int = 0) -> int:
    """Return the resident bytes of a process and its descendants, less `each` bytes per process."""
    return sum(max(0, memory_of(one) - each) for one in (pid, *(child.pid for child in below(pid))))


def cpu_time_of(pid: int) -> float:
    """Return the CPU seconds of a process and the children it has waited for; 0 if it is gone."""
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:4]))
    except _GONE:
        return 0.0


def has_children() -> bool:
    """Whether this process has children, by one system call; True if the system does not say."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def cpu_time_below(pid: int) -> float:
    """Return the CPU seconds of the living descendants of a process."""
    return sum(cpu_time_of(one.pid) for one in below(pid))


def below(pid: int | None = None) -> list[psutil.Process]:
    """Return the descendants of a process, by default this one."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        return found
    except _GONE:
        # Windows remembers who started a process, others give it to somebody else.
        left = [one for one in psutil.process_iter(["ppid"]) if one.info["ppid"] == pid] if IS_WINDOWS else []
        return left + [grandchild for child in left for grandchild in below(child.pid)]


def folder_of_this_process(name: str) -> str:
    """Create a temporary folder, and remove those that killed processes have left under this name."""
    for old in Path(tempfile.gettempdir()).glob(f"{name}-*-*"):
        owner = old.name.removeprefix(f"{name}-").partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-")


@contextmanager
def temporary_folder(name: str) -> Iterator[str]:
    """Create a temporary folder for a block; if this process is killed, the next one removes the folder."""
    folder = folder_of_this_process(name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(processes: list[psutil.Process]) -> None:
    """Kill processes that may have ended already."""
    for process in processes:
        with suppress(*_GONE):
            process.kill()


def end_below(spared: Container[int], rounds: int = 200) -> None:
    """Stop, then kill all descendants of this process, except some: a stopped process cannot start others."""
    known: set[int] = set()
    for _ in range(rounds):
        found = [one for one in below() if one.pid not in spared]
        for process in found:
            with suppress(*_GONE):
                process.kill() if process.pid in known else process.suspend()
            with suppress(*_GONE, psutil.TimeoutExpired):
                process.wait(0)  # one of our own that has ended is listed until somebody has asked after it
        known |= {process.pid for process in found}
        if not found:
            return
        time.sleep(0.005)


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
        pids = self._pids or ((os.getpid(),) if has_children() else ())
        descendants = sum(map(cpu_time_below, pids))
        if self._start is None:
            self._start = self._own_at_start + descendants
        return self._own() + descendants - self._start

    def _own(self) -> float:
        """Return the CPU seconds of the processes themselves, and of children they have waited for."""
        if not self._pids:
            return time.process_time() + sum(os.times()[2:4])
        return sum(map(cpu_time_of, self._pids))
