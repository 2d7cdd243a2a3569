"""Slots of this machine, kept busy: each thread gives one server one order after another."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kata.content.files import environment_with
from kata.teacher.unit import Run

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class DidNotStart(RuntimeError):
    """The process that holds torch could not be started, or ended."""


class Pool:
    """Some servers, forked from one process that has imported torch.

    Args:
        jobs: how many.
    """

    def __init__(self, jobs: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kata-slots-")
        pairs = [socket.socketpair() for _ in range(jobs)]
        theirs = [its.fileno() for _, its in pairs]
        alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": ""}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kata.teacher.slots", self._folder.name, *map(str, theirs)],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment_with(Path(__file__).parents[2], **alone),
            start_new_session=True,
        )
        for _, its in pairs:
            its.close()
        self._slots = [_Slot(mine) for mine, _ in pairs]

    def each(self, tasks: Iterable[Task], do: Callable[[Task, Run], Answer]) -> Iterator[tuple[Task, Answer]]:
        """Do each task in a slot, several at a time; yield it with its answer as soon as it is there.

        Raises:
            DidNotStart: the servers are gone.
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
        """End the servers, and whatever they run."""
        for slot in self._slots:
            slot.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

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
    """One end of the socket of a server."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lines = connection.makefile("rb")
        self._number = 0

    def run(self, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Give an order and yield the events of its run; a server that is lost ends it."""
        self._number += 1
        try:
            self._socket.sendall(json.dumps({**order, "run": self._number}).encode() + b"\n")
        except OSError:
            raise DidNotStart("the process that runs the checks is gone: try `kata doctor`") from None
        while line := self._lines.readline():
            event = json.loads(line)
            if event.get("event") == "lost":
                yield {"event": "end", "how": "exit of the server, which the code has ended", "lines": []}
                return
            if event.get("run") == self._number:
                yield event
                if event["event"] == "end":
                    return
        raise DidNotStart("the process that runs the checks is gone: try `kata doctor`")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
