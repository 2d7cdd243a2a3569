"""What the learner reads: pure functions from the results of checks to lines of text.

Nothing here knows pytest or torch. A line is a text and the name of a style; without colour the
words alone say everything.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kata.lesson import Exercise, Lesson

WIDTH = 80
STUB = "This is still a stub."
State = Literal["passed", "to do", "failed", "waiting", "skipped"]
Line = tuple[str, str]
# How a style looks, in the words of pytest's terminal.
STYLES = {"title": "bold", "good": "green", "bad": "red", "code": "cyan", "faint": "light"}


@dataclass(frozen=True)
class Told:
    """Why a check failed, in the learner's terms.

    Args:
        headline: the first sentence; stands alone.
        paragraphs: what follows, in order.
        walk: layer, shape and verdict of each station up to the first difference.
        line: the learner's line, with its `code`, or None.
        caret: the place in the code to point at, from 0, or None.
        values: the names on that line, and what they are.
    """

    headline: str
    paragraphs: tuple[str, ...] = ()
    walk: tuple[tuple[str, str, str], ...] = ()
    line: int | None = None
    code: str = ""
    caret: int | None = None
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Result:
    """One check's outcome, as it travels from the process that ran it to the one that reports.

    Args:
        lesson, exercise: the names of what was checked.
        check: the check's sentence.
        path, line: the learner's file as it is to be shown, and the line of the exercise.
        index: the check's place in the session.
        state: what came out.
        waits_for: the exercise that must be mended first, or "".
        told: why it failed; None where it passed or is to do.
        digest: of the text that was checked, as far as the exercise goes; "" where it is no learner's.
        total: how many checks the exercise has; 0 where the session did not see all of them.
        mistake: the key of the known mistake, or "".
        printed: what the learner's code printed.
        notes: other things to say once.
    """

    lesson: str
    exercise: str
    check: str
    path: str
    line: int
    index: int
    state: State
    waits_for: str = ""
    told: Told | None = None
    mistake: str = ""
    printed: str = ""
    notes: tuple[str, ...] = ()
    digest: str = ""
    total: int = 0

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "told": asdict(self.told) if self.told else None}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Result:
        told = data.pop("told")
        return Result(told=Told(**{k: _tuples(v) for k, v in told.items()}) if told else None, **_tuples(data))


def _tuples(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_tuples(part) for part in value)
    return {key: _tuples(part) for key, part in value.items()} if isinstance(value, dict) else value


@dataclass
class Standing:
    """How one exercise stands after a session, or as far as is remembered.

    Args:
        exercise: the exercise.
        results: what its checks found.
        changed: whether its text is no longer the one that was checked.
    """

    exercise: Exercise
    results: list[Result] = field(default_factory=list)
    changed: bool = False

    @property
    def judged(self) -> list[Result]:
        """The results of the checks that could run here."""
        return [result for result in self.results if result.state != "skipped"]

    @property
    def state(self) -> str:
        """What can be said of the exercise; "done" only where all its checks passed on the text that is there."""
        if not self.judged:
            return "not run"
        return "changed" if self.changed and not self._holds("to do") else self._state_then

    @property
    def _state_then(self) -> str:
        for state in ("failed", "waiting", "to do"):
            if self._holds(state):
                return state
        total = max(result.total for result in self.results)
        return "done" if 0 < total <= len(self.results) else "passed"

    def _holds(self, state: str) -> bool:
        return any(result.state == state for result in self.judged)

    @property
    def in_words(self) -> str:
        """The state as the learner reads it."""
        if self.state == "failed":
            passed = sum(result.state == "passed" for result in self.judged)
            return f"{passed} of {len(self.judged)} checks"
        if self.state == "passed":
            return f"{_count(len(self.judged), 'check')} passed, the others not run"
        if self.state == "changed":
            return "changed since it passed" if self._state_then == "done" else "changed since it was checked"
        if self.state == "waiting":
            return f"waits for {next(r.waits_for for r in self.results if r.state == 'waiting')}"
        return self.state


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def standings(
    lessons: Iterable[Lesson], results: Iterable[Result], changed: Container[tuple[str, str]] = ()
) -> list[Standing]:
    """Return every exercise of the lessons in order, each with its results in order.

    Args:
        lessons: the lessons.
        results: what is known of their checks.
        changed: lesson and name of each exercise whose text is no longer the one that was checked.
    """
    by_exercise: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda result: result.index):
        by_exercise.setdefault((result.lesson, result.exercise), []).append(result)
    return [
        Standing(exercise, by_exercise.get(key, []), key in changed)
        for lesson in lessons
        for exercise in lesson.exercises
        for key in [(lesson.name, exercise.name)]
    ]


def current(all_standings: list[Standing]) -> Standing | None:
    """Return the exercise to talk about: the first attempted and red one, one that changed, or one still to do."""
    for wanted in ("failed", "waiting", "changed", "to do"):
        for standing in all_standings:
            if standing.state == wanted:
                return standing
    return None


HINT_COMMAND = "pytest exercises/ --hint {}"


def report(lessons: list[Lesson], results: list[Result], hints: int = 0) -> list[Line]:
    """Return the whole report: progress, then the one exercise that comes next."""
    everything = standings(lessons, results)
    lines = list(progress(everything))
    here = current(everything)
    said = dict.fromkeys(note for s in everything for result in s.results for note in result.notes)
    notes = _notes([*said, *_skipped(results)])
    if here is not None:
        return [*lines, ("", ""), *exercise_lines(here), *notes, *_next_step(here, hints)]
    if everything and all(standing.state == "done" for standing in everything):
        lines += [("", ""), ("  Every exercise is done. Compare with solutions/ at leisure.", "good")]
    return [*lines, *notes]


def progress(everything: list[Standing], in_full: bool = False) -> Iterator[Line]:
    """Return the bar, and a line for each lesson or, where one is begun or `in_full`, for each of its exercises."""
    done = sum(standing.state == "done" for standing in everything)
    filled = round(20 * done / len(everything)) if everything else 0
    bar = "#" * filled + "." * (20 - filled)
    yield f"LeNet kata   [{bar}]  {done} of {len(everything)} exercises done", "title"
    yield "", ""
    names = list(dict.fromkeys(standing.exercise.lesson for standing in everything))
    width = max(map(len, names), default=0)
    for name in names:
        yield from _lesson_lines(name, width, [s for s in everything if s.exercise.lesson == name], in_full)


def _lesson_lines(lesson: str, width: int, its: list[Standing], in_full: bool) -> Iterator[Line]:
    states = {standing.state for standing in its}
    if not in_full and len(states) == 1 and not states & {"failed", "waiting", "passed", "changed"}:
        yield f"  {lesson:<{width}}   {states.pop()} ({_count(len(its), 'exercise')})", "plain"
        return
    yield f"  {lesson}", "plain"
    width = max(len(standing.exercise.name) for standing in its)
    for standing in its:
        style = {"done": "good", "failed": "bad"}.get(standing.state, "plain")
        level = f"   level {standing.exercise.level}" if in_full else ""
        yield f"    {standing.exercise.name:<{width}}{level}   {standing.in_words}", style


def exercise_lines(here: Standing) -> Iterator[Line]:
    """Return what is told of the one exercise that comes next."""
    result = _shown_result(here)
    line = result.told.line if result.told and result.told.line else result.line
    yield _ends(here.exercise.name, f"{result.path}:{line}"), "title"
    yield "", ""
    if result.state == "to do":
        yield from _paragraph(
            f"To do: this is still a stub (level {here.exercise.level}). Its docstring says what it must do."
        )
        if result.told and result.told.headline != STUB:
            yield from _paragraph(result.told.headline, "bad")
        return
    if result.state == "waiting":
        yield from _paragraph(f"This waits for {result.waits_for}: that is wrong, and changes what happens here.")
        return
    if result.told:
        yield from told_lines(result.told)
    yield "", ""
    others = sum(other.state == "failed" for other in here.results) - 1
    more = f" (and {others} more)" if others else ""
    yield from _paragraph(f"Check that fails{more}: {result.check}", "faint")
    if result.printed:
        yield from _printed(result.printed)


def _shown_result(here: Standing) -> Result:
    """Return the first result that is red, or else the first that waits or is to do."""
    order = ("failed", "waiting", "to do")
    wanted = next(state for state in order if any(r.state == state for r in here.results))
    return next(result for result in here.results if result.state == wanted)


def told_lines(told: Told) -> Iterator[Line]:
    """Return what is told of one failing check, headline first."""
    yield from _paragraph(told.headline, "bad")
    if told.code:
        yield "", ""
        start = f"    line {told.line}:  "
        yield f"{start}{told.code}"[:WIDTH], "code"
        if told.caret is not None and len(start) + told.caret < WIDTH:
            yield " " * (len(start) + told.caret) + "^", "code"
        yield from (line for line in _table([("", name, is_) for name, is_ in told.values], indent=8))
    if told.walk:
        yield "", ""
        yield from _table(list(told.walk))
    for paragraph in told.paragraphs:
        yield "", ""
        yield from _paragraph(paragraph)


def _table(rows: list[tuple[str, str, str]], indent: int = 4) -> Iterator[Line]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False) if width]
        text = " " * indent + "  ".join([*cells, row[2]])
        yield text.rstrip()[:WIDTH], "bad" if "differs" in row[2] or "stops" in row[2] else "plain"


def _printed(text: str) -> Iterator[Line]:
    lines = text.rstrip().splitlines()
    yield "", ""
    yield f"  Your code printed{' (the last 8 lines)' if len(lines) > 8 else ''}:", "plain"
    yield from ((f"    {line}"[:WIDTH], "code") for line in lines[-8:])


def _notes(notes: Iterable[str]) -> Iterator[Line]:
    for note in notes:
        yield "", ""
        yield from _paragraph(f"Note: {note}")


def _skipped(results: list[Result]) -> Iterator[str]:
    reasons = Counter(result.told.headline for result in results if result.state == "skipped" and result.told)
    for reason, number in reasons.items():
        yield f"{_count(number, 'check')} not run: {reason}."


def _next_step(here: Standing, hints: int) -> Iterator[Line]:
    yield "", ""
    yield from hint_lines(here.exercise, hints)
    if hints < len(here.exercise.hints):
        yield from _paragraph(f"A hint: {HINT_COMMAND.format(hints + 1)}", "faint")


def hint_lines(exercise: Exercise, hints: int) -> Iterator[Line]:
    """Return the first hints of an exercise."""
    for number, hint in enumerate(exercise.hints[:hints], start=1):
        yield from _paragraph(f"Hint {number} of {len(exercise.hints)}: {hint}")
        yield "", ""


def _paragraph(text: str, style: str = "plain") -> Iterator[Line]:
    yield from ((f"  {line}", style) for line in textwrap.wrap(text, WIDTH - 2, break_long_words=False))


def _ends(left: str, right: str) -> str:
    gap = WIDTH - len(left) - len(right)
    return f"{left}{' ' * gap}{right}" if gap > 1 else f"{left}   {right}"
