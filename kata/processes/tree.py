"""What runs below a process, how much memory it uses, and how it is ended."""

from __future__ import annotations

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
    """Return the bytes of memory that a process uses; 0 where it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except _GONE:
        return 0


def memory_below(pid: int, each: int = 0) -> int:
    """Return the bytes that a process and all below it use, but for what `each` of them had from the start."""
    return sum(max(0, memory_of(one) - each) for one in (pid, *(child.pid for child in below(pid))))


def cpu_time_of(pid: int) -> float:
    """Return the CPU seconds that a process has used, with those of children it has waited for; 0 where it is gone."""
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:4]))
    except _GONE:
        return 0.0


def has_children() -> bool:
    """Whether this process has any, which takes one system call; True where the system does not say."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def cpu_time_below(pid: int) -> float:
    """Return the CPU seconds that the living descendants of a process have used."""
    return sum(cpu_time_of(one.pid) for one in below(pid))


def below(pid: int | None = None) -> list[psutil.Process]:
    """Return the processes below one, or below this one."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
        return found
    except _GONE:
        # Windows remembers who started a process, others give it to somebody else.
        left = [one for one in psutil.process_iter(["ppid"]) if one.info["ppid"] == pid] if IS_WINDOWS else []
        return left + [grandchild for child in left for grandchild in below(child.pid)]


def folder_of_this_process(name: str) -> str:
    """Make a folder for temporary files; those that killed processes have left under this name go first."""
    for old in Path(tempfile.gettempdir()).glob(f"{name}-*-*"):
        owner = old.name.removeprefix(f"{name}-").partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-")


@contextmanager
def temporary_folder(name: str) -> Iterator[str]:
    """Have a folder of this process for the time of a block; where it is killed, the next one takes the folder away."""
    folder = folder_of_this_process(name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(processes: list[psutil.Process]) -> None:
    """Kill processes that others are responsible for, those that have ended already too."""
    for process in processes:
        with suppress(*_GONE):
            process.kill()


def end_below(spared: Container[int], rounds: int = 200) -> None:
    """Stop, then kill all that is left below this process, but for those spared: what is stopped starts no more."""
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
