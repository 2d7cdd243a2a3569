"""What is done with the items that pytest has collected: count and locate the checks, and make their reports."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from kata.checking.binding import Submission
from kata.report.report import told_lines
from kata.report.results import Result
from kata.running.checks import TOTALS, outcome_of, shown
from kata.running.collect import UnreadableFile
from kata.running.fixtures import SESSION, exercise_of, real_device_of, submission_of
from kata.running.outcome import result_of, unreadable_result
from kata.running.selection import add_keywords
from kata.running.style import OWN_STYLE


def prepare(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the checks, and give each its place in the learner's file."""
    config.stash[TOTALS] = _count_checks(config, items)
    _real_devices_last(items)
    for item in items:
        submission = submission_of(item)
        if submission is not None:
            add_keywords(item, exercise_of(item))
            item.__dict__["location"] = _location(item, submission)
            item.add_marker(pytest.mark.filterwarnings("default"))


def _real_devices_last(items: list[pytest.Item]) -> None:
    """Let the checks on a real accelerator come last in their exercise: the first waits until it has woken up."""
    if not any(map(real_device_of, items)):
        return
    first: dict[object, int] = {}
    places = [first.setdefault(item.parent, number) for number, item in enumerate(items)]
    order = sorted(range(len(items)), key=lambda number: (places[number], bool(real_device_of(items[number]))))
    items[:] = [items[number] for number in order]


def _location(item: pytest.Item, submission: Submission) -> tuple[str, int, str]:
    """Return where a check is to be looked for: an editor opens it at the learner's function."""
    path = _relative(submission.path, item.config.rootpath)
    return path, submission.line_of(exercise_of(item)) - 1, item.reportinfo()[2]


@cache
def _relative(path: Path, root: Path) -> str:
    return os.path.relpath(path, root)


def _count_checks(config: pytest.Config, items: list[pytest.Item]) -> dict[tuple[str, str], int]:
    """Count the checks of each exercise before any are deselected; none where single ones were asked for."""
    if any(arg.count("::") > 1 for arg in config.args):
        return {}
    submissions = ((item, submission_of(item)) for item in items)
    return Counter((found.lesson.name, exercise_of(item)) for item, found in submissions if found)


def complete(item: pytest.Item, call: pytest.CallInfo[None], made: pytest.TestReport) -> None:
    """Add the result to a report, and what is told of it."""
    session = item.config.stash[SESSION]
    result = _result(item, call, made) if session.instead is None else None
    if result is None:
        return
    made.kata = result.to_json()  # type: ignore[attr-defined]  # travels with the report, xdist included
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
