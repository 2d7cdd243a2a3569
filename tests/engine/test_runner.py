"""Runs that a server starts: what they report, what they leave behind, many in a row; and one by each method."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from kata.learner.runner import MEMORY, Runner
from kata.report.results import Result
from kata.running.client import Verdict
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("exercises", "solutions", "mistakes", "tests", "conftest.py", "pyproject.toml")
LIMIT = 2.0
START = "        x = F.max_pool2d(F.relu(self.conv1(x)), 2)"

FASTEST = "fork" if hasattr(os, "fork") else "spare"


class Desk:
    """A repository, and a server that runs it."""

    def __init__(self, root: Path, method: str, limit: float = LIMIT) -> None:
        self.root, self.method = root, method
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
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lessons."""
    root = tmp_path_factory.mktemp("desk")
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
        else:
            shutil.copy(source, root / name)
    return root


@contextmanager
def served(root: Path, method: str, limit: float = LIMIT) -> Iterator[Desk]:
    """Have a server that starts its runs by a method."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KATA_START", method)
        one = Desk(root, method, limit)
    try:
        yield one
    finally:
        one.await_(one.runner.close())
        one.loop.close()


@pytest.fixture(scope="module")
def desk(root: Path) -> Iterator[Desk]:
    """The copy with a server that starts its runs in the fastest way there is."""
    with served(root, FASTEST) as one:
        yield one


def test_processes_that_were_made_ready_earlier_serve_as_well(root: Path) -> None:
    with served(root, "spare") as one:
        states = {result.state for result in one.results()}
        endless = one.first_failure("while True: pass")
        crash = one.first_failure("import ctypes; ctypes.string_at(0)")

    assert states == {"passed"}
    assert endless == "Your code did not come back within the time limit of a check."
    assert "The process of the check ended with" in crash or "violation" in crash


def test_the_solution_passes_every_check(desk: Desk) -> None:
    assert {result.state for result in desk.results()} == {"passed"}


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes with numbers, not with signals")


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        ("while True: pass", "Your code did not come back within the time limit of a check."),
        ("import os; os._exit(0)", "Your code asks Python to exit here, so the check could not go on."),
        ("import os; os.abort()", "Your code asks Python to exit here, so the check could not go on."),
        ("import sys; sys.exit()", "Your code asks Python to exit here, so the check could not go on."),
        ("input()", "Your code waits for keyboard input here; a check has no keyboard."),
        pytest.param(
            "import ctypes; ctypes.string_at(0)",
            "The process of the check ended with SIGSEGV: memory that is not its own was touched. "
            "What it did not report is not passed.",
            marks=posix,
        ),
        pytest.param(
            "import os; os.kill(os.getpid(), 9)",
            "The process of the check ended with SIGKILL: killed from outside, or by the system when memory ran out. "
            "What it did not report is not passed.",
            marks=posix,
        ),
        pytest.param(
            "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN); exec('while True: pass')",
            "Your code did not come back within 2 seconds, and did not listen: its process was ended.",
            marks=posix,
        ),
    ],
    ids=["endless", "_exit", "abort", "sys.exit", "input", "segfault", "kill", "deaf"],
)
def test_code_that_ends_or_holds_the_process_is_told(desk: Desk, code: str, headline: str) -> None:
    assert desk.first_failure(code) == headline


@pytest.mark.skipif(sys.platform == "win32", reason="there is no program `sleep`")
def test_a_child_process_left_behind_is_ended(desk: Desk, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = "str(subprocess.Popen(['sleep', '60']).pid)"
    desk.results(f"        import subprocess; open({str(note)!r}, 'w').write({child})")

    fresh.until(lambda: _is_gone(int(note.read_text())), "the child has ended")


def _is_gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody has asked after yet is still listed, as a zombie)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_of_many_runs_each_verdict_is_that_of_the_text_saved_and_nothing_is_left(desk: Desk) -> None:
    assert desk.runner._folder
    folder, server = Path(desk.runner._folder), psutil.Process(desk.pid())
    desk.results()
    _that_waits(server.pid)
    files, descriptors = len([*folder.iterdir()]), open_files(server.pid)
    code = ["import tempfile; tempfile.mkdtemp()", "return None"]

    states = [desk.first_failure(code[number % 2]) for number in range(6)]

    assert [bool(state) for state in states] == [bool(number % 2) for number in range(6)]
    fresh.until(lambda: len([*folder.iterdir()]) == files, "no folder is left")
    fresh.until(lambda: open_files(server.pid) <= descriptors, "no descriptor is left")
    fresh.until(lambda: len(server.children(recursive=True)) <= 2, "only the next run waits")


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd")) if Path("/proc").is_dir() else 0


def test_a_run_that_takes_too_much_memory_is_ended_with_its_line(desk: Desk) -> None:
    text = (desk.root / "solutions" / "ex01_lenet.py").read_text()
    greedy = text.replace(START, f"        held = [bytearray(10 << 20) for _ in range(1000)]\n{START}")
    (desk.root / "exercises" / "ex01_lenet.py").write_text(greedy)
    desk.runner.memory = 600 << 20

    failed = [one for one in desk.await_(desk._run(greedy)) if one.state == "failed"]

    desk.runner.memory = MEMORY
    assert failed[0].told is not None
    assert failed[0].told.headline == "Your code took more than 0.59 GiB of memory: its process was ended."
    assert failed[0].told.code == "held = [bytearray(10 << 20) for _ in range(1000)]"


@pytest.mark.skipif(sys.platform != "linux", reason="how memory is reserved depends on the system")
def test_memory_that_is_only_reserved_is_not_taken(desk: Desk) -> None:
    reserves = "import mmap; held = mmap.mmap(-1, 60 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)"

    assert desk.first_failure(reserves) == ""


def test_a_lesson_of_several_processes_leaves_neither_folders_nor_processes(desk: Desk) -> None:
    assert desk.runner._folder
    folder, server = Path(desk.runner._folder), psutil.Process(desk.pid())
    name = "ex11_processes.py"
    shutil.copy(desk.root / "solutions" / name, desk.root / "exercises" / name)
    desk.results()
    _that_waits(server.pid)
    files, verdict = len([*folder.iterdir()]), Verdict(10)

    async def run() -> None:
        async for event in desk.runner.run("ex11_processes", "shard"):
            verdict.add(event)
            if event["event"] == "result" and event["result"]["exercise"] == "broadcast_parameters":
                break  # as a save does while the ranks are at work

    desk.await_(run())
    desk.results()

    assert {result.state for result in verdict.results()} == {"passed"}
    fresh.until(lambda: len([*folder.iterdir()]) == files, "no folder is left")
    fresh.until(lambda: len(server.children(recursive=True)) <= 2, "only the next run waits")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a run is begun ahead only where that costs no import of torch")
def test_the_next_run_is_begun_ahead_and_a_changed_spec_is_read_anew(desk: Desk) -> None:
    desk.results()
    waiting = _that_waits(desk.pid())
    passed = desk.results()
    assert _is_gone(waiting.pid)  # it was the one that ran
    killed = _that_waits(desk.pid())
    killed.kill()
    fresh.until(lambda: _is_gone(killed.pid), "it has ended")
    again = desk.results()
    _that_waits(desk.pid())
    spec = desk.root / "tests" / "test_ex01_lenet.py"
    text = spec.read_text()
    spec.write_text(text.replace("    def test_", "    def test_anew_"))
    renamed = desk.results()
    spec.write_text(text)

    assert [one.check for one in passed] == [one.check for one in again]
    assert {one.state for one in (*passed, *again, *renamed)} == {"passed"}
    assert all(result.check.startswith("anew") for result in renamed)


def _that_waits(server: int) -> psutil.Process:
    """Return the one process below a server that has nothing to do, as soon as it is there."""
    fresh.until(lambda: len(psutil.Process(server).children()) == 1, "a run is begun ahead")
    return psutil.Process(server).children()[0]
