"""What is remembered from one command to the next, in `.kata/` beside the lessons: results, hints, backups."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kata.lesson import Lesson
from kata.report import Result

VERSION = 1


@dataclass
class State:
    """The last known results of each lesson, and how many hints were asked for.

    Args:
        folder: where it is kept.
        results: lesson name to its last results, without their words.
        digests: lesson name to a digest of the learner's file that gave them.
        hints: exercise, such as ``ex01_lenet::LeNet.forward``, to the hints seen.
        word: what to tell the learner once about the state itself, or "".
    """

    folder: Path
    results: dict[str, list[Result]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    word: str = ""

    @staticmethod
    def load(root: Path) -> State:
        """Return the state kept under `root`; one that cannot be read is set aside, with a word."""
        state = State(root / ".kata")
        path = state.folder / "state.json"
        try:
            state._fill(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            pass
        except OSError as error:
            state.word = f".kata/state.json cannot be read ({error.strerror}); going on without it."
        except (ValueError, KeyError, TypeError, AttributeError):
            state = State(root / ".kata", word=_set_aside(path))
        return state

    def _fill(self, data: dict[str, Any]) -> None:
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        self.results = {name: [Result.from_json(one) for one in some] for name, some in data["results"].items()}
        self.digests = {str(name): str(digest) for name, digest in data["digests"].items()}
        self.hints = {str(name): int(count) for name, count in data["hints"].items()}

    def remember(self, lesson: Lesson, results: list[Result]) -> None:
        """Keep the results of a run of a whole lesson."""
        self.results[lesson.name] = [replace(result, told=None, printed="", notes=()) for result in results]
        self.digests[lesson.name] = digest_of(lesson)

    def is_fresh(self, lesson: Lesson) -> bool:
        """Whether the learner's file is still the one that gave the results."""
        return self.digests.get(lesson.name) == digest_of(lesson)

    def save(self) -> str:
        """Write the state whole or not at all; return "" or why it could not be written."""
        data = {
            "version": VERSION,
            "results": {name: [one.to_json() for one in some] for name, some in self.results.items()},
            "digests": self.digests,
            "hints": self.hints,
        }
        try:
            self.folder.mkdir(exist_ok=True)
            write_whole(self.folder / "state.json", json.dumps(data).encode())
        except OSError as error:
            return f"progress cannot be kept in {self.folder}: {error.strerror}"
        return ""


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` into the file at `path`; whoever looks meanwhile sees the old text or the new one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def digest_of(lesson: Lesson) -> str:
    """Return a digest of the learner's file; "" where there is none."""
    try:
        return hashlib.sha256(lesson.stub.read_bytes()).hexdigest()
    except OSError:
        return ""


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"state.broken-{time.strftime('%Y%m%d-%H%M%S')}.json")
    try:
        os.replace(path, aside)
    except OSError as error:
        return f".kata/state.json cannot be understood, nor moved away ({error.strerror}); going on without it."
    return f".kata/state.json could not be understood; it is now {aside.name}, and progress starts anew."
