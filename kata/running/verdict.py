"""Put together what a run reported; what was not reported was not passed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kata.diagnosis.explanation import Explanation
from kata.report.results import Result

Key = tuple[str, str, str]


@dataclass
class Verdict:
    """The checks of one run, and what is known of them so far."""

    limit: float
    expected: dict[Key, Result] = field(default_factory=dict)
    reported: dict[Key, Result] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    how: str = ""
    lines: list[int] = field(default_factory=list)

    def add(self, event: dict[str, Any]) -> None:
        """Take in one event of the run."""
        if event["event"] == "expected":
            self.expected = {one.key: one for one in map(Result.from_json, event["results"])}
        elif event["event"] == "result":
            result = Result.from_json(event["result"])
            self.reported[result.key] = result
        elif event["event"] == "trouble":
            self.trouble.append(event["text"])
        elif event["event"] == "end":
            self.how, self.lines = event["how"], event["lines"]

    @property
    def is_complete(self) -> bool:
        """Whether the run has ended."""
        return bool(self.how)

    def is_known(self, exercise: str) -> bool:
        """Whether enough is known to speak of the exercise: its first failure, or all of its checks."""
        its = [key for key in self.expected if key[1] == exercise]
        known = [self.reported[key] for key in its if key in self.reported]
        return any(one.state == "failed" for one in known) or (bool(its) and len(known) == len(its))

    def results(self, source: str = "") -> list[Result]:
        """Return a result for every check; `source` is the learner's text, to quote a line of it."""
        found = [*self.reported.values()]
        if self.is_complete:
            found += self._unreported(source)
        return sorted(found, key=lambda result: result.index)

    def _unreported(self, source: str) -> Iterator[Result]:
        """Yield what came of the checks that did not report: the first is told, the others wait for it."""
        missing = [one for key, one in self.expected.items() if key not in self.reported]
        for number, result in enumerate(sorted(missing, key=lambda one: one.index)):
            if number == 0:
                yield replace(result, state="failed", told=self._told(source))
            else:
                waits_for = f"{missing[0].exercise}, whose check ended the run"
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
    if kind == "signal":
        import signal

        name = signal.Signals(int(number)).name
        meaning = {"SIGSEGV": "memory that is not its own was touched", "SIGABRT": "abort() was called"}
        said = meaning.get(name, "killed from outside, or by the system when memory ran out")
        return f"The process of the check ended with {name}: {said}. What it did not report is not passed."
    return f"The process of the check left before it had reported ({how}). What it did not report is not passed."


def lines_in_trace(trace: Path, file: str) -> list[int]:
    """Return the lines of files whose path begins with `file`, innermost first, that Python's fault handler noted."""
    try:
        text = trace.read_text("utf-8", "replace")
    except OSError:
        return []
    return [int(line) for line in re.findall(rf'File "{re.escape(file)}[^"]*", line (\d+)', text)]
