"""Take away what POSIX has and Windows lacks, in every process that finds this folder on PYTHONPATH.

It stands in for a machine that is not at hand, and is no Windows: what the standard library itself needs here stays.
"""

from __future__ import annotations

import asyncio.base_subprocess
import asyncio.unix_events
import faulthandler
import getpass  # noqa: F401
import importlib.abc
import importlib.util
import multiprocessing.connection
import multiprocessing.popen_fork
import multiprocessing.popen_spawn_posix
import os
import platform  # noqa: F401
import signal
import subprocess
import sys
import tempfile  # noqa: F401
import tty as _tty
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import psutil

FUNCTIONS = ("fork", "forkpty", "setsid", "killpg", "waitid", "setpgid", "getpgid", "openpty")
SIGNALS = ("SIGKILL", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGHUP", "SIGQUIT", "alarm", "setitimer", "ITIMER_REAL")
MODULES = ("resource", "fcntl", "termios", "tty", "pty", "pwd", "grp", "readline")

_whole = ModuleType("signal")
_whole.__dict__.update(vars(signal))
for _user in (
    subprocess,
    asyncio.base_subprocess,
    multiprocessing.popen_fork,
    multiprocessing.popen_spawn_posix,
    psutil,
):
    vars(_user)["signal"] = _whole
for _name in FUNCTIONS:
    vars(os).pop(_name, None)
for _name in SIGNALS:
    vars(signal).pop(_name, None)
del faulthandler.register


class Windows(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Says that modules are not there, and lets one module of the engine believe that it is on Windows."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name != "kata.processes.system":
            return None
        sys.meta_path.remove(self)
        self.found = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        assert self.found is not None
        return importlib.util.spec_from_file_location(name, self.found.origin, loader=self)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        assert self.found is not None
        assert self.found.loader is not None
        before, sys.platform = sys.platform, "win32"
        try:
            self.found.loader.exec_module(module)
        finally:
            sys.platform = before


sys.meta_path.insert(0, Windows())


def _getwch() -> str:
    _tty.setcbreak(0)
    return os.read(0, 1).decode()


_keys = ModuleType("msvcrt")
vars(_keys)["getwch"] = _getwch
sys.modules["msvcrt"] = _keys
