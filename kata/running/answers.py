"""One item for each answer of a bank: its checks run until one fails, and it reports once, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item

from kata.content import bank
from kata.content.bank import Answer
from kata.content.edits import EditError
from kata.content.lesson import Lesson
from kata.content.safe import text_of
from kata.running.collect import BankAnswer, LessonFile, SpecFile, all_lessons, folders
from kata.running.fixtures import SESSION

LIMIT = 200.0  # seconds: the first wrong answer of a bank waits until all others have been observed
FEW = 3  # so many answers asked for, and what is told of each is shown


class AnswerItem(pytest.Item):
    """An answer of a bank.

    A wrong one passes where a check refuses it and its own sentence is told; a right one, where no check refuses it.
    """

    def __init__(self, *, answer: Answer, spec: Any, **words: Any) -> None:
        super().__init__(**words)
        self.answer, self.spec = answer, spec
        self.add_marker(pytest.mark.timeout(LIMIT))
        self.add_marker(pytest.mark.bank)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.answer.file, self.answer.lines[0] - 1, self.name

    def runtest(self) -> None:
        """Refuse: its checks run in its place (see `run`), each set up and torn down by pytest as any other."""
        raise pytest.UsageError("an answer of a bank is run by the plugin `kata.plugin`, which is missing")

    def checks(self) -> Iterator[pytest.Item]:
        """Yield the checks of its exercise.

        Raises:
            EditError: an edit of the answer cannot be made.
        """
        self.answer.assembly()
        node: BankAnswer = BankAnswer.from_parent(self.parent, name=self.name, path=self.path, nodeid=self.nodeid)
        node.obj, node.answer = self.spec, self.answer
        for check in _items_of(node):
            check.add_marker(pytest.mark.filterwarnings("ignore"))
            check.repr_failure = _in_short  # type: ignore[method-assign]  # a traceback takes longer than the check
            yield check


def _in_short(excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
    return f"{excinfo.typename}: {text_of(excinfo.value)}"


def _items_of(node: Any) -> Iterator[pytest.Item]:
    for child in node.collect():
        if isinstance(child, pytest.Item):
            yield child
        else:
            yield from _items_of(child)


class BankFile(pytest.File):
    """A bank of answers, or one file of it."""

    lesson: Lesson

    def collect(self) -> Iterator[Any]:
        try:
            answers = bank.read(self.lesson, self.path)
        except EditError as error:
            raise self.CollectError(str(error)) from None
        spec = pytest.Module.from_parent(self.parent, path=self.lesson.spec).obj if answers else None
        for answer in answers:
            yield AnswerItem.from_parent(self, name=answer.key, answer=answer, spec=spec)


def collector_of(path: Path, parent: pytest.Collector) -> Any:
    """Return what collects the file at `path`; None for what belongs to no lesson."""
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


def run(item: AnswerItem, nextitem: pytest.Item | None) -> None:
    """Run the checks of an answer until one fails, and report once."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    seconds, failed, count, broken = 0.0, None, 0, ""
    try:
        for check in item.checks():
            with catch_warnings_for_item(config=item.config, ihook=check.ihook, when="runtest", item=check):
                reports = runtestprotocol(check, log=False, nextitem=nextitem)
            count, seconds = count + 1, seconds + sum(report.duration for report in reports)
            failed = next((report for report in reports if report.failed), None)
            if failed is not None:
                break
    except EditError as error:
        broken = str(error)
    fault = broken or _fault(item.answer, failed, count)
    item.ihook.pytest_runtest_logreport(report=_report(item, failed, fault, seconds))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _fault(answer: Answer, failed: Any, count: int) -> str:
    """Return what is not as it must be: in the checks, the sentences or the answer; "" where all is."""
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
        "fault": fault,
    }
    return made


def _sections(item: AnswerItem, failed: Any) -> list[tuple[str, str]]:
    """Return what an answer changes in the solution, and what is told of it."""
    try:
        changed = [(f"what {item.name} changes", item.answer.diff())]
    except EditError:
        return []
    return changed + [part for part in getattr(failed, "sections", ()) if part[0] == "why it failed"]


def show_few(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where few answers are asked for, show what each changes and what is told of it, though it passes."""
    if items and len(items) <= FEW and all(isinstance(item, AnswerItem) for item in items):
        terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        terminal.reportchars += "P"
        config.stash[SESSION].has_many_answers = False
