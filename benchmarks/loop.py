"""Print how long it takes from a save to the verdict: in `kata watch`, and with pytest started anew.

Usage: python benchmarks/loop.py [ROUNDS [SAVES]]

Both run interleaved on copies of the same wrong and right answers; the table shows medians and their ratio.
With SAVES, that many saves in a row follow, and the memory and open files of the warm process before and
after are printed. Times depend on the machine; ratios hardly do.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from watchfiles import awatch

from kata.learner.runner import Runner
from kata.running.client import Verdict

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = {
    "LeNet.forward, one ReLU missing": ("ex01_lenet", "LeNet.forward", "F.relu(self.conv2(x))", "self.conv2(x)"),
    "LeNet.forward, right": ("ex01_lenet", "LeNet.forward", "", ""),
    "backward, graph kept": ("ex02_training_step", "backward", "loss.backward()", "loss.backward(retain_graph=True)"),
    "sgd_update, uphill": ("ex02_training_step", "sgd_update", ".sub_(", ".add_("),
    "sgd_update, right": ("ex02_training_step", "sgd_update", "", ""),
}


def copy_of_repository(folder: Path) -> Path:
    """Copy what a learner has."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", "*.egg-info", ".*_cache", "__pycache__"))
    return folder


def answer(folder: Path, name: str, round_: int) -> tuple[str, str, str]:
    """Return lesson, exercise and the text of an answer, which differs from round to round."""
    lesson, exercise, old, new = ANSWERS[name]
    text = (folder / "solutions" / f"{lesson}.py").read_text()
    return lesson, exercise, (text.replace(old, new) if old else text) + f"# round {round_}\n"


async def save_to_verdict(runner: Runner, folder: Path, name: str, round_: int) -> float:
    """Save an answer, and return the seconds until its verdict is known."""
    lesson, exercise, text = answer(folder, name, round_)
    file = folder / "exercises" / f"{lesson}.py"
    changes = awatch(file.parent, step=20, debounce=400, rust_timeout=200, yield_on_timeout=True)
    await changes.__anext__()  # the watch has begun
    start = time.perf_counter()
    file.write_text(text)
    while not await changes.__anext__():
        pass
    verdict, known = Verdict(runner.limit), 0.0
    async for event in runner.run(lesson, exercise):
        verdict.add(event)
        if not known and verdict.is_known(exercise):
            known = time.perf_counter() - start
    await changes.aclose()
    return known


def cold(folder: Path, name: str, round_: int) -> float:
    """Save an answer, run pytest on its file, and return the seconds."""
    lesson, _, text = answer(folder, name, round_)
    start = time.perf_counter()
    (folder / "exercises" / f"{lesson}.py").write_text(text)
    seconds_of([sys.executable, "-m", "pytest", f"exercises/{lesson}.py", "-p", "no:cacheprovider"], folder)
    return time.perf_counter() - start


def seconds_of(command: list[str], folder: Path) -> float:
    """Run a command and return the seconds that it took."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(folder), stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which the copy's own engine is used."""
    return {**os.environ, "PYTHONPATH": str(folder)}


def resident(pid: int) -> float:
    """Return a process's memory in MiB, shared pages counted by their share; nan where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


async def main(rounds: int, saves: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        warm, alone = (copy_of_repository(Path(temporary) / name) for name in ("warm", "alone"))
        imports = [seconds_of([sys.executable, "-c", "import torch, pytest"], warm) for _ in range(rounds)]
        runner, start = Runner(warm), time.perf_counter()
        await runner.start()
        ready = time.perf_counter() - start
        print(f"ready after {ready:.2f} s, {ready / statistics.median(imports):.2f} times `import torch, pytest`")
        for name in ANSWERS:  # the first diagnosis of an exercise notes where its mistakes leave the solution
            print(f"{name:36} {await save_to_verdict(runner, warm, name, -1):9.2f} s the first time")
        print(f"{'median of ' + str(rounds):36} {'kata watch':>11} {'pytest':>9} {'ratio':>6}")
        for name in ANSWERS:
            times = []
            for round_ in range(rounds):
                times.append((await save_to_verdict(runner, warm, name, round_), cold(alone, name, round_)))
            ours, without = (statistics.median(column) for column in zip(*times, strict=True))
            print(f"{name:36} {ours:9.2f} s {without:7.2f} s {without / ours:6.1f}", flush=True)
        await endurance(runner, warm, saves)
        await runner.close()


async def endurance(runner: Runner, folder: Path, saves: int) -> None:
    """Save many times in a row; every verdict must be that of the last text saved."""
    process = runner._process
    assert process is not None
    before = resident(process.pid), len(os.listdir(f"/proc/{process.pid}/fd"))
    wrong = 0
    for number in range(saves):
        name = ("sgd_update, uphill", "sgd_update, right")[number % 2]
        lesson, exercise, text = answer(folder, name, number)
        (folder / "exercises" / f"{lesson}.py").write_text(text)
        verdict = Verdict(runner.limit)
        async for event in runner.run(lesson, exercise):
            verdict.add(event)
        failed = any(result.state == "failed" for result in verdict.results())
        wrong += failed != (number % 2 == 0)
    after = resident(process.pid), len(os.listdir(f"/proc/{process.pid}/fd"))
    print(
        f"warm process: {before[0]:.0f} MiB, {before[1]} open files; after {saves} saves: "
        f"{after[0]:.0f} MiB, {after[1]} open files; {wrong} wrong verdicts"
    )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    asyncio.run(main(numbers[0] if numbers else 7, numbers[1] if len(numbers) > 1 else 0))
