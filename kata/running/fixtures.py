"""The fixtures of checks: the lesson under test, its solution, a device, a contestant; and what an item checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kata.checking.devices import why_unusable
from kata.checking.loading import Submission
from kata.running.collect import BankAnswer, LessonFile, SpecFile
from kata.running.session import CheckSession, Waits, in_short

SESSION = pytest.StashKey[CheckSession]()
WAITS_FOR = pytest.StashKey[str]()
REFUSAL = pytest.StashKey[BaseException]()
OWN_STYLE = pytest.StashKey[bool]()  # whether the session is reported in the style of the kata
_SUBMISSION = pytest.StashKey[Submission | None]()
_EXERCISE = pytest.StashKey[str]()
PRETEND = "a pretend accelerator"  # the words in which a report names it


def submission_of(item: pytest.Item) -> Submission | None:
    """Return the submission that an item checks, or None."""
    if _SUBMISSION not in item.stash:
        item.stash[_SUBMISSION] = _found(item)
    return item.stash[_SUBMISSION]


def _found(item: pytest.Item) -> Submission | None:
    marker = item.get_closest_marker("exercise")
    if marker is None:
        return None
    item.stash[_EXERCISE] = str(marker.args[0])
    files = (node for node in item.listchain() if isinstance(node, SpecFile | LessonFile | BankAnswer))
    return next((file.submission for file in files), None)


def real_device_of(item: pytest.Item) -> str:
    """Return the name of the real accelerator that a check runs on, or ""."""
    call = getattr(item, "callspec", None)
    name = str(call.params.get("device", "")) if call is not None else ""
    return "" if name in ("cpu", PRETEND) else name


def exercise_of(item: pytest.Item) -> str:
    """Return the name of the exercise that an item checks."""
    submission_of(item)
    return item.stash[_EXERCISE]


class _Refused:
    """Placeholder for a module that could not be loaded; using it raises the reason."""

    def __init__(self, reason: BaseException) -> None:
        self.__dict__["reason"] = reason

    def __getattr__(self, name: str) -> Any:
        raise self.__dict__["reason"]


@pytest.fixture
def lesson(request: pytest.FixtureRequest) -> Any:
    """The module under test: the learner's file, the solution, or an answer of a bank."""
    item: Any = request.node
    submission = submission_of(item)
    if submission is None:
        raise pytest.UsageError("the fixture `lesson` needs a class marked with pytest.mark.exercise")
    session = item.config.stash[SESSION]
    if session.instead is not None:
        return session.instead()
    try:
        return session.bind(submission, exercise_of(item))
    except Waits as spared:
        item.stash[WAITS_FOR] = str(spared)
        pytest.skip(f"waits for {spared}")
    except Exception as refusal:  # noqa: BLE001  (raised again when the check is called: a failure, not an error)
        item.stash[REFUSAL] = refusal
        return _Refused(refusal)


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Any:
    """The solution's module, to compare with."""
    submission = submission_of(request.node)
    if submission is None:
        raise pytest.UsageError("the fixture `reference` needs a class marked with pytest.mark.exercise")
    return request.config.stash[SESSION].solution(submission.lesson)


@pytest.fixture
def device(request: pytest.FixtureRequest, lesson: Any) -> Iterator[str]:
    """The name of the device that a check runs on."""
    name = str(request.param)
    if name != PRETEND or REFUSAL in request.node.stash:
        is_real = name not in ("cpu", PRETEND) and REFUSAL not in request.node.stash
        if is_real and (why := why_unusable(name)):
            pytest.skip(why)
        yield name
        return
    from kata.checking.pretend import pretend_accelerator  # imports torch

    with pretend_accelerator() as there:
        yield there.type


@pytest.fixture(params=["yours", "solution"])
def contestant(request: pytest.FixtureRequest) -> Any:
    """The learner's module, then the solution's, to compare their speed."""
    node = request.node.getparent(LessonFile)
    exercise = request.node.get_closest_marker("speed").args[0]
    session = request.config.stash[SESSION]
    try:
        yours = session.bind(node.submission, exercise) if request.param == "yours" else session.solution(node.lesson)
    except Exception as refusal:  # noqa: BLE001  (plain `pytest exercises/` tells it at length)
        pytest.skip(f"nothing to compare yet: {in_short(refusal)}")
    request.getfixturevalue("benchmark").group = exercise
    return yours
