"""One run of pytest in a process of its own, which reports each check as soon as it is known."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

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
        pytest.main(
            [*options, f"--timeout={limit}", *more, "exercises"], plugins=[pytest_timeout, Sender(lesson, focus, send)]
        )
    send({"event": "finished"})


def sender(descriptor: int, mark: str = "") -> Send:
    """Return a function that writes events to a file descriptor, one line of JSON each, behind a mark."""

    def send(event: dict[str, Any]) -> None:
        data = f"{mark}{json.dumps(event)}\n".encode()
        while data:
            data = data[os.write(descriptor, data) :]

    return send


def shield(crash: int, memory: int) -> None:
    """Make a process ready for learners' code: no keyboard, no output, bounded memory, a trace if it crashes.

    Args:
        crash: the file that takes the trace.
        memory: how many bytes of address space it may have more than now: asking for more raises MemoryError.
    """
    import faulthandler
    import signal

    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    faulthandler.enable(crash, all_threads=False)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, crash, all_threads=False)
        _bound_memory(memory)


def _bound_memory(more: int) -> None:
    import resource

    with open("/proc/self/statm") if os.path.exists("/proc/self/statm") else open(os.devnull) as status:
        pages = int((status.read().split() or ["0"])[0])
    if pages:
        now = pages * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + more, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
