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
NO_RELU = ("F.relu(self.fc1(x))", "self.fc1(x)")


def workplace(folder: Path, solved: bool, wrong: bool = False) -> Path:
    """Copy the repository to `folder`, with untouched, solved or wrongly solved exercises."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", "*.egg-info", ".*_cache", "__pycache__"))
    for solution in (folder / "solutions").glob("*.py") if solved else ():
        text = solution.read_text()
        (folder / "exercises" / solution.name).write_text(text.replace(*NO_RELU) if wrong else text)
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
            "untouched stubs": workplace(folder / "untouched", solved=False),
            "solved": workplace(folder / "solved", solved=True),
            "one ReLU missing": workplace(folder / "wrong", solved=True, wrong=True),
        }
        commands = {"import torch, pytest": (["-c", BARE], folder)}
        commands |= {
            f"pytest exercises/, {name}": (["-m", "pytest", str(place / "exercises"), "--rootdir", str(place)], place)
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
    print(f"{'':38} {'median':>9} {'ratio':>7} {'peak':>10}")
    for name, runs in measured.items():
        peak = statistics.median(megabytes for _, megabytes in runs)
        print(f"{name:38} {seconds[name]:7.2f} s {seconds[name] / bare:7.2f} {peak:6.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
