"""Measure what strangers are told: run answers that no bank lists, wrong and right ones, as a learner's file.

Usage: python benchmarks/unseen.py [LESSON...] [--show]

Each block of `unseen/<lesson>.txt` is one answer: `# wrong: EXERCISE | PATTERN` or `# right: EXERCISE`, then the
function, with `# <-` on the lines at fault. The other exercises are solved. A wrong answer counts as *named* if the
pattern matches its report, as *located* if a line at fault is reported, else as *vague*; the pattern only approximates
a person's reading. `--show` prints every report. About three seconds for each answer.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kata.content.lesson import Lesson, discover
from kata.content.patching import definitions, parse
from kata.learner.runner import Runner
from kata.report.report import told_lines
from kata.report.results import Result
from kata.running.client import Verdict

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^# (wrong|right): ([\w.]+)(?: \| (.*))?\n((?:(?!^# (?:wrong|right): ).*\n?)*)", re.MULTILINE)


@dataclass
class Answer:
    """An answer of the set.

    Args:
        exercise: its exercise.
        is_wrong: whether it must be rejected.
        pattern: what a true report says, as a regular expression.
        text: the learner's file.
        at_fault: the lines that are wrong.
    """

    exercise: str
    is_wrong: bool
    pattern: str
    text: str
    at_fault: set[int]


def read(lesson: Lesson) -> Iterator[Answer]:
    """Yield the answers to a lesson, each as a whole file."""
    solution = lesson.solution.read_text("utf-8")
    lines = solution.splitlines()
    place = Path(__file__).with_name("unseen") / f"{lesson.name}.txt"
    for kind, exercise, pattern, code in BLOCK.findall(place.read_text("utf-8")):
        own = definitions(parse(solution, ""), exercise)[-1]
        first = min([own.lineno, *(one.lineno for one in own.decorator_list)])
        indent = " " * own.col_offset
        block = [f"{indent}{line}" if line else "" for line in code.rstrip().splitlines()]
        marked = {first + number for number, line in enumerate(block) if line.endswith("# <-")}
        block = [line.removesuffix("# <-").rstrip() for line in block]
        text = "\n".join([*lines[: first - 1], *block, *lines[own.end_lineno :]]) + "\n"
        yield Answer(exercise, kind == "wrong", pattern, text, marked)


async def report_of(runner: Runner, folder: Path, lesson: Lesson, answer: Answer) -> list[Result]:
    """Run an answer; return the results of its exercise that are not passed, the reported one first."""
    (folder / "exercises" / f"{lesson.name}.py").write_text(answer.text, "utf-8")
    verdict = Verdict(runner.limit)
    async for event in runner.run(lesson.name, answer.exercise):
        verdict.add(event)
    results = [one for one in verdict.results() if one.exercise == answer.exercise and one.state != "passed"]
    return sorted(results, key=lambda one: (one.state != "failed", not one.told))


def grade(answer: Answer, results: list[Result]) -> tuple[str, str]:
    """Return the grade of an answer, and its report."""
    if not results:
        return ("accepted" if answer.is_wrong else "passed"), ""
    told = results[0].told
    text = "\n".join(line for line, _ in told_lines(told)) if told else results[0].state
    if not answer.is_wrong:
        return "rejected", text
    lines = {int(number) for number in re.findall(r"\bline (\d+)", text)} | (
        {told.line} if told and told.line else set()
    )
    is_named = re.search(answer.pattern, " ".join(text.split()), re.IGNORECASE)
    return "named" if is_named else "located" if lines & answer.at_fault else "vague", text


async def main(names: list[str], show: bool) -> None:
    """Print the report of each answer that is not as it should be, then a line for each lesson."""
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("solutions", "exercises", "tests", "mistakes", "accepted"):
            ignored = shutil.ignore_patterns("__pycache__", "engine")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for name in ("conftest.py", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        lessons = [one for one in discover(ROOT) if not names or one.name[:4] in names or one.name in names]
        runner = Runner(folder)
        for lesson in lessons:
            counts: Counter[str] = Counter()
            for number, answer in enumerate(read(lesson), start=1):
                result, text = grade(answer, await report_of(runner, folder, lesson, answer))
                counts[result] += 1
                if show or result in ("accepted", "rejected", "vague"):
                    print(
                        f"\n=== {lesson.name} {number} {answer.exercise}: {result}  ({answer.pattern})\n{text}",
                        flush=True,
                    )
            shutil.copy(ROOT / "exercises" / f"{lesson.name}.py", folder / "exercises")
            print(f"\n{lesson.name}: {dict(counts)}", flush=True)
            total += counts
        await runner.close()
    print(f"\nin all: {dict(total)}")


if __name__ == "__main__":
    words = sys.argv[1:]
    asyncio.run(main([one for one in words if not one.startswith("--")], "--show" in words))
