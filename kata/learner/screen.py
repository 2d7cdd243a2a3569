"""The logic of `kata watch`: what the screen shows and which keys work, without a terminal, a clock or a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kata.content.lesson import Exercise, Lesson
from kata.learner import editor
from kata.learner.compare import compare
from kata.learner.progress import ExerciseRef, SavedProgress, digests_of, known_results, line_of, saved_statuses
from kata.report.report import Line, exercise_lines, hint_lines, note_lines, paragraph_lines, progress, rows, width
from kata.report.results import ExerciseStatus, Result, count, current, statuses, unless_spared
from kata.running.client import Verdict

_BLANK: Line = ("", "")


@dataclass
class Screen:
    """The state of the screen.

    Args:
        lessons: all lessons.
        state: the saved progress.
        place: the current exercise; None until something was run.
        held: whether `place` was just done, and waits for the learner to go on.
        chosen: whether the learner went to `place` with a key; it stays until another exercise changes.
        done: what was done while the learner went on to the next exercise.
        shown: what is shown below: "", "compare" or "list".
        changed: what the last save changed.
        word: the message about the last key.
    """

    lessons: list[Lesson]
    state: SavedProgress
    limit: float
    place: ExerciseRef | None = None
    held: bool = False
    chosen: bool = False
    done: str = ""
    shown: str = ""
    changed: str = ""
    word: str = ""
    verdict: Verdict = field(init=False)
    results: list[Result] = field(default_factory=list)
    _texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.limit)

    def begin(self, lesson: Lesson) -> str:
        """Start a run of `lesson`; return the exercise to check first.

        That is the current one, or the one whose code has changed since the last run.
        """
        edited = self._edited(lesson)
        self.done = ""
        if self.place is None or self.place.lesson != lesson:
            here = current(saved_statuses([lesson], self.state))
            self._go(lesson, edited[0] if edited else here.exercise if here else lesson.exercises[0])
        elif edited and self.place.exercise not in edited:
            self.done = f"{self.place.exercise.name} is done." if self.held else ""
            self._go(lesson, edited[0])
        assert self.place is not None
        self.shown = self.word = ""
        self.verdict = Verdict(self.limit)
        return self.place.exercise.name

    def _edited(self, lesson: Lesson) -> list[Exercise]:
        """Return the exercises whose code has changed since the last run; () at the first."""
        now = digests_of(lesson)
        before = self._texts.get(lesson.name)
        if now:  # else the file cannot be read
            self._texts[lesson.name] = now
        if not now or before is None:
            return []
        return [one for one in lesson.exercises if now[one.name] != before[one.name]]

    def _go(self, lesson: Lesson, exercise: Exercise, chosen: bool = False) -> None:
        if self.place is None or self.place.lesson != lesson:
            self.results = known_results(lesson, self.state)
        self.place, self.held, self.chosen, self.changed = ExerciseRef(lesson, exercise), False, chosen, ""

    def preview(self) -> bool:
        """Whether to show the verdict on the current exercise before the run has ended."""
        if self.place is None or self.held or not self.verdict.is_known(self.place.exercise.name):
            return False
        mine = self._mine(self.verdict.results())
        self.held = self._is_new(mine)
        return self.held or mine.state == "failed"

    def _mine(self, results: list[Result]) -> ExerciseStatus:
        assert self.place is not None
        return next(x for x in self._standings(results, self.place.lesson) if x.exercise == self.place.exercise)

    def _is_new(self, mine: ExerciseStatus) -> bool:
        """Whether the exercise is newly done."""
        then = {one.state for one in self.results if one.exercise == mine.exercise.name}
        return mine.state == "done" and bool(then - {"passed", "skipped"})

    def finish(self) -> None:
        """Update the state after a run: changes, progress, current exercise."""
        assert self.place is not None
        lesson, before = self.place.lesson, self.results
        results = self.verdict.results(_source(lesson))
        if not results:
            self.held, self.changed = False, ""
            return
        results = unless_spared(results, self.results)
        is_new = self._is_new(self._mine(results))
        self.results = results
        self.state.remember(lesson.name, self.results)
        everything = self._standings(self.results, lesson)
        mine = self._mine(self.results)
        self.changed = _changed(before, mine)
        self.held = mine.state == "done" and (self.held or is_new)
        if self.held or self.chosen or mine.state == "failed":
            return
        here = current(everything)
        if here is not None and here.exercise != self.place.exercise:
            self._go(lesson, here.exercise)

    def amend(self) -> None:
        """Add what the search found out about a failure after the run."""
        assert self.place is not None
        self.results = unless_spared(self.verdict.results(_source(self.place.lesson)), self.results)
        self.state.remember(self.place.lesson.name, self.results)

    def next(self) -> Lesson:
        """Go to the next unfinished exercise, or if this one is unfinished, to the one that follows.

        Returns:
            the lesson to run.
        """
        self._take_in_what_is_known()
        if not self._is_done():
            return self._step(1)
        here = current(self._everything()) or next((s for s in self._everything() if s.state == "not run"), None)
        return self._choose(here.exercise) if here is not None else self._step(1)

    def previous(self) -> Lesson:
        """Go to the previous exercise, in whatever state; return the lesson to run."""
        self._take_in_what_is_known()
        return self._step(-1)

    def _take_in_what_is_known(self) -> None:
        """Save results that the learner does not wait for."""
        known = self.verdict.results()
        if self.place is None or self.verdict.is_complete or not known:
            return
        texts = {one.exercise: one.digest for one in known}
        there = {one.key for one in known}
        # what waited for something in an older run waits no longer
        before = [one for one in self.results if one.key not in there and one.state != "waiting"]
        kept = [one for one in before if texts.get(one.exercise, one.digest) == one.digest]
        self.results = kept + known
        self.state.remember(self.place.lesson.name, known)

    def _step(self, by: int) -> Lesson:
        assert self.place is not None
        all_of_them = [exercise for lesson in self.lessons for exercise in lesson.exercises]
        number = all_of_them.index(self.place.exercise) + by
        return self._choose(all_of_them[min(max(number, 0), len(all_of_them) - 1)])

    def _choose(self, exercise: Exercise) -> Lesson:
        lesson = next(one for one in self.lessons if one.name == exercise.lesson)
        self.shown, self.done = "", ""
        self._go(lesson, exercise, chosen=True)
        return lesson

    def _is_done(self) -> bool:
        """Whether the current exercise is done, according to this run."""
        return self.held or (self.place is not None and self.verdict.is_complete and self._here().state == "done")

    def _here(self) -> ExerciseStatus:
        assert self.place is not None
        return self._mine(self.verdict.results(_source(self.place.lesson)) or self.results)

    def edit(self) -> None:
        """Open the exercise in the learner's editor, unless it needs the terminal."""
        assert self.place is not None
        try:
            words = editor.command(self.place.lesson.stub, line_of(self.place))
            if editor.needs_terminal(words):
                self.word = f"{words[0]} needs a terminal of its own: there, type `kata open`"
            else:
                editor.run(words)
        except (editor.NoEditor, OSError) as error:
            self.word = str(error)

    def hint(self) -> None:
        """Show one more hint."""
        if self.place is not None:
            seen = self.state.hints.get(self.place.key, 0)
            self.state.hints[self.place.key] = min(seen + 1, len(self.place.exercise.hints))

    def choices(self) -> list[tuple[str, str]]:
        """Return the keys that work now, each with its label."""
        found = []
        if self.place is not None and self.verdict.is_complete and not self._is_done():
            left = len(self.place.exercise.hints) - self.state.hints.get(self.place.key, 0)
            found += [("h", f"hint ({left} left)")] if left else []
        if self._is_done():
            found += [("c", "compare with the solution")]
        moves = [("n", "next"), ("p", "previous"), ("l", "list"), ("r", "run again"), ("e", "edit"), ("q", "quit")]
        return [*found, *moves]

    def lines(self) -> list[Line]:
        """Return the lines of the screen."""
        if self.shown == "list":
            whole = [*progress(self._everything(), in_full=True), _BLANK, *self._key_line()]
            shorter = [*progress(self._everything()), _BLANK, *self._key_line()]
            return whole if len(whole) < rows() else shorter
        lines = [*progress(self._everything()), _BLANK]
        if self.place is None:
            return lines
        return [*lines, *self._exercise(self.place), _BLANK, *self._key_line()]

    def _exercise(self, place: ExerciseRef) -> Iterator[Line]:
        if self.done:
            yield f"  {self.done}", "good"
            yield _BLANK
        if self._is_done():
            yield from self._end(place)
            return
        mine = self._here()
        if self.verdict.nothing_ran:
            yield from paragraph_lines(self.verdict.nothing_ran, "bad")
        elif mine.judged and mine.state not in ("done", "passed"):
            yield from exercise_lines(mine)
        yield from note_lines(self.verdict.results(), [self.word] if self.word else [])
        if self.changed:
            yield _BLANK
            yield f"  {self.changed}", "plain"
        seen = self.state.hints.get(place.key, 0)
        if seen:
            yield _BLANK
            yield from hint_lines(place.exercise, seen)

    def _end(self, place: ExerciseRef) -> Iterator[Line]:
        yield f"  {place.exercise.name} is done.", "good"
        if all(one.state == "done" for one in self._standings(self.results, place.lesson)):
            yield f"  Every exercise of {place.lesson.name} is done.", "good"
        yield f"  The solution is in solutions/{place.lesson.name}.py.", "plain"
        yield from self._comparison(place) if self.shown == "compare" else ()

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
        line = ""
        for choice in (f"{key} {word}" for key, word in self.choices()):
            if line and len(f"{line}   {choice}") > width() - 2:
                yield f"  {line}", "faint"
                line = ""
            line = f"{line}   {choice}" if line else choice
        yield f"  {line}", "faint"

    def _everything(self) -> list[ExerciseStatus]:
        found: list[ExerciseStatus] = []
        for lesson in self.lessons:
            is_mine = self.place is not None and lesson == self.place.lesson and bool(self.results)
            found += self._standings(self.results, lesson) if is_mine else saved_statuses([lesson], self.state)
        return found

    def _standings(self, results: list[Result], lesson: Lesson) -> list[ExerciseStatus]:
        return statuses([lesson], results, left_out=self.state.left_out(lesson))


def _changed(before: list[Result], now: ExerciseStatus) -> str:
    """Describe what the last save changed for the exercise, or ""."""
    then = {one.check: one.state for one in before if one.exercise == now.exercise.name}
    if not then or set(then.values()) == {"to do"}:
        return ""
    more = [one for one in now.judged if one.state == "passed" and then.get(one.check) != "passed"]
    lost = [one.check for one in now.judged if one.state != "passed" and then.get(one.check) == "passed"]
    passed = sum(one.state == "passed" for one in now.judged)
    parts = [f"{passed} of {count(len(now.judged), 'check')} pass now, {len(more)} more than before."] if more else []
    others = f", and so did {count(len(lost) - 1, 'other')}" if len(lost) > 1 else ""
    parts += [f"The check `{lost[0]}` passed before{others}."] if lost else []
    return " ".join(parts)


def _source(lesson: Lesson) -> str:
    try:
        return lesson.stub.read_text("utf-8", errors="replace")
    except OSError:
        return ""
