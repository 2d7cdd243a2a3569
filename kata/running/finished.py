"""What is known of a check that has run, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from kata.checking.binding import Submission


@dataclass(frozen=True)
class Outcome:
    """One finished check: what was checked, and the exception that ended it, if one did.

    `device` is the real accelerator that it ran on, or "". `again` runs the check once more on another module, and
    returns what ended it there.
    """

    submission: Submission
    exercise: str
    check: str
    shown_path: str
    index: int
    error: BaseException | None
    waits_for: str = ""
    total: int = 0
    skipped: bool = False
    printed: str = ""
    device: str = ""
    again: Callable[[ModuleType], BaseException | None] | None = None
