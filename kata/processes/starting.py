"""Start processes that run learners' code, by one of three methods.

- *fork*: a copy of this process, 10 ms. Only if the system can fork, and this process has not used an accelerator,
  which a copy cannot use.
- *forkserver*: a copy of another process that has imported the modules and used nothing, 20 ms once it has started.
- *spare*: a process that has imported everything waits for its call, and the next is prepared meanwhile. Works
  everywhere; takes an import if calls come faster than imports.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import warnings
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from kata.processes import system

METHODS = ("fork", "forkserver", "spare")
VARIABLE = "KATA_START"
READY = b"ready\n"
Target = Callable[..., None]  # a function of a module: it gets its end of the connection, then its own arguments


class UnknownMethod(ValueError):
    """`KATA_START` names a method that this system does not have."""


def choose(is_clean: bool) -> str:
    """Return the method to start processes with.

    Args:
        is_clean: whether this process has used no accelerator, nor anything else that does not survive a fork.

    Raises:
        UnknownMethod: `KATA_START` asks for another.
    """
    possible = METHODS if system.CAN_FORK else ("spare",)
    forced = os.environ.get(VARIABLE, "")
    if forced and forced not in possible:
        raise UnknownMethod(f"{VARIABLE} must be one of {', '.join(possible)} on this system, and is {forced!r}")
    if forced:
        return forced
    if not system.CAN_FORK:
        return "spare"
    return "fork" if is_clean else "forkserver"


@dataclass(frozen=True)
class Started:
    """A started process, and our end of the connection to it."""

    process: BaseProcess
    connection: Connection

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def end(self) -> None:
        """Kill it, wait for it, and close the connection; its children are not ended."""
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class Starter:
    """Start processes by one method.

    Args:
        method: one of `METHODS`.
        modules: what a forkserver or a spare imports in advance.
        warm_up: a function that a spare then calls with its connection, or None.
        daemon: whether they end with this process, and may not start processes.
    """

    def __init__(
        self, method: str, modules: Sequence[str], warm_up: Target | None = None, daemon: bool = False
    ) -> None:
        self.method, self._modules, self._warm_up, self._daemon = method, tuple(modules), warm_up, daemon
        self._context: Any = multiprocessing.get_context("spawn" if method == "spare" else method)
        self._spares: list[Started] = []
        if method == "forkserver":
            self._context.set_forkserver_preload([*modules])

    def start(self, target: Target, *arguments: Any) -> Started:
        """Start a process that calls ``target(connection, *arguments)`` and ends."""
        if self.method != "spare":
            return self._new(target, *arguments)
        self._spares = [one for one in self._spares if one.process.is_alive()]
        spare = self._spares.pop(0) if self._spares else self._new(wait_for_call, self._modules, self._warm_up)
        spare.connection.send((target, arguments))
        return spare

    def prepare(self, count: int = 1) -> list[Started]:
        """Prepare so many processes: spares, or the forkserver."""
        if self.method == "forkserver":
            from multiprocessing import forkserver  # POSIX only

            forkserver.ensure_running()
        if self.method == "spare":
            missing = range(count - len(self._spares))
            self._spares += [self._new(wait_for_call, self._modules, self._warm_up) for _ in missing]
        return self._spares

    def _new(self, target: Target, *arguments: Any) -> Started:
        mine, its = self._context.Pipe()
        _own.add(mine)
        process = self._context.Process(target=_enter, args=(target, its, *arguments), daemon=self._daemon)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # threads that only wait: a time limit's
            process.start()
        its.close()
        return Started(process, mine)

    def close(self) -> None:
        """End the waiting spares."""
        while self._spares:
            self._spares.pop().end()


_own: weakref.WeakSet[Connection] = weakref.WeakSet()  # our ends of connections: no business of a copy of this process
_own_descriptors: set[int] = set()


def keep_from_copies(descriptor: int) -> None:
    """Let forked copies of this process close a descriptor."""
    _own_descriptors.add(descriptor)


def _enter(target: Target, connection: Connection, *arguments: Any) -> None:
    for one in list(_own):  # none in a process that is no copy
        if one is not connection:
            one.close()
    while _own_descriptors:
        os.close(_own_descriptors.pop())
    target(connection, *arguments)


def wait_for_call(connection: Connection, modules: Sequence[str], warm_up: Target | None) -> None:
    """The main function of a spare: import the modules, report it, then make the one call requested."""
    system.ignore_interrupts()
    system.go_silent()
    for name in modules:
        importlib.import_module(name)
    if warm_up is not None:
        warm_up(connection)
    try:
        target, arguments = connection.recv()
    except (EOFError, OSError):  # whoever made it ready has ended
        return
    target(connection, *arguments)
