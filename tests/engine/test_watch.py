"""`kata watch` driven through a pseudo-terminal, as a person would."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("exercises", "solutions", "mistakes", "tests", "conftest.py", "pyproject.toml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the lessons, with every stub of lesson 1 but `forward` filled."""
    for name in PARTS:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "engine"))
        else:
            shutil.copy(source, target)
    (tmp_path / "exercises" / "ex01_lenet.py").write_text(without(solution(tmp_path), "F.relu(self.conv2(x))"))
    return tmp_path


def solution(repository: Path) -> str:
    """Return the text of lesson 1's solution."""
    return (repository / "solutions" / "ex01_lenet.py").read_text()


def without(text: str, call: str) -> str:
    """Return a text in which one call of F.relu is left out."""
    return text.replace(call, call.removeprefix("F.relu(").removesuffix(")"))


class Person:
    """Someone before a terminal in which `kata watch` runs."""

    def __init__(self, repository: Path, *arguments: str, **variables: str) -> None:
        self.keyboard, terminal = pty.openpty()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "LINES": "60"}
        environment |= variables
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kata", "watch", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=repository,
            env=environment,
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = ""

    def sees(self, text: str, seconds: float = 60) -> str:
        """Wait until a text appears on the screen; return all that was written until then."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, f"never saw {text!r}; saw: {self.seen[-2000:]}"
            if select.select([self.keyboard], [], [], min(left, 0.2))[0]:
                self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", os.read(self.keyboard, 65536).decode())
        before, _, self.seen = self.seen.partition(text)
        return before

    def presses(self, key: str) -> None:
        os.write(self.keyboard, key.encode())

    def leaves(self) -> int:
        return self.process.wait(10)

    def goes_away(self) -> None:
        """Leave, whatever is going on."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.keyboard)


@pytest.fixture
def method(request: pytest.FixtureRequest) -> str:
    """How processes are started; a test may ask for another way."""
    return str(getattr(request, "param", "fork"))


@pytest.fixture
def person(repository: Path, method: str) -> Iterator[Person]:
    """A person who has just started `kata watch`."""
    one = Person(repository, "ex01", "--limit", "3", KATA_START=method)
    yield one
    one.goes_away()


@pytest.mark.parametrize("method", ["fork", "spare"], indirect=True)
def test_wrong_answer_hint_right_answer_next_and_quit(repository: Path, person: Person) -> None:
    person.sees("Your scores equal those of a LeNet without ReLU after conv2.")
    person.sees("h hint (3 left)")

    person.presses("h")
    person.sees("Hint 1 of 3")
    (repository / "exercises" / "ex01_lenet.py").write_text(solution(repository))
    person.sees("LeNet.forward is done.")
    person.sees("n next")
    person.presses("n")
    person.sees("compute_loss")
    person.sees("To do: this is still a stub")
    person.presses("q")

    person.sees("Come back any time with: kata watch")
    assert person.leaves() == 0


def test_the_loop_stays_alive_whatever_the_learners_code_does(repository: Path, person: Person) -> None:
    file, text = repository / "exercises" / "ex01_lenet.py", solution(repository)
    start = "        x = F.max_pool2d(F.relu(self.conv1(x)), 2)"
    person.sees("q quit")

    file.write_text(text.replace(start, f"        import ctypes; ctypes.string_at(0)\n{start}"))
    person.sees("ended with SIGSEGV")
    file.write_text(text.replace(start, f"        while True: pass\n{start}"))
    person.sees("did not come back within the time limit")
    file.unlink()
    person.sees("the file is missing")
    file.write_text("def broken(:\n")
    person.sees("Python cannot read it")
    file.write_text(text)
    person.sees("is done.")

    person.presses("q")
    assert person.leaves() == 0
