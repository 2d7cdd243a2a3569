"""The hooks of pytest. Each is thin and calls one package."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from kata.checking import lazy_dynamo, limits
from kata.report.report import paragraph_lines
from kata.report.results import Result
from kata.running import answers, collect, debugging, style, workers
from kata.running.answers import AnswerItem, collector_of
from kata.running.checks import NUMBERS, TOTALS, complete, one_check, prepare
from kata.running.collect import LessonDirectory, is_lessons_folder
from kata.running.fixtures import (
    OWN_STYLE,
    PRETEND,
    REFUSAL,
    SESSION,
    contestant,
    device,
    lesson,
    reference,
    submission_of,
)
from kata.running.session import CheckSession, ToDo, Waits
from kata.running.surroundings import LOCATE, SECONDS, seconds_to_search

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
    group.addoption("--diagnose-all", action="store_true", help="diagnose each red exercise, not the first one only")
    group.addoption(
        LOCATE,
        type=float,
        default=None,
        metavar="SECONDS",
        help="how long to look for the place of a slip that no known mistake names; 0: not at all",
    )
    group.addoption(
        "--limit",
        type=float,
        default=limits.CHECK_LIMIT,
        metavar="SECONDS",
        help="CPU time that one check may use (default: %(default)g); code that only waits has twice as long",
    )
    answers.add_options(group)
    group.addoption("--pictures", action="store_true", help="draw maps that differ, into runs/feedback/")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    workers.use_all_cores(config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "exercise(name, level, hints): the exercise that the class checks, with its three hints"
    )
    config.addinivalue_line("markers", "speed(name): the exercise whose speed the class compares with the solution's")
    config.addinivalue_line("markers", "bank: an answer of a bank: is it refused and told, or accepted?")
    config.addinivalue_line("markers", "e2e: runs whole processes, and takes seconds")
    config.addinivalue_line("markers", "nightly: left out by `pytest` without a path and without -m")
    folder = config.rootpath / "runs" / "feedback"
    asked = debugging.is_asked(config)
    config.stash[SESSION] = CheckSession(folder if config.getoption("--pictures") else None, debugged=asked)
    if asked:
        config.pluginmanager.register(debugging.Debugging(), "kata-debugging")
    config.stash[TOTALS] = {}
    if config.getoption("benchmark_only", False):
        config.option.benchmark_columns = ["median", "iqr", "rounds"]
    if getattr(config.option, "benchmark_storage", "") == "file://./.benchmarks":  # its default, below any folder
        config.option.benchmark_storage = f"file://{config.rootpath / '.benchmarks'}"
    style.choose(config)
    deadline: Any = config.pluginmanager.get_plugin("kata-deadline")
    seconds = None if asked else config.getoption("limit")
    config.add_cleanup(limits.set_limit(seconds, deadline.give_up if deadline else None))
    config.pluginmanager.register(answers.Rejections(config), "kata-rejections")
    lazy_dynamo.install()
    collect.name_classes(config)
    if config.getoption(LOCATE) is None:
        config.option.locate = seconds_to_search(SECONDS) if config.stash[OWN_STYLE] else 0.0


# Collect.


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return LessonDirectory.from_parent(parent, path=path) if is_lessons_folder(path, parent.config) else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    return collector_of(module_path, parent)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    prepare(config, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Number the checks; the report uses their order."""
    session.config.stash[NUMBERS] = {item.nodeid: number for number, item in enumerate(session.items)}
    answers.show_few(session.config, session.items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return workers.by_file(config, log)


# Bind.


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check with a `device` argument on the CPU, on a pretend accelerator, and on a real one if there is one."""
    if "device" in metafunc.fixturenames and metafunc.definition.get_closest_marker("exercise"):
        from kata.checking.devices import real_devices  # asks torch

        found = real_devices()
        metafunc.config.stash[SESSION].note_machine(found.notes)
        metafunc.parametrize("device", ["cpu", PRETEND, *found.names], indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    if REFUSAL in pyfuncitem.stash:
        raise pyfuncitem.stash[REFUSAL]
    if submission_of(pyfuncitem) is None:
        return (yield)
    with one_check(pyfuncitem.config.stash[SESSION].debugged):
        return (yield)


# Report.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run an answer's checks as one item."""
    if not isinstance(item, AnswerItem):
        return None
    answers.run(item)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if call.excinfo and isinstance(call.excinfo.value, ToDo | Waits):
        # These say all there is to say; a traceback, made for each, would take longer than all checks.
        item.repr_failure = lambda *_: str(call.excinfo.value)  # type: ignore[method-assign, union-attr]
    made = yield
    complete(item, call, made)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[SESSION].first_failure is not None and session.config.getoption(LOCATE):
        from kata.running import locating  # knows processes

        locating.add_place(session)


def pytest_unconfigure() -> None:
    """Skip the last garbage collection of the process, which would traverse all of torch."""
    gc.freeze()


def pytest_report_teststatus(report: Any, config: pytest.Config) -> tuple[str, str, Any] | None:
    """Give *to do* its own category; in the kata's style print no letters."""
    data = getattr(report, "kata", None)
    quiet = config.stash[OWN_STYLE]
    if data is not None and data["state"] == "to do":
        return "to do", "" if quiet else "t", "" if quiet else ("TO DO", {"yellow": True})
    if quiet and data is not None:
        return report.outcome, "", ""
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash[OWN_STYLE]:
        reports = [one for group in terminalreporter.stats.values() for one in group if hasattr(one, "kata")]
        style.tell(config, [Result.from_json(dict(one.kata)) for one in reports])
    for note in filter(None, style.notes_at_the_end(config, terminalreporter.stats)):
        for line, _ in paragraph_lines(note):
            terminalreporter.write_line(line)
