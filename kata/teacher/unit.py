"""Grade one student's file on one lesson, beside the teacher's own copy of the lesson, within limits."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kata.checking.devices import THIS_MACHINE
from kata.content import bank
from kata.content.files import engine_digest, environment_with
from kata.content.lesson import Lesson
from kata.content.patching import stub_text
from kata.processes.tree import temporary_folder
from kata.report.results import Result
from kata.running.audit import NOTE, names_solution
from kata.running.client import Verdict

_SHARED = ("conftest.py", "pyproject.toml")


@dataclass(frozen=True)
class Material:
    """In-memory copy of a teacher's lesson, so that a submission cannot tamper with what grades it.

    Args:
        lesson: its name.
        files: all files but the learner's, by path in the repository.
        stub: the learner's file, untouched.
        index: the index of known mistakes, or b"".
    """

    lesson: str
    files: dict[str, bytes]
    stub: bytes
    index: bytes = b""

    @classmethod
    def of(cls, lesson: Lesson) -> Material:
        """Read the files of a lesson."""
        paths = []
        for one in (lesson, *lesson.needs):
            paths += [one.solution, one.spec, *bank.at(one.mistakes), *bank.at(one.accepted)]
        files = {path.relative_to(lesson.root).as_posix(): path.read_bytes() for path in paths}
        files |= {name: (lesson.root / name).read_bytes() for name in _SHARED}
        index = lesson.root / ".kata" / "index" / f"{lesson.name}.json"
        return cls(lesson.name, files, _untouched(lesson), index.read_bytes() if index.is_file() else b"")

    def with_index(self, index: bytes) -> Material:
        return replace(self, index=index)

    @property
    def solution(self) -> bytes:
        return self.files[f"solutions/{self.lesson}.py"]

    @property
    def index_path(self) -> str:
        return f".kata/index/{self.lesson}.json"

    @cached_property
    def digest(self) -> str:
        """Identifies the state of lesson, engine, torch and Python."""
        found = hashlib.sha256(f"{sys.version}\0{version('torch')}\0{engine_digest()}".encode())
        for name, data in sorted(self.files.items()):
            found.update(f"{name}\0{len(data)}\0".encode() + data)
        return found.hexdigest()

    def lay_out(self, root: Path, source: bytes) -> None:
        """Write a repository with this lesson alone, and `source` for the learner's file."""
        files = {**self.files, f"exercises/{self.lesson}.py": source}
        if self.index:
            files[self.index_path] = self.index
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)


def _untouched(lesson: Lesson) -> bytes:
    """Return the stub, made from the solution, since the teacher's own file may be solved."""
    names = [one.name for one in lesson.exercises]
    return stub_text(lesson.solution.read_text("utf-8"), names).encode()


class BadLesson(RuntimeError):
    """A lesson of the teacher's that cannot be used for grading."""


def prepared(material: Material) -> Material:
    """Return the lesson with its index, built in a separate process: seconds, once per bank.

    Raises:
        BadLesson: its bank cannot be used.
    """
    with laid_out(material, material.stub) as root:
        words = [sys.executable, "-m", "kata.teacher.unit", str(root), material.lesson]
        environment = environment_with(root, Path(__file__).parents[2], OMP_NUM_THREADS="1", TMPDIR=str(root))
        done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BadLesson(f"the bank mistakes/{material.lesson} cannot be used: {done.stderr.strip()[-300:]}")
        return material.with_index((root / material.index_path).read_bytes())


def main() -> None:
    """Build the index of one lesson."""
    import torch

    from kata.content.lesson import Lesson
    from kata.diagnosis.diagnoser import Diagnoser

    torch.set_num_threads(1)
    Diagnoser(Lesson(Path(sys.argv[1]), sys.argv[2])).prepare()


if __name__ == "__main__":
    main()


Run = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]
FORGED = "something wrote to the pipe of its results: none of them counts"


@dataclass(frozen=True)
class Limits:
    """Limits for one lesson of one submission.

    Args:
        check: CPU seconds for one check.
        lesson: CPU seconds for all checks of a lesson.
        memory: bytes that a process may use beyond torch and the engine.
        locate: seconds to search for the place of a lesson's first unnamed slip.
    """

    check: float = 10.0
    lesson: float = 180.0
    memory: int = 4 << 30
    locate: float = 0.0


@dataclass(frozen=True)
class Graded:
    """The result of a unit.

    Args:
        results: of all expected checks, as JSON.
        how: how the run ended: "done" if nothing ended it.
        notes: for the teacher.
        seconds: its duration.
    """

    results: list[dict[str, Any]]
    how: str
    notes: list[str]
    seconds: float

    def looked_at(self) -> list[Result]:
        """Return the results as objects."""
        return [Result.from_json(dict(one)) for one in self.results]


def key_of(material: Material, source: bytes, limits: Limits) -> str:
    """Return the key of a unit: the same file, lesson and limits are graded once."""
    return hashlib.sha256(f"{material.digest}\0{limits}\0".encode() + source).hexdigest()[:40]


def grade(material: Material, source: bytes, limits: Limits, run: Run) -> Graded:
    """Run one lesson of a submission in a folder of its own.

    Args:
        material: the teacher's lesson.
        source: the student's file.
        limits: of time and memory.
        run: takes an order and yields the events of the run; the last is "end".
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
    """Create a temporary repository with the teacher's lesson and a student's file."""
    with temporary_folder("kata-grade") as name:
        root = Path(name).resolve()
        material.lay_out(root, source)
        yield root
