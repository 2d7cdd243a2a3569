"""The verdict on one exercise, as a cell shows it: pure, but for what is remembered at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kata.diagnosis.explanation import Explanation
from kata.learner.progress import ExerciseRef, known_results, known_standings
from kata.learner.workspace import Workspace
from kata.notebook import cells
from kata.report.report import Line, exercise_lines, note_lines, paragraph_lines, told_lines
from kata.report.results import Result, Standing, count, standings, unless_spared
from kata.running.verdict import Verdict

_BLANK: Line = ("", "")
_LINES = re.compile(r"\bline (\d+)\b")


@dataclass
class Judge:
    """A run for one cell.

    Args:
        kata: the repository, and what was known before.
        place: the exercise.
        cell: the text of its cell.
        said: what else is to be said.
        limit: CPU seconds that one check may use.
    """

    kata: Workspace
    place: ExerciseRef
    cell: str
    said: list[str]
    limit: float
    verdict: Verdict = field(init=False)
    _before: list[Result] = field(init=False)

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.limit)
        self._before = known_results(self.place.lesson, self.kata.state)

    @property
    def is_known(self) -> bool:
        """Whether enough is known to speak of the exercise."""
        return self.verdict.is_known(self.place.exercise.name) and self._mine().state == "failed"

    def _results(self) -> list[Result]:
        return unless_spared(self.verdict.results(self._source()), self._before)

    def _source(self) -> str:
        try:
            return self.place.lesson.stub.read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def _mine(self) -> Standing:
        its = standings([self.place.lesson], self._results())
        return next(one for one in its if one.exercise == self.place.exercise)

    def lines(self) -> list[Line]:
        """Return what the cell shows."""
        return [*self._lines()]

    def _lines(self) -> Iterator[Line]:
        mine = self._mine()
        if self.verdict.nothing_ran:
            yield from paragraph_lines(self.verdict.nothing_ran, "bad")
        elif mine.state == "done":
            yield f"  {mine.exercise.name} is done: {count(len(mine.judged), 'check')} passed.", "good"
            yield f"  Beside the solution: %compare {mine.exercise.name}", "faint"
        else:
            yield from exercise_lines(mine)
            yield from self._where(mine)
        yield from note_lines(self.verdict.results(), self.said)
        yield _BLANK
        yield from self._next(mine)

    def _where(self, mine: Standing) -> Iterator[Line]:
        """Say which line of the cell the told line of the file is."""
        told = next((one.told for one in mine.results if one.state == "failed" and one.told), None)
        named = [told.line, *map(int, _LINES.findall(told.headline))] if told else []
        source = self._source()
        for line in dict.fromkeys(one for one in named if one):
            here = cells.line_in_cell(source, self.place.exercise.name, self.cell, line)
            if here is not None:
                yield f"  Line {line} of the file is line {here + 1} of this cell.", "faint"

    def _next(self, mine: Standing) -> Iterator[Line]:
        left = len(mine.exercise.hints) - self.kata.state.hints.get(self.place.key, 0)
        if mine.state != "done" and left:
            yield f"  A hint: %hint {mine.exercise.name}", "faint"
        everything = known_standings(self.kata.lessons, self.kata.state)
        if self.verdict.is_complete:
            others = [one for one in everything if one.exercise.lesson != self.place.lesson.name]
            everything = [*others, *standings([self.place.lesson], self._results())]
        done = sum(one.state == "done" for one in everything)
        yield f"  {done} of {len(everything)} exercises are done.", "faint"

    def remember(self) -> None:
        """Keep what was found, for every other command."""
        if results := self._results():
            self.kata.state.remember(self.place.lesson.name, results)
            self.kata.keep()


def unreadable(place: ExerciseRef, error: SyntaxError) -> list[Line]:
    """Return what is told of a cell that is no Python; its first line is the magic's own."""
    code = (error.text or "").rstrip()
    caret = (error.offset or 1) - 1 - (len(code) - len(code.lstrip()))
    told = Explanation(
        f"Python cannot read this cell: {error.msg}.",
        (f"exercises/{place.lesson.name}.py is as it was.",),
        line=(error.lineno or 1) + 1,
        code=code.strip(),
        caret=caret if 0 <= caret <= len(code) else None,
    )
    return [(place.exercise.name, "title"), _BLANK, *told_lines(told)]
