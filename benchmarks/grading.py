"""How long `kata grade` takes, how its cost grows, what it holds in memory, and whether its verdicts are right.

Usage: python benchmarks/grading.py [COUNT...]

For each COUNT (1, 10, 100, 300) a class of as many students is made of the banks, so that the truth is
known: each hands in one wrong or right answer. Printed are seconds, those of the start among them,
submissions per second and core, the memory of command and servers in the first and the last third of
the time, and how many verdicts and names of mistakes are right.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kata.checking import loading  # noqa: E402  (the repository comes first on the path)
from kata.content import bank  # noqa: E402
from kata.content.bank import Answer  # noqa: E402
from kata.content.lesson import discover  # noqa: E402

JOBS = os.cpu_count() or 1


def answers() -> list[tuple[Answer, bool]]:
    """Return all wrong and right answers in a fixed order, and whether each is right."""
    found = []
    for lesson in discover(ROOT):
        found += [(one, False) for one in bank.read(lesson, lesson.mistakes)]
        found += [(one, True) for one in bank.read(lesson, lesson.accepted)]
    random.Random(7).shuffle(found)
    return found


def hand_in(folder: Path, some: list[tuple[Answer, bool]]) -> None:
    """Write a submission for each answer."""
    for number, (answer, _) in enumerate(some):
        path = folder / f"student {number:03}" / "exercises" / f"{answer.lesson.name}.py"
        path.parent.mkdir(parents=True)
        path.write_text(ast.unparse(loading.assemble(loading.of_bank(answer)).tree))


def memory() -> float:
    """Return the memory of all processes that grade, shared pages counted once, in MiB."""
    total = 0
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes()
            if b"kata\0grade" in words or b"kata.running.server" in words:
                lines = (command.parent / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError):
            continue
    return total / 1024


def grade(submissions: Path, out: Path) -> tuple[float, float, list[float]]:
    """Grade a class; return the seconds in all, those until the first lesson is done, and the memory now and then."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "kata", "grade", str(submissions), "--out", str(out), "--jobs", str(JOBS)]
    began = time.perf_counter()
    first, held = 0.0, []
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        while run.poll() is None:
            if not first and any((out / ".units").glob("*.json")):
                first = time.perf_counter() - began
            held.append(memory())
            time.sleep(0.5)
    return time.perf_counter() - began, first, held


def judged(out: Path, some: list[tuple[Answer, bool]]) -> tuple[int, int]:
    """Return how many verdicts are right, and how many wrong answers bear their own name."""
    students = {one["student"]: one for one in json.loads((out / "grades.json").read_text())["students"]}
    right = named = 0
    for number, (answer, is_right) in enumerate(some):
        marks = students[f"student {number:03}"]["marks"]
        own = [one for one in marks if one["lesson"] == answer.lesson.name]
        mine = next(one for one in own if one["exercise"] == answer.exercise)
        right += all(one["state"] == "done" for one in own) if is_right else mine["state"] != "done"
        named += not is_right and mine["mistake"] == answer.name
    return right, named


def main() -> None:
    """Print a row for each number of students."""
    counts = list(map(int, sys.argv[1:])) or [1, 10, 100, 300]
    everything = answers()
    print(f"{JOBS} processes at a time; one answer of a bank from each student.")
    print("students   seconds   of them start   per second and core   memory first/last third   verdicts   named")
    for count in counts:
        some = everything[:count]
        folder = Path(tempfile.mkdtemp(prefix="kata-class-"))
        hand_in(folder / "class", some)
        taken, start, held = grade(folder / "class", folder / "out")
        right, named = judged(folder / "out", some)
        wrong = sum(not is_right for _, is_right in some)
        third = max(1, len(held) // 3)
        early, late = (sum(part) / len(part) for part in (held[:third], held[-third:]))
        rate = count / (taken - start) / JOBS
        print(
            f"{count:>8}{taken:>10.1f}{start:>16.1f}{rate:>22.2f}{early:>19.0f} / {late:.0f} MiB"
            f"{right:>7}/{count}{named:>5}/{wrong}",
            flush=True,
        )
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
