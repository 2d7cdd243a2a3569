"""The client's side of the server that runs checks: how to start it, and the verdict from its events."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kata.content.files import environment_with, temporary
from kata.diagnosis.explanation import Explanation
from kata.processes.starting import UnknownMethod, choose
from kata.processes.system import name_of_signal
from kata.processes.tree import PATIENCE
from kata.report.results import ENDED, Result

_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": ""}


class DidNotStart(RuntimeError):
    """The server could not be started, or ended at once."""

    def __init__(self, why: str = "the process that runs the checks did not start: try `kata doctor`") -> None:
        super().__init__(why)


def method() -> str:
    """Return the server's method to start processes.

    Raises:
        DidNotStart: `KATA_START` names an unknown method.
    """
    try:
        return choose(is_clean=True)
    except UnknownMethod as error:
        raise DidNotStart(str(error)) from None


def command(root: Path, *words: str) -> list[str]:
    """Return the command of a server that works in `root`."""
    return [sys.executable, "-m", "kata.running.server", str(root), *words]


def environment(modules: Path, folder: Path | str) -> dict[str, str]:
    """Return the server's environment: the first folder for modules, and the folder for temporary files."""
    return environment_with(modules, **_ALONE, **temporary(folder))


Key = tuple[str, str, str]
LOST = {"event": "lost"}  # what a client is told when its server has died


@dataclass
class Verdict:
    """The checks of one run, and their results so far."""

    limit: float
    expected: dict[Key, Result] = field(default_factory=dict)
    reported: dict[Key, Result] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    how: str = ""
    lines: list[int] = field(default_factory=list)

    def add(self, event: dict[str, Any]) -> None:
        """Add one event of the run."""
        if event["event"] == "expected":
            self.expected = {one.key: one for one in map(Result.from_json, event["results"])}
        elif event["event"] == "result":
            result = Result.from_json(event["result"])
            self.reported[result.key] = result
        elif event["event"] == "checked":  # what still comes says more of what is known
            self.how = "" if self.is_empty else "done"
        elif event["event"] == "trouble":
            self.trouble.append(event["text"])
        elif event["event"] == "end":
            self.how, self.lines = event["how"], event["lines"]
            if self.is_empty:  # however it ended: what ran no check has shown nothing
                self.how = f"no check ran: {self._why_not()}"

    @property
    def is_empty(self) -> bool:
        """Whether there is no result, not even of an unreadable file."""
        return not self.expected and not self.reported

    def _why_not(self) -> str:
        """Return why no check ran, in one sentence."""
        lines = [line.strip() for text in self.trouble[:1] for line in text.strip().splitlines() if line.strip()]
        said = [line[2:].strip() for line in lines if line.startswith("E ")] or lines
        if said:
            return said[-1].removeprefix("INTERNALERROR> ").rstrip(".")
        return "pytest found none" if self.how == "done" else f"the process ended before ({self.how})"

    @property
    def nothing_ran(self) -> str:
        """Why a finished run has no result, or ""."""
        return f"{self.how[0].upper()}{self.how[1:]}." if self.is_complete and self.is_empty else ""

    @property
    def is_complete(self) -> bool:
        """Whether the run has ended."""
        return bool(self.how)

    def is_known(self, exercise: str) -> bool:
        """Whether there are results enough for a verdict: the first failure, or all checks.

        Checks on a real accelerator, which come last, may still change it.
        """
        its = [key for key, one in self.expected.items() if key[1] == exercise and not one.device]
        known = [self.reported[key] for key in its if key in self.reported]
        return any(one.state == "failed" for one in known) or (bool(its) and len(known) == len(its))

    def results(self, source: str = "") -> list[Result]:
        """Return a result for every check; `source` is the learner's text, to quote a line of it."""
        found = [*self.reported.values()]
        if self.is_complete:
            found += self._unreported(source)
        else:  # those on a real accelerator come last: until then they count as not run
            found += [one for key, one in self.expected.items() if one.device and key not in self.reported]
        return sorted(found, key=lambda result: result.index)

    def _unreported(self, source: str) -> Iterator[Result]:
        """Yield results for the checks that did not report: the first one failed, the others wait for it."""
        missing = [one for key, one in self.expected.items() if key not in self.reported]
        for number, result in enumerate(sorted(missing, key=lambda one: one.index)):
            if number == 0:
                yield replace(result, state="failed", told=self._told(source))
            else:
                waits_for = f"{missing[0].exercise}, {ENDED}"
                yield replace(result, state="waiting", waits_for=waits_for)

    def _told(self, source: str) -> Explanation:
        line = self.lines[0] if self.lines else None
        text = source.splitlines()
        code = text[line - 1].strip() if line and line <= len(text) else ""
        where = ("This is where it was.",) if line else ()
        return Explanation(_how_it_ended(self.how, self.limit), where, line=line, code=code)


def _how_it_ended(how: str, limit: float) -> str:
    kind, _, number = how.partition(" ")
    if kind == "time":
        return f"Your code did not come back within {limit:g} seconds, and did not listen: its process was ended."
    if kind == "idle":
        seconds = PATIENCE * limit
        return f"Your code waited for more than {seconds:g} s without computing anything: its process was ended."
    if kind == "memory":
        return f"Your code took more than {number} of memory: its process was ended."
    if kind == "signal":
        name = name_of_signal(int(number))
        meaning = {"SIGSEGV": "memory that is not its own was touched", "SIGABRT": "abort() was called"}
        said = meaning.get(name, "killed from outside, or by the system when memory ran out")
        return f"The process of the check ended with {name}: {said}. What it did not report is not passed."
    if number in _WINDOWS:
        return f"The process of the check ended with {_WINDOWS[number]}. What it did not report is not passed."
    return f"The process of the check left before it had reported ({how}). What it did not report is not passed."


# Windows has no signals: the codes with which a process ends there, each with its name and meaning.
_WINDOWS = {
    str(0xC0000005): "an access violation: memory that is not its own was touched",
    str(0xC00000FD): "a stack overflow: its calls go too deep",
    str(0xC0000409): "an abort: abort() was called",
}


def lines_in_trace(trace: Path, file: str) -> list[int]:
    """Return the lines in a dump of faulthandler for paths that start with `file`, innermost first."""
    try:
        text = trace.read_text("utf-8", "replace")
    except OSError:
        return []
    return [int(line) for line in re.findall(rf'File "{re.escape(file)}[^"]*", line (\d+)', text)]
