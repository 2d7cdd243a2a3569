"""Count what a start costs: calls of functions, imported modules, memory. No noise of a clock can hide in these.

Usage: python -m tests.engine.budget

It writes `budget.json` anew. A count holds for one version of Python and of torch; there `test_budget` compares.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_suffix(".json")
PARTS = ("exercises", "solutions", "mistakes", "accepted", "tests", "conftest.py", "pyproject.toml")
MORE_CALLS, MORE_MEMORY = 1.1, 1.25  # how much a count may grow
KEPT = 60  # functions that are called most, of each scenario

_COUNT = """
import cProfile, json, os, pstats, re, resource, sys
HEAD
profile = cProfile.Profile()
profile.enable()
CALL
profile.disable()
found = pstats.Stats(profile).stats
calls = {}
for (file, line, name), (_, count, *_) in found.items():
    place = "/".join(file.replace(os.sep, "/").split("/")[-2:])
    calls[f"{place}: {name}"] = calls.get(f"{place}: {name}", 0) + count
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if os.path.exists("/proc/self/status"):  # the other one begins with what the parent had
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps({"calls": calls, "modules": sorted(sys.modules), "memory": peak}), file=sys.__stdout__)
"""
_SESSION = (
    "import io, pytest; sys.stdout = io.StringIO(); pytest.main([*ARGUMENTS, '-p', 'no:cacheprovider', '--forget'])"
)
_WARM = "from kata.running import worker; worker.warm_up(); events = []"
_VERDICT = "worker.run(worker.Sender('ex01_lenet', events.append, lambda: 'LeNet.forward'), 10.0)"


def without(call: str, argument: str) -> Callable[[str], str]:
    """Return what leaves a call out of a text, but for its argument."""

    def change(text: str) -> str:
        assert text.count(call) == 1
        return text.replace(call, argument)

    return change


NO_RELU = without("F.relu(self.conv2(x))", "self.conv2(x)")
NO_CLEAR = without("net.zero_grad()", "pass")


@dataclass(frozen=True)
class Scenario:
    """Something that is counted.

    Args:
        solved: what is done with the solution of a lesson, to be what a learner wrote: by the lesson's name.
        head, call: code: what is not counted, and what is.
    """

    solved: dict[str, Callable[[str], str]]
    head: str
    call: str


def session(*arguments: str) -> tuple[str, str]:
    """Return the code of a session of pytest: all is counted, the imports too."""
    return "", _SESSION.replace("ARGUMENTS", repr(list(arguments)))


ONE, TWO = "exercises/ex01_lenet.py", "exercises/ex02_training_step.py"
SCENARIOS = {
    "untouched start": Scenario({}, *session("exercises/")),
    "lesson 1 solved": Scenario({"ex01_lenet": str}, *session(ONE)),
    "one mistake in lesson 1": Scenario({"ex01_lenet": NO_RELU}, *session(ONE)),
    "one mistake in lesson 2": Scenario({"ex02_training_step": NO_CLEAR}, *session(TWO)),
    "one warm verdict": Scenario({"ex01_lenet": NO_RELU}, _WARM, _VERDICT),
}


def versions() -> str:
    """Return for what a count holds."""
    import torch

    return f"Python {sys.version_info.major}.{sys.version_info.minor}, torch {torch.__version__.partition('+')[0]}"


def counted(scenario: Scenario) -> dict[str, Any]:
    """Return the counts of a scenario, the second time that it runs: files that are kept are there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in PARTS:
            source = ROOT / part
            ignored = shutil.ignore_patterns("__pycache__", "engine")
            shutil.copytree(source, folder / part, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
        for lesson in (path.stem for path in (ROOT / "solutions").glob("*.py")):
            shutil.copy(stub_of(folder, lesson), folder / "exercises" / f"{lesson}.py")
        for lesson, change in scenario.solved.items():
            text = (folder / "solutions" / f"{lesson}.py").read_text("utf-8")
            (folder / "exercises" / f"{lesson}.py").write_text(change(text), "utf-8")
        code = _COUNT.replace("HEAD", scenario.head).replace("CALL", scenario.call)
        variables = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        plain = code.replace("profile.enable()", "").replace("profile.disable()", "").partition("found = ")[0]
        for turn in (plain, code):
            done = subprocess.run(
                [sys.executable, "-c", turn],
                cwd=folder,
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def stub_of(folder: Path, lesson: str) -> Path:
    """Write a lesson's stub as it is handed out, and return the file."""
    from kata.content.lesson import Lesson
    from kata.content.patching import stub_text

    names = [one.name for one in Lesson(ROOT, lesson).exercises]
    file = folder / f"{lesson}.stub"
    file.write_text(stub_text((ROOT / "solutions" / f"{lesson}.py").read_text("utf-8"), names), "utf-8")
    return file


def summed_up(found: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of counts: the sums, and the functions that are called most."""
    most = sorted(found["calls"].items(), key=lambda one: -one[1])[:KEPT]
    sums = {"calls": sum(found["calls"].values()), "modules": len(found["modules"]), "memory": round(found["memory"])}
    return {**sums, "functions": dict(most)}


def grown(found: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Say what has grown too much, and which functions did."""
    now, said = summed_up(found), []
    for what, unit, factor in (
        ("calls", "calls", MORE_CALLS),
        ("modules", "modules", MORE_CALLS),
        ("memory", "MiB", MORE_MEMORY),
    ):
        if now[what] > before[what] * factor:
            said.append(f"{now[what]} {unit}, and there were {before[what]}")
    if said and now["calls"] > before["calls"] * MORE_CALLS:
        least = min(before["functions"].values())
        more = {name: count - before["functions"].get(name, least) for name, count in found["calls"].items()}
        for name in sorted(more, key=lambda name: -more[name])[:3]:
            said.append(f"{name} is called {found['calls'][name]} times, {more[name]} more than before")
    return said


def main() -> None:
    """Write the table."""
    rows = {name: summed_up(counted(scenario)) for name, scenario in SCENARIOS.items()}
    TABLE.write_text(json.dumps({"versions": versions(), "scenarios": rows}, indent=1) + "\n", "utf-8")
    for name, row in rows.items():
        print(f"{name:26} {row['calls']:>10,} calls {row['modules']:>6,} modules {row['memory']:>5} MiB")


if __name__ == "__main__":
    main()
