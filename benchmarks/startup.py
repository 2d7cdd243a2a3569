"""Print how long `pytest exercises/` takes beside what it cannot avoid: importing torch and pytest.

Usage: python benchmarks/startup.py [ROUNDS]

The commands run interleaved, each in a process of its own; the table shows the median of each, and
its ratio to the bare imports of the same run. Times depend on the machine, ratios hardly do. Peak
memory is the process's own maximum, where the system tells it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BARE = "import torch, pytest"
FILES = ("exercises/{}.py", "solutions/{}.py", "tests/test_{}.py")
NO_RELU = ("F.relu(self.fc1(x))", "self.fc1(x)")


def workplace(folder: Path, solved: str, wrong: bool = False, copies: int = 0) -> Path:
    """Copy the repository to `folder`: with some exercises solved, or wrongly, and with further lessons.

    Args:
        folder: where it goes.
        solved: which lessons are, as a pattern of file names; "" for none.
        wrong: whether a ReLU is missing.
        copies: how many copies of the lessons, in turn, are added as lessons.
    """
    ignored = shutil.ignore_patterns(".git", ".kata", "*.egg-info", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=ignored)
    lessons = sorted(path.stem for path in (folder / "solutions").glob("*.py"))
    for solution in (folder / "solutions").glob(solved) if solved else ():
        text = solution.read_text()
        (folder / "exercises" / solution.name).write_text(text.replace(*NO_RELU) if wrong else text)
    for number in range(copies):
        name = lessons[number % len(lessons)]
        for file in FILES:
            shutil.copy(folder / file.format(name), folder / file.format(f"zz{number:02}_copy"))
        shutil.copytree(folder / "mistakes" / name, folder / "mistakes" / f"zz{number:02}_copy")
    return folder


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Return seconds and peak memory in MiB of one run."""
    output = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *command],
        {**os.environ, "PWD": str(folder)},
        file_actions=[(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)],
    )
    _, _, usage = os.wait4(pid, 0)
    os.close(output)
    kilobytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return time.perf_counter() - start, kilobytes / 1024


def main(rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        places = {
            "untouched stubs": workplace(folder / "untouched", ""),
            "5 lessons more": workplace(folder / "5", "", copies=5),
            "10 lessons more": workplace(folder / "10", "", copies=10),
            "20 lessons more": workplace(folder / "20", "", copies=20),
            "lesson 1 solved": workplace(folder / "one", "ex01*"),
            "lesson 1, one ReLU missing": workplace(folder / "wrong", "ex01*", wrong=True),
            "solved": workplace(folder / "solved", "*.py"),
            "solved, one ReLU missing": workplace(folder / "last", "*.py", wrong=True),
        }
        commands = {"import torch, pytest": (["-c", BARE], folder)}
        commands |= {
            name: (["-m", "pytest", str(place / "exercises"), "--rootdir", str(place)], place)
            for name, place in places.items()
        }
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, (command, place) in commands.items():
                measured[name].append(run(command, place))
    table(measured)


def table(measured: dict[str, list[tuple[float, float]]]) -> None:
    """Print medians, ratios and peaks."""
    seconds = {name: statistics.median(s for s, _ in runs) for name, runs in measured.items()}
    bare = next(iter(seconds.values()))
    print(f"{'pytest exercises/':38} {'median':>9} {'ratio':>7} {'peak':>10}")
    for name, runs in measured.items():
        peak = statistics.median(megabytes for _, megabytes in runs)
        print(f"{name:38} {seconds[name]:7.2f} s {seconds[name] / bare:7.2f} {peak:6.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
