"""From an item of pytest to what is known of the check that it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kata.checking.binding import Candidate
from kata.checking.guard import guarded
from kata.report.results import Result
from kata.running.fixtures import WAITS_FOR, candidate_of, exercise_of
from kata.running.outcome import Outcome

TOTALS = pytest.StashKey[dict[tuple[str, str], int]]()
NUMBERS = pytest.StashKey[dict[str, int]]()


def expected_result(item: pytest.Item) -> Result | None:
    """Return what a check is called before it has run; None for what is no check of an exercise."""
    candidate = candidate_of(item)
    if candidate is None:
        return None
    exercise = exercise_of(item)
    return Result(
        lesson=candidate.lesson.name,
        exercise=exercise,
        check=_sentence(item),
        path=shown(candidate.path, item.config),
        line=candidate.line_of(exercise),
        index=item.config.stash[NUMBERS][item.nodeid],
        state="skipped",
        total=_total(item, candidate, exercise),
    )


def _total(item: pytest.Item, candidate: Candidate, exercise: str) -> int:
    return item.config.stash[TOTALS].get((candidate.lesson.name, exercise), 0)


def outcome_of(item: pytest.Item, candidate: Candidate, error: BaseException | None) -> Outcome:
    """Return what is known of a check that ended with this exception, or without one."""
    exercise = exercise_of(item)
    return Outcome(
        candidate=candidate,
        exercise=exercise,
        check=_sentence(item),
        shown_path=shown(candidate.path, item.config),
        index=item.config.stash[NUMBERS][item.nodeid],
        error=error,
        waits_for=item.stash.get(WAITS_FOR, ""),
        total=_total(item, candidate, exercise),
        again=partial(_run_again, item),
    )


def _run_again(item: Any, module: ModuleType) -> BaseException | None:
    """Run a check that has run on another module, too; return what ended it, or None where it passed."""
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


def _sentence(item: pytest.Item) -> str:
    name, _, case = item.name.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({case.rstrip(']')})" if case else "")


def shown(path: Path, config: pytest.Config) -> str:
    """Return a path as it is shown: from the root of the repository, where it lies in it."""
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else str(path)
