"""Debugging at a terminal: `breakpoint()` with `-s`, `--pdb`, `--trace`.

The debugger stops in the learner's code, and time limits are off. Without it, checks have no keyboard.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

from kata.content.patching import body_span, definitions
from kata.running.fixtures import exercise_of, submission_of


def is_asked(config: pytest.Config) -> bool:
    """Whether a debugger, or uncaptured output, was requested at a terminal."""
    option = config.option
    asked = option.usepdb or option.trace or option.capture == "no"
    return bool(asked) and not hasattr(config, "workerinput") and _has_keyboard(config)


def _has_keyboard(config: pytest.Config) -> bool:
    capture = config.pluginmanager.get_plugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)  # what is captured has none
    try:
        return sys.__stdin__ is not None and sys.__stdin__.isatty()
    finally:
        if capture is not None:
            capture.resume_global_capture()


class Debugging:
    """A plugin that lets a debugger stop at the learner's line instead of the engine's."""

    def __init__(self) -> None:
        self.item: pytest.Item | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.item = item

    def pytest_enter_pdb(self, config: pytest.Config, pdb: Any) -> None:
        """With `--trace`, go on to the first line of the learner's function."""
        submission = submission_of(self.item) if self.item is not None else None
        if not config.option.trace or self.item is None or submission is None:
            return
        for function in definitions(submission.tree, exercise_of(self.item))[-1:]:
            pdb.rcLines += [f"tbreak {submission.path}:{body_span(function)[0]}", "continue"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, node: pytest.Item, call: Any) -> None:
        """With `--pdb`, show the last frame of the learner's code, or else of the check."""
        submission = submission_of(node) if isinstance(node, pytest.Item) else None
        if submission is None or call.excinfo is None:
            return
        kind, error, trace = call.excinfo._excinfo
        places = {str(submission.path), str(submission.lesson.spec)}
        learners = [one for one in _links(trace) if one.tb_frame.f_code.co_filename == str(submission.path)]
        checks = [one for one in _links(trace) if one.tb_frame.f_code.co_filename in places]
        if learners or checks:
            cut = _until(trace, (learners or checks)[-1])
            call.excinfo._excinfo = kind, error.with_traceback(cut), cut


def _links(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _until(trace: TracebackType, last: TracebackType) -> TracebackType:
    """Return a traceback cut after one of its entries."""
    links = [*_links(trace)]
    cut: TracebackType | None = None
    for one in reversed(links[: links.index(last) + 1]):
        cut = TracebackType(cut, one.tb_frame, one.tb_lasti, one.tb_lineno)
    assert cut is not None
    return cut
