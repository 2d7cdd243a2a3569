"""A process that has torch and pytest in memory and forks a child for each run; it never touches learners' code.

Orders come in on stdin, events go out on stdout, one line of JSON each:

    {"run": 3, "lesson": "ex01_lenet", "focus": "LeNet.forward", "limit": 10.0}

and, where they are wanted, the folder to run in ("root"), seconds for the whole run ("whole"), bytes of memory
("memory") and options of pytest ("options"). A new order ends the run before it. Back come {"ready": true} once, then
per run what the child sends ("expected", "result", "trouble"), and one

    {"run": 3, "event": "end", "how": "done", "lines": [], "forged": false}

where instead of "done" there may be "time", "signal 11", "exit 1" or "cancelled", with the learner's lines where the
process was, and whether anything else than the run itself wrote to its pipe.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import secrets
import select
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.learner.watch import child
from kata.running.verdict import lines_in_trace

MEMORY = 6 << 30
_LINE = 1 << 26  # bytes; a result is far smaller
GRACE = 0.6  # seconds after a check's own limit, before the process is ended from outside


@dataclass
class WorkerRun:
    """A child at work."""

    number: int
    limit: float
    pid: int
    results: int
    crash: Path
    root: Path
    mark: str
    end: float
    buffer: bytes = b""
    deadline: float = 0.0
    how: str = ""
    forged: bool = False

    def wind(self) -> None:
        """Give the child another check's time, within that of the whole run."""
        self.deadline = min(time.monotonic() + self.limit + GRACE, self.end)

    def read(self, data: bytes) -> list[dict[str, Any]]:
        """Return the events that have come whole; what does not bear the run's mark is not its own."""
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        mark = self.mark.encode()
        marked = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        self.forged |= len(marked) < len(lines) or len(self.buffer) > _LINE
        if self.forged:
            self.buffer = self.buffer[-_LINE:]
        try:
            return [json.loads(line) for line in marked]
        except ValueError:
            self.forged = True
            return []


class Server:
    """Serve one client until its end of the pipe closes."""

    def __init__(self, root: Path, orders: int, events: int) -> None:
        self.root, self.orders, self.events = root, orders, events
        self.send = child.sender(events)
        self.run: WorkerRun | None = None
        self.buffer = b""
        self.is_warm = False

    def serve(self) -> None:
        """Take orders until there are none to come."""
        self.send({"ready": True})
        while self._step():
            pass
        self._stop("cancelled")

    def _step(self) -> bool:
        watched = [self.orders] + ([self.run.results] if self.run else [])
        idle = None if self.is_warm else 0.0
        wait = max(0.0, min(self.run.deadline - time.monotonic(), 0.1)) if self.run else idle
        ready, _, _ = select.select(watched, [], [], wait)
        if not ready and self.run is None and not self.is_warm:
            self.is_warm = True
            _import_late()
        if self.run and self.run.results in ready:
            self._read_results(self.run)
        if self.run and (time.monotonic() > self.run.deadline or self._is_gone(self.run)):
            self._stop("time" if time.monotonic() > self.run.deadline else "")
        if self.orders in ready:
            data = os.read(self.orders, 1 << 16)
            *lines, self.buffer = (self.buffer + data).split(b"\n")
            for line in lines:
                self._obey(json.loads(line))
            return bool(data)
        return True

    def _obey(self, order: dict[str, Any]) -> None:
        self._stop("cancelled")
        self.run = self._start(order)
        self.run.wind()

    def _start(self, order: dict[str, Any]) -> WorkerRun:
        handle, crash = tempfile.mkstemp(prefix="kata-")
        reading, writing = os.pipe()
        mark = secrets.token_hex(8)
        pid = os.fork()
        if pid == 0:
            self._be_child(order, reading, writing, handle, mark)
        os.close(writing)
        os.close(handle)
        root, end = Path(order.get("root", self.root)), time.monotonic() + order.get("whole", float("inf"))
        return WorkerRun(order["run"], order["limit"], pid, reading, Path(crash), root, mark, end)

    def _be_child(self, order: dict[str, Any], reading: int, writing: int, crash: int, mark: str) -> None:
        try:
            os.setsid()
            for own in {reading, self.orders, self.events}:
                os.close(own)
            os.chdir(order.get("root", self.root))
            if "root" in order:  # a folder of its own, that goes when the run has ended: for what it leaves, too
                tempfile.tempdir = os.environ["TMPDIR"] = order["root"]
            child.shield(crash, order.get("memory", MEMORY))
            send = child.sender(writing, mark)
            child.run(order["lesson"], order["focus"], order["limit"], send, order.get("options", ()))
        finally:
            os._exit(0)

    def _read_results(self, run: WorkerRun) -> None:
        data = os.read(run.results, 1 << 16)
        for event in run.read(data):
            run.wind()
            if event["event"] == "finished":
                run.how = "done"
            else:
                self.send({"run": run.number, **event})
        if run.how == "done" or not data:
            self._stop("")

    @staticmethod
    def _is_gone(run: WorkerRun) -> bool:
        with contextlib.suppress(ChildProcessError):
            ended = os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            return ended is not None and not select.select([run.results], [], [], 0)[0]
        return True

    def _stop(self, how: str) -> None:
        """End the child and all that it started; tell how it went."""
        run, self.run = self.run, None
        if run is None:
            return
        if how == "time" and hasattr(signal, "SIGUSR1"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGUSR1)
            time.sleep(0.1)
        ended = self._ended_by(run, patient=how == "")
        how = how or run.how or ended
        os.close(run.results)
        lines = lines_in_trace(run.crash, str(run.root / "exercises")) if how != "done" else []
        run.crash.unlink(missing_ok=True)
        self.send({"run": run.number, "event": "end", "how": how, "lines": lines, "forged": run.forged})

    @staticmethod
    def _ended_by(run: WorkerRun, patient: bool) -> str:
        """Kill the process group, wait for the child, and say what ended it."""
        ended = os.waitpid(run.pid, os.WNOHANG) if patient else (0, 0)
        if patient and ended == (0, 0) and not run.how:
            time.sleep(0.05)  # its pipe is closed: the process itself ends a moment later
            ended = os.waitpid(run.pid, os.WNOHANG)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(run.pid, signal.SIGKILL)
        if ended == (0, 0):
            ended = os.waitpid(run.pid, 0)
        code = os.waitstatus_to_exitcode(ended[1])
        return f"signal {-code}" if code < 0 else f"exit {code}"


def warm_up() -> None:
    """Import what every run needs, and nothing of the learner's."""
    import numpy  # noqa: F401
    import pytest_timeout  # noqa: F401
    import torch

    import kata.authoring
    import kata.plugin  # noqa: F401

    torch.set_num_threads(1)  # a fork does not take threads along


def _import_late() -> None:
    """Import, while nobody waits, what the first step of a `torch.optim` optimizer would in every child: a second."""
    import torch._dynamo  # noqa: F401

    gc.freeze()


def main() -> None:
    """Serve whoever started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client to act on
    root = Path(sys.argv[1])
    orders, events = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.chdir(root)
    warm_up()
    gc.collect()
    gc.freeze()  # spares the children the work of collecting what was there before them
    Server(root, orders, events).serve()


if __name__ == "__main__":
    main()
