"""The server of `kata watch` and `kata grade`: it runs lessons, each in a worker process with limits."""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from kata.processes import starting, system, tree
from kata.processes.starting import Started, Starter
from kata.processes.tree import CpuLimit
from kata.running.client import LOST, lines_in_trace
from kata.running.worker import NEEDED, TRACE, perform, sending, warm_up

Order = dict[str, Any]
_OF_ONE_RUN = ("run", "focus")  # what two orders may differ in, and be served by the same process


@dataclass(frozen=True)
class Worker:
    """A worker that runs an order, or waits for it.

    Args:
        started: the process.
        folder: for its temporary files.
        mark: the prefix of its event lines.
    """

    started: Started
    folder: Path
    mark: str

    @classmethod
    def of(cls, starter: Starter, order: Order, folder: Path) -> Worker:
        """Start a worker; with an order without a focus it waits for one."""
        folder.mkdir()
        mark = secrets.token_hex(8)
        return cls(starter.start(perform, order, str(folder), mark), folder, mark)

    def end(self) -> None:
        """End the worker, its process group, and its descendants."""
        started = tree.below(self.started.pid)
        system.kill_group(self.started.pid)
        self.started.end()
        tree.end(started)


class Standby:
    """The standby worker for the next order, if that resembles the one before."""

    def __init__(self) -> None:
        self._likely: Order = {}
        self._order: Order = {}
        self._state: dict[str, int] = {}
        self._worker: Worker | None = None

    def expect(self, order: Order) -> None:
        """Expect an order like the current one."""
        self._likely = _without_focus(order) if order.get("again") else {}

    def prepare(self, starter: Starter, folder: Path) -> list[int]:
        """Start the standby for the expected order, unless it is there; return the waiting workers."""
        if self._likely and self._worker is None:
            self._order, self._state = self._likely, _state_of(self._likely)
            self._worker = Worker.of(starter, self._order, folder)
        return [self._worker.started.pid] if self._worker else []

    def take(self, order: Order) -> Worker | None:
        """Start the order in the standby and return it; None if there is none for such an order."""
        worker = self._worker
        if worker is None or not self._is_for(order, worker):
            self.drop()
            return None
        self._worker = None
        worker.started.connection.send(order["focus"])
        return worker

    def _is_for(self, order: Order, worker: Worker) -> bool:
        is_same = _without_focus(order) == self._order and worker.started.process.is_alive()
        return is_same and _state_of(order) == self._state

    def drop(self) -> None:
        """End the standby."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
            shutil.rmtree(worker.folder, ignore_errors=True)


def _without_focus(order: Order) -> Order:
    return {key: value for key, value in order.items() if key not in _OF_ONE_RUN}


def _state_of(order: Order) -> dict[str, int]:
    """Return the modification times of the files that a standby reads in advance: all but the learner's."""
    found = {}
    for path in _read_early(Path(order["root"]), order["lesson"]):
        with suppress(OSError):
            found[str(path)] = path.stat().st_mtime_ns
    return found


def _read_early(root: Path, lesson: str) -> Iterator[Path]:
    for pattern in ("*.py", "*.toml", "*.ini", "tests/*.py", f"solutions/{lesson}*"):
        yield from root.glob(pattern)
    for bank in ("mistakes", "accepted"):
        yield from root.glob(f"{bank}/{lesson}*")
        yield from root.glob(f"{bank}/{lesson}/*")


_TO_START = 60.0  # CPU seconds that a process may need to import torch
GRACE = 0.6  # CPU seconds after a check's own limit, before the process is ended from outside
_LINE = 1 << 26  # bytes; a result is far smaller
_LOOK = 0.5  # seconds between two looks at the memory of all that a run has started; they take milliseconds


