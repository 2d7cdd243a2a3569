"""Fresh Python processes for tests, forked from one that has imported torch already.

    fresh.run("-m", "pytest", "exercises/", cwd=root)          as subprocess.run, with what it printed
    fresh.Process("-m", "kata", "grade", "class", cwd=root)    as subprocess.Popen; stdout and stderr come as one

Each has its own arguments, environment, folder, streams and modules, but for those of `PRELOADED`. Starting one takes
milliseconds instead of seconds. A test of a cold start, of options of Python, or of another torch uses `subprocess`.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
PRELOADED = ("numpy", "torch", "kata.authoring")  # not `kata.plugin`: pytest must be able to rewrite it
PATIENCE = 300.0  # seconds, for what takes one on an idle machine


class Process:
    """A process at work.

    Args:
        words: what follows `python`: "-m" and a module, or "-c" and a text, then arguments.
        cwd: the folder that it works in.
        env: its environment; this process's own, if none is given. The repository is added to `PYTHONPATH`.
        apart: whether it leads a session of its own, and is not reached by what is sent to ours.
        stdin: a descriptor to read from; if none is given, there is nothing to read.
        stdout, stderr: files to write to; if none are given, both go to a pipe.

    Attributes:
        stdout: the reading end of that pipe, or None.
        returncode: how it ended, as `subprocess` counts; None while it runs.
    """

    def __init__(
        self,
        *words: object,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        apart: bool = False,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        environment = dict(os.environ if env is None else env)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), str(ROOT)]))
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        ours = theirs = -1
        if stdout is None:
            ours, theirs = os.pipe()
            self.stdout = os.fdopen(ours, encoding="utf-8")
        out = theirs if stdout is None else stdout
        null = os.open(os.devnull, os.O_RDONLY)
        streams = [null if stdin is None else stdin, out, out if stderr is None else stderr]
        order = {"words": [*map(str, words)], "folder": str(cwd), "environment": environment, "apart": apart}
        self.pid = _server().start(order, streams)
        for one in {null, theirs} - {-1}:
            os.close(one)

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self.returncode is None:
            self.returncode = _server().end_of(self.pid)
        return self.returncode

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end.

        Raises:
            TimeoutError: it goes on for longer than so many seconds.
        """
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} still runs after {timeout:g} s")
            time.sleep(0.01)
        return self.returncode or 0

    def communicate(self) -> str:
        """Return all that it still prints, when it has ended."""
        assert self.stdout is not None
        with self.stdout as stream:
            said = stream.read()
        self.wait()
        return said

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a process to its end, and return its exit code and what it printed; for the arguments see `Process`."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        code = Process(*words, cwd=cwd, env=env, stdout=out.fileno(), stderr=err.fileno()).wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([*map(str, words)], code, out.read(), err.read())


def until(is_so: Callable[[], object], what: str) -> None:
    """Wait for an event; only a test that fails waits long.

    Args:
        is_so: whether it has come.
        what: the event, in words.
    """
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


class _Server:
    """Our end of the connection to the process that forks."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.engine.fresh", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL)
        theirs.close()
        self._lock = threading.Lock()
        self._started: list[int] = []
        self._ended: dict[int, int] = {}
        self._buffer = b""

    def start(self, order: Mapping[str, Any], streams: list[int]) -> int:
        with self._lock:
            data = json.dumps(order).encode()
            socket.send_fds(self._connection, [len(data).to_bytes(4, "big")], streams)
            self._connection.sendall(data)
            while not self._started:
                self._read()
            return self._started.pop()

    def end_of(self, pid: int) -> int | None:
        with self._lock:
            while select.select([self._connection], [], [], 0)[0]:
                self._read()
            return self._ended.get(pid)

    def _read(self) -> None:
        data = self._connection.recv(1 << 16)
        if not data:
            raise RuntimeError("the process that forks has ended")
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for event, pid, *code in map(json.loads, lines):
            if event == "started":
                self._started.append(pid)
            else:
                self._ended[pid] = code[0]

    def close(self) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)  # copies of this process may have the socket, too
        self._connection.close()
        self._process.kill()
        self._process.wait()


_SERVERS: dict[int, _Server] = {}


def _server() -> _Server:
    if os.getpid() not in _SERVERS:
        _SERVERS[os.getpid()] = _Server()
        atexit.register(close)
    return _SERVERS[os.getpid()]


def close() -> None:
    """End the process that forks, if this process has started one."""
    server = _SERVERS.pop(os.getpid(), None)
    if server is not None:
        server.close()


def serve(connection: socket.socket) -> dict[str, Any] | None:
    """Fork a process for each order; return its order in that process, and None here at the end."""
    wakes, woken = socket.socketpair()
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([connection, wakes], [], [])
        if wakes in ready:
            wakes.recv(1 << 10)
            _tell_ends(connection)
        if connection not in ready:
            continue
        head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
        if not head:
            return None
        data = b""
        while len(data) < int.from_bytes(head, "big"):
            data += connection.recv(1 << 16)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (connection, wakes, woken):
                one.close()
            order: dict[str, Any] = json.loads(data)
            order["streams"] = descriptors
            return order
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(json.dumps(["started", pid]).encode() + b"\n")


def _tell_ends(connection: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        connection.sendall(json.dumps(["ended", pid, os.waitstatus_to_exitcode(status)]).encode() + b"\n")


def become(order: Mapping[str, Any], base: list[str]) -> None:
    """Be the process that is asked for: take over its environment, streams and folder, and run it.

    Args:
        order: what to run.
        base: where modules are found besides `PYTHONPATH`.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if order["apart"]:
        os.setsid()
    for number, descriptor in enumerate(order["streams"]):
        os.dup2(descriptor, number)
    for descriptor in {*order["streams"]}:
        os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  (as long as the process)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]  # its own
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    tempfile.tempdir = None
    how, what, *arguments = order["words"]
    paths = order["environment"]["PYTHONPATH"].split(os.pathsep)
    sys.path[:] = [order["folder"] if how == "-m" else "", *paths, *base]
    sys.path_importer_cache.clear()
    engine = next(one for one in sys.path if Path(one, "kata", "__init__.py").is_file())
    if Path(engine).resolve() != ROOT:  # a copy that has an engine of its own
        for name in [one for one in sys.modules if one.partition(".")[0] == "kata"]:
            del sys.modules[name]
    sys.argv = [what if how == "-m" else "-c", *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), sys.modules["__main__"].__dict__)  # noqa: S102  (a test's text)


def main() -> None:
    """Import what is shared, then serve whoever started this process."""
    for name in PRELOADED:
        __import__(name)
    sys.modules["torch"].set_num_threads(1)
    base = [one for one in sys.path if one not in ("", os.getcwd(), str(ROOT))]
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        become(order, base)


if __name__ == "__main__":
    main()
