"""The kata's own style for sessions on learners' files: report, notes, and the end of a session that hangs."""

from __future__ import annotations

import os
import re
import shlex
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kata.checking import limits
from kata.content.lesson import Lesson, unfinished
from kata.report.report import STYLES, report
from kata.report.results import Result
from kata.running.checks import expected_result
from kata.running.client import Verdict
from kata.running.collect import all_lessons, nothing_selected
from kata.running.fixtures import OWN_STYLE, submission_of
from kata.running.surroundings import not_collected, ran_on_solutions


class Notes:
    """A plugin that collects notes beside the checks: warnings, ignored files, threads left running.

    Args:
        config: pytest's.
        room: the folder of the learners' files.

    Attributes:
        said: the notes, in order, each once.
    """

    def __init__(self, config: pytest.Config, room: Path) -> None:
        self.said: dict[str, None] = {}
        self._room = room
        self._threads = set(threading.enumerate())
        self._children = {child.pid for child in _children()}
        self._end = 0
        for name, fault in unfinished(room.parent).items():
            self.said[f"{name} is not finished, and takes no part: {fault}"] = None
        for plugin in list(config.pluginmanager.get_plugins()):
            file = getattr(plugin, "__file__", None) or ""
            if Path(file).name == "conftest.py" and room in Path(file).parents:
                config.pluginmanager.unregister(plugin)
                self.said[f"{self._shown(file)} takes no part: the checks are the same for everybody"] = None

    def _shown(self, file: str) -> str:
        return f"{self._room.name}/{Path(file).name}"

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        if self._room in Path(warning_message.filename).parents:
            where = f"{self._shown(warning_message.filename)}, line {warning_message.lineno}, warns"
            text = " ".join(str(warning_message.message).split())
            self.said[f"{where}: {warning_message.category.__name__}: {text}"] = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Note threads and processes that are still running."""
        self._end = int(exitstatus)
        for thread in self._left():
            self.said[f"a thread of your code was still running at the end of the checks: {thread.name}"] = None

    def _left(self) -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one not in self._threads and not one.daemon and one.is_alive()]

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Exit at once if a thread would keep the interpreter alive."""
        for child in _children():
            if child.pid not in self._children:  # one of the learner's, for which Python would wait
                child.terminate()
        if self._left():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._end)


def _children() -> list[Any]:
    """Return the running processes of `multiprocessing`."""
    module: Any = sys.modules.get("multiprocessing")
    return list(module.active_children()) if module else []


_exit = os._exit  # while a check runs, the name stands for a refusal


class Deadline:
    """A plugin that ends the process, with a report, if code goes on after `TimeUp` was raised in it.

    Code may swallow the error, or be busy in torch. Only code that never releases the GIL escapes; `kata watch` and
    `kata grade` end that, too.

    Args:
        tell: writes a report of results.
        capture: pytest's capture manager, or None.
    """

    def __init__(self, tell: Callable[[list[Result]], None], capture: Any) -> None:
        self._tell, self._capture = tell, capture
        self._items: list[pytest.Item] = []
        self._reported: list[dict[str, Any]] = []
        self._path = Path()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._items = session.items

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "kata"):
            self._reported.append(report.kata)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        submission = submission_of(item)
        self._path = submission.path if submission else Path()
        return (yield)

    def give_up(self, why: str) -> None:
        """Report the results so far, and end the process.

        Args:
            why: "cpu" or "idle", the exceeded limit.
        """
        expected = filter(None, map(expected_result, self._items))
        reported = [Result.from_json(dict(data)) for data in self._reported]
        verdict = Verdict(
            limits.limit(),
            expected={one.key: one for one in expected},
            reported={one.key: one for one in reported},
            how="idle" if why == "idle" else "time",
            lines=list(self._lines()),
        )
        if self._capture is not None:
            self._capture.suspend_global_capture(in_=True)  # what is written would be taken for the learner's
        self._tell(verdict.results(self._path.read_text("utf-8", errors="replace")))
        _exit(pytest.ExitCode.TESTS_FAILED)

    def _lines(self) -> Iterator[int]:
        """Yield the learner's lines on the stack of the main thread, innermost first."""
        frame = sys._current_frames().get(threading.main_thread().ident or 0)
        while frame is not None:
            if frame.f_code.co_filename == str(self._path):
                yield frame.f_lineno
            frame = frame.f_back


# Which exercises a learner has left out: lesson and name; whoever keeps that puts it here.
LEFT_OUT = pytest.StashKey[Callable[[list[Lesson]], set[tuple[str, str]]]]()


def choose(config: pytest.Config) -> None:
    """Choose the session's style, and register its plugins."""
    config.stash[OWN_STYLE] = _only_exercises(config) and not _asks_for_raw_output(config)
    if not config.stash[OWN_STYLE]:
        return
    _take_charge(config)
    config.option.verbose = -1
    config.option.tbstyle = "no"
    config.option.reportchars = ""
    config.option.disable_warnings = True


def _take_charge(config: pytest.Config) -> None:
    """Register the plugins of a session on learners' files."""
    config.pluginmanager.register(Notes(config, config.rootpath / "exercises"), "kata-notes")
    if not hasattr(config, "workerinput") and not config.getoption("numprocesses", None):
        deadline = Deadline(partial(tell, config), config.pluginmanager.get_plugin("capturemanager"))
        config.pluginmanager.register(deadline, "kata-deadline")


def _places(config: pytest.Config) -> list[Path]:
    return [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]


def _only_exercises(config: pytest.Config) -> bool:
    room, places = config.rootpath / "exercises", _places(config)
    return bool(places) and all(place == room or room in place.parents for place in places)


def _asks_for_raw_output(config: pytest.Config) -> bool:
    option = config.option
    asked = any(str(arg).startswith("--tb") for arg in config.invocation_params.args)
    measured = config.getoption("benchmark_only", False)
    return bool(measured or option.verbose or asked or option.collectonly or option.usepdb or option.setupshow)


def notes_at_the_end(config: pytest.Config, stats: dict[str, Any]) -> list[str]:
    """Return the notes below the results."""
    if not config.stash[OWN_STYLE]:
        return [ran_on_solutions(all_lessons(config), _places(config))]
    errors = stats.get("error", ())
    is_empty = "deselected" in stats and not any(hasattr(one, "kata") for its in stats.values() for one in its)
    unselected = [nothing_selected(config, all_lessons(config))] if is_empty else []
    return [*unselected, *not_collected(one for one in errors if isinstance(one, pytest.CollectReport))]


def tell(config: pytest.Config, results: list[Result]) -> None:
    """Write the report to the terminal."""
    if not results:
        return
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    notes: Any = config.pluginmanager.get_plugin("kata-notes")
    names = {result.lesson for result in results}
    present = [one for one in all_lessons(config) if one.name in names]
    left_out = config.stash[LEFT_OUT](present) if LEFT_OUT in config.stash else set()
    for text, style in report(present, results, config.getoption("--hint"), _typed(config), notes.said, left_out):
        terminal.write_line(text, **dict.fromkeys(STYLES[style].split(), True) if style in STYLES else {})
    terminal.write_line("")
    terminal.flush()


def _typed(config: pytest.Config) -> str:
    """Return the command as typed, without --hint."""
    words = shlex.join(["pytest", *map(str, config.invocation_params.args)])
    return re.sub(r" --hint[= ][0-9]", "", words)