@dataclass
class WorkerRun:
    """A run in a worker.

    Args:
        number: the client's number of the run.
        limit: CPU seconds for one check.
        worker: the worker.
        root: the repository.
        total: CPU seconds for the whole run.
        share: bytes of memory that it may use beyond what it started with.
    """

    number: int
    limit: float
    worker: Worker
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
        return self.worker.started

    def begin(self) -> None:
        """Start counting: until now the worker may have been importing."""
        self.before = tree.memory_of(self.started.pid)
        self.wind()

    def wind(self) -> None:
        """Grant the time of another check."""
        self._check_limit = CpuLimit(self.limit + GRACE, self.started.pid)

    def read(self, data: bytes) -> list[dict[str, Any]]:
        """Return the complete events that have arrived; lines without the run's mark are ignored."""
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        mark = self.worker.mark.encode()
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
        """Return the exceeded limit: "time", "idle", "memory 6 GiB", or ""."""
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
        """Whether the worker has ended and all its events have been read."""
        return self.started.process.exitcode is not None and not self.started.connection.poll(0)


_GLANCE = 0.05  # seconds between two looks at the memory of a run
_SOON = 1.0  # seconds into a run after which the next process is made ready, however long the run goes on


class Server:
    """Serves one client until the pipe closes.

    Args:
        root: the repository, unless an order names another.
        orders: the stream of orders.
        events: the descriptor to write events to.
        starter: starts the workers.
    """

    def __init__(self, root: Path, orders: Connection, events: int, starter: Starter) -> None:
        self.root, self.orders, self.starter = root, orders, starter
        self.send = sending(lambda data: _write(events, data))
        self.run: WorkerRun | None = None
        self.buffer = b""
        self.own: set[int] = set()  # processes that belong to the server, not to a run
        self.is_idle = False
        self.folders = 0
        self.standby = Standby()

    def serve(self) -> None:
        """Handle orders until the stream ends."""
        try:
            self._get_ready()
            while self._step():
                pass
        finally:
            self._stop("cancelled")
            self.standby.drop()
            self.starter.close()

    def _get_ready(self) -> None:
        """Report that the server is ready, once a standby has imported what it needs."""
        for spare in self._prepare():
            if system.receive(spare.connection) != starting.READY:
                raise SystemExit(1)  # it cannot import something: the client says what may be wrong
        self.send({"ready": True})

    def _prepare(self) -> list[Started]:
        spares = self.starter.prepare()
        if self.run is None:  # all that runs now is a spare, or helps to start one
            self.own = {one.pid for one in tree.below()} if spares or self.starter.method == "forkserver" else set()
        self.own |= {one.pid for one in spares}
        return spares

    def _step(self) -> bool:
        watched = [self.orders, *([self.run.started.connection] if self.run else [])]
        ready = wait(watched, self._patience())
        if not ready and self.run is None and not self.is_idle:
            self._be_idle()
        if self.run and self.run.started.connection in ready:
            self._read_results(self.run)
        if self.run:
            self._look_after(self.run)
        if self.orders in ready:
            data = system.receive(self.orders)
            *lines, self.buffer = (self.buffer + data).split(b"\n")
            for line in lines:
                self._stop("cancelled")
                self.run = self._start(json.loads(line))
            return bool(data)
        return True

    def _patience(self) -> float | None:
        if self.run:
            return _GLANCE
        return None if self.is_idle else 0.0

    def _be_idle(self) -> None:
        """Prepare the next run while idle."""
        self.is_idle = True
        self._prepare()
        if self.starter.method == "fork":  # others would have to import torch once more for it
            self.own |= {*self.standby.prepare(self.starter, self._new_folder())}

    def _look_after(self, run: WorkerRun) -> None:
        over = run.over_limit()
        if over or run.is_gone():
            self._stop(over)
        elif time.monotonic() > run.began + _SOON:
            self._prepare()

    def _start(self, order: dict[str, Any]) -> WorkerRun:
        root = Path(order.get("root", self.root))
        order = {**order, "root": str(root)}
        worker = self.standby.take(order) or Worker.of(self.starter, order, self._new_folder())
        self.standby.expect(order)
        self.own.discard(worker.started.pid)
        return WorkerRun(order["run"], order["limit"], worker, root, order.get("whole", math.inf), order["memory"])

    def _new_folder(self) -> Path:
        self.folders += 1
        return Path(tempfile.gettempdir(), f"{os.getpid():x}-{self.folders}")  # short: it holds sockets, too

    def _read_results(self, run: WorkerRun) -> None:
        data = system.receive(run.started.connection)
        for event in run.read(data):
            run.wind()
            if event["event"] == "begun":
                run.begin()
            elif event["event"] == "finished":
                run.how = "done"
            else:
                self.send({"run": run.number, **event})
        if run.how == "done" or not data:
            self._stop("")

    def _stop(self, how: str) -> None:
        """End the worker and all its descendants; report how the run ended."""
        run, self.run = self.run, None
        if run is None:
            return
        trace = run.worker.folder / TRACE
        if how and how != "cancelled":
            system.ask_where(run.started.pid, run.started.connection)
            time.sleep(0.1)
        how = how or run.how or self._exit_of(run)
        self._end(run)
        lines = lines_in_trace(trace, str(run.root / "exercises")) if how != "done" else []
        shutil.rmtree(run.worker.folder, ignore_errors=True)
        self.send({"run": run.number, "event": "end", "how": how, "lines": lines, "forged": run.forged})
        self.is_idle = False

    @staticmethod
    def _exit_of(run: WorkerRun) -> str:
        """Return how the worker ended; it ends a moment after its connection closes."""
        run.started.process.join(0.05)
        code = run.started.process.exitcode
        if code is None:
            return f"signal {system.KILLED}"
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def _end(self, run: WorkerRun) -> None:
        """Clean up after a run: its process group, its descendants, its orphans."""
        run.worker.end()
        tree.end_below(self.own)


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # the client is gone: the orders will end, too
        while data:
            data = data[os.write(descriptor, data) :]


