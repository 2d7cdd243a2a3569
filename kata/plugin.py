"""The hooks of pytest, thin: collect, bind, run, report."""

from __future__ import annotations

import gc
import os
import re
import threading
import unittest
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kata.checking.binding import Candidate
from kata.checking.guard import LeavesProcess, Skips, guarded
from kata.learner.keeper import Keeper
from kata.report.report import STYLES, report
from kata.report.results import Result
from kata.running import deadline
from kata.running.checks import NUMBERS, TOTALS, outcome_of, shown
from kata.running.collect import BankAnswer, BankFile, LessonFile, Room, SpecFile, UnreadableFile, all_lessons
from kata.running.deadline import Deadline
from kata.running.fixtures import (
    PRETEND,
    REFUSAL,
    SESSION,
    candidate_of,
    contestant,
    device,
    exercise_of,
    lesson,
    reference,
)
from kata.running.notes import Notes
from kata.running.outcome import result_of, unreadable_result
from kata.running.session import Session, ToDo, Waits
from kata.running.surroundings import has_time_limit, not_collected, ran_on_solutions

STILL_A_STUB = "to do: {} is still a stub"
BANK_LIMIT = 200.0  # the first wrong answer of a bank waits until all others have been observed

# What pytest takes for the wish to leave a check out, or to end: no spec has it, so it comes from an answer.
SKIPS = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
ENDS = pytest.exit.Exception

_own_style = pytest.StashKey[bool]()

__all__ = ["contestant", "device", "lesson", "reference"]  # pytest finds the fixtures here


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kata", "LeNet kata")
    group.addoption(
        "--hint",
        type=int,
        choices=range(4),
        default=0,
        metavar="N",
        help="show the first N hints of the exercise that comes next",
    )
    group.addoption("--forget", action="store_true", help="keep nothing of what this session finds")
    group.addoption("--pictures", action="store_true", help="draw maps that differ, into runs/feedback/")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "exercise(name, level, hints): the exercise that the class checks, with its three hints"
    )
    config.addinivalue_line("markers", "speed(name): the exercise whose speed the class compares with the solution's")
    folder = config.rootpath / "runs" / "feedback"
    config.stash[SESSION] = Session(pictures=folder if config.getoption("--pictures") else None)
    if config.getoption("benchmark_only", False):
        config.option.benchmark_columns = ["median", "iqr", "rounds"]
    config.stash[TOTALS] = {}
    if not config.getoption("--forget") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(config.rootpath), "kata-keeper")
    config.stash[_own_style] = _only_exercises(config) and not _asks_for_raw_output(config)
    if (
        getattr(config.option, "benchmark_storage", "") == "file://./.benchmarks"
    ):  # its default, wherever a session begins
        config.option.benchmark_storage = f"file://{config.rootpath / '.benchmarks'}"
    if config.stash[_own_style]:
        _take_charge(config)
        config.option.verbose = -1
        config.option.tbstyle = "no"
        config.option.reportchars = ""
        config.option.disable_warnings = True


def _take_charge(config: pytest.Config) -> None:
    """Register what a session of learners' files has beside the checks."""
    config.pluginmanager.register(Notes(config, config.rootpath / "exercises"), "kata-notes")
    in_one_process = not hasattr(config, "workerinput") and not config.getoption("numprocesses", None)
    if in_one_process and _is_limited(config) and threading.current_thread() is threading.main_thread():
        capture = config.pluginmanager.get_plugin("capturemanager")
        watch = Deadline(deadline.CHECK_LIMIT, partial(_tell, config), capture)
        config.pluginmanager.register(watch, "kata-deadline")


def _is_limited(config: pytest.Config) -> bool:
    """Whether checks have the kata's own limit of time: nobody asked for another."""
    return has_time_limit(config.pluginmanager.get_plugins()) and config.getoption("timeout", None) is None


def _places(config: pytest.Config) -> list[Path]:
    return [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]


def _only_exercises(config: pytest.Config) -> bool:
    room, places = config.rootpath / "exercises", _places(config)
    return bool(places) and all(place == room or room in place.parents for place in places)


def _asks_for_raw_output(config: pytest.Config) -> bool:
    option = config.option
    asked = any(str(arg).startswith("--tb") for arg in config.invocation_params.args)
    measured = config.getoption("benchmark_only", False)
    return bool(measured or option.verbose or asked or option.collectonly or option.usepdb or option.setupshow)


