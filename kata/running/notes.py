"""What is said once of a session: warnings of learners' code, files that take no part, threads left running."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from kata.content.lesson import unfinished


class Notes:
    """A plugin that takes down what happens beside the checks of learners' files.

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
        """Note threads that go on, before the report is shown."""
        self._end = int(exitstatus)
        for thread in self._left():
            self.said[f"a thread of your code was still running at the end of the checks: {thread.name}"] = None

    def _left(self) -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one not in self._threads and not one.daemon and one.is_alive()]

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave where a thread would keep Python from ending; all has been said by now."""
        for child in _children():
            if child.pid not in self._children:  # one of the learner's, for which Python would wait
                child.terminate()
        if self._left():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._end)


def _children() -> list[Any]:
    """Return the processes that `multiprocessing` has started and that are running."""
    module: Any = sys.modules.get("multiprocessing")
    return list(module.active_children()) if module else []
