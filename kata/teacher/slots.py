"""A process that imports torch once and forks a server for each slot; each runs one submission's lesson at a time.

Usage: python -m kata.teacher.slots FOLDER DESCRIPTOR...; each descriptor is a socket on which a server takes orders, as
`warm` describes them. A server that dies is told there as {"event": "lost"}, and another one takes its place.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import time
from pathlib import Path

from kata.learner.watch.warm import Server, WorkerRun, warm_up

_SUBREAPER = 36  # prctl(2): processes whose parents have ended become children of this one


class Slot(Server):
    """A server that also ends what a run has left running outside its own process group."""

    @staticmethod
    def _ended_by(run: WorkerRun, patient: bool) -> str:
        how = Server._ended_by(run, patient)
        _end_descendants()
        return how


def _adopt_orphans() -> None:
    """Let this process inherit whatever its children leave behind (Linux; elsewhere they escape)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _end_descendants(rounds: int = 200) -> None:
    """Stop, then kill all that is left below this process: what is stopped forks no more."""
    known: set[int] = set()
    for _ in range(rounds):
        found = _below(os.getpid())
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP if pid not in known else signal.SIGKILL)
        known |= found
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not found:
            return
        time.sleep(0.005)


def _below(pid: int) -> set[int]:
    """Return the processes below a process, by what /proc says; none where there is no /proc."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
            if state != "Z" or int(parent) != pid:
                parents[int(status.parent.name)] = int(parent)
    found: set[int] = set()
    while more := {one for one, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def _serve(descriptor: int, others: list[int], folder: Path) -> None:
    for other in others:
        os.close(other)
    os.setsid()
    _adopt_orphans()
    server = Slot(folder, descriptor, descriptor)
    server.is_warm = True
    server.serve()


def _forked(descriptor: int, descriptors: list[int], folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _serve(descriptor, [one for one in descriptors if one != descriptor], folder)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Serve until all sockets are closed at their other ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client to act on
    folder, descriptors = Path(sys.argv[1]), list(map(int, sys.argv[2:]))
    os.chdir(folder)
    warm_up()
    import torch._dynamo  # noqa: F401  (what the first step of an optimizer would import, a second for each)

    gc.collect()
    gc.freeze()
    servers = {_forked(one, descriptors, folder): one for one in descriptors}
    while servers:
        pid, status = os.wait()
        descriptor = servers.pop(pid, None)
        if descriptor is None or status == 0:
            continue
        with contextlib.suppress(OSError):  # the other end is closed
            os.write(descriptor, b'{"event": "lost"}\n')
            servers[_forked(descriptor, descriptors, folder)] = descriptor


if __name__ == "__main__":
    main()
