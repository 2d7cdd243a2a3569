"""One lesson of one submission: the smallest piece of work, and what comes of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.checking.devices import THIS_MACHINE
from kata.processes.tree import temporary_folder
from kata.report.results import Result
from kata.running.audit import NOTE, names_solution
from kata.running.verdict import Verdict
from kata.teacher.material import Material

Run = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]
FORGED = "something wrote to the pipe of its results: none of them counts"


@dataclass(frozen=True)
class Limits:
    """What one lesson of one submission may take.

    Args:
        check: CPU seconds for one check.
        lesson: CPU seconds for all checks of a lesson.
        memory: bytes that a process may take beyond what torch and the engine have.
        locate: seconds in which the place of a lesson's first slip is looked for that no known mistake names.
    """

    check: float = 10.0
    lesson: float = 180.0
    memory: int = 4 << 30
    locate: float = 0.0


@dataclass(frozen=True)
class Graded:
    """What came of a unit.

    Args:
        results: of all checks that were expected, as JSON.
        how: how the run ended: "done" where nothing ended it.
        notes: what the teacher should know.
        seconds: how long it took.
    """

    results: list[dict[str, Any]]
    how: str
    notes: list[str]
    seconds: float

    def looked_at(self) -> list[Result]:
        """Return the results as such."""
        return [Result.from_json(dict(one)) for one in self.results]


def key_of(material: Material, source: bytes, limits: Limits) -> str:
    """Return what tells a unit from others: the same text, lesson and limits are graded once."""
    return hashlib.sha256(f"{material.digest}\0{limits}\0".encode() + source).hexdigest()[:40]


def grade(material: Material, source: bytes, limits: Limits, run: Run) -> Graded:
    """Let a slot run one lesson of a submission, in a folder of its own.

    Args:
        material: the teacher's lesson.
        source: the student's file.
        limits: of time and memory.
        run: takes an order and yields the events of the run, of which the last is "end".
    """
    began = time.monotonic()
    verdict, forged = Verdict(limits.check), False
    with laid_out(material, source) as root:
        options = ["--diagnose-all", f"--locate={limits.locate}", "--rootdir", str(root), "-p", "kata.running.audit"]
        order = {"root": str(root), "lesson": material.lesson, "focus": "", "limit": limits.check}
        for event in run({**order, "whole": limits.lesson, "memory": limits.memory, "options": options}):
            verdict.add(event)
            forged |= event.get("forged", False)
    results = [] if forged else verdict.results(source.decode("utf-8", "replace"))
    notes = dict.fromkeys(note for one in results for note in one.notes if not note.startswith(THIS_MACHINE))
    if names_solution(source):
        notes[NOTE] = None
    if forged:
        notes[FORGED] = None
    return Graded([one.to_json() for one in results], verdict.how, list(notes), time.monotonic() - began)


@contextmanager
def laid_out(material: Material, source: bytes) -> Iterator[Path]:
    """Make a repository with the teacher's lesson and a student's file, for the time of a block."""
    with temporary_folder("kata-grade") as name:
        root = Path(name).resolve()
        material.lay_out(root, source)
        yield root
