"""One rank: a process of a group, which runs what it is sent and says what came of it, or where it is."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import linecache
import marshal
import os
import pickle
import queue
import shutil
import sys
import threading
import warnings
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from kata.checking import lazy_dynamo
from kata.checking.binding import module_of
from kata.checking.guard import guarded
from kata.content.safe import LONGEST, text_of
from kata.diagnosis.exceptions.explain import explain
from kata.diagnosis.exceptions.place import raised_by_learner
from kata.diagnosis.explanation import Explanation
from kata.processes import system

WHERE, JOINED = b"where", b"joined"
_PATIENCE = timedelta(minutes=10)  # of gloo itself: whoever started the rank ends it long before
_COLLECTIVES = os.path.join("torch", "distributed")


@dataclass(frozen=True)
class Done:
    """A scenario came to its end.

    Args:
        result: what it returned.
        changed: what the learner's code changed outside itself.
        printed: what it printed.
    """

    result: Any
    changed: tuple[str, ...]
    printed: str


@dataclass(frozen=True)
class Raised:
    """An exception ended the scenario; what `Explained` takes."""

    told: Explanation
    fact: str
    is_stub: bool


@dataclass(frozen=True)
class At:
    """Where a rank is that has not come back.

    Args:
        line: the learner's line, or None.
        code: what stands there.
        call: the function of torch.distributed that it waits in, or "".
        is_same: whether it is the very call that it was in when it was asked last.
        task: the number of the last task that it was sent.
    """

    line: int | None
    code: str
    call: str
    is_same: bool
    task: int


@dataclass(frozen=True)
class Task:
    """What a rank is to run.

    Args:
        number: which task of the group it is.
        code: the lesson's module, as `marshal` writes it.
        name: the module's name.
        file: what its tracebacks name, with the `lines` that they show.
        scenario: a function of the module and the rank, as cloudpickle writes it.
    """

    number: int
    code: bytes
    name: str
    file: str
    lines: list[str]
    scenario: bytes


def serve(connection: Connection, rank: int, count: int, store: str) -> None:
    """Join the group of `count` processes that meet in the file `store`, then run one task after another.

    Ends when the other end of `connection` is closed, whatever it is doing.
    """
    system.ignore_interrupts()
    system.end_with_parent()
    system.go_silent()
    with open(trace_of(store, rank), "w") as trace:
        faulthandler.enable(trace)
        _work(rank, count, store, connection)


def trace_of(store: str, rank: int) -> str:
    """Return where a rank that crashes leaves its trace."""
    return f"{store}.{rank}"


def _work(rank: int, count: int, store: str, connection: Connection) -> None:
    member = _Rank(rank, connection, Path(store).parent)
    threading.Thread(target=member.listen, daemon=True).start()  # first of all: who started it may end any time
    _join(rank, count, store)
    connection.send_bytes(JOINED)
    while True:
        member.reply(member.perform(member.tasks.get()))


def _join(rank: int, count: int, store: str) -> None:
    import torch
    import torch.distributed as dist

    system.meet_on_this_machine(os.environ)
    torch.set_num_threads(1)
    lazy_dynamo.install()
    place = Path(store).as_uri()
    with lazy_dynamo.hidden():
        dist.init_process_group("gloo", init_method=place, rank=rank, world_size=count, timeout=_PATIENCE)


class _Rank:
    def __init__(self, rank: int, connection: Connection, folder: Path) -> None:
        self.rank, self.connection, self._folder = rank, connection, folder
        self.tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._main = threading.get_ident()
        self._path, self._number = "", 0
        self._waits_in: FrameType | None = None

    def listen(self) -> None:
        """Take tasks and questions, in a thread of its own: torch's waiting leaves Python's lock free."""
        while True:
            try:
                message = self.connection.recv_bytes()
            except (EOFError, OSError):  # the parent is gone, perhaps without having tidied up
                shutil.rmtree(self._folder, ignore_errors=True)
                system.exit_now(0)
            if message == WHERE:
                self.reply(self._where())
            else:
                task = pickle.loads(message)
                self._number = task.number
                self.tasks.put(task)

    def reply(self, answer: Done | Raised | At) -> None:
        """Send an answer, one at a time."""
        with self._lock:
            self.connection.send_bytes(pickle.dumps(answer))

    def perform(self, task: Task) -> Done | Raised:
        """Run a task; what the learner's code raises, prints and changes becomes part of the answer."""
        code = marshal.loads(task.code)
        self._path = task.file
        linecache.cache[self._path] = len("".join(task.lines)), None, task.lines, self._path
        with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(printed):
            try:
                with warnings.catch_warnings(), guarded() as changed:
                    warnings.simplefilter("ignore")
                    result = pickle.loads(task.scenario)(module_of(code, task.file, task.name), self.rank)
                    answer = Done(result, (), printed.getvalue())
                    pickle.dumps(answer)  # what cannot be sent is told like any other error
            except BaseException as error:  # noqa: BLE001  (a rank answers, whatever happens)
                return self._raised(error)
        return replace(answer, changed=(*changed, *_group_gone()))

    def _raised(self, error: BaseException) -> Raised:
        path = Path(self._path)
        told = explain(error, path)
        is_stub = isinstance(error, NotImplementedError) and raised_by_learner(error, path)
        fact = f"rank {self.rank}: {type(error).__name__}: {text_of(error)[:LONGEST]}"
        told = replace(told, paragraphs=(*told.paragraphs, f"This happened on rank {self.rank}."))
        return Raised(told, fact, is_stub)

    def _where(self) -> At:
        frame = sys._current_frames().get(self._main)
        before, self._waits_in = self._waits_in, None
        line, call = None, ""
        while frame is not None:
            name = frame.f_code.co_filename
            if name == self._path:
                line = frame.f_lineno
                break
            if _COLLECTIVES in name and not frame.f_code.co_name.startswith(("_", "wrapper")):
                call, self._waits_in = frame.f_code.co_name, frame
            frame = frame.f_back
        is_same = self._waits_in is not None and self._waits_in is before
        code = linecache.getline(self._path, line).strip() if line else ""
        return At(line, code, call, is_same, self._number)


def _group_gone() -> tuple[str, ...]:
    import torch.distributed as dist

    return () if dist.is_initialized() else ("the process group was destroyed",)
