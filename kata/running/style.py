"""Whether a session is one of learners' files, told in the kata's own style, and what it then has beside the checks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kata.content.lesson import Lesson
from kata.report.report import STYLES, report
from kata.report.results import Result
from kata.running.collect import all_lessons
from kata.running.deadline import Deadline
from kata.running.notes import Notes
from kata.running.selection import nothing_selected
from kata.running.surroundings import not_collected, ran_on_solutions

OWN_STYLE = pytest.StashKey[bool]()
# Which exercises a learner has left out: lesson and name; whoever keeps that puts it here.
LEFT_OUT = pytest.StashKey[Callable[[list[Lesson]], set[tuple[str, str]]]]()


def choose(config: pytest.Config) -> None:
    """Find out which style the session has, and register what belongs to it."""
    config.stash[OWN_STYLE] = _only_exercises(config) and not _asks_for_raw_output(config)
    if not config.stash[OWN_STYLE]:
        return
    _take_charge(config)
    config.option.verbose = -1
    config.option.tbstyle = "no"
    config.option.reportchars = ""
    config.option.disable_warnings = True


def _take_charge(config: pytest.Config) -> None:
    """Register what a session of learners' files has beside the checks."""
    config.pluginmanager.register(Notes(config, config.rootpath / "exercises"), "kata-notes")
    if not hasattr(config, "workerinput") and not config.getoption("numprocesses", None):
        deadline = Deadline(partial(tell, config), config.pluginmanager.get_plugin("capturemanager"))
        config.pluginmanager.register(deadline, "kata-deadline")


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


def notes_at_the_end(config: pytest.Config, stats: dict[str, Any]) -> list[str]:
    """Return what is to be said below the results."""
    if not config.stash[OWN_STYLE]:
        return [ran_on_solutions(all_lessons(config), _places(config))]
    errors = stats.get("error", ())
    is_empty = "deselected" in stats and not any(hasattr(one, "kata") for its in stats.values() for one in its)
    unselected = [nothing_selected(config, all_lessons(config))] if is_empty else []
    return [*unselected, *not_collected(one for one in errors if isinstance(one, pytest.CollectReport))]


def tell(config: pytest.Config, results: list[Result]) -> None:
    """Write the report of the results to the terminal."""
    if not results:
        return
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    notes: Any = config.pluginmanager.get_plugin("kata-notes")
    names = {result.lesson for result in results}
    present = [one for one in all_lessons(config) if one.name in names]
    left_out = config.stash[LEFT_OUT](present) if LEFT_OUT in config.stash else set()
    for text, style in report(present, results, config.getoption("--hint"), _typed(config), notes.said, left_out):
        terminal.write_line(text, **dict.fromkeys(STYLES[style].split(), True) if style in STYLES else {})
    terminal.write_line("")
    terminal.flush()


def _typed(config: pytest.Config) -> str:
    """Return the command as it was typed, without the hints that it asked for."""
    words = shlex.join(["pytest", *map(str, config.invocation_params.args)])
    return re.sub(r" --hint[= ][0-9]", "", words)
