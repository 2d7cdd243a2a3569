"""A process that runs lessons for `kata watch` and `kata grade`, each run in a process of its own, within limits.

Usage: python -m kata.running.server ROOT [DESCRIPTOR...]. It never touches learners' code itself. What runs leave
goes to the folder for temporary files, which is the client's to remove.

Orders come in on stdin, events go out on stdout, one line of JSON each. Where the system forks, descriptors of sockets
may be named instead: each is served by a copy of this process, and one that dies is told there as {"event": "lost"}.

    {"run": 3, "lesson": "ex01_lenet", "focus": "LeNet.forward", "limit": 10.0, "memory": 6442450944}

with CPU seconds for a check and bytes for the run. Optional are the folder to run in ("root"), CPU seconds for the
whole run ("whole"), options of pytest ("options"), and whether the same is likely to be asked for again ("again"): then
the next run is begun ahead. A new order ends the run before it. Back come {"ready": true} once, then per run what the
worker sends ("expected", "result", "trouble"), and one

    {"run": 3, "event": "end", "how": "done", "lines": [], "forged": false}

where instead of "done" there may be "time", "idle", "memory 6 GiB", "signal 11", "exit 1" or "cancelled", with the
learner's lines where the process was, and whether anything else than the run itself wrote into its connection.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import sys
import tempfile
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from kata.processes import starting, system, tree
from kata.processes.starting import Started, Starter
from kata.running import worker
from kata.running.ahead import Ahead, Begun
from kata.running.runs import WorkerRun
from kata.running.verdict import LOST, lines_in_trace

_GLANCE = 0.05  # seconds between two looks at the memory of a run
_SOON = 1.0  # seconds into a run after which the next process is made ready, however long the run goes on


class Server:
    """Serve one client until its end of the pipe closes.

    Args:
        root: the repository, for orders that name none.
        orders: where orders come from.
        events: the descriptor that events are written to.
        starter: how processes are started.
    """

    def __init__(self, root: Path, orders: Connection, events: int, starter: Starter) -> None:
        self.root, self.orders, self.starter = root, orders, starter
        self.send = worker.sending(lambda data: _write(events, data))
        self.run: WorkerRun | None = None
        self.buffer = b""
        self.own: set[int] = set()  # processes that belong to the server, not to a run
        self.is_idle = False
        self.folders = 0
        self.ahead = Ahead()

    def serve(self) -> None:
        """Take orders until there are none to come."""
        try:
            self._get_ready()
            while self._step():
                pass
        finally:
            self._stop("cancelled")
            self.ahead.drop()
            self.starter.close()

    def _get_ready(self) -> None:
        """Say that all is ready, as soon as a process that is made ahead has imported what it needs."""
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
                self._obey(json.loads(line))
            return bool(data)
        return True

    def _patience(self) -> float | None:
        if self.run:
            return _GLANCE
        return None if self.is_idle else 0.0

    def _be_idle(self) -> None:
        """Do, while nobody waits, what would cost the next run time."""
        self.is_idle = True
        self._prepare()
        if self.starter.method == "fork":  # others would have to import torch once more for it
            self.own |= {*self.ahead.prepare(self.starter, self._new_folder())}

    def _look_after(self, run: WorkerRun) -> None:
        over = run.over_limit()
        if over or run.is_gone():
            self._stop(over)
        elif time.monotonic() > run.began + _SOON:
            self._prepare()

    def _obey(self, order: dict[str, Any]) -> None:
        self._stop("cancelled")
        self.run = self._start(order)

    def _start(self, order: dict[str, Any]) -> WorkerRun:
        root = Path(order.get("root", self.root))
        order = {**order, "root": str(root)}
        begun = self.ahead.take(order) or Begun.of(self.starter, order, self._new_folder())
        self.ahead.expect(order)
        self.own.discard(begun.started.pid)
        return WorkerRun(order["run"], order["limit"], begun, root, order.get("whole", math.inf), order["memory"])

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
        """End the process and all that it started; tell how it went."""
        run, self.run = self.run, None
        if run is None:
            return
        trace = run.begun.folder / worker.TRACE
        if how and how != "cancelled":
            system.ask_where(run.started.pid, run.started.connection)
            time.sleep(0.1)
        how = how or run.how or self._exit_of(run)
        self._end(run)
        lines = lines_in_trace(trace, str(run.root / "exercises")) if how != "done" else []
        shutil.rmtree(run.begun.folder, ignore_errors=True)
        self.send({"run": run.number, "event": "end", "how": how, "lines": lines, "forged": run.forged})
        self.is_idle = False

    @staticmethod
    def _exit_of(run: WorkerRun) -> str:
        """Say what ended the process: its connection is closed, it itself ends a moment later."""
        run.started.process.join(0.05)
        code = run.started.process.exitcode
        if code is None:
            return f"signal {system.KILLED}"
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def _end(self, run: WorkerRun) -> None:
        """Leave nothing of a run: neither its group, nor what it started, nor what that has left behind."""
        run.begun.end()
        tree.end_below(self.own)


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # the client is gone: the orders will end, too
        while data:
            data = data[os.write(descriptor, data) :]


def _serve_slots(root: Path, descriptors: list[int], starter: Starter) -> None:
    """Serve several clients, each through a socket and by a copy of this process; tell and replace one that dies."""
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
    _serve(root, descriptor, descriptor, Starter("fork", worker.NEEDED, worker.warm_up))


def _serve(root: Path, orders: int, events: int, starter: Starter) -> None:
    if starter.method == "fork":
        starting.keep_from_copies(events)
        starting.keep_from_copies(orders)
    Server(root, system.readable(orders), events, starter).serve()


def main() -> None:
    """Serve whoever started this process: through its standard streams, or through the sockets that are named."""
    system.ignore_interrupts()
    root, descriptors = Path(sys.argv[1]), list(map(int, sys.argv[2:]))
    orders, events = os.dup(0), os.dup(1)
    system.go_silent()
    os.chdir(root)
    starter = Starter(starting.choose(is_clean=True), worker.NEEDED, worker.warm_up)
    if starter.method == "fork":
        worker.warm_up()
    if descriptors:
        _serve_slots(root, descriptors, starter)
    else:
        system.adopt_orphans()
        _serve(root, orders, events, starter)


if __name__ == "__main__":
    main()
