"""The whole suite on all cores: a bank's thousand answers wait for no one."""

from __future__ import annotations

import os

import pytest


def use_all_cores(config: pytest.Config) -> None:
    """Let `pytest` without a path run on all cores with pytest-xdist, where nothing else was asked for.

    Tests that wait for processes leave a third of a core idle: there are half as many workers more than cores.

    `-n 0` keeps it in one process; so do `--pdb`, `--collect-only`, and a machine with one core.
    """
    option = config.option
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    is_within = hasattr(config, "workerinput") or "PYTEST_CURRENT_TEST" in os.environ
    if not is_whole or is_within or getattr(option, "numprocesses", 0) is not None:
        return
    cores = os.cpu_count() or 1
    if cores > 1 and not (option.usepdb or option.collectonly):
        option.numprocesses = cores * 3 // 2
        option.dist = "worksteal"
