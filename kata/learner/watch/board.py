"""What `kata watch` shows and which keys mean something: plain logic, without a terminal, a clock or a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kata.content.lesson import Lesson
from kata.learner.compare import compare
from kata.learner.progress import ExerciseRef, known_results, known_standings
from kata.learner.state import SavedProgress
from kata.report.report import Line, exercise_lines, hint_lines, note_lines, paragraph_lines, progress
from kata.report.results import Result, Standing, current, standings
from kata.running.verdict import Verdict

_BLANK: Line = ("", "")


@dataclass
class Board:
    """The learner's screen.

    Args:
        lessons: all lessons.
        state: what is remembered.
        place: the exercise that the learner is at; None until something was run.
        held: whether `place` has just been done, and waits for the learner to go on.
        shown: more to show below: "", "compare" or "list".
        changed: what the last save changed.
    """

    lessons: list[Lesson]
    state: SavedProgress
    limit: float
    place: ExerciseRef | None = None
    held: bool = False
    shown: str = ""
    changed: str = ""
    verdict: Verdict = field(init=False)
    results: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.limit)

    def begin(self, lesson: Lesson) -> str:
        """Start anew for a run of `lesson`; return the exercise whose checks are to come first."""
        if self.place is None or self.place.lesson != lesson:
            self.place, self.held = None, False
            here = current(known_standings([lesson], self.state))
            self.place = ExerciseRef(lesson, here.exercise if here else lesson.exercises[0])
            self.results = known_results(lesson, self.state)
        self.shown = ""
        self.verdict = Verdict(self.limit)
        return self.place.exercise.name

    def preview(self) -> bool:
        """Whether the verdict on the learner's exercise is known before the run has ended, and worth showing."""
        if self.place is None or self.held or not self.verdict.is_known(self.place.exercise.name):
            return False
        mine = self._mine(self.verdict.results())
        self.held = self._is_new(mine)
        return self.held or mine.state == "failed"

    def _mine(self, results: list[Result]) -> Standing:
        assert self.place is not None
        return next(x for x in self._standings(results, self.place.lesson) if x.exercise == self.place.exercise)

    def _is_new(self, mine: Standing) -> bool:
        """Whether the exercise is done, and was known and not done before."""
        then = {one.state for one in self.results if one.exercise == mine.exercise.name}
        return mine.state == "done" and bool(then - {"passed", "skipped"})

    def finish(self) -> None:
        """Take in a run that has ended: what changed, what is remembered, where the learner is now."""
        assert self.place is not None
        lesson, before = self.place.lesson, self.results
        results = self.verdict.results(_source(lesson))
        if not results:
            self.held, self.changed = False, ""
            return
        is_new = self._is_new(self._mine(results))
        self.results = results
        self.state.remember(lesson.name, self.results)
        everything = self._standings(self.results, lesson)
        mine = self._mine(self.results)
        self.changed = _changed(before, mine)
        self.held = mine.state == "done" and (self.held or is_new)
        if self.held:
            return
        here = current(everything)
        if here is not None and here.exercise != self.place.exercise:
            self.place, self.changed = ExerciseRef(lesson, here.exercise), ""

    def next(self) -> Lesson | None:
        """Go on to the next exercise that is not done; return its lesson if that must be run."""
        assert self.place is not None
        self.held, self.shown, self.changed = False, "", ""
        here = current(self._everything()) or next((s for s in self._everything() if s.state == "not run"), None)
        if here is None:
            return None
        lesson = next(one for one in self.lessons if one.name == here.exercise.lesson)
        is_new = lesson != self.place.lesson
        self.place = ExerciseRef(lesson, here.exercise)
        return lesson if is_new else None

    def hint(self) -> None:
        """Show one hint more."""
        if self.place is not None:
            seen = self.state.hints.get(self.place.key, 0)
            self.state.hints[self.place.key] = min(seen + 1, len(self.place.exercise.hints))

    def choices(self) -> list[tuple[str, str]]:
        """Return the keys that mean something now, each with its word."""
        found = []
        if self.place is not None and not self.held and self.verdict.is_complete:
            left = len(self.place.exercise.hints) - self.state.hints.get(self.place.key, 0)
            found += [("h", f"hint ({left} left)")] if left else []
        if self.held and self.verdict.is_complete:
            found += [("c", "compare with the solution"), ("n", "next")]
        return [*found, ("l", "list"), ("r", "run again"), ("q", "quit")]

    def lines(self) -> list[Line]:
        """Return the screen."""
        if self.shown == "list":
            return [*progress(self._everything(), in_full=True), _BLANK, *self._key_line()]
        lines = [*progress(self._everything()), _BLANK]
        if self.place is None:
            return lines
        return [*lines, *self._exercise(self.place), _BLANK, *self._key_line()]

    def _exercise(self, place: ExerciseRef) -> Iterator[Line]:
        if self.held:
            yield f"  {place.exercise.name} is done.", "good"
            yield f"  The solution is in solutions/{place.lesson.name}.py.", "plain"
            yield from self._comparison(place) if self.shown == "compare" else ()
            return
        mine = self._mine(self.verdict.results(_source(place.lesson)) or self.results)
        if self.verdict.nothing_ran:
            yield from paragraph_lines(self.verdict.nothing_ran, "bad")
        elif mine.judged and mine.state not in ("done", "passed"):
            yield from exercise_lines(mine)
        yield from note_lines(self.verdict.results())
        if self.changed:
            yield _BLANK
            yield f"  {self.changed}", "plain"
        seen = self.state.hints.get(place.key, 0)
        if seen:
            yield _BLANK
            yield from hint_lines(place.exercise, seen)

    @staticmethod
    def _comparison(place: ExerciseRef) -> Iterator[Line]:
        found = compare(place.lesson, place.exercise.name)
        yield _BLANK
        if found.same:
            yield "  Yours says the same as the solution.", "plain"
            return
        for title, text in (("yours", found.yours), ("the solution", found.solution)):
            yield f"  {title}", "title"
            yield from (("    " + line, "code") for line in text.splitlines())
            yield _BLANK

    def _key_line(self) -> Iterator[Line]:
        yield "  " + "   ".join(f"{key} {word}" for key, word in self.choices()), "faint"

    def _everything(self) -> list[Standing]:
        found: list[Standing] = []
        for lesson in self.lessons:
            is_mine = self.place is not None and lesson == self.place.lesson and bool(self.results)
            found += self._standings(self.results, lesson) if is_mine else known_standings([lesson], self.state)
        return found

    @staticmethod
    def _standings(results: list[Result], lesson: Lesson) -> list[Standing]:
        return standings([lesson], results)


def _changed(before: list[Result], now: Standing) -> str:
    """Say what the last save changed for the exercise; "" where nothing did, or nothing was known before."""
    then = {one.check: one.state for one in before if one.exercise == now.exercise.name}
    if not then or set(then.values()) == {"to do"}:
        return ""
    more = [one for one in now.judged if one.state == "passed" and then.get(one.check) != "passed"]
    lost = [one.check for one in now.judged if one.state != "passed" and then.get(one.check) == "passed"]
    parts = [f"{len(more)} of {len(now.judged)} checks more than before"] if more else []
    parts += (
        [f"`{lost[0]}` passed before" + (f", and {len(lost) - 1} more did" if len(lost) > 1 else "")] if lost else []
    )
    return "; ".join(parts) + "." if parts else ""


def _source(lesson: Lesson) -> str:
    try:
        return lesson.stub.read_text("utf-8", errors="replace")
    except OSError:
        return ""
