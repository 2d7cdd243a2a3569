"""A process that has begun a run before it is asked for: most of what a verdict takes does not depend on the answer."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.processes import system, tree
from kata.processes.starting import Started, Starter
from kata.running import worker

Order = dict[str, Any]
_OF_ONE_RUN = ("run", "focus")  # what two orders may differ in, and be served by the same process


@dataclass(frozen=True)
class Begun:
    """A process that carries out an order, or waits to do so.

    Args:
        started: the process.
        folder: for its temporary files.
        mark: what the lines of its events begin with.
    """

    started: Started
    folder: Path
    mark: str

    @classmethod
    def of(cls, starter: Starter, order: Order, folder: Path) -> Begun:
        """Start it; an order without a focus waits for one."""
        folder.mkdir()
        mark = secrets.token_hex(8)
        return cls(starter.start(worker.perform, order, str(folder), mark), folder, mark)

    def end(self) -> None:
        """End the process, its group, and what it has started."""
        started = tree.below(self.started.pid)
        system.kill_group(self.started.pid)
        self.started.end()
        tree.end(started)


class Ahead:
    """The one process that may be ready for the next order, where that is like the one before."""

    def __init__(self) -> None:
        self._likely: Order = {}
        self._order: Order = {}
        self._state: dict[str, int] = {}
        self._begun: Begun | None = None

    def expect(self, order: Order) -> None:
        """Note the order of now, where it may well come again."""
        self._likely = _without_focus(order) if order.get("again") else {}

    def prepare(self, starter: Starter, folder: Path) -> list[int]:
        """Begin what is likely to be asked for next, unless that has been done; return the processes that wait."""
        if self._likely and self._begun is None:
            self._order, self._state = self._likely, _state_of(self._likely)
            self._begun = Begun.of(starter, self._order, folder)
        return [self._begun.started.pid] if self._begun else []

    def take(self, order: Order) -> Begun | None:
        """Return the process that was made for such an order, and let it begin; None where there is none."""
        begun = self._begun
        if begun is None or not self._is_for(order, begun):
            self.drop()
            return None
        self._begun = None
        begun.started.connection.send(order["focus"])
        return begun

    def _is_for(self, order: Order, begun: Begun) -> bool:
        is_same = _without_focus(order) == self._order and begun.started.process.is_alive()
        return is_same and _state_of(order) == self._state

    def drop(self) -> None:
        """End the process that waits."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.end()
            shutil.rmtree(begun.folder, ignore_errors=True)


def _without_focus(order: Order) -> Order:
    return {key: value for key, value in order.items() if key not in _OF_ONE_RUN}


def _state_of(order: Order) -> dict[str, int]:
    """Return when the files were changed that such a process reads before it waits: all but the learner's."""
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