def _serve_slots(root: Path, descriptors: list[int], starter: Starter) -> None:
    """Serve several clients, each through a socket by a forked process; report and replace one that dies."""
    slots = {one: starter.start(_be_slot, root, one, descriptors) for one in descriptors}
    while slots:
        time.sleep(_GLANCE)
        for one, slot in list(slots.items()):
            code = slot.process.exitcode
            if code is None:
                continue
            slots.pop(one).end()
            if code:
                with contextlib.suppress(OSError):  # the other end is closed
                    os.write(one, json.dumps(LOST).encode() + b"\n")
                    slots[one] = starter.start(_be_slot, root, one, descriptors)


def _be_slot(_: Connection, root: Path, descriptor: int, descriptors: list[int]) -> None:
    for other in {*descriptors} - {descriptor}:
        os.close(other)
    system.lead_group()
    system.adopt_orphans()
    _serve(root, descriptor, descriptor, Starter("fork", NEEDED, warm_up))


def _serve(root: Path, orders: int, events: int, starter: Starter) -> None:
    if starter.method == "fork":
        starting.keep_from_copies(events)
        starting.keep_from_copies(orders)
    Server(root, system.readable(orders), events, starter).serve()


def main() -> None:
    """Serve the parent process through the standard streams, or through the given sockets."""
    system.ignore_interrupts()
    root, descriptors = Path(sys.argv[1]), list(map(int, sys.argv[2:]))
    orders, events = os.dup(0), os.dup(1)
    system.go_silent()
    os.chdir(root)
    starter = Starter(starting.choose(is_clean=True), NEEDED, warm_up)
    if starter.method == "fork":
        warm_up()
    if descriptors:
        _serve_slots(root, descriptors, starter)
    else:
        system.adopt_orphans()
        _serve(root, orders, events, starter)


if __name__ == "__main__":
    main()
