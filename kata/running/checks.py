"""Everything around one check: its name and number, the sandbox, the result in pytest's report."""

from __future__ import annotations

import os
import unittest
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kata.checking.loading import Submission
from kata.checking.sandbox import LeavesProcess, Skips, guarded
from kata.report.report import told_lines
from kata.report.results import Result
from kata.running.collect import Stub, UnreadableFile, add_keywords
from kata.running.explain import Outcome, result_of, unreadable_result
from kata.running.fixtures import OWN_STYLE, SESSION, WAITS_FOR, exercise_of, real_device_of, submission_of

# What pytest takes for the wish to leave a check out, or to end: no spec has it, so it comes from an answer.
SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
ENDS = pytest.exit.Exception

TOTALS = pytest.StashKey[dict[tuple[str, str], int]]()
NUMBERS = pytest.StashKey[dict[str, int]]()


def expected_result(item: pytest.Item) -> Result | None:
    """Return the result of a check before it has run; None if it is no check of an exercise."""
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
    """Return the outcome of a check that ended with this exception, or without one."""
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
    """Run a check again on another module; return its exception, or None."""
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
    """Return the item's number in the session."""
    return item.config.stash[NUMBERS].get(item.nodeid, 0)


def sentence(item: pytest.Item) -> str:
    """Return the name of a check as a sentence."""
    if isinstance(item, Stub):
        return "it is written"
    name, _, case = item.name.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({case.rstrip(']')})" if case else "")


def shown(path: Path, config: pytest.Config) -> str:
    """Return a path as shown: relative to the repository if it is inside."""
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else str(path)


@contextmanager
def one_check(debugged: bool = False) -> Iterator[None]:
    """Run one check in the sandbox, and fail it if the answer changed global state.

    Args:
        debugged: whether a debugger is on, which may also end the session.

    Raises:
        Skips, LeavesProcess: the answer tried to skip its check, or to end the session.
        SideEffect: it changed global state.
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


def prepare(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the checks, and set their locations to the learner's file."""
    config.stash[TOTALS] = _count_checks(config, items)
    _real_devices_last(items)
    for item in items:
        submission = submission_of(item)
        if submission is not None:
            add_keywords(item, exercise_of(item))
            item.__dict__["location"] = _location(item, submission)
            item.add_marker(pytest.mark.filterwarnings("default"))


def _real_devices_last(items: list[pytest.Item]) -> None:
    """Sort the checks on a real accelerator last in their exercise: its first use is slow."""
    if not any(map(real_device_of, items)):
        return
    first: dict[object, int] = {}
    places = [first.setdefault(item.parent, number) for number, item in enumerate(items)]
    order = sorted(range(len(items)), key=lambda number: (places[number], bool(real_device_of(items[number]))))
    items[:] = [items[number] for number in order]


def _location(item: pytest.Item, submission: Submission) -> tuple[str, int, str]:
    """Return the location of a check: the learner's function."""
    path = _relative(submission.path, item.config.rootpath)
    return path, submission.line_of(exercise_of(item)) - 1, item.reportinfo()[2]


@cache
def _relative(path: Path, root: Path) -> str:
    return os.path.relpath(path, root)


def _count_checks(config: pytest.Config, items: list[pytest.Item]) -> dict[tuple[str, str], int]:
    """Count the checks of each exercise before any are deselected; {} if single checks were requested."""
    if any(arg.count("::") > 1 for arg in config.args):
        return {}
    submissions = ((item, submission_of(item)) for item in items)
    return Counter((found.lesson.name, exercise_of(item)) for item, found in submissions if found)


def complete(item: pytest.Item, call: pytest.CallInfo[None], made: pytest.TestReport) -> None:
    """Add result and explanation to a report."""
    session = item.config.stash[SESSION]
    result = _result(item, call, made) if session.instead is None else None
    if result is None:
        return
    made.kata = result.to_json()  # type: ignore[attr-defined]  # travels with the report, xdist included
    if result.state == "passed":
        session.passed.add(item.nodeid)
    if result.state == "failed" and session.first_failure is None:
        session.first_failure = item, made
    if result.state == "to do":
        made.longrepr = f"to do: {result.exercise} is still a stub"
    elif result.told:
        text = "\n".join(line for line, _ in told_lines(result.told))
        made.sections.append(("why it failed", text))


def _result(item: pytest.Item, call: pytest.CallInfo[None], made: pytest.TestReport) -> Result | None:
    if isinstance(item, UnreadableFile) and made.when == "call":
        return unreadable_result(item.lesson, item.problem, shown(item.path, item.config))
    submission = submission_of(item)
    if submission is None or (made.when != "call" and made.passed):
        return None
    outcome = outcome_of(item, submission, call.excinfo.value if call.excinfo else None)
    outcome = replace(outcome, skipped=made.skipped, printed=made.capstdout)
    is_brief = item.config.stash[OWN_STYLE] and not item.config.getoption("diagnose_all")
    return result_of(outcome, item.config.stash[SESSION], brief=is_brief)
