"""The command `kata` in a process of its own, as tests of whole runs start it."""

from __future__ import annotations

from pathlib import Path

from tests.engine import fresh


def begin(repository: Path, *words: object) -> fresh.Process:
    """Start `kata` with these words in a repository; what it says comes out of one pipe."""
    return fresh.Process("-m", "kata", *words, cwd=repository)
