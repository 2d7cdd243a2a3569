"""Runs in forks of the warm process: what they report, what they leave behind, many in a row."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from kata.learner.watch.runner import Runner
from kata.report.results import Result
from kata.running.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("exercises", "solutions", "mistakes", "tests", "conftest.py", "pyproject.toml")
LIMIT = 2.0
START = "        x = F.max_pool2d(F.relu(self.conv1(x)), 2)"

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process"),
]


class Desk:
    """A repository, and a warm process that runs it."""

    def __init__(self, root: Path, limit: float = LIMIT) -> None:
        self.root = root
        self.runner = Runner(root, limit)
        self.loop = asyncio.new_event_loop()
        self.await_(self.runner.start())

    def await_(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def results(self, line: str = "") -> list[Result]:
        """Run lesson 1's solution with a line before `forward`'s first one."""
        text = (
            (self.root / "solutions" / "ex01_lenet.py")
            .read_text()
            .replace(START, f"{line}\n{START}" if line else START)
        )
        (self.root / "exercises" / "ex01_lenet.py").write_text(text)
        found: list[Result] = self.await_(self._run(text))
        return found

    async def _run(self, text: str) -> list[Result]:
        verdict = Verdict(LIMIT)
        async for event in self.runner.run("ex01_lenet", "LeNet.forward"):
            verdict.add(event)
        return verdict.results(text)

    def first_failure(self, code: str) -> str:
        """Return the headline of the first failure of a `forward` that begins with some code."""
        failed = [one for one in self.results(f"        {code}") if one.state == "failed"]
        return failed[0].told.headline if failed and failed[0].told else ""

    def pid(self) -> int:
        assert self.runner._process is not None
        return self.runner._process.pid


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A copy of the lessons with its warm process."""
    root = tmp_path_factory.mktemp("desk")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
        else:
            shutil.copy(source, root / name)
    one = Desk(root)
    yield one
    one.await_(one.runner.close())
    one.loop.close()


def test_the_solution_passes_every_check(desk: Desk) -> None:
    assert {result.state for result in desk.results()} == {"passed"}


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        ("while True: pass", "Your code did not come back within the time limit of a check."),
        ("import os; os._exit(0)", "Your code asks Python to exit here, so the check could not go on."),
        ("import os; os.abort()", "Your code asks Python to exit here, so the check could not go on."),
        ("import sys; sys.exit()", "Your code asks Python to exit here, so the check could not go on."),
        ("input()", "Your code waits for keyboard input here; a check has no keyboard."),
        (
            "import ctypes; ctypes.string_at(0)",
            "The process of the check ended with SIGSEGV: memory that is not its own was touched. "
            "What it did not report is not passed.",
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            "The process of the check ended with SIGKILL: killed from outside, or by the system when memory ran out. "
            "What it did not report is not passed.",
        ),
        (
            "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); exec('while True: pass')",
            "Your code did not come back within 2 seconds, and did not listen: its process was ended.",
        ),
    ],
    ids=["endless", "_exit", "abort", "sys.exit", "input", "segfault", "kill", "deaf"],
)
def test_code_that_ends_or_holds_the_process_is_told(desk: Desk, code: str, headline: str) -> None:
    assert desk.first_failure(code) == headline


def test_a_child_process_left_behind_is_ended(desk: Desk, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = "str(subprocess.Popen(['sleep', '60']).pid)"
    desk.results(f"        import subprocess; open({str(note)!r}, 'w').write({child})")
    time.sleep(0.3)

    assert _is_gone(int(note.read_text()))


def _is_gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody has asked after yet is still listed, as a zombie)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_every_verdict_is_that_of_the_text_saved_and_nothing_is_left_open(desk: Desk) -> None:
    desk.results()
    before = len(os.listdir(f"/proc/{desk.pid()}/fd")) if Path("/proc").is_dir() else 0

    states = [desk.first_failure("return None") if number % 2 else desk.first_failure("pass") for number in range(12)]

    assert [bool(state) for state in states] == [bool(number % 2) for number in range(12)]
    assert (len(os.listdir(f"/proc/{desk.pid()}/fd")) if Path("/proc").is_dir() else 0) == before
