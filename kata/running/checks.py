"""From an item of pytest to what is known of the check that it is."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kata.checking.binding import Submission
from kata.checking.guard import LeavesProcess, Skips, guarded
from kata.report.results import Result
from kata.running.collect import Stub
from kata.running.fixtures import WAITS_FOR, exercise_of, real_device_of, submission_of


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


# What pytest takes for the wish to leave a check out, or to end: no spec has it, so it comes from an answer.
SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
ENDS = pytest.exit.Exception

TOTALS = pytest.StashKey[dict[tuple[str, str], int]]()
NUMBERS = pytest.StashKey[dict[str, int]]()


def expected_result(item: pytest.Item) -> Result | None:
    """Return what a check is called before it has run; None for what is no check of an exercise."""
    submission = submission_of(item)
    if submission is None:
        return None
    exercise = exercise_of(item)
    return Result(
        lesson=submission.lesson.name,
        exercise=exercise,
        check=sentence(item),
        path=shown(submission.path, item.config),
        line=submission.line_of(exercise),
        index=number_of(item),
        state="skipped",
        digest=submission.digest_of(exercise),
        total=_total(item, submission, exercise),
        device=real_device_of(item),
    )


def _total(item: pytest.Item, submission: Submission, exercise: str) -> int:
    return item.config.stash[TOTALS].get((submission.lesson.name, exercise), 0)


def outcome_of(item: pytest.Item, submission: Submission, error: BaseException | None) -> Outcome:
    """Return what is known of a check that ended with this exception, or without one."""
    exercise = exercise_of(item)
    return Outcome(
        submission=submission,
        exercise=exercise,
        check=sentence(item),
        shown_path=shown(submission.path, item.config),
        index=number_of(item),
        error=error,
        waits_for=item.stash.get(WAITS_FOR, ""),
        total=_total(item, submission, exercise),
        device=real_device_of(item),
        again=partial(_run_again, item),
    )


def _run_again(item: Any, module: ModuleType) -> BaseException | None:
    """Run a check that has run on another module, too; return what ended it, or None where it passed."""
    given = {name: item.funcargs[name] for name in item._fixtureinfo.argnames} | {"lesson": module}
    if isinstance(given.get("tmp_path"), Path):
        given["tmp_path"] = given["tmp_path"] / "again"
        given["tmp_path"].mkdir()
    try:
        with guarded():
            item.obj(**given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (whatever an answer raises is what ended the check)
        return error
    return None


def number_of(item: pytest.Item) -> int:
    """Return the item's place in the session."""
    return item.config.stash[NUMBERS].get(item.nodeid, 0)


def sentence(item: pytest.Item) -> str:
    """Return the name of a check as a person reads it."""
    if isinstance(item, Stub):
        return "it is written"
    name, _, case = item.name.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({case.rstrip(']')})" if case else "")


def shown(path: Path, config: pytest.Config) -> str:
    """Return a path as it is shown: from the root of the repository, where it lies in it."""
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else str(path)


@contextmanager
def one_check(debugged: bool = False) -> Iterator[None]:
    """Run one check of an answer: what the answer changes outside itself is put back, and refused.

    Args:
        debugged: whether a person has asked for a debugger, who may also end the session with it.

    Raises:
        Skips, LeavesProcess: the answer wishes its own check to be left out, or the session to end.
        SideEffect: it changed what is not its own.
    """
    changed: list[str] = []
    try:
        with guarded(debugged) as changed:
            yield
    except ENDS as wish:
        if debugged:
            raise
        raise LeavesProcess("the session was asked to end").with_traceback(wish.__traceback__) from None
    except SKIPS as wish:
        raise Skips(f"{type(wish).__name__} was raised").with_traceback(wish.__traceback__) from None
    except Exception as error:
        _refuse_meddling(changed, error)
        raise
    _refuse_meddling(changed, None)


def _refuse_meddling(changed: list[str], cause: Exception | None) -> None:
    if changed:
        from kata.checking.expect import SideEffect  # imports torch

        raise SideEffect("what your code changes outside itself", "nothing", "; ".join(changed)) from cause
