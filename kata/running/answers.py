"""One pytest item per answer of a bank: its checks run until one fails; it reports once, with the explanation."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from _pytest.config import parse_warning_filter
from _pytest.runner import CallInfo, SetupState
from _pytest.tmpdir import tmppath_result_key

from kata.content import bank
from kata.content.bank import Answer
from kata.content.edits import EditError
from kata.content.lesson import Lesson
from kata.content.safe import text_of
from kata.running.collect import BankAnswer, LessonFile, SpecFile, all_lessons, folders
from kata.running.fixtures import SESSION

FEW = 3  # for so many answers, what each is told is shown although it passes
_CACHE = "kata/rejected_by"  # in pytest's cache: which check rejected an answer the last time
_IN_ORDER = "--in-order"
_ENDS = (KeyboardInterrupt, pytest.exit.Exception)  # what ends a session, not a check


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options for banks."""
    group.addoption(
        _IN_ORDER,
        action="store_true",
        help="run the checks of a bank's answer in order; else the one that rejected it the last time runs first",
    )


class AnswerItem(pytest.Item):
    """An answer of a bank.

    A wrong answer passes if a check rejects it with the answer's own sentence as headline; a right one, if no check
    rejects it.
    """

    parent: BankFile

    def __init__(self, *, answer: Answer, **words: Any) -> None:
        super().__init__(**words)
        self.answer = answer
        self.add_marker(pytest.mark.bank)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.answer.file, self.answer.lines[0] - 1, self.name

    def runtest(self) -> None:
        """Not called: `run` runs its checks instead."""
        raise pytest.UsageError("an answer of a bank is run by the plugin `kata.plugin`, which is missing")

    def checks(self) -> list[pytest.Function]:
        """Return the checks of its exercise, the last rejecting one first.

        Raises:
            EditError: an edit cannot be applied.
        """
        self.answer.assembly()
        found = self.parent.checks_for(self.answer)
        rejections: Any = self.config.pluginmanager.get_plugin("kata-rejections")
        hint = "" if self.config.getoption(_IN_ORDER) else rejections.last.get(self.nodeid)
        return sorted(found, key=lambda one: _name_of(one) != hint)


def _name_of(check: pytest.Item) -> str:
    """Return the class and test name, which identify a check in its spec."""
    return "::".join(node.name for node in check.listchain()[-2:])


class BankFile(pytest.File):
    """A bank of answers, or one file of it."""

    lesson: Lesson
    _spec: Any = None
    _exercise: tuple[BankAnswer, list[pytest.Function]] | None = None

    def collect(self) -> Iterator[Any]:
        try:
            answers = bank.read(self.lesson, self.path)
        except EditError as error:
            raise self.CollectError(str(error)) from None
        self._spec = pytest.Module.from_parent(self.parent, path=self.lesson.spec).obj if answers else None
        for answer in answers:
            yield AnswerItem.from_parent(self, name=answer.key, answer=answer)

    def checks_for(self, answer: Answer) -> list[pytest.Function]:
        """Return the checks of an answer's exercise, bound to the answer; collected once per exercise."""
        if self._exercise is None or self._exercise[0].answer.exercise != answer.exercise:
            node: BankAnswer = BankAnswer.from_parent(self, name="answer", path=self.path)
            node.obj, node.answer = self._spec, answer
            self._exercise = node, list(_functions_of(node))
        node, checks = self._exercise
        node.put(answer)
        for check in checks:
            check.stash = pytest.Stash()
            check.stash[tmppath_result_key] = {}  # else `tmp_path` asks for the reports of checks that pass
        return checks


def _functions_of(node: Any) -> Iterator[pytest.Function]:
    for child in node.collect():
        if isinstance(child, pytest.Function):
            child.repr_failure = _in_short  # type: ignore[method-assign]  # a traceback takes longer than the check
            yield child
        else:
            yield from _functions_of(child)


