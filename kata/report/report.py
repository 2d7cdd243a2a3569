"""The report: pure functions from results to lines, without pytest or torch.

A line is a text and the name of a style; the text alone says everything.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Container, Iterable, Iterator

from kata.content.lesson import Exercise, Lesson
from kata.diagnosis.explanation import Explanation
from kata.report.results import STUB, ExerciseStatus, Result, count, current, judged, score, statuses

WIDTH = 80  # letters of a line, where the terminal has as many
_NARROWEST = 30
Line = tuple[str, str]
# How a style looks, in the words of pytest's terminal.
STYLES = {"title": "bold", "good": "green", "bad": "red", "code": "cyan", "faint": "light"}

TYPED = "pytest exercises/"


def width() -> int:
    """Return the width of a line: that of the terminal, bounded for readability."""
    return max(_NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def rows() -> int:
    """Return the height of the terminal, or a large number without one."""
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).lines
    except (OSError, ValueError):
        return sys.maxsize


def report(
    lessons: list[Lesson],
    results: list[Result],
    hints: int = 0,
    typed: str = TYPED,
    said: Iterable[str] = (),
    left_out: Container[tuple[str, str]] = (),
) -> list[Line]:
    """Return the whole report: progress, then the next exercise.

    Args:
        lessons: the lessons that were run.
        results: their results.
        hints: the number of hints to show.
        typed: the command as it was typed, to suggest it with a hint.
        said: notes of the session.
        left_out: lesson and name of each skipped exercise.
    """
    everything = statuses(lessons, results, left_out=left_out)
    lines = list(progress(everything))
    here = current(everything)
    notes = list(note_lines([result for s in everything for result in s.results], said))
    if here is not None:
        return [*lines, ("", ""), *exercise_lines(here), *notes, *_next_step(here, hints, typed)]
    if everything and all(standing.state == "done" for standing in everything):
        lines += [("", ""), ("  Every exercise is done. Compare with solutions/ when you like.", "good")]
    return [*lines, *notes]


def progress(everything: list[ExerciseStatus], in_full: bool = False) -> Iterator[Line]:
    """Return the bar, and a line for each lesson; for each exercise of a started lesson, or of all `in_full`."""
    done = sum(standing.state == "done" for standing in everything)
    filled = round(20 * done / len(everything)) if everything else 0
    bar = "#" * filled + "." * (20 - filled)
    yield f"LeNet kata   [{bar}]  {done} of {len(everything)} exercises done", "title"
    yield "", ""
    names = list(dict.fromkeys(standing.exercise.lesson for standing in everything))
    width = max(map(len, names), default=0)
    for name in names:
        yield from _lesson_lines(name, width, [s for s in everything if s.exercise.lesson == name], in_full)
    hidden = sum(standing.exercise.hidden for standing in everything)
    if hidden:
        yield f"  Besides, {count(hidden, 'check')} will run when this is graded.", "faint"


def _lesson_lines(lesson: str, width: int, its: list[ExerciseStatus], in_full: bool) -> Iterator[Line]:
    states = {standing.state for standing in its}
    if not in_full and len(states) == 1 and not states & {"failed", "waiting", "passed", "changed"}:
        yield f"  {lesson:<{width}}   {states.pop()} ({count(len(its), 'exercise')})", "plain"
        return
    yield f"  {lesson}", "plain"
    width = max(len(standing.exercise.name) for standing in its)
    for standing in its:
        style = {"done": "good", "failed": "bad"}.get(standing.state, "plain")
        level = f"   level {standing.exercise.level}" if in_full else ""
        yield f"    {standing.exercise.name:<{width}}{level}   {standing.in_words}", style


def exercise_lines(here: ExerciseStatus) -> Iterator[Line]:
    """Return the lines about the next exercise."""
    result = _shown_result(here)
    line = result.told.line if result.told and result.told.line else result.line
    yield _ends(here.exercise.name, f"{result.path}:{line}"), "title"
    yield "", ""
    if result.state == "to do":
        yield from paragraph_lines(
            f"To do: this is still a stub (level {here.exercise.level}). Its docstring says what it must do."
        )
        if result.told and result.told.headline != STUB:
            yield from paragraph_lines(result.told.headline, "bad")
        return
    if result.state == "waiting":
        yield from paragraph_lines(f"This waits for {result.waits_for}: that is wrong, and changes what happens here.")
        return
    if result.told:
        yield from told_lines(result.told)
    yield "", ""
    others = sum(other.state == "failed" for other in here.results) - 1
    more = f" (and {others} more)" if others else ""
    yield from paragraph_lines(f"Check that fails{more}: {result.check}", "faint")
    if said := score(judged(here.results)):
        yield from paragraph_lines(said, "faint")
    if result.printed:
        yield from _printed(result.printed)


def _shown_result(here: ExerciseStatus) -> Result:
    """Return the first failed result, or else the first that waits or is to do."""
    order = ("failed", "waiting", "to do")
    wanted = next(state for state in order if any(r.state == state for r in here.results))
    return next(result for result in here.results if result.state == wanted)


def told_lines(told: Explanation) -> Iterator[Line]:
    """Return the lines of an explanation, headline first."""
    yield from paragraph_lines(told.headline, "bad")
    if told.code:
        yield "", ""
        start = f"    line {told.line}:  "
        yield _cut(f"{start}{told.code}"), "code"
        if told.caret is not None and len(start) + told.caret < width():
            yield " " * (len(start) + told.caret) + "^", "code"
        yield from (line for line in _table([("", name, is_) for name, is_ in told.values], indent=8))
    if told.walk:
        yield "", ""
        yield from _table(list(told.walk))
    for paragraph in told.paragraphs:
        yield "", ""
        yield from paragraph_lines(paragraph)


def _table(rows: list[tuple[str, str, str]], indent: int = 4) -> Iterator[Line]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False) if width]
        text = " " * indent + "  ".join([*cells, row[2]])
        yield _cut(text.rstrip()), "bad" if "differs" in row[2] or "stops" in row[2] else "plain"


def _printed(text: str) -> Iterator[Line]:
    lines = text.rstrip().splitlines()
    yield "", ""
    yield f"  Your code printed{' (the last 8 lines)' if len(lines) > 8 else ''}:", "plain"
    yield from ((_cut(f"    {line}"), "code") for line in lines[-8:])


def _cut(line: str) -> str:
    """Truncate a line to the width, with a mark."""
    return line if len(line) <= width() else f"{line[: width() - 4]} ..."


def note_lines(results: list[Result], said: Iterable[str] = ()) -> Iterator[Line]:
    """Return the notes of results and session, each once."""
    for note in dict.fromkeys([*(note for result in results for note in result.notes), *said, *_skipped(results)]):
        yield "", ""
        yield from paragraph_lines(f"Note: {note}")


def _skipped(results: list[Result]) -> Iterator[str]:
    reasons = Counter(result.told.headline for result in results if result.state == "skipped" and result.told)
    for reason, number in reasons.items():
        yield f"{count(number, 'check')} not run: {reason}."


def _next_step(here: ExerciseStatus, hints: int, typed: str) -> Iterator[Line]:
    yield "", ""
    yield from hint_lines(here.exercise, hints)
    if hints < len(here.exercise.hints):
        command = f"{typed} --hint {hints + 1}"
        fits = len(command) + len("  A hint: ") <= width()
        lines = [f"  A hint: {command}"] if fits else ["  A hint:", f"    {command}"]  # to be copied whole
        yield from ((line, "faint") for line in lines)


def hint_lines(exercise: Exercise, hints: int) -> Iterator[Line]:
    """Return the first hints of an exercise."""
    for number, hint in enumerate(exercise.hints[:hints], start=1):
        yield from paragraph_lines(f"Hint {number} of {len(exercise.hints)}: {hint}")
        yield "", ""


def paragraph_lines(text: str, style: str = "plain") -> Iterator[Line]:
    """Wrap a text."""
    yield from ((f"  {line}", style) for line in textwrap.wrap(text, width() - 2, break_long_words=False))


def _ends(left: str, right: str) -> str:
    gap = width() - len(left) - len(right)
    return f"{left}{' ' * gap}{right}" if gap > 1 else f"{left}   {right}"
