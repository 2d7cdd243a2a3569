"""Real processes for lesson 11: they stay ready, run a spec's scenario, and explain its failures."""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import io
import itertools
import linecache
import marshal
import os
import pickle
import queue
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it has no types

from kata.checking import lazy_dynamo
from kata.checking.devices import found_devices
from kata.checking.expect import SideEffect
from kata.checking.limits import within
from kata.checking.loading import code_of, module_of
from kata.checking.sandbox import guarded
from kata.content.safe import LONGEST, text_of
from kata.diagnosis.exceptions.explain import explain
from kata.diagnosis.exceptions.frame import raised_by_learner
from kata.diagnosis.explanation import Explained, Explanation
from kata.processes import system
from kata.processes.starting import Started, Starter, choose
from kata.processes.system import name_of_signal
from kata.processes.tree import CpuLimit, folder_of_this_process
from kata.running.client import lines_in_trace

WHERE, JOINED = b"where", b"joined"
_PATIENCE = timedelta(minutes=10)  # of gloo itself: whoever started the rank ends it long before
_COLLECTIVES = os.path.join("torch", "distributed")


@dataclass(frozen=True)
class Done:
    """A scenario finished.

    Args:
        result: its result.
        changed: the global state that the learner's code changed.
        printed: its output.
    """

    result: Any
    changed: tuple[str, ...]
    printed: str


@dataclass(frozen=True)
class Raised:
    """A scenario raised; holds the arguments of `Explained`."""

    told: Explanation
    fact: str
    is_stub: bool


@dataclass(frozen=True)
class At:
    """Where a rank is that has not answered.

    Args:
        line: the learner's line, or None.
        code: its text.
        call: the function of torch.distributed that it waits in, or "".
        is_same: whether it is still in the same call as at the last question.
        task: the number of its last task.
    """

    line: int | None
    code: str
    call: str
    is_same: bool
    task: int


@dataclass(frozen=True)
class Task:
    """A task for a rank.

    Args:
        number: its number in the group.
        code: the lesson's module, marshalled.
        name: the module's name.
        file: the file name in tracebacks, with its `lines`.
        scenario: a function of the module and the rank, pickled by cloudpickle.
    """

    number: int
    code: bytes
    name: str
    file: str
    lines: list[str]
    scenario: bytes


def serve(connection: Connection, rank: int, count: int, store: str) -> None:
    """Join the process group of `count` ranks that meet in the file `store`, then run tasks.

    Ends when the other end of `connection` is closed.
    """
    system.ignore_interrupts()
    system.end_with_parent()
    system.go_silent()
    with open(trace_of(store, rank), "w") as trace:
        faulthandler.enable(trace)
        _work(rank, count, store, connection)


def trace_of(store: str, rank: int) -> str:
    """Return the path of a crashed rank's stack dump."""
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
        """Receive tasks and questions in a thread: torch releases the GIL while it waits."""
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
        """Send an answer, under a lock."""
        with self._lock:
            self.connection.send_bytes(pickle.dumps(answer))

    def perform(self, task: Task) -> Done | Raised:
        """Run a task; its exception, output and side effects are part of the answer."""
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


LIMIT = 5.0  # CPU seconds that all ranks together may use; the solution's use milliseconds
STEP = 0.5  # seconds after which ranks that have not come back are asked where they are
_TO_START = 300.0  # seconds that a process may need, on a busy machine, to import torch and to meet the others

_TOGETHER = "Each rank must call the same functions of torch.distributed, in the same order, with equal shapes."