def _in_short(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    return f"{excinfo.typename}: {text_of(excinfo.value)}"


def collector_of(path: Path, parent: pytest.Collector) -> Any:
    """Return the collector of a file, or None if it belongs to no lesson."""
    is_bank = folders(parent.config).get(path.parent)
    is_part = folders(parent.config).get(path.parent.parent)  # a file of a bank that is a folder
    for one in all_lessons(parent.config):
        if path == one.spec:
            kind: Any = SpecFile
        elif is_bank is not None and path.stem == one.name:
            kind = BankFile if is_bank else LessonFile
        elif is_part and path.parent.name == one.name:
            kind = BankFile
        else:
            continue
        node = kind.from_parent(parent, path=path)
        node.lesson = one
        return node
    return None


def run(item: AnswerItem) -> None:
    """Run the checks of an answer until one fails, and report once."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    began = time.perf_counter()
    try:
        failed, fault = _judge(item)
    except EditError as error:
        failed, fault = None, str(error)
    item.ihook.pytest_runtest_logreport(report=_report(item, failed, fault, time.perf_counter() - began))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _judge(item: AnswerItem) -> tuple[pytest.TestReport | None, str]:
    """Return the report of the rejecting check, and what is wrong with the bank, or "".

    Raises:
        EditError: an edit of the answer cannot be applied.
    """
    checks = item.checks()
    session, outer = item.session, item.session._setupstate
    session._setupstate = SetupState()
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
            warnings.simplefilter("ignore")
            failed = next(filter(None, map(_failure_of, checks, [*checks[1:], None])), None)
    finally:
        session._setupstate.teardown_exact(None)
        session._setupstate = outer
    return failed, _fault(item.answer, failed, len(checks))


def _failure_of(check: pytest.Function, next_check: pytest.Function | None) -> pytest.TestReport | None:
    """Run a check; return its report if it fails.

    Passing checks skip pytest's hooks and reports, which would take longer than the checks.
    """
    check._initrequest()
    state = check.session._setupstate

    def set_up_and_call() -> None:
        with warnings.catch_warnings():
            for mark in check.iter_markers("filterwarnings"):
                warnings.filterwarnings(*parse_warning_filter(mark.args[0], escape=False))
            state.setup(check)
            check.runtest()

    call = CallInfo.from_call(set_up_and_call, when="call", reraise=_ENDS)
    made: Any = check.ihook.pytest_runtest_makereport(item=check, call=call) if call.excinfo else None
    if made is not None:
        made.check_name = _name_of(check)
    state.teardown_exact(next_check)
    return made if made is not None and made.failed else None


def _fault(answer: Answer, failed: Any, count: int) -> str:
    """Return what is wrong with a check, a sentence or an answer, or ""."""
    if not count:
        return f"{answer.key} has no checks: no class is marked for {answer.exercise}"
    data = getattr(failed, "kata", None)
    if not answer.name:  # a right one
        return f"{answer.key} is refused: {data['check'] if data else failed.longreprtext}" if failed else ""
    if failed is None:
        return f"{answer.key} is accepted"
    headline = ((data or {}).get("told") or {}).get("headline", "")
    return "" if answer.name in headline else f"{answer.key} is told: {headline or failed.longreprtext}"


def _report(item: AnswerItem, failed: Any, fault: str, seconds: float) -> pytest.TestReport:
    words: Any = dict.fromkeys(item.keywords, 1)
    outcome: Any = "failed" if fault else "passed"
    made = pytest.TestReport(item.nodeid, item.location, words, outcome, fault or None, "call", duration=seconds)
    if item.config.option.tbstyle != "no":
        made.sections = _sections(item, failed)
    answer = item.answer
    made.answer = {  # type: ignore[attr-defined]  # travels with the report, xdist included
        "lesson": answer.lesson.name,
        "exercise": answer.exercise,
        "is_wrong": bool(answer.name),
        "check": failed.check_name if failed else "",
        "fault": fault,
    }
    return made


def _sections(item: AnswerItem, failed: Any) -> list[tuple[str, str]]:
    """Return the diff of an answer, and its explanation."""
    try:
        changed = [(f"what {item.name} changes", item.answer.diff())]
    except EditError:
        return []
    return changed + [part for part in getattr(failed, "sections", ()) if part[0] == "why it failed"]


def show_few(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Show diff and explanation of each answer if only few are selected, even if they pass."""
    if items and len(items) <= FEW and all(isinstance(item, AnswerItem) for item in items):
        terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        terminal.reportchars += "P"
        config.stash[SESSION].has_many_answers = False


class Rejections:
    """A plugin that saves, in pytest's cache, which check rejected each wrong answer.

    That check runs first the next time. It is only a hint: if it passes, the others run in order.


    Attributes:
        last: the check's name by the answer's node id.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: dict[str, str] = {}

    @property
    def _cache(self) -> pytest.Cache | None:
        return getattr(self._config, "cache", None)  # there is none with `-p no:cacheprovider`

    @cached_property
    def last(self) -> dict[str, str]:
        return dict(self._cache.get(_CACHE, {})) if self._cache else {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        answer = getattr(report, "answer", None)
        if answer is not None and answer["check"]:
            self._found[report.nodeid] = answer["check"]

    def pytest_sessionfinish(self) -> None:
        if self._found and self._cache and not hasattr(self._config, "workerinput"):
            self._cache.set(_CACHE, self.last | self._found)
