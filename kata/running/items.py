"""What is done with the items that pytest has collected: count and locate the checks, and make their reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kata.checking.binding import Submission
from kata.report.report import told_lines
from kata.report.results import Result
from kata.running.checks import TOTALS, number_of, outcome_of, sentence, shown
from kata.running.collect import KnownCheck, LessonFile, UnreadableFile, known_checks
from kata.running.fixtures import SESSION, exercise_of, real_device_of, submission_of
from kata.running.outcome import result_of, unreadable_result
from kata.running.selection import add_keywords
from kata.running.session import ToDo
from kata.running.style import OWN_STYLE

STILL_A_STUB = "to do: {} is still a stub"


def prepare(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the checks, and give each its place in the learner's file."""
    config.stash[TOTALS] = _count_checks(config, items)
    _note_known(config, items)
    _real_devices_last(items)
    for item in items:
        submission = submission_of(item)
        if submission is not None:
            add_keywords(item, exercise_of(item))
            item.__dict__["location"] = _location(item, submission)
        if submission is not None and not config.stash[SESSION].is_to_do(submission, exercise_of(item)):
            item.add_marker(pytest.mark.filterwarnings("default"))


def _note_known(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep which checks an untouched lesson has that was collected from its spec: the next time that need not run."""
    if not config.stash[TOTALS] or config.getoption("benchmark_only", False) or config.getoption("--forget"):
        return
    by_file: dict[LessonFile, list[pytest.Item]] = {}
    for item in items:
        file = item.getparent(LessonFile)
        if file is not None and not isinstance(item, KnownCheck | UnreadableFile) and not real_device_of(item):
            by_file.setdefault(file, []).append(item)
    for file, its in by_file.items():
        if len(file.submission.untouched) == len(file.lesson.exercises) and file.path == file.lesson.stub:
            known_checks(config).keep(file.lesson, its)


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


def to_do_report(item: pytest.Item, submission: Submission) -> pytest.TestReport:
    """Return the report of a check whose exercise is still a stub: nothing runs for it."""
    exercise, session = exercise_of(item), item.config.stash[SESSION]
    alike = session.to_do.get((submission.identity, exercise))
    if alike is None:
        result = result_of(outcome_of(item, submission, ToDo(exercise)), session, brief=True)
        alike = session.to_do[submission.identity, exercise] = result.to_json()
    words: Any = dict.fromkeys(item.keywords, 1)
    made = pytest.TestReport(item.nodeid, item.location, words, "failed", STILL_A_STUB.format(exercise), "call")
    # It travels with the report, xdist included.
    made.kata = {**alike, "check": sentence(item), "index": number_of(item)}  # type: ignore[attr-defined]
    return made


@contextmanager
def only_what_runs(session: pytest.Session) -> Iterator[None]:
    """Leave the checks that run to pytest for the time of a block, and report those that are to do after it.

    Not where pytest reports in its own way, or is to stop at a failure: there each comes in its turn.
    """
    config, items = session.config, session.items
    if not config.stash[OWN_STYLE] or config.getoption("maxfail") or hasattr(config, "workerinput"):
        yield
        return
    to_do = [item for item in items if _is_to_do(item)]
    spared = set(map(id, to_do))
    session.items = [item for item in items if id(item) not in spared]
    try:
        yield
    finally:
        session.items = items
    for item in to_do:
        submission = submission_of(item)
        if submission is not None and _is_to_do(item):
            item.ihook.pytest_runtest_logreport(report=to_do_report(item, submission))
        else:  # its file has proved to be one that cannot be used
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)


def _is_to_do(item: pytest.Item) -> bool:
    submission = submission_of(item)
    return submission is not None and item.config.stash[SESSION].is_to_do(submission, exercise_of(item))


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
        made.longrepr = STILL_A_STUB.format(result.exercise)
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