def on_ranks(lesson: ModuleType, scenario: Callable[..., Any], *arguments: Any, count: int = 2) -> list[Any]:
    """Run ``scenario(lesson, rank, *arguments)`` in each of `count` processes of one group.

    Args:
        lesson: the module under test; each process loads its own from the same code.
        scenario: any function, also a local one.
        arguments: picklable values.
        count: the number of processes in the gloo group.

    Returns:
        the result of each rank.

    Raises:
        Explained: a rank raised, died, or did not answer.
        SideEffect: the learner's code changed global state.
    """
    bound = partial(_called, scenario, arguments)
    code = code_of(lesson)
    file = code.co_filename
    task = Task(
        next(_NUMBERS), marshal.dumps(code), lesson.__name__, file, linecache.getlines(file), _pickled(bound, scenario)
    )
    if count not in _GROUPS or not _GROUPS[count].is_alive():
        _GROUPS[count] = Group(count)
    answers = _GROUPS[count].run(task)
    for rank, answer in enumerate(answers):
        if answer.printed:
            print(f"rank {rank}: {answer.printed}", end="")
        if answer.changed:
            _GROUPS[count].close()
            raise SideEffect("what your code changes outside itself", "nothing", "; ".join(answer.changed))
    return [answer.result for answer in answers]


def _called(scenario: Callable[..., Any], arguments: tuple[Any, ...], lesson: ModuleType, rank: int) -> Any:
    return scenario(lesson, rank, *arguments)


def _pickled(bound: Callable[..., Any], scenario: Callable[..., Any]) -> bytes:
    """Pickle a scenario by value, with the functions of its own file."""
    module = sys.modules.get(scenario.__module__)
    if module is None or module.__name__.partition(".")[0] == "kata":
        return bytes(cloudpickle.dumps(bound))
    cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(bound))
    finally:
        cloudpickle.unregister_pickle_by_value(module)


class Group:
    """A process group whose ranks wait for tasks.

    Args:
        count: the number of ranks.
    """

    def __init__(self, count: int) -> None:
        self._folder = folder_of_this_process("kata-ranks")
        self._store = str(Path(self._folder) / "store")
        self._members: list[Started] = []
        starter = _starter()
        for rank in range(count):
            self._members.append(starter.start(serve, rank, count, self._store))
        self._connections = [one.connection for one in self._members]
        self._processes = [one.process for one in self._members]
        self._wait_until_all_have_met()
        starter.prepare(count)

    def _wait_until_all_have_met(self) -> None:
        """Wait for all ranks, so that starting them does not count as the learner's time."""
        for rank, connection in enumerate(self._connections):
            try:
                if connection.poll(_TO_START):
                    connection.recv_bytes()
                    continue
            except (EOFError, OSError):
                pass
            self.close()
            raise RuntimeError(f"the process of rank {rank} did not start: try `kata doctor`")

    def is_alive(self) -> bool:
        """Whether all ranks are alive."""
        return bool(self._members) and all(one.process.is_alive() for one in self._members)

    def run(self, task: Task) -> list[Done]:
        """Send all ranks the same task and return their results; after a failure the group is ended.

        Raises:
            Explained: a rank raised, died, or did not answer.
        """
        try:
            return self._run(task)
        except BaseException:
            self.close()
            raise

    def _run(self, task: Task) -> list[Done]:
        for connection in self._connections:
            with suppress(OSError):  # it is gone: told when its connection is read
                connection.send_bytes(pickle.dumps(task))
        done: dict[int, Done] = {}
        at: dict[int, At] = {}
        limit, asked = CpuLimit(within(LIMIT), *(one.pid for one in self._members)), time.monotonic()
        while len(done) < len(self._connections):
            for rank in self._ready(done, asked + STEP - time.monotonic()):
                self._take(rank, task, done, at)
                if rank in done:  # those that waited for it need a moment to come back, too
                    asked = time.monotonic()
                    at.clear()
            waiting = [rank for rank in range(len(self._connections)) if rank not in done]
            if waiting and all(rank in at and at[rank].is_same for rank in waiting):
                raise _deadlock({rank: at[rank] for rank in waiting}, sorted(done))
            if time.monotonic() - asked < STEP:
                continue
            if limit.exceeded():
                raise _endless(waiting[0], at.get(waiting[0]))
            asked = self._ask(waiting)
        return [done[rank] for rank in sorted(done)]

    def _ready(self, done: dict[int, Done], seconds: float) -> list[int]:
        open_ones: dict[Any, int] = {one: rank for rank, one in enumerate(self._connections) if rank not in done}
        return [open_ones[one] for one in wait(list(open_ones), max(seconds, 0.0))]

    def _take(self, rank: int, task: Task, done: dict[int, Done], at: dict[int, At]) -> None:
        try:
            answer = pickle.loads(self._connections[rank].recv_bytes())
        except (EOFError, OSError):
            raise self._died(rank, task.file) from None
        if isinstance(answer, Raised):
            raise self._first_death(task.file) or Explained(answer.told, answer.fact, answer.is_stub)
        if isinstance(answer, At):
            at |= {rank: answer} if answer.task == task.number else {}  # an older one was on its way
        else:
            done[rank] = answer

    def _first_death(self, file: str) -> Explained | None:
        """Explain a process that died, which closed the connections of others."""
        for rank, process in enumerate(self._processes):
            process.join(0.02)
            if not process.is_alive():
                return self._died(rank, file)
        return None

    def _ask(self, waiting: list[int]) -> float:
        for rank in waiting:
            with suppress(OSError):  # it is gone: told when its connection is read
                self._connections[rank].send_bytes(WHERE)
        return time.monotonic()

    def _died(self, rank: int, file: str) -> Explained:
        process = self._processes[rank]
        process.join(1.0)
        code = process.exitcode
        how = f"with the exit code {code}" if code is None or code >= 0 else f"by {name_of_signal(-code)}"
        fact = f"The process of rank {rank} ended {how}, in the middle of your code."
        line = next(iter(lines_in_trace(Path(trace_of(self._store, rank)), file)), None)
        said = linecache.getline(file, line).strip() if line else ""
        paragraphs = ("A process that ends leaves the others waiting for it.",)
        if code is not None and name_of_signal(-code) == "SIGABRT":  # as gloo does with tensors that do not go together
            paragraphs = (_TOGETHER,)
        return Explained(Explanation(fact, paragraphs, line=line, code=said), fact)

    def close(self) -> None:
        """Kill all processes and clean up."""
        while self._members:
            self._members.pop().end()
        shutil.rmtree(self._folder, ignore_errors=True)


