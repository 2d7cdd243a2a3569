"""Scenarios in real processes: what comes back, what goes wrong there, and that nothing is left running."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
import torch

from kata.checking import limits, loading
from kata.checking.expect import SideEffect
from kata.content.patching import PatchedModule
from kata.diagnosis.explanation import Explained
from kata.processes.tree import folder_of_this_process
from kata.running import ranks
from kata.running.ranks import on_ranks
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
import ctypes
import os
import time
import torch
import torch.distributed as dist

def add(x):
    dist.all_reduce(x)
    return x

def only_rank_0(x):
    if dist.get_rank() == 0:
        dist.all_reduce(x)

def different_calls(x):
    if dist.get_rank() == 0:
        dist.all_reduce(x)
    else:
        dist.broadcast(x, 0)

def raises_on_rank_1(x):
    if dist.get_rank() == 1:
        return x.foo
    dist.all_reduce(x)

def crashes_on_rank_1(x):
    if dist.get_rank() == 1:
        ctypes.string_at(0)
    dist.all_reduce(x)

def gathers_unequal(x):
    x = x[: 1 + dist.get_rank()]
    parts = [torch.zeros_like(x) for _ in range(2)]
    dist.all_gather(parts, x)

def killed_on_rank_1(x):
    if dist.get_rank() == 1:
        os.kill(os.getpid(), 9)
    dist.all_reduce(x)

def endless(x):
    while dist.get_rank() == 0:
        pass

def destroys(x):
    dist.destroy_process_group()

def double(x):
    torch.set_default_dtype(torch.float64)

def speaks(x):
    print("I am", dist.get_rank())

def slow(x):
    if dist.get_rank() == 0:
        time.sleep(2)
    dist.all_reduce(x)
    return x
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Iterator[ModuleType]:
    """A module whose functions work together, or fail to."""
    path = tmp_path / "together.py"
    path.write_text(SOURCE)
    yield loading.load(PatchedModule(SOURCE, str(path)), "exercises.together")
    ranks.close_all()


def called(lesson: Any, rank: int, name: str) -> Any:
    return getattr(lesson, name)(torch.full((2,), float(rank + 1)))


def explained(lesson: ModuleType, name: str) -> Any:
    with pytest.raises(Explained) as caught:
        on_ranks(lesson, called, name)
    return caught.value.told


def test_each_rank_returns_its_own(lesson: ModuleType) -> None:
    given = on_ranks(lesson, lambda lesson, rank, factor: factor * rank, 10, count=3)

    assert given == [0, 10, 20]


def test_the_ranks_find_one_another(lesson: ModuleType) -> None:
    given = on_ranks(lesson, called, "add")

    assert [one.tolist() for one in given] == [[3.0, 3.0], [3.0, 3.0]]


def test_the_same_processes_serve_all_scenarios(lesson: ModuleType) -> None:
    def process(lesson: Any, rank: int) -> int:
        import os

        return os.getpid()

    assert on_ranks(lesson, process) == on_ranks(lesson, process)


def test_a_rank_that_waits_for_one_that_has_come_back_is_told_with_both(lesson: ModuleType) -> None:
    told = explained(lesson, "only_rank_0")

    assert told.headline == (
        "The ranks wait for one another without end: rank 0 waits in `all_reduce`, and rank 1 has come back without it."
    )
    assert told.code == "dist.all_reduce(x)"


def test_ranks_that_wait_in_different_calls_are_told_with_both(lesson: ModuleType) -> None:
    told = explained(lesson, "different_calls")

    assert "rank 0 waits in `all_reduce`, and rank 1 waits in `broadcast`" in told.headline
    assert told.paragraphs[-1].endswith("dist.broadcast(x, 0)")


def test_a_rank_that_raises_is_told_with_rank_and_line(lesson: ModuleType) -> None:
    told = explained(lesson, "raises_on_rank_1")

    assert told.headline == "A tensor has no `foo`. The nearest name there is `floor`."
    assert (told.code, told.paragraphs[-1]) == ("return x.foo", "This happened on rank 1.")


def test_a_rank_that_crashes_is_told_with_its_line(lesson: ModuleType) -> None:
    told = explained(lesson, "crashes_on_rank_1")

    assert told.headline == "The process of rank 1 ended by SIGSEGV, in the middle of your code."
    assert told.code == "ctypes.string_at(0)"


def test_shapes_that_differ_are_told_with_the_line(lesson: ModuleType) -> None:
    told = explained(lesson, "gathers_unequal")

    assert told.code == "dist.all_gather(parts, x)"
    assert "with equal shapes" in told.paragraphs[0]


def test_a_rank_that_is_killed_is_told(lesson: ModuleType) -> None:
    told = explained(lesson, "killed_on_rank_1")

    assert told.headline == "The process of rank 1 ended by SIGKILL, in the middle of your code."


def test_a_rank_that_never_comes_back_is_told_with_its_line(lesson: ModuleType) -> None:
    told = explained(lesson, "endless")

    assert told.headline == "Rank 0 did not come back within 5 seconds."
    assert told.code in ("while dist.get_rank() == 0:", "pass")


def test_a_rank_that_others_wait_for_while_it_works_is_waited_for(lesson: ModuleType) -> None:
    assert [one.tolist() for one in on_ranks(lesson, called, "slow")] == [[3.0, 3.0], [3.0, 3.0]]


@pytest.mark.parametrize(
    ("name", "words"),
    [("destroys", "the process group was destroyed"), ("double", "the default dtype was torch.float32")],
)
def test_what_is_changed_outside_is_refused(lesson: ModuleType, name: str, words: str) -> None:
    with pytest.raises(SideEffect, match=words):
        on_ranks(lesson, called, name)


def test_what_is_printed_is_shown_with_the_rank(lesson: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    on_ranks(lesson, called, "speaks")

    assert capsys.readouterr().out == "rank 0: I am 0\nrank 1: I am 1\n"


def test_after_a_failure_new_processes_serve(lesson: ModuleType) -> None:
    explained(lesson, "only_rank_0")

    assert [one.tolist() for one in on_ranks(lesson, called, "add")] == [[3.0, 3.0], [3.0, 3.0]]


def test_nothing_is_left_running(lesson: ModuleType) -> None:
    on_ranks(lesson, called, "add")
    explained(lesson, "only_rank_0")
    on_ranks(lesson, called, "add", count=3)

    ranks.close_all()

    assert multiprocessing.active_children() == []


def test_a_rank_that_never_comes_back_is_told_before_the_check_is_ended(lesson: ModuleType) -> None:
    restore = limits.set_limit(2.0)
    try:
        told = explained(lesson, "endless")
    finally:
        restore()

    assert told.headline == "Rank 0 did not come back within 1.2 seconds."


def test_one_check_tells_of_ranks_that_wait_and_the_others_are_spared(tmp_path: Path) -> None:
    for name in ("exercises", "solutions", "mistakes", "tests", "accepted", "conftest.py", "pyproject.toml"):
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "engine")
        shutil.copytree(source, tmp_path / name, ignore=ignored) if source.is_dir() else shutil.copy(source, tmp_path)
    solution = (tmp_path / "solutions" / "ex11_processes.py").read_text()
    wrong = "    if dist.get_rank() == 0:\n        dist.all_reduce(correct)"
    file = tmp_path / "exercises" / "ex11_processes.py"
    file.write_text(solution.replace("    dist.all_reduce(correct)", wrong))

    done = fresh.run("-m", "pytest", "exercises/ex11_processes.py", cwd=tmp_path)

    assert "one in which only rank 0 asks for the sum" in " ".join(done.stdout.split())
    assert "1 failed, 94 passed, 38 skipped" in done.stdout


def left_of(session: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for process in psutil.process_iter(["status"]):
        with suppress(OSError):  # it has ended meanwhile
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


WORKS = """
from kata.checking import loading
from kata.content.patching import PatchedModule
from kata.running import ranks
source = "def endless():\\n    while True: pass"
def call(lesson, rank):
    lesson.endless()
lesson = loading.load(PatchedModule(source, "/tmp/endless.py"), "exercises.endless")
print("starts", flush=True)
ranks.on_ranks(lesson, call, count={count})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize(("count", "seconds"), [(2, 1.0), (3, 0.01), (3, 0.03)], ids=["at work", "starting", "meeting"])
def test_ranks_end_with_whoever_started_them(number: int, count: int, seconds: float) -> None:
    process = fresh.Process("-c", WORKS.format(count=count), cwd=ROOT, apart=True)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == "starts\n"
        time.sleep(seconds)
        process.send_signal(number)
        process.wait()

    fresh.until(lambda: not left_of(process.pid), "the ranks have ended")


def test_what_killed_processes_have_left_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    gone = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (tmp_path / f"kata-ranks-{gone.strip()}-abc").mkdir()
    (tmp_path / f"kata-ranks-{os.getpid()}-abc").mkdir()

    made = Path(folder_of_this_process("kata-ranks"))

    assert {one.name for one in tmp_path.iterdir()} == {f"kata-ranks-{os.getpid()}-abc", made.name}
