"""One run of a lesson, seen from the server: what has come of it, and which limits it is over."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kata.processes import starting, tree
from kata.processes.cpu_limit import CpuLimit
from kata.processes.starting import Started
from kata.running.ahead import Begun

_TO_START = 60.0  # CPU seconds that a process may need to import torch
GRACE = 0.6  # CPU seconds after a check's own limit, before the process is ended from outside
_LINE = 1 << 26  # bytes; a result is far smaller
_LOOK = 0.5  # seconds between two looks at the memory of all that a run has started; they take milliseconds


@dataclass
class WorkerRun:
    """A process at work.

    Args:
        number: of the run, as the client counts.
        limit: CPU seconds for one check.
        begun: the process, and what is its own.
        root: the repository that it runs in.
        total: CPU seconds for the whole run.
        share: bytes of memory that it may use beyond what it began with.
    """

    number: int
    limit: float
    begun: Begun
    root: Path
    total: float
    share: int
    buffer: bytes = b""
    how: str = ""
    forged: bool = False
    began: float = field(default_factory=time.monotonic)
    before: int = 0
    looked: float = 0.0

    def __post_init__(self) -> None:
        self._run_limit = CpuLimit(self.total, self.started.pid)
        self._check_limit = CpuLimit(_TO_START, self.started.pid)

    @property
    def started(self) -> Started:
        """The process itself."""
        return self.begun.started

    def begin(self) -> None:
        """Count from here: until now the process may have been importing."""
        self.before = tree.memory_of(self.started.pid)
        self.wind()

    def wind(self) -> None:
        """Give the process another check's time."""
        self._check_limit = CpuLimit(self.limit + GRACE, self.started.pid)

    def read(self, data: bytes) -> list[dict[str, Any]]:
        """Return the events that have come whole; what does not bear the run's mark is not its own."""
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        mark = self.begun.mark.encode()
        lines = [line for line in lines if line != starting.READY.strip()]  # that of a spare
        marked = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        self.forged |= len(marked) < len(lines) or len(self.buffer) > _LINE
        if self.forged:
            self.buffer = self.buffer[-_LINE:]
        try:
            return [json.loads(line) for line in marked]
        except ValueError:
            self.forged = True
            return []

    def over_limit(self) -> str:
        """Return which limit it is over: "time", "idle", "memory 6 GiB", or "" for none."""
        why = self._check_limit.exceeded() or self._run_limit.exceeded()
        if why:
            return "time" if why == "cpu" else why
        if not self.before:
            return ""
        now = time.monotonic()
        used = tree.memory_of(self.started.pid) - self.before
        if used < self.share and now - self.looked > _LOOK:
            used, self.looked = tree.memory_below(self.started.pid, self.before), now
        return f"memory {self.share / (1 << 30):.2g} GiB" if used > self.share else ""

    def is_gone(self) -> bool:
        """Whether the process has ended, and all that it sent has been read."""
        return self.started.process.exitcode is not None and not self.started.connection.poll(0)