# Collect.


def _rooms(config: pytest.Config) -> dict[Path, bool]:
    """Return the folders of lessons, and whether each is a bank."""
    root = config.rootpath
    banks = {root / "mistakes": True, root / "accepted": True}
    return {root / "exercises": False, root / "solutions": False, **banks}


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if path.parent in _rooms(parent.config):  # a folder where a lesson's file should be
        return None
    return Room.from_parent(parent, path=path) if path in _rooms(parent.config) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    is_bank = _rooms(parent.config).get(module_path.parent)
    for one in all_lessons(parent.config):
        if module_path == one.spec:
            kind: Any = SpecFile
        elif is_bank is not None and module_path.stem == one.name:
            kind = BankFile if is_bank else LessonFile
        else:
            continue
        node = kind.from_parent(parent, path=module_path)
        node.lesson = one
        return node
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[TOTALS] = _count_checks(config, items)
    limited = _is_limited(config)
    for item in items:
        candidate = candidate_of(item)
        if candidate is not None and not candidate.key:
            item.__dict__["location"] = _location(item, candidate)
        if candidate is not None and not config.stash[SESSION].is_to_do(candidate, exercise_of(item)):
            item.add_marker(pytest.mark.filterwarnings("ignore" if candidate.key else "default"))
            if limited:
                item.add_marker(pytest.mark.timeout(BANK_LIMIT if candidate.key else deadline.CHECK_LIMIT))


def _location(item: pytest.Item, candidate: Candidate) -> tuple[str, int, str]:
    """Return where a check is to be looked for: an editor opens it at the learner's function."""
    path = os.path.relpath(candidate.path, item.config.rootpath)
    return path, candidate.line_of(exercise_of(item)) - 1, item.location[2]


