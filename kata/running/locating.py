"""After the checks, if no known mistake was named: search for a small mutation that repairs the reported exercise.

The search runs in a forked process, which can be killed whatever a mutation does. Without fork it runs in this process,
like a check.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from kata.checking import limits
from kata.checking.devices import found_devices
from kata.diagnosis.explanation import Explanation
from kata.processes import system, tree
from kata.processes.starting import Started, Starter, choose
from kata.running.fixtures import SESSION, exercise_of, real_device_of, submission_of
from kata.running.surroundings import LOCATE

if TYPE_CHECKING:
    from kata.diagnosis.repair.search import Located

_GRACE = 1.5  # seconds for the proof of what was found last
_LOOK = 0.1  # seconds between two looks at the memory of a search
_MEMORY = 2 << 30  # bytes
_NICE = 5  # a search leaves the machine to whatever else runs
Send = Callable[["Located"], None]


def add_place(session: pytest.Session) -> None:
    """Search if the reported failure has no named mistake, and add the result to its report."""
    found = session.config.stash[SESSION]
    seconds = session.config.getoption(LOCATE)
    if found.first_failure is None or not seconds or found.debugged or hasattr(session.config, "workerinput"):
        return
    item, made = found.first_failure
    submission = submission_of(item)
    told = Explanation(**made.kata["told"])
    if submission is None or told.is_known or found.is_useless(submission, exercise_of(item)):
        return
    if found.is_named(submission, exercise_of(item)):
        return
    found_places = [*in_copy(partial(_look, session, item, seconds), seconds)]
    if found_places:
        told = replace(told, paragraphs=(*told.paragraphs, found_places[-1].sentence))
        made.kata = {**made.kata, "told": vars(told)}
        found.amended = made


def in_copy(look: Callable[[Send], None], seconds: float) -> Iterator[Located]:
    """Yield the results of a search in a forked process or, without fork, in this one.

    Args:
        look: searches, and sends its results, better ones later.
        seconds: how long that may take.
    """
    method = choose(is_clean=not found_devices())
    with tree.temporary_folder("kata-search") as folder:
        if method != "fork":
            found: list[Located] = []
            with _standing_in(folder):
                look(found.append)
            yield from found
            return
        started = Starter(method, ()).start(_in_copy, look, folder)
        try:
            yield from _received(started, time.monotonic() + seconds + _GRACE)
        finally:
            below = tree.below(started.pid)
            started.end()
            tree.end(below)


@contextlib.contextmanager
def _standing_in(folder: str) -> Iterator[None]:
    """Redirect all files to an empty folder: a mutation may turn any string into a path."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _received(started: Started, end: float) -> Iterator[Located]:
    before = tree.memory_of(started.pid)
    while time.monotonic() < end:
        if started.connection.poll(_LOOK):
            try:
                yield started.connection.recv()
            except (EOFError, OSError):
                return
        elif tree.memory_below(started.pid, before) > _MEMORY:
            return


def _in_copy(connection: Connection, look: Callable[[Send], None], folder: str) -> None:
    """Search in this forked process, and end it."""
    try:
        system.go_silent()
        with contextlib.suppress(AttributeError, OSError):  # Windows
            os.nice(_NICE)
        _alone()
        with _standing_in(folder):
            look(connection.send)
    finally:
        system.exit_now(0)


def _alone() -> None:
    """Detach from the resources of the parent process."""
    import torch

    from kata.running import ranks

    torch.set_num_threads(1)  # the threads did not come along
    ranks.forget()


def _look(session: pytest.Session, item: pytest.Item, seconds: float, send: Send) -> None:
    from kata.diagnosis.repair.search import Search, TooLong

    submission, exercise = submission_of(item), exercise_of(item)
    assert submission is not None
    diagnoser = session.config.stash[SESSION].diagnoser(submission.lesson)
    found, checks = session.config.stash[SESSION], _its_checks(session, item)
    proof = partial(_passes, checks, found)
    harmless = partial(_passes, [one for one in checks if one.nodeid in found.passed], found)
    limit = partial(limits.ended_after, error=TooLong)
    for located in Search(diagnoser, submission, exercise, seconds, proof, limit, harmless).run():
        send(located)


def _its_checks(session: pytest.Session, failed: pytest.Item) -> list[pytest.Item]:
    """Return the checks of an exercise, the failed one first; none on a real accelerator."""
    path, exercise = failed.path, exercise_of(failed)
    its = [one for one in session.items if submission_of(one) and exercise_of(one) == exercise and one.path == path]
    return sorted((one for one in its if not real_device_of(one)), key=lambda one: one is not failed)


def _passes(checks: list[pytest.Item], found: Any, made: Callable[[], ModuleType]) -> bool:
    """Whether all checks pass on other modules."""
    found.instead = made
    try:
        return all(report.passed for item in checks for report in runtestprotocol(item, log=False, nextitem=None))
    finally:
        found.instead = None
