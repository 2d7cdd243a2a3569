"""The hooks of pytest, thin: collect, bind, run, report."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kata.binding import Candidate
from kata.collect import BankAnswer, BankFile, LessonFile, Room, SpecFile, UnreadableFile, all_lessons
from kata.guard import guarded
from kata.keeper import Keeper
from kata.outcome import Outcome, result_of, unreadable_result
from kata.report import Result, report
from kata.session import Session, ToDo, Waits, in_short

CHECK_LIMIT = 10.0  # seconds; a check of the solution takes milliseconds
BANK_LIMIT = 200.0  # the first wrong answer of a bank waits until all others have been observed

_session = pytest.StashKey[Session]()
_own_style = pytest.StashKey[bool]()
_totals = pytest.StashKey[dict[tuple[str, str], int]]()
_numbers = pytest.StashKey[dict[str, int]]()
_waits_for = pytest.StashKey[str]()
_refusal = pytest.StashKey[BaseException]()


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
    config.stash[_session] = Session(pictures=folder if config.getoption("--pictures") else None)
    if config.getoption("benchmark_only", False):
        config.option.benchmark_columns = ["median", "iqr", "rounds"]
    config.stash[_totals] = {}
    if not config.getoption("--forget") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(config.rootpath), "kata-keeper")
    config.stash[_own_style] = _only_exercises(config) and not _asks_for_raw_output(config)
    if config.stash[_own_style]:
        config.option.verbose = -1
        config.option.tbstyle = "no"
        config.option.reportchars = ""
        config.option.disable_warnings = True


def _only_exercises(config: pytest.Config) -> bool:
    room = config.rootpath / "exercises"
    places = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
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
    banks = {root / "mistakes": True, root / "tests" / "engine" / "right_answers": True}
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
    config.stash[_totals] = _count_checks(config, items)
    has_limit = config.getoption("timeout", None) is not None
    for item in items:
        candidate = _candidate_of(item)
        if candidate is not None:
            item.add_marker(pytest.mark.filterwarnings("ignore" if candidate.key else "default"))
            if not has_limit:
                item.add_marker(pytest.mark.timeout(BANK_LIMIT if candidate.key else CHECK_LIMIT))


def _count_checks(config: pytest.Config, items: list[pytest.Item]) -> dict[tuple[str, str], int]:
    """Count the checks of each exercise before any are deselected; none where single ones were asked for."""
    if any(arg.count("::") > 1 for arg in config.args):
        return {}
    candidates = ((item, _candidate_of(item)) for item in items)
    return Counter((found.lesson.name, _exercise_of(item)) for item, found in candidates if found)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Number the checks: their places tell which one is told first."""
    session.config.stash[_numbers] = {item.nodeid: number for number, item in enumerate(session.items)}


# Bind.


def _candidate_of(item: pytest.Item) -> Candidate | None:
    """Return what the item checks: by its file for a learner's, a bank's or a spec of the tests' own."""
    if item.get_closest_marker("exercise") is None:
        return None
    for node in item.listchain():
        if isinstance(node, SpecFile | LessonFile | BankAnswer):
            return node.candidate
    return None


def _exercise_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker("exercise")
    assert marker is not None
    return str(marker.args[0])


class _Refused:
    """Stands in for a module that could not be had; whoever touches it gets the reason."""

    def __init__(self, reason: BaseException) -> None:
        self.__dict__["reason"] = reason

    def __getattr__(self, name: str) -> Any:
        raise self.__dict__["reason"]


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Any:
    """The module under test: the learner's file, the solution, or an answer of a bank."""
    item: Any = request.node
    candidate = _candidate_of(item)
    if candidate is None:
        raise pytest.UsageError("the fixture `lesson` needs a class marked with pytest.mark.exercise")
    try:
        return item.config.stash[_session].bind(candidate, _exercise_of(item))
    except Waits as spared:
        item.stash[_waits_for] = str(spared)
        pytest.skip(f"waits for {spared}")
    except Exception as refusal:  # noqa: BLE001  (raised again when the check is called: a failure, not an error)
        item.stash[_refusal] = refusal
        return _Refused(refusal)


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Any:
    """The solution's module, to be given the learner's weights and compared with."""
    candidate = _candidate_of(request.node)
    if candidate is None:
        raise pytest.UsageError("the fixture `reference` needs a class marked with pytest.mark.exercise")
    return request.config.stash[_session].solution(candidate.lesson)


