"""Real accelerators: what torch says while it looks for one ends no session, and where a check ran is told."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from kata.checking import devices, sandbox
from kata.diagnosis.explanation import Explanation
from kata.learner import editor
from kata.learner.progress import ExerciseRef, SavedProgress
from kata.learner.runner import Runner
from kata.learner.screen import Screen
from kata.report.results import Result
from kata.running.checks import _real_devices_last
from kata.running.client import Verdict
from kata.train.training import choose_device
from tests.engine import machines, sample
from tests.engine.test_surroundings import pytest_in

pytest_plugins = ["pytester"]
SPEC = f"""{sample.SUMS_SPEC}
    def test_a_total_on_a_device(self, lesson, device):
        assert lesson.total([1, 2]) == 3
"""
RIGHT = sample.sums(add="return a + b", total="return sum(values)")
SAID = {
    "warns": f"This machine: torch warns of UserWarning: {machines.OUT_OF_MEMORY}; "
    "the checks run on the CPU and the pretend accelerator.",
    "raises": "This machine: torch raised RuntimeError: the driver is too old while it looked for an accelerator; "
    "the checks run on the CPU and the pretend accelerator.",
    "has none": "torch says that there is an accelerator (cuda), and cannot make a tensor there: AssertionError: Torch "
    "not compiled with CUDA enabled",
}
every_machine = pytest.mark.parametrize("kind", machines.BODIES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a check that asks for a device, solved."""
    sample.make_repository(tmp_path)
    sample.write(tmp_path, "tests/test_ex01_sums.py", SPEC)
    sample.write(tmp_path, "exercises/ex01_sums.py", RIGHT)
    return tmp_path


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What was found before is forgotten, before a test and after it."""
    devices.real_devices.cache_clear()
    devices.why_unusable.cache_clear()
    yield
    devices.real_devices.cache_clear()
    devices.why_unusable.cache_clear()


async def run(root: Path) -> Verdict:
    """Run the lesson as `kata watch` does."""
    runner, verdict = Runner(root), Verdict(10)
    async for event in runner.run("ex01_sums", "total"):
        verdict.add(event)
    await runner.close()
    return verdict


@every_machine
@pytest.mark.e2e
def test_watch_gives_its_verdict_on_a_machine_whose_accelerator_cannot_be_used(
    root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in machines.environment_of(root / "machine", kind).items():
        monkeypatch.setenv(name, value)

    results = asyncio.run(run(root)).results()

    said = {note for one in results for note in one.notes}
    said |= {one.told.headline for one in results if one.state == "skipped" and one.told}
    assert [one.state for one in results if not one.device] == ["passed"] * 6
    assert {one.state for one in results if one.device} <= {"skipped"}
    assert SAID[kind] in said


@pytest.mark.e2e
def test_pytest_says_in_one_line_what_torch_warns_of(root: Path) -> None:
    said = pytest_in(
        root, "exercises/ex01_sums.py", PYTHONPATH=machines.environment_of(root / "machine", "warns")["PYTHONPATH"]
    )

    assert said.count("This machine: ") == 1
    assert f"Note: {SAID['warns']}" in said
    assert "6 passed" in said


@pytest.mark.e2e
def test_a_run_without_a_check_says_why(root: Path) -> None:
    sample.write(root, "tests/test_ex01_sums.py", "import a_module_that_nobody_has\n" + SPEC)

    verdict = asyncio.run(run(root))

    assert verdict.results() == []
    assert verdict.nothing_ran == "No check ran: ModuleNotFoundError: No module named 'a_module_that_nobody_has'."


def test_a_check_on_a_real_accelerator_names_it(
    root: Path, asked_anew: None, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("meta"))  # each torch has it
    sample.write(root, "exercises/ex01_sums.py", RIGHT.replace("return sum(values)", "return 4"))
    found: list[Result] = []

    class Results:
        def pytest_runtest_logreport(self, report: Any) -> None:
            found.extend([Result.from_json(dict(report.kata))] if hasattr(report, "kata") else [])

    monkeypatch.setattr("kata.running.fixtures.why_unusable", lambda name: "")
    pytester.inline_run(root / "exercises", "--rootdir", root, "--forget", plugins=[Results()])

    on_it = [one for one in found if one.device]
    assert [one.check for one in on_it] == ["a total on a device (meta)"]
    assert on_it[0].told is not None
    assert on_it[0].told.headline.startswith("On meta: ")


def test_checks_on_a_real_accelerator_come_last_in_their_exercise() -> None:
    def item(exercise: str, device: str) -> Any:
        return SimpleNamespace(parent=exercise, callspec=SimpleNamespace(params={"device": device}), name=device)

    names = ["cpu", "a pretend accelerator", "cuda"]
    items = [item(exercise, name) for exercise in ("one", "two") for _ in range(2) for name in names]

    _real_devices_last(items)

    assert [one.parent for one in items] == ["one"] * 6 + ["two"] * 6
    assert [one.name for one in items[:6]] == [*names[:2], *names[:2], "cuda", "cuda"]


def test_the_verdict_waits_for_no_real_accelerator() -> None:
    check = Result("ex01", "learn", "it learns (cpu)", "exercises/ex01.py", 3, 0, "passed")
    late = Result("ex01", "learn", "it learns (cuda)", "exercises/ex01.py", 3, 1, "failed", device="cuda")
    verdict = Verdict(10)
    verdict.add({"event": "expected", "results": [check.to_json(), late.to_json()]})

    verdict.add({"event": "result", "result": check.to_json()})
    is_known_before = verdict.is_known("learn")
    verdict.add({"event": "result", "result": late.to_json()})

    assert is_known_before
    assert {one.state for one in verdict.results()} == {"passed", "failed"}


class Generator:
    """A card's random numbers, as far as they are asked for."""

    def __init__(self) -> None:
        self.seed = 7

    def get_state(self) -> int:
        return self.seed

    def set_state(self, state: int) -> None:
        self.seed = state

    manual_seed = set_state


