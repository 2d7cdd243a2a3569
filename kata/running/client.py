"""What whoever asks the server needs: how it is started, and what to say where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

from kata.content.files import environment_with, temporary
from kata.processes.starting import UnknownMethod, choose

_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": ""}


class DidNotStart(RuntimeError):
    """The process that runs the checks could not be started, or ended at once."""

    def __init__(self, why: str = "the process that runs the checks did not start: try `kata doctor`") -> None:
        super().__init__(why)


def method() -> str:
    """Return how the server will start the processes of its runs.

    Raises:
        DidNotStart: it is asked for a way that this system has not.
    """
    try:
        return choose(is_clean=True)
    except UnknownMethod as error:
        raise DidNotStart(str(error)) from None


def command(root: Path, *words: str) -> list[str]:
    """Return the command of a server that works in `root`."""
    return [sys.executable, "-m", "kata.running.server", str(root), *words]


def environment(modules: Path, folder: Path | str) -> dict[str, str]:
    """Return its environment: where modules are found first, and the folder for all temporary files."""
    return environment_with(modules, **_ALONE, **temporary(folder))