def _starter() -> Starter:
    """Return the starter of ranks: fork is fastest, but not after the use of an accelerator."""
    method = choose(is_clean=sys.platform == "linux" and not found_devices())
    if method not in _STARTERS:
        _STARTERS[method] = Starter(method, ("kata.authoring", "kata.running.ranks"), daemon=True)
    return _STARTERS[method]


def _deadlock(waiting: dict[int, At], back: list[int]) -> Explained:
    """Explain a deadlock of ranks in functions of torch.distributed."""
    parts = [f"rank {rank} waits in `{one.call}`" for rank, one in waiting.items()]
    parts += [f"rank {rank} has come back without it" for rank in back]
    fact = ", and ".join(parts)
    first = next(iter(waiting.values()))
    lines = [f"Rank {rank} is at line {one.line}: {one.code}" for rank, one in list(waiting.items())[1:] if one.line]
    headline = f"The ranks wait for one another without end: {fact}."
    told = Explanation(headline, (_TOGETHER, *lines), line=first.line, code=first.code, is_known=True)
    return Explained(told, fact, hangs=True)


def _endless(rank: int, at: At | None) -> Explained:
    fact = f"Rank {rank} did not come back within {within(LIMIT):g} seconds"
    if at is None or at.line is None:
        return Explained(Explanation(f"{fact}."), fact, hangs=True)
    where = "This is where it was when the time was up."
    return Explained(Explanation(f"{fact}.", (where,), line=at.line, code=at.code), fact, hangs=True)


def forget() -> None:
    """Forget the groups of the parent process after a fork."""
    _GROUPS.clear()
    _STARTERS.clear()


_NUMBERS = itertools.count()
_GROUPS: dict[int, Group] = {}
_STARTERS: dict[str, Starter] = {}


def close_all() -> None:
    """End all groups of this process."""
    while _GROUPS:
        _GROUPS.popitem()[1].close()
    for starter in _STARTERS.values():
        starter.close()


atexit.register(close_all)
