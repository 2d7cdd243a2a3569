"""The teacher's own lessons, held in memory: what a submission leaves of them on the disk is of no interest."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from kata.content import bank_files
from kata.content.files import engine_digest
from kata.content.graft import stub_text
from kata.content.lesson import Lesson

_SHARED = ("conftest.py", "pyproject.toml")


@dataclass(frozen=True)
class Material:
    """One lesson as it is graded: each file by its path in the repository.

    Args:
        lesson: its name.
        files: all but the learner's.
        stub: the learner's, untouched.
        index: where each known mistake leaves the solution; b"" until it is known.
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
            paths += [one.solution, one.spec, *bank_files.at(one.mistakes), *bank_files.at(one.accepted)]
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
        """Tell one state of lesson, engine, torch and Python from another."""
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
    """Return the stub, made from the solution: the teacher may have tried the exercises."""
    names = [one.name for one in lesson.exercises]
    return stub_text(lesson.solution.read_text("utf-8"), names).encode()
