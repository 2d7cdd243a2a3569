"""A worker: one run of pytest in its own process, which sends each result at once."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

import pytest

from kata.content.files import temporary
from kata.processes import starting, system

NEEDED = ("numpy", "torch", "kata.authoring", "kata.plugin")  # what every run imports
TRACE = "where"  # the file, in the folder of a run, that says where the code was
_FILE = 1 << 30  # bytes of one file that a check may write
Send = Callable[[dict[str, Any]], None]


class Sender:
    """A plugin that sends the list of checks, then each result.

    Args:
        lesson: the only lesson to collect.
        send: sends one event.
        begin: waits for the start, and returns the exercise to check first.
        is_early: whether there is time before the start.
    """

    def __init__(self, lesson: str, send: Send, begin: Callable[[], str], is_early: bool = False) -> None:
        self.lesson, self.send, self.begin, self.is_early = lesson, send, begin, is_early
        self.focus = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        if self.is_early:
            with contextlib.suppress(Exception):  # what is wrong there is told by the run itself
                self._prepare(session)
        self.focus = self.begin()
        self.send({"event": "begun"})

    def _prepare(self, session: pytest.Session) -> None:
        """Import the spec and observe the solution, which do not depend on the answer."""
        from kata.running.collect import all_lessons
        from kata.running.fixtures import SESSION

        lesson = next(one for one in all_lessons(session.config) if one.name == self.lesson)
        pytest.Module.from_parent(session, path=lesson.spec).obj  # noqa: B018  (it stays imported)
        session.config.stash[SESSION].diagnoser(lesson).observe_solution()

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        is_other = collection_path.parent.name == "exercises" and collection_path.stem != self.lesson
        return True if is_other else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: not self._is_of_focus(item))

    def _is_of_focus(self, item: pytest.Item) -> bool:
        marker = item.get_closest_marker("exercise")
        return marker is not None and marker.args[0] == self.focus

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        from kata.running.checks import expected_result

        expected = [result.to_json() for item in session.items if (result := expected_result(item))]
        self.send({"event": "expected", "results": expected})

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "kata"):
            self.send({"event": "result", "result": report.kata})

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Send that all checks have run, then what the search found out about the first failure."""
        from kata.running.fixtures import SESSION

        self.send({"event": "checked"})
        result = yield
        amended = session.config.stash[SESSION].amended
        if amended is not None:
            self.send({"event": "result", "result": amended.kata})
        return result

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.send({"event": "trouble", "text": str(report.longrepr)})

    def pytest_internalerror(self, excrepr: object) -> None:
        self.send({"event": "trouble", "text": str(excrepr)})


def run(sender: Sender, limit: float, more: Sequence[str] = ()) -> None:
    """Run pytest on the learner's file of a lesson, without third-party plugins.

    Args:
        sender: holds the lesson, and sends the results.
        limit: CPU seconds that one check may use.
        more: more options for pytest.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Modules imported before the fork cannot be rewritten any more, and need not be.
    options = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:logging",
        "-p",
        "no:faulthandler",
        "--locate=0",
        "--forget",  # whoever started the run keeps what it reports, and what it does not report
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    with warnings.catch_warnings():
        # The folder, not the file: a file that is missing is then told like any other fault.
        pytest.main([*options, f"--limit={limit}", *more, "exercises"], plugins=[sender])
    sender.send({"event": "finished"})


def sending(write: Callable[[bytes], None], mark: str = "") -> Send:
    """Return a function that writes events as lines of JSON with a prefix."""
    return lambda event: write(f"{mark}{json.dumps(event)}\n".encode())


def perform(connection: Connection, order: dict[str, Any], folder: str, mark: str) -> None:
    """The main function of a worker: run an order of the server, then exit.

    Args:
        connection: for the events.
        order: what to run; see `server`. A standby's order has no focus; the focus comes through the connection.
        folder: for temporary files and stack dumps; the server removes it.
        mark: the prefix of each line.
    """
    try:
        system.lead_group()
        system.end_with_parent()
        os.chdir(order["root"])
        os.environ.update(temporary(folder))
        tempfile.tempdir = folder
        with open(os.path.join(folder, TRACE), "w") as trace:
            _shield(trace, connection)
            send = sending(lambda data: system.send(connection, data), mark)
            is_early = "focus" not in order
            begin = connection.recv if is_early else lambda: order["focus"]
            run(Sender(order["lesson"], send, begin, is_early), order["limit"], order.get("options", ()))
    finally:
        system.exit_now(0)


def _shield(trace: TextIO, connection: Connection) -> None:
    """Prepare this process for learners' code: no keyboard, no output, bounded files, a stack dump on a crash."""
    system.go_silent()
    faulthandler.enable(trace, all_threads=False)
    system.tell_where_when_asked(trace, connection)
    system.bound_files(_FILE)


def warm_up(connection: Connection | None = None) -> None:
    """Import what learners' code needs, and report it on the connection if there is one."""
    for name in NEEDED:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)  # a fork does not take threads along
    gc.collect()
    gc.freeze()  # spares the copies the work of collecting what was there before them
    if connection is not None:
        system.send(connection, starting.READY)
