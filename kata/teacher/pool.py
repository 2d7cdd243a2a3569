"""A pool of servers on this machine, each fed by one thread."""

from __future__ import annotations

import contextlib
import io
import json
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from kata.processes.system import APART
from kata.processes.tree import folder_of_this_process
from kata.running import client
from kata.running.client import LOST, DidNotStart
from kata.teacher.unit import Run

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Ends = tuple[subprocess.Popen[bytes], Any, Any]  # a server, what its events are read from, what takes orders
ENDED = "exit of the server, which the code has ended"


class Pool:
    """A pool of servers, each of which runs one lesson at a time.

    Args:
        jobs: the number of servers.

    Raises:
        DidNotStart: `KATA_START` names an unknown method.
    """

    def __init__(self, jobs: int) -> None:
        method = client.method()
        self._folder = folder_of_this_process("kata-pool")
        start = _copies if method == "fork" else _servers
        self._slots = start(Path(self._folder), jobs)

    def each(self, tasks: Iterable[Task], do: Callable[[Task, Run], Answer]) -> Iterator[tuple[Task, Answer]]:
        """Run tasks in parallel; yield each with its answer as soon as it is there.

        Raises:
            DidNotStart: a server cannot be started.
        """
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        count = 0
        for task in tasks:
            waiting.put(task)
            count += 1
        done: queue.SimpleQueue[tuple[Task, Answer] | BaseException] = queue.SimpleQueue()
        for slot in self._slots[: max(1, count)]:
            threading.Thread(target=_work, args=(waiting, do, slot.run, done), daemon=True).start()
        for _ in range(count):
            answer = done.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer

    def close(self) -> None:
        """End the servers and everything they run."""
        for slot in self._slots:
            slot.hang_up()
        for slot in self._slots:
            slot.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _work(waiting: Any, do: Callable[[Any, Run], Any], run: Run, done: Any) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            task = waiting.get_nowait()
            try:
                done.put((task, do(task, run)))
            except BaseException as error:  # noqa: BLE001  (raised again where the answers are awaited)
                done.put(error)
                return


class _Slot:
    """A connection to one server: a pipe to its own process, or a socket to a forked one.

    Args:
        start: starts the server; returns its process, the stream of events, and the stream for orders.
    """

    def __init__(self, start: Callable[[], Ends]) -> None:
        self._start = start
        self._number = 0
        self._process, self._events, self._orders = start()

    def run(self, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Send an order and yield the events of its run; a lost server ends it."""
        self._number += 1
        is_ready = self._number > 1
        with contextlib.suppress(OSError):  # it is gone: its events have an end, too
            self._orders.write(json.dumps({**order, "run": self._number}).encode() + b"\n")
            self._orders.flush()
        while line := self._events.readline():
            event = json.loads(line)
            is_ready |= "ready" in event
            if event == LOST:
                yield {"event": "end", "how": ENDED, "lines": []}
                return
            if event.get("run") == self._number:
                yield event
                if event["event"] == "end":
                    return
        if not is_ready:
            raise DidNotStart
        self.close()
        self._number, (self._process, self._events, self._orders) = 0, self._start()
        yield {"event": "end", "how": ENDED, "lines": []}

    def hang_up(self) -> None:
        """Close the connection, so that the server ends itself and its run."""
        with contextlib.suppress(OSError):
            self._orders.close()

    def close(self) -> None:
        """Wait for the server to end, or kill it."""
        self.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
        self._events.close()


def _servers(folder: Path, jobs: int) -> list[_Slot]:
    """Start a server for each slot."""

    def start() -> Ends:
        process = _begin(folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        return process, process.stdout, process.stdin

    return [_Slot(start) for _ in range(jobs)]


def _copies(folder: Path, jobs: int) -> list[_Slot]:
    """Start one server that imports torch once, and serves each slot by a forked process."""
    pairs = [socket.socketpair() for _ in range(jobs)]
    theirs = [its.fileno() for _, its in pairs]
    process = _begin(folder, *map(str, theirs), pass_fds=theirs, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    slots = [_Slot(partial(_through, process, mine)) for mine, _ in pairs]
    for _, its in pairs:
        its.close()
    return slots


def _through(process: subprocess.Popen[bytes], connection: socket.socket) -> Ends:
    if process.poll() is not None:
        raise DidNotStart("the process that runs the checks is gone: try `kata doctor`")
    return process, connection.makefile("rb"), _Orders(connection)


class _Orders(io.BufferedIOBase):
    """The writing end of a socket; closing it closes the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: Any) -> int:
        self._connection.sendall(data)
        return len(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        super().close()


def _begin(folder: Path, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    command, variables = client.command(folder, *words), client.environment(Path(__file__).parents[2], folder)
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=variables, **options, **APART)