def _count_checks(config: pytest.Config, items: list[pytest.Item]) -> dict[tuple[str, str], int]:
    """Count the checks of each exercise before any are deselected; none where single ones were asked for."""
    if any(arg.count("::") > 1 for arg in config.args):
        return {}
    candidates = ((item, candidate_of(item)) for item in items)
    return Counter((found.lesson.name, exercise_of(item)) for item, found in candidates if found)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Number the checks: their places tell which one is told first."""
    session.config.stash[NUMBERS] = {item.nodeid: number for number, item in enumerate(session.items)}


# Bind.


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check that asks for a `device` on each: the CPU, a pretend accelerator, and a real one if there is one."""
    if "device" in metafunc.fixturenames and metafunc.definition.get_closest_marker("exercise"):
        import torch

        real = [str(torch.accelerator.current_accelerator())] if torch.accelerator.is_available() else []
        metafunc.parametrize("device", ["cpu", PRETEND, *real], indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    if REFUSAL in pyfuncitem.stash:
        raise pyfuncitem.stash[REFUSAL]
    if candidate_of(pyfuncitem) is None:
        return (yield)
    changed: list[str] = []
    try:
        with guarded() as changed:
            result = yield
    except ENDS as wish:
        raise LeavesProcess("the session was asked to end").with_traceback(wish.__traceback__) from None
    except SKIPS as wish:
        raise Skips(f"{type(wish).__name__} was raised").with_traceback(wish.__traceback__) from None
    except Exception as error:
        _refuse_meddling(changed, error)
        raise
    _refuse_meddling(changed, None)
    return result


def _refuse_meddling(changed: list[str], cause: Exception | None) -> None:
    if changed:
        from kata.checking.expect import Meddling  # imports torch

        raise Meddling("what your code changes outside itself", "nothing", "; ".join(changed)) from cause


# Report.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Report a check of a stub without setting it up, running and tearing it down: there is nothing to run."""
    candidate = candidate_of(item)
    if candidate is None or not item.config.stash[SESSION].is_to_do(candidate, exercise_of(item)):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    item.ihook.pytest_runtest_logreport(report=_to_do_report(item, candidate))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    setups = item.session._setupstate
    if setups.stack:  # whoever spares an item ends what the one before left open
        setups.teardown_exact(nextitem)
    return True


def _to_do_report(item: pytest.Item, candidate: Candidate) -> pytest.TestReport:
    exercise = exercise_of(item)
    result = result_of(outcome_of(item, candidate, ToDo(exercise)), item.config.stash[SESSION], brief=True)
    words: Any = dict.fromkeys(item.keywords, 1)
    made = pytest.TestReport(item.nodeid, item.location, words, "failed", STILL_A_STUB.format(exercise), "call")
    made.kata = result.to_json()  # type: ignore[attr-defined]  # travels with the report, xdist included
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.excinfo and isinstance(call.excinfo.value, ToDo | Waits):
        # These say all there is to say; a traceback, made for each, would take longer than all checks.
        item.repr_failure = lambda *_: str(call.excinfo.value)  # type: ignore[method-assign, union-attr]
    made = yield
    result = _result(item, call, made)
    if result is not None:
        made.kata = result.to_json()  # type: ignore[attr-defined]  # travels with the report, xdist included
        if result.state == "to do":
            made.longrepr = STILL_A_STUB.format(result.exercise)
        elif result.told:
            made.sections += _change_of(item)
            text = "\n".join(line for line, _ in report_lines(result))
            made.sections.append(("why it failed", text))
    return made


def _change_of(item: pytest.Item) -> list[tuple[str, str]]:
    """Return what an answer of a bank changes in the solution, once for each answer, as a section of a report."""
    node = item.getparent(BankAnswer)
    if node is None or node.is_shown or item.config.option.tbstyle == "no":
        return []
    node.is_shown = True
    return [(f"what {node.answer.key} changes", node.answer.diff())]


def report_lines(result: Result) -> list[tuple[str, str]]:
    """Return what is told of one failing check."""
    from kata.report.report import told_lines

    return list(told_lines(result.told)) if result.told else []


def _result(item: pytest.Item, call: pytest.CallInfo[None], made: pytest.TestReport) -> Result | None:
    if isinstance(item, UnreadableFile) and made.when == "call":
        return unreadable_result(item.lesson, item.problem, shown(item.path, item.config))
    candidate = candidate_of(item)
    if candidate is None or (made.when != "call" and made.passed):
        return None
    outcome = outcome_of(item, candidate, call.excinfo.value if call.excinfo else None)
    outcome = replace(outcome, skipped=made.skipped, printed=made.capstdout)
    return result_of(outcome, item.config.stash[SESSION], brief=item.config.stash[_own_style])


def pytest_unconfigure() -> None:
    """Spare the process its last search for garbage, which would look at all of torch."""
    gc.freeze()


def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, Any] | None:
    """Give *to do* a category of its own; in the kata's own style print no letters."""
    data = getattr(report, "kata", None)
    quiet = config.stash[_own_style]
    if data is not None and data["state"] == "to do":
        return "to do", "" if quiet else "t", "" if quiet else ("TO DO", {"yellow": True})
    if quiet and data is not None:
        return report.outcome, "", ""
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[_own_style]:
        reports = [one for group in terminalreporter.stats.values() for one in group if hasattr(one, "kata")]
        _tell(config, [Result.from_json(dict(one.kata)) for one in reports])
        errors = terminalreporter.stats.get("error", ())
        notes = list(not_collected(one for one in errors if isinstance(one, pytest.CollectReport)))
    else:
        notes = [ran_on_solutions(all_lessons(config), _places(config))]
    for note in filter(None, notes):
        terminalreporter.write_line(f"  {note}")
    keeper = config.pluginmanager.get_plugin("kata-keeper")
    if keeper is not None and keeper.word:
        terminalreporter.write_line(f"  Note: {keeper.word}.")


def _tell(config: pytest.Config, results: list[Result]) -> None:
    """Write the report of the results to the terminal."""
    if not results:
        return
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    notes: Any = config.pluginmanager.get_plugin("kata-notes")
    names = {result.lesson for result in results}
    present = [one for one in all_lessons(config) if one.name in names]
    for text, style in report(present, results, config.getoption("--hint"), _typed(config), notes.said):
        terminal.write_line(text, **dict.fromkeys(STYLES[style].split(), True) if style in STYLES else {})
    terminal.write_line("")
    terminal.flush()


def _typed(config: pytest.Config) -> str:
    """Return the command as it was typed, without the hints that it asked for."""
    words = " ".join(["pytest", *map(str, config.invocation_params.args)])
    return re.sub(r" --hint[= ][0-9]", "", words)
