"""One run of pytest in a process of its own, which reports each check as soon as it is known."""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

import pytest

from kata.content.files import temporary
from kata.processes import starting, system
from kata.running.interrupt import Interrupter

NEEDED = ("numpy", "pytest_timeout", "torch", "kata.authoring", "kata.plugin")  # what every run imports
TRACE = "where"  # the file, in the folder of a run, that says where the code was
_FILE = 1 << 30  # bytes of one file that a check may write
Send = Callable[[dict[str, Any]], None]


class Sender:
    """A plugin that says which checks there are, then what came out of each.

    Args:
        lesson: the only lesson to collect.
        focus: the exercise whose checks come first.
        send: takes one event.
    """

    def __init__(self, lesson: str, focus: str, send: Send) -> None:
        self.lesson, self.focus, self.send = lesson, focus, send

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

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.send({"event": "trouble", "text": str(report.longrepr)})

    def pytest_internalerror(self, excrepr: object) -> None:
        self.send({"event": "trouble", "text": str(excrepr)})


def run(lesson: str, focus: str, limit: float, send: Send, more: Sequence[str] = ()) -> None:
    """Run pytest on the learner's file of a lesson, without third-party plugins but the one for time limits.

    Args:
        lesson: its name.
        focus: the exercise whose checks come first.
        limit: seconds that one check may take.
        send: takes one event at a time.
        more: further options of pytest.
    """
    import pytest_timeout

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Modules imported before the fork cannot be rewritten any more, and need not be.
    options = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:logging",
        "-p",
        "no:faulthandler",
        "--forget",  # whoever started the run keeps what it reports, and what it does not report
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    with warnings.catch_warnings():
        # The folder, not the file: a file that is missing is then told like any other fault.
        plugins: list[object] = [pytest_timeout, Sender(lesson, focus, send)]
        if system.CAN_INTERRUPT:
            options.append(f"--timeout={limit}")
        else:
            plugins.append(Interrupter(limit))
        pytest.main([*options, *more, "exercises"], plugins=plugins)
    send({"event": "finished"})


def sender(write: Callable[[bytes], None], mark: str = "") -> Send:
    """Return a function that writes events, one line of JSON each, behind a mark."""
    return lambda event: write(f"{mark}{json.dumps(event)}\n".encode())


def perform(connection: Connection, order: dict[str, Any], folder: str, mark: str) -> None:
    """Carry out an order of the server, in the process that was started for it, and end that process.

    Args:
        connection: takes the events.
        order: what to run; see `server`.
        folder: for temporary files, and the trace of where the code was; the server removes it.
        mark: what each line begins with.
    """
    try:
        system.lead_group()
        system.end_with_parent()
        os.chdir(order["root"])
        os.environ.update(temporary(folder))
        tempfile.tempdir = folder
        with open(os.path.join(folder, TRACE), "w") as trace:
            _shield(trace, connection)
            send = sender(lambda data: system.send(connection, data), mark)
            send({"event": "begun"})
            run(order["lesson"], order["focus"], order["limit"], send, order.get("options", ()))
    finally:
        system.exit_now(0)


def _shield(trace: TextIO, connection: Connection) -> None:
    """Make this process ready for learners' code: no keyboard, no output, bounded files, a trace if it crashes."""
    system.go_silent()
    faulthandler.enable(trace, all_threads=False)
    system.tell_where_when_asked(trace, connection)
    system.bound_files(_FILE)


def warm_up(connection: Connection | None = None) -> None:
    """Make a process ready that will run learners' code, or be copied for it; say so where somebody waits."""
    for name in NEEDED:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)  # a fork does not take threads along
    gc.collect()
    gc.freeze()  # spares the copies the work of collecting what was there before them
    if connection is not None:
        system.send(connection, starting.READY)
