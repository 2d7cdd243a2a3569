"""POSIX features with their closest Windows equivalents, or a no-op."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, TextIO

IS_WINDOWS = sys.platform == "win32"
CAN_FORK = hasattr(os, "fork")
CAN_INTERRUPT = hasattr(signal, "SIGALRM")  # whether a clock can raise an error in the main thread
exit_now = os._exit  # while a check runs, the name stands for a refusal
# For `subprocess`: Ctrl-C in the terminal is for the one who started the process, not for itself.
APART: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)} if IS_WINDOWS else {"start_new_session": True}
)

KILLED = 9  # the number of SIGKILL, also where there is no such name
_END_WITH_PARENT, _ADOPT_ORPHANS = 1, 36  # prctl(2)
_WHERE = b"where\n"
_LARGEST = 1 << 20  # bytes of one message


def go_silent() -> None:
    """Detach from keyboard and terminal, also below Python."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


def ignore_interrupts() -> None:
    """Ignore Ctrl-C: the parent process handles it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_with_parent() -> None:
    """Have this process killed when its parent ends, however it ends (Linux)."""
    _prctl(_END_WITH_PARENT, KILLED)


def adopt_orphans() -> None:
    """Become the subreaper of all descendants (Linux; elsewhere orphans escape)."""
    _prctl(_ADOPT_ORPHANS, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def lead_group() -> None:
    """Make this process the leader of a process group."""
    if hasattr(os, "setsid"):
        os.setsid()


def kill_group(first: int) -> None:
    """Kill all processes of a group (POSIX)."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(first, KILLED)


def bound_files(size: int) -> None:
    """Limit the size of files that this process writes, and disable core dumps."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    for limit, wanted in ((resource.RLIMIT_FSIZE, size), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (wanted, resource.getrlimit(limit)[1]))


def meet_on_this_machine(environment: MutableMapping[str, str]) -> None:
    """Let gloo use the loopback interface (Windows finds it by itself)."""
    if not IS_WINDOWS:
        environment["GLOO_SOCKET_IFNAME"] = "lo0" if sys.platform == "darwin" else "lo"


@contextmanager
def single_keys(descriptor: int) -> Iterator[None]:
    """Read single keys without echo during a block."""
    try:
        import termios
        import tty
    except ModuleNotFoundError:  # there, `read_keys` asks in another way
        yield
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def read_keys(descriptor: int) -> str:
    """Wait for keys of a terminal, or text of a pipe, and return them; "" at the end."""
    if os.isatty(descriptor) and IS_WINDOWS:
        import msvcrt

        return str(msvcrt.getwch())  # type: ignore[attr-defined]  # of Windows
    try:
        return os.read(descriptor, 64).decode(errors="replace")
    except OSError:
        return ""


def name_of_signal(number: int) -> str:
    """Return the name of a signal, even of one that this system lacks."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def tell_where_when_asked(trace: TextIO, connection: Connection) -> None:
    """Let this process dump its stack to a file when `ask_where` asks, whatever its main thread does.

    Without signals a thread listens to the connection, and runs as soon as the interpreter lets it.
    """
    if hasattr(faulthandler, "register") and hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, trace, all_threads=False)
        return

    def listen() -> None:
        with suppress(OSError):
            while data := receive(connection):
                if _WHERE in data:
                    faulthandler.dump_traceback(trace, all_threads=True)

    threading.Thread(target=listen, daemon=True).start()


def ask_where(pid: int, connection: Connection) -> None:
    """Ask a process to dump its stack; see `tell_where_when_asked`."""
    with suppress(OSError):
        if hasattr(signal, "SIGUSR1"):
            os.kill(pid, signal.SIGUSR1)
        else:
            send(connection, _WHERE)


def receive(connection: Connection) -> bytes:
    """Return the bytes that have arrived on a connection, b"" at its end; half a message does not block.

    Raises:
        OSError: the connection is broken.
    """
    try:
        if IS_WINDOWS:
            return connection.recv_bytes(_LARGEST)
        return os.read(connection.fileno(), 1 << 16)
    except (EOFError, ConnectionError):
        return b""


def send(connection: Connection, data: bytes) -> None:
    """Write all bytes to a connection."""
    while data:
        part = data[: _LARGEST // 2]
        if IS_WINDOWS:
            connection.send_bytes(part)
            data = data[len(part) :]
        else:
            data = data[os.write(connection.fileno(), part) :]


def readable(descriptor: int) -> Connection:
    """Return a connection that forwards a descriptor, so that it can be waited for with others."""
    if not IS_WINDOWS:
        return Connection(descriptor, writable=False)
    here, there = Pipe(duplex=False)

    def pass_on() -> None:
        with suppress(OSError), there:
            while data := os.read(descriptor, 1 << 16):
                send(there, data)

    threading.Thread(target=pass_on, daemon=True).start()
    return here
