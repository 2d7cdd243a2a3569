"""Distribute the whole suite over all cores with pytest-xdist, file by file."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_DIST = "loadfile"
_EXERCISE = re.compile(r'^exercise\("([^"]+)"\)', re.MULTILINE)


def use_all_cores(config: pytest.Config) -> None:
    """Run `pytest` without a path on all cores: last failures first, without the nightly tests.

    `-n 0`, `--pdb`, `--collect-only` and a machine with one core keep it in one process. `-m` selects other tests.
    """
    option = config.option
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if not is_whole or "PYTEST_CURRENT_TEST" in os.environ:
        return
    option.failedfirst = True
    option.markexpr = option.markexpr or "not nightly"
    cores = os.cpu_count() or 1
    is_alone = option.usepdb or option.collectonly or getattr(option, "numprocesses", 0) is not None
    if cores > 1 and not is_alone and not hasattr(config, "workerinput"):  # which xdist itself has
        # Tests that wait for processes leave a third of a core idle.
        option.numprocesses, option.dist, option.loadscopereorder = cores * 3 // 2, _DIST, False


def by_file(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that gives each worker a file at a time; a bank's files of one exercise count as one."""
    if config.getoption("dist") != _DIST:
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

    class ByExercise(LoadScopeScheduling):  # type: ignore[misc]  # nor has its base
        def _split_scope(self, nodeid: str) -> str:
            name = nodeid.partition("::")[0]
            if name.startswith("accepted/"):
                return nodeid  # none of these is observed: they may go anywhere
            return _exercise_of(config.rootpath / name) if name.startswith("mistakes/") else name

    return ByExercise(config, log)


@cache
def _exercise_of(path: Path) -> str:
    found = _EXERCISE.search(path.read_text("utf-8"))
    return f"{path.parent.name}::{found[1] if found else path.stem}"