def test_the_random_state_of_a_card_in_use_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = Generator()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "default_generators", (generator,))

    restore = sandbox.fixed()
    during = generator.seed
    restore()

    assert (during, generator.seed) == (0, 7)


def test_the_random_states_of_the_cpu_are_put_back() -> None:
    before = random.getstate(), torch.get_rng_state()

    restore = sandbox.fixed()
    first = random.random()
    restore()

    assert first == random.Random(0).random()
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_a_session_without_a_check_on_a_device_asks_for_no_accelerator() -> None:
    code = "import kata.plugin, kata.checking.devices as all, sys; print(all.found_devices(), *sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=sample.ROOT)

    assert done.stdout.split()[0] == "()"
    assert "torch" not in done.stdout.split()


def test_the_doctor_names_the_card_and_whether_a_check_runs_on_it(
    asked_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = SimpleNamespace(name="NVIDIA T4", total_memory=15 << 30)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: card)

    lines = [text for text, _ in editor.findings([])[0]]

    assert f"accelerator cuda:0: NVIDIA T4, 15 GiB, torch for CUDA {torch.version.cuda}" in lines
    assert any(line.startswith("torch says that there is an accelerator (cuda), and cannot make") for line in lines)


def test_training_takes_the_cpu_where_the_accelerator_cannot_be_used(
    asked_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))

    assert choose_device("auto") == torch.device("cpu")


def result(device: str, state: str) -> dict[str, Any]:
    told = Explanation(f"On {device}: no.") if state == "failed" else None
    check = f"it adds ({device})"
    one = Result("ex01_sums", "total", check, "exercises/ex01_sums.py", 3, bool(device), "passed", told=told, total=2)
    return replace(one, state=state, device=device).to_json()  # type: ignore[arg-type]  # one of its words


def test_watch_takes_its_verdict_back_when_the_accelerator_finds_a_fault(root: Path) -> None:
    lesson = sample.lesson_at(root)
    board = Screen([lesson], SavedProgress.load(root), 10)
    board.begin(lesson)
    board.place = ExerciseRef(lesson, lesson.exercises[1])
    board.results = [Result.from_json(result("", "failed"))]
    board.verdict.add({"event": "expected", "results": [result("", "skipped"), result("cuda", "skipped")]})
    board.verdict.add({"event": "result", "result": result("", "passed")})

    is_shown, was_held = board.preview(), board.held
    board.verdict.add({"event": "result", "result": result("cuda", "failed")})
    board.verdict.add({"event": "end", "how": "done", "lines": []})
    board.finish()

    assert (is_shown, was_held, board.held) == (True, True, False)
    assert any("On cuda: no." in text for text, _ in board.lines())
