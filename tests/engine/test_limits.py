"""Time limits: they count CPU time, so that a busy machine makes no one late; who only waits is ended later."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from kata.checking import limits
from kata.checking.limits import TimeUp
from kata.checking.sandbox import guarded
from kata.processes import tree
from kata.processes.tree import CpuLimit

ENOUGH = 0.2  # CPU seconds


@pytest.fixture
def short() -> Iterator[None]:
    """A limit that code reaches at once."""
    restore = limits.set_limit(ENOUGH)
    yield
    restore()


def compute(seconds: float = math.inf) -> None:
    """Use CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


class Machine:
    """A process as a clock and an accounting of CPU time show it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.used = self.below = 0.0
        monkeypatch.setattr(tree, "_clock", lambda: self.now)
        monkeypatch.setattr(tree, "cpu_time_of", lambda _: self.used)
        monkeypatch.setattr(tree, "cpu_time_below", lambda _: self.below)

    def runs(self, limit: CpuLimit, seconds: float, share: float, of_children: float = 0.0) -> str:
        """Let time pass in which the process gets a share of a core; return what the limit says first."""
        end = self.now + seconds
        while self.now < end:
            self.now += 0.25
            self.used += 0.25 * share
            self.below += 0.25 * of_children
            if said := limit.exceeded():
                return said
        return ""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that is as busy as a test wants it."""
    return Machine(monkeypatch)


def test_on_a_busy_machine_nobody_is_late(machine: Machine) -> None:
    assert machine.runs(CpuLimit(10.0, 1), seconds=90.0, share=0.1) == ""


def test_who_has_used_up_its_cpu_time_is_over_the_limit(machine: Machine) -> None:
    limit = CpuLimit(10.0, 1)

    assert machine.runs(limit, seconds=10.0, share=1.0) == ""
    assert machine.runs(limit, seconds=0.5, share=1.0) == "cpu"


def test_who_only_waits_has_twice_as_long(machine: Machine) -> None:
    limit = CpuLimit(10.0, 1)

    assert machine.runs(limit, seconds=20.0, share=0.0) == ""
    assert machine.runs(limit, seconds=0.5, share=0.0) == "idle"


def test_who_polls_only_waits(machine: Machine) -> None:
    assert machine.runs(CpuLimit(10.0, 1), seconds=30.0, share=0.02) == "idle"


def test_who_wakes_up_in_time_has_not_waited_too_long(machine: Machine) -> None:
    limit = CpuLimit(10.0, 1)
    said = [machine.runs(limit, seconds=15.0, share=share) for share in (0.0, 0.2, 0.0, 0.2)]

    assert said == ["", "", "", ""]


def test_children_count(machine: Machine) -> None:
    assert machine.runs(CpuLimit(10.0, 1), seconds=11.0, share=0.0, of_children=1.0) == "cpu"


def test_what_children_have_used_before_does_not_count(machine: Machine) -> None:
    machine.below = 1000.0

    assert machine.runs(CpuLimit(10.0, 1), seconds=15.0, share=0.2) == ""


def test_no_limit_is_never_exceeded(machine: Machine) -> None:
    assert machine.runs(CpuLimit(math.inf, 1), seconds=1000.0, share=1.0) == ""


def test_the_time_of_a_real_process_and_its_child_is_counted() -> None:
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while True: pass'])"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        limit = CpuLimit(0.5, process.pid)
        while not (said := limit.exceeded()):
            time.sleep(0.02)
        for one in psutil.Process(process.pid).children():
            one.kill()

    assert said == "cpu"


def test_code_that_computes_is_ended_in_the_sandbox(short: None) -> None:
    with pytest.raises(TimeUp) as ended, guarded():
        compute()

    assert not ended.value.is_idle


def test_code_that_waits_is_ended_too_and_said_to_wait(short: None) -> None:
    with pytest.raises(TimeUp) as ended, guarded():
        time.sleep(600)

    assert ended.value.is_idle


def test_each_block_has_its_own_time(short: None) -> None:
    for _ in range(4):
        with guarded():
            compute(0.4 * ENOUGH)


def test_a_block_within_a_block_has_no_time_of_its_own(short: None) -> None:
    def compute_in_parts() -> None:
        while True:
            with guarded():
                compute(0.4 * ENOUGH)

    with pytest.raises(TimeUp), guarded():
        compute_in_parts()


def test_who_swallows_it_gets_it_again(short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_AGAIN", 0.1)
    swallowed = 0
    with guarded():
        while swallowed < 2:
            try:
                compute()
            except TimeUp:
                swallowed += 1


def test_who_never_listens_is_reported() -> None:
    said: list[str] = []
    restore = limits.set_limit(ENOUGH, said.append)
    try:
        with guarded():
            while not said:
                try:
                    compute()
                except TimeUp:
                    continue
    finally:
        restore()

    assert said[0] == "cpu"


def test_outside_the_sandbox_there_is_no_limit(short: None) -> None:
    compute(3 * ENOUGH)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system makes no copies of a process")
def test_a_copy_of_the_process_has_no_limit_of_its_own(short: None) -> None:
    pid = os.fork()
    if pid == 0:
        with guarded():
            compute(3 * ENOUGH)
        limits._watch.forget()
        os._exit(7)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
