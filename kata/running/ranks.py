"""Real processes that talk to one another, for lessons about several: started once, used by all checks.

`on_ranks` runs a scenario in each. What goes wrong there is raised here as one exception, with the rank, the
learner's line, and, where the ranks wait for one another, who waits where.
"""

from __future__ import annotations

import atexit
import itertools
import linecache
import marshal
import pickle
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it has no types

from kata.checking.binding import code_of
from kata.checking.devices import found_devices
from kata.checking.expect import SideEffect
from kata.checking.limits import within
from kata.diagnosis.explanation import Explained, Explanation
from kata.processes.cpu_limit import CpuLimit
from kata.processes.starting import Started, Starter, choose
from kata.processes.system import name_of_signal
from kata.processes.tree import folder_of_this_process
from kata.running.rank import WHERE, At, Done, Raised, Task, serve, trace_of
from kata.running.verdict import lines_in_trace

LIMIT = 5.0  # CPU seconds that all ranks together may use; the solution's use milliseconds
STEP = 0.5  # seconds after which ranks that have not come back are asked where they are
_TO_START = 300.0  # seconds that a process may need, on a busy machine, to import torch and to meet the others

_TOGETHER = "Each rank must call the same functions of torch.distributed, in the same order, with equal shapes."


def on_ranks(lesson: ModuleType, scenario: Callable[..., Any], *arguments: Any, count: int = 2) -> list[Any]:
    """Run ``scenario(lesson, rank, *arguments)`` in each of `count` processes of one group.

    Args:
        lesson: the module under test; each process makes its own from the same code.
        scenario: any function, a local one too; it travels with what it uses.
        arguments: what can be pickled.
        count: the number of processes, which all know one another through gloo.

    Returns:
        What each rank returned.

    Raises:
        Explained: a rank raised, died, or did not come back.
        SideEffect: the learner's code changed what is not its own.
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
    """Write a scenario with the functions of its own file, which the other process may not know."""
    module = sys.modules.get(scenario.__module__)
    if module is None or module.__name__.partition(".")[0] == "kata":
        return bytes(cloudpickle.dumps(bound))
    cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(bound))
    finally:
        cloudpickle.unregister_pickle_by_value(module)


class Group:
    """Some processes that have found one another, and wait for tasks.

    Args:
        count: how many.
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
        """Let no time that starting takes be counted as the learner's."""
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
        """Whether all of them run."""
        return bool(self._members) and all(one.process.is_alive() for one in self._members)

    def run(self, task: Task) -> list[Done]:
        """Give all ranks the same task and return their answers; after a failure the group is ended.

        Raises:
            Explained: a rank raised, died, or did not come back.
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
        """Tell of a process that died, which is why another one raised that its connection was closed."""
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
        """End all processes, whatever they do, and leave nothing behind."""
        while self._members:
            self._members.pop().end()
        shutil.rmtree(self._folder, ignore_errors=True)


def _starter() -> Starter:
    """Return what starts ranks: a fork has torch already, but must not follow the use of an accelerator."""
    method = choose(is_clean=sys.platform == "linux" and not found_devices())
    if method not in _STARTERS:
        _STARTERS[method] = Starter(method, ("kata.authoring", "kata.running.rank"), daemon=True)
    return _STARTERS[method]


def _deadlock(waiting: dict[int, At], back: list[int]) -> Explained:
    """Tell of ranks that wait in functions of torch.distributed for what will not come."""
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
    """Let this process, a copy of another one, start its own groups: those that it knows are not its own."""
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