PRETEND = "a pretend accelerator"  # the words in which a report names it


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check that asks for a `device` on each: the CPU, a pretend accelerator, and a real one if there is one."""
    if "device" in metafunc.fixturenames and metafunc.definition.get_closest_marker("exercise"):
        import torch

        real = [str(torch.accelerator.current_accelerator())] if torch.accelerator.is_available() else []
        metafunc.parametrize("device", ["cpu", PRETEND, *real], indirect=True)


@pytest.fixture
def device(request: pytest.FixtureRequest, lesson: Any) -> Iterator[str]:
    """The name of the device that a check is to run on."""
    if request.param != PRETEND or _refusal in request.node.stash:
        yield str(request.param)
        return
    from kata.pretend import pretend_accelerator  # imports torch

    with pretend_accelerator() as there:
        yield there.type


@pytest.fixture(params=["yours", "solution"])
def contestant(request: pytest.FixtureRequest) -> Any:
    """The learner's module and the solution's, one after the other, whose speed is compared."""
    node = request.node.getparent(LessonFile)
    exercise = request.node.get_closest_marker("speed").args[0]
    session = request.config.stash[_session]
    try:
        yours = session.bind(node.candidate, exercise) if request.param == "yours" else session.solution(node.lesson)
    except Exception as refusal:  # noqa: BLE001  (plain `pytest exercises/` tells it at length)
        pytest.skip(f"nothing to compare yet: {in_short(refusal)}")
    request.getfixturevalue("benchmark").group = exercise
    return yours


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    if _refusal in pyfuncitem.stash:
        raise pyfuncitem.stash[_refusal]
    if _candidate_of(pyfuncitem) is None:
        return (yield)
    changed: list[str] = []
    try:
        with guarded() as changed:
            result = yield
    except Exception as error:
        _refuse_meddling(changed, error)
        raise
    _refuse_meddling(changed, None)
    return result


def _refuse_meddling(changed: list[str], cause: Exception | None) -> None:
    if changed:
        from kata.expect import Meddling  # imports torch

        raise Meddling("what your code changes outside itself", "nothing", "; ".join(changed)) from cause


# Report.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Report a check of a stub without setting it up, running and tearing it down: there is nothing to run."""
    candidate = _candidate_of(item)
    if candidate is None or not item.config.stash[_session].is_to_do(candidate, _exercise_of(item)):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    item.ihook.pytest_runtest_logreport(report=_to_do_report(item, candidate))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    setups = item.session._setupstate
    if setups.stack:  # whoever spares an item ends what the one before left open
        setups.teardown_exact(nextitem)
    return True


def _to_do_report(item: pytest.Item, candidate: Candidate) -> pytest.TestReport:
    exercise = _exercise_of(item)
    result = result_of(_outcome(item, candidate, ToDo(exercise)), item.config.stash[_session], brief=True)
    words: Any = dict.fromkeys(item.keywords, 1)
    said = f"to do: {exercise} is still a stub"
    made = pytest.TestReport(item.nodeid, item.location, words, "failed", said, "call")
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
            made.longrepr = f"to do: {result.exercise} is still a stub"
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


def expected_result(item: pytest.Item) -> Result | None:
    """Return what a check is called before it has run; None for what is no check of an exercise."""
    candidate = _candidate_of(item)
    if candidate is None:
        return None
    exercise = _exercise_of(item)
    return Result(
        lesson=candidate.lesson.name,
        exercise=exercise,
        check=_sentence(item),
        path=_shown(candidate.path, item.config),
        line=candidate.line_of(exercise),
        index=item.config.stash[_numbers][item.nodeid],
        state="skipped",
        total=_total(item, candidate, exercise),
    )


def _total(item: pytest.Item, candidate: Candidate, exercise: str) -> int:
    return item.config.stash[_totals].get((candidate.lesson.name, exercise), 0)


def report_lines(result: Result) -> list[tuple[str, str]]:
    """Return what is told of one failing check."""
    from kata.report import told_lines

    return list(told_lines(result.told)) if result.told else []


def _result(item: pytest.Item, call: pytest.CallInfo[None], made: pytest.TestReport) -> Result | None:
    if isinstance(item, UnreadableFile) and made.when == "call":
        return unreadable_result(item.lesson, item.problem, _shown(item.path, item.config))
    candidate = _candidate_of(item)
    if candidate is None or (made.when != "call" and made.passed):
        return None
    outcome = _outcome(item, candidate, call.excinfo.value if call.excinfo else None)
    outcome = replace(outcome, skipped=made.skipped, printed=made.capstdout)
    return result_of(outcome, item.config.stash[_session], brief=item.config.stash[_own_style])


def _outcome(item: pytest.Item, candidate: Candidate, error: BaseException | None) -> Outcome:
    exercise = _exercise_of(item)
    return Outcome(
        candidate=candidate,
        exercise=exercise,
        check=_sentence(item),
        shown_path=_shown(candidate.path, item.config),
        index=item.config.stash[_numbers][item.nodeid],
        error=error,
        waits_for=item.stash.get(_waits_for, ""),
        total=_total(item, candidate, exercise),
    )


def _sentence(item: pytest.Item) -> str:
    name, _, case = item.name.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({case.rstrip(']')})" if case else "")


def _shown(path: Path, config: pytest.Config) -> str:
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else str(path)


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
        _tell(terminalreporter, config)
    keeper = config.pluginmanager.get_plugin("kata-keeper")
    if keeper is not None and keeper.word:
        terminalreporter.write_line(f"  Note: {keeper.word}.")


def _tell(terminalreporter: Any, config: pytest.Config) -> None:
    reports = [one for group in terminalreporter.stats.values() for one in group if hasattr(one, "kata")]
    results = [Result.from_json(dict(one.kata)) for one in reports]
    if not results:
        return
    names = {result.lesson for result in results}
    present = [one for one in all_lessons(config) if one.name in names]
    for text, style in report(present, results, config.getoption("--hint")):
        terminalreporter.write_line(text, **_MARKUP.get(style, {}))
    terminalreporter.write_line("")


_MARKUP: dict[str, dict[str, bool]] = {
    "title": {"bold": True},
    "good": {"green": True},
    "bad": {"red": True},
    "code": {"cyan": True},
    "faint": {"light": True},
}
