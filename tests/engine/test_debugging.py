"""A debugger for a person at a terminal, at the learner's line."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine import fresh, sample

pty = pytest.importorskip("pty", reason="a pseudo-terminal is needed")
pytestmark = pytest.mark.e2e


class Session:
    """pytest in a pseudo-terminal.

    Args:
        root: the repository.
        words: what is typed behind `pytest`.
    """

    def __init__(self, root: Path, *words: str) -> None:
        self.keyboard, terminal = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
        command = ("-m", "pytest", "exercises/ex01_sums.py", *words)
        self.process = fresh.Process(
            *command, cwd=root, env=environment, apart=True, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)

    def sees(self, text: str) -> str:
        """Wait for a text; return all that was written until then."""
        seen, end = "", time.monotonic() + fresh.PATIENCE
        while text not in seen:
            assert time.monotonic() < end, f"never saw {text!r}; saw {seen[-2000:]}"
            if select.select([self.keyboard], [], [], 0.2)[0]:
                seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self._read())
        return seen

    def _read(self) -> str:
        try:
            return os.read(self.keyboard, 65536).decode()
        except OSError:  # it has ended
            time.sleep(0.2)
            return ""

    def types(self, line: str) -> None:
        os.write(self.keyboard, f"{line}\n".encode())

    def ends(self) -> int:
        return self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def begin(add: str, *words: str) -> Session:
        own = tmp_path / "conftest.py"
        kept = own.read_bytes() if own.is_file() else b""
        sample.make_repository(tmp_path)
        own.write_bytes(kept or own.read_bytes())
        sample.write(tmp_path, "exercises/ex01_sums.py", sample.sums(add))
        sessions.append(Session(tmp_path, *words))
        return sessions[-1]

    yield begin
    for one in sessions:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        os.close(one.keyboard)


def test_breakpoint_stops_at_the_learners_line_and_has_the_keyboard(start: Callable[..., Session]) -> None:
    session = start("breakpoint(); return a - b", "-s")

    session.sees("(Pdb)")
    session.types("p 'a is', a + 41")
    session.sees("('a is', 42)")
    session.types("q")

    assert session.ends() != 0


def test_it_may_take_longer_than_a_check(start: Callable[..., Session], tmp_path: Path) -> None:
    session = start("breakpoint(); return a + b", "-s", "-k", "test_one_and_two", "--limit=0.1")

    session.sees("(Pdb)")
    session.types("import time; end = time.process_time() + 0.5")
    session.types("while time.process_time() < end: pass")
    session.types("p 'it', 'goes on'")
    session.sees("('it', 'goes on')")
    session.types("c")

    session.sees("1 passed")
    assert session.ends() == 0


def test_after_a_failure_pdb_shows_the_learners_line_where_it_raised(start: Callable[..., Session]) -> None:
    session = start("return a + None", "--pdb")

    assert "exercises/ex01_sums.py" in session.sees("(Pdb)").rpartition("\n> ")[2]
    session.types("p 'b is', b + 40")
    session.sees("('b is', 42)")
    session.types("q")
    session.ends()


def test_where_nothing_was_raised_there_pdb_shows_the_check(start: Callable[..., Session]) -> None:
    session = start("return a - b", "--pdb")

    assert "tests/test_ex01_sums.py" in session.sees("(Pdb)").rpartition("\n> ")[2]
    session.types("q")
    session.ends()


def test_trace_begins_at_the_first_line_of_the_learners_function(start: Callable[..., Session]) -> None:
    session = start("return a - b", "--trace", "-k", "test_one_and_two")

    assert "return a - b" in session.sees("-> return a - b")
    session.types("p 'b is', b + 40")
    session.sees("('b is', 42)")
    session.types("q")
    session.ends()


def test_who_did_not_ask_has_no_keyboard(start: Callable[..., Session]) -> None:
    session = start("breakpoint(); return a + b")

    session.sees("Your code waits for keyboard input here; a check has no keyboard.")
    session.ends()
