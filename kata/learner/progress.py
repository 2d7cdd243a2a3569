"""The learner's progress: what is saved of it, and which exercise a name or the current position means."""

from __future__ import annotations

import ast
import difflib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kata.content import sealed
from kata.content.files import write_whole
from kata.content.graft import definitions, digest, is_untouched
from kata.content.lesson import Exercise, Lesson, unfinished
from kata.report.results import Result, Standing, current, standings

VERSION = 2
WAIT = 5.0  # seconds for another session that is writing


@dataclass
class Known:
    """What is known of one exercise.

    Args:
        digest: of the text that was checked.
        total: how many checks there are; 0 where no session saw all of them.
        checks: each check's sentence to its state and what it waits for.
    """

    digest: str
    total: int
    checks: dict[str, list[str]]


def _known(data: dict[str, Any]) -> Known:
    checks = {str(check): [str(state), str(waits_for)] for check, (state, waits_for) in data["checks"].items()}
    return Known(str(data["digest"]), int(data["total"]), checks)


@dataclass
class SavedProgress:
    """The last known results of each exercise, and how many hints were asked for.

    Args:
        folder: where it is kept.
        known: lesson name to exercise name to what is known of it.
        hints: exercise, such as ``ex01_lenet::LeNet.forward``, to the hints seen.
        word: what to tell the learner once about the state itself, or "".
        skipped: exercise to a digest of the text that it was left out with; "" where it is not any more.
    """

    folder: Path
    known: dict[str, dict[str, Known]] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    word: str = ""
    skipped: dict[str, str] = field(default_factory=dict)
    _news: list[tuple[str, list[Result]]] = field(default_factory=list)

    @staticmethod
    def load(root: Path) -> SavedProgress:
        """Return the state kept under `root`; one that cannot be read is set aside, with a word."""
        state = SavedProgress(root / ".kata")
        path = state.folder / "state.json"
        try:
            state._fill(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            pass
        except OSError as error:
            state.word = f".kata/state.json cannot be read ({error.strerror}); going on without it."
        except (ValueError, KeyError, TypeError, AttributeError):
            state = SavedProgress(root / ".kata", word=_set_aside(path))
        return state

    def _fill(self, data: dict[str, Any]) -> None:
        if data["version"] not in (1, VERSION):
            raise ValueError(f"version {data['version']}")
        self.hints = {str(name): int(count) for name, count in data["hints"].items()}
        self.skipped = {str(name): str(text) for name, text in data.get("skipped", {}).items()}
        if data["version"] == VERSION:  # the first version kept results by lesson, without the text of each exercise
            for lesson, its in data["known"].items():
                self.known[lesson] = {name: _known(one) for name, one in its.items()}

    def results(self, lesson: Lesson) -> list[Result]:
        """Return what is known of a lesson's checks, without the words."""
        its = self.known.get(lesson.name, {})
        rows = [(name, one, *row) for name, one in its.items() for row in one.checks.items()]
        path = f"exercises/{lesson.name}.py"
        return [
            Result(lesson.name, name, check, path, 1, index, state, waits, digest=one.digest, total=one.total)  # type: ignore[arg-type]  # one of the states
            for index, (name, one, check, (state, waits)) in enumerate(rows)
        ]

    def remember(self, lesson: str, results: list[Result]) -> None:
        """Add what a run found out about a lesson; stubs are seen in the file, and need no remembering."""
        self._news.append((lesson, results))
        self._merge(lesson, results)

    def _merge(self, lesson: str, results: list[Result]) -> None:
        found: dict[str, list[Result]] = {}
        for result in results:
            if result.state != "to do" and result.index >= 0:  # -1: the file could not be read
                found.setdefault(result.exercise, []).append(result)
        for name, its in found.items():
            checks = {one.check: [one.state, one.waits_for] for one in its}
            known = self.known.setdefault(lesson, {})
            before = known.get(name)
            if before is not None and before.digest == its[0].digest and all(one.is_spared for one in its):
                continue
            is_whole = 0 < its[0].total <= len(checks)
            if before is not None and before.digest == its[0].digest and not is_whole:
                known[name] = Known(before.digest, max(before.total, its[0].total), before.checks | checks)
            else:
                known[name] = Known(its[0].digest, its[0].total, checks)

    def changed(self, lesson: Lesson) -> set[tuple[str, str]]:
        """Return lesson and name of each exercise whose text is no longer the one that was checked."""
        its = self.known.get(lesson.name, {})
        now = digests_of(lesson) if its else {}
        return {(lesson.name, name) for name, one in its.items() if now.get(name) != one.digest}

    def skip(self, lesson: Lesson, exercise: str, back: bool = False) -> bool:
        """Leave an exercise out as long as its text stays, or take it `back`; return whether it could be found."""
        now = digests_of(lesson).get(exercise)
        self.skipped[f"{lesson.name}::{exercise}"] = "" if back else now or ""
        return now is not None

    def left_out(self, lesson: Lesson) -> set[tuple[str, str]]:
        """Return lesson and name of each exercise that is to be left out, and was not written in since."""
        its = {key.partition("::")[2]: text for key, text in self.skipped.items() if key.startswith(f"{lesson.name}::")}
        now = digests_of(lesson) if its else {}
        return {(lesson.name, name) for name, text in its.items() if text and now.get(name) == text}

    def save(self) -> str:
        """Add what is new to the file, which is written whole or not at all; return "" or why it could not be."""
        try:
            self.folder.mkdir(exist_ok=True)
            with _alone(self.folder / "lock"):
                there = SavedProgress.load(self.folder.parent)
                for lesson, results in self._news:
                    there._merge(lesson, results)
                there.skipped |= self.skipped
                there.hints |= {name: max(count, there.hints.get(name, 0)) for name, count in self.hints.items()}
                write_whole(self.folder / "state.json", there._json())
        except (OSError, TimeoutError) as error:
            return f"progress cannot be kept in {self.folder}: {getattr(error, 'strerror', None) or error}"
        self.known, self.hints, self.skipped, self._news = there.known, there.hints, there.skipped, []
        self.word = self.word or there.word
        return ""

    def _json(self) -> bytes:
        known = {lesson: {name: asdict(one) for name, one in its.items()} for lesson, its in self.known.items()}
        return json.dumps({"version": VERSION, "known": known, "hints": self.hints, "skipped": self.skipped}).encode()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other session writes."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=WAIT):
            yield
    except Timeout:
        raise TimeoutError("another session is writing there") from None


def digests_of(lesson: Lesson) -> dict[str, str]:
    """Return a digest of the learner's text of each exercise; none where the file cannot be read."""
    try:
        tree = ast.parse(lesson.stub.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    names = [exercise.name for exercise in lesson.exercises]
    return {name: digest(tree, name, names) for name in names}


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"state.broken-{time.strftime('%Y%m%d-%H%M%S')}.json")
    try:
        os.replace(path, aside)
    except OSError as error:
        return f".kata/state.json cannot be understood, nor moved away ({error.strerror}); going on without it."
    return f".kata/state.json could not be understood; it is now {aside.name}, and progress starts again."


class Unknown(Exception):
    """What was asked for does not exist; the text says what there is."""


@dataclass(frozen=True)
class ExerciseRef:
    """One exercise of one lesson."""

    lesson: Lesson
    exercise: Exercise

    @property
    def key(self) -> str:
        return f"{self.lesson.name}::{self.exercise.name}"


def find_root(start: Path) -> Path:
    """Return the repository that holds `start`.

    Raises:
        Unknown: there is none above it.
    """
    for folder in (start, *start.parents):
        has_solutions = (folder / "solutions").is_dir() or (folder / sealed.NAME).is_file()
        if (folder / "exercises").is_dir() and has_solutions:
            return folder
    raise Unknown(f"{start} is not inside the kata repository (a folder with exercises/ and solutions/)")


def untouched(lesson: Lesson) -> set[str]:
    """Return the exercises of a lesson that are still stubs; none where the file cannot be read."""
    try:
        tree = ast.parse(lesson.stub.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {exercise.name for exercise in lesson.exercises if is_untouched(tree, exercise.name)}


def known_standings(lessons: list[Lesson], state: SavedProgress) -> list[Standing]:
    """Return how every exercise stands, as far as is known without running anything."""
    return [
        standing
        for lesson in lessons
        for standing in standings([lesson], known_results(lesson, state), state.changed(lesson), state.left_out(lesson))
    ]


def known_results(lesson: Lesson, state: SavedProgress) -> list[Result]:
    """Return the last results of a lesson, and a result for each stub."""
    stubs = untouched(lesson)
    kept = [result for result in state.results(lesson) if result.exercise not in stubs]
    blank = Result(lesson.name, "", "", f"exercises/{lesson.name}.py", 1, 0, "to do")
    return kept + [replace(blank, exercise=name) for name in stubs]


def line_of(place: ExerciseRef) -> int:
    """Return the line of the learner's file at which an exercise begins; 1 where it cannot be found."""
    try:
        found = definitions(ast.parse(place.lesson.stub.read_bytes()), place.exercise.name)
    except (OSError, SyntaxError, ValueError):
        return 1
    return found[-1].lineno if found else 1


def find(lessons: list[Lesson], state: SavedProgress, name: str | None) -> ExerciseRef:
    """Return the exercise of that name (its last part will do), or the one that the learner is at.

    Where several lessons have one of that name, the lesson that the learner is at is meant; else what is begun.

    Raises:
        Unknown: there is no such exercise, or more than one, or all are done.
    """
    places = [ExerciseRef(lesson, exercise) for lesson in lessons for exercise in lesson.exercises]
    everything = known_standings(lessons, state)
    here = current(everything) or next((one for one in everything if one.state == "not run"), None)
    if name is None:
        if here is None:
            raise Unknown("every exercise is done; name one")
        return next(place for place in places if place.exercise == here.exercise)
    found = [place for place in places if name.lower() in _names_of(place)]
    if len(found) > 1 and here is not None:
        found = [place for place in found if place.lesson.name == here.exercise.lesson] or found
    if len(found) > 1:
        begun = {one.exercise for one in everything if one.state not in ("to do", "not run")}
        found = [place for place in found if place.exercise in begun] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise Unknown(f"{name!r} may be " + " or ".join(place.key for place in found))
    near = difflib.get_close_matches(name, [short for place in places for short in _names_of(place)], n=1)
    hint = f"; the nearest name is {near[0]!r}" if near else ""
    raise Unknown(f"no exercise has the name {name!r}{hint}. `kata list` shows all")


def _names_of(place: ExerciseRef) -> set[str]:
    name = place.exercise.name.lower()
    return {name, name.rpartition(".")[2], place.key.lower()}


def find_lesson(lessons: list[Lesson], name: str) -> Lesson:
    """Return the lesson whose name begins so.

    Raises:
        Unknown: there is none, or more than one.
    """
    name = Path(name).stem
    found = [lesson for lesson in lessons if lesson.name == name] or [x for x in lessons if x.name.startswith(name)]
    if len(found) != 1:
        halves = unfinished(lessons[0].root) if lessons else {}
        for half in [half for half in halves if half.startswith(name)]:
            raise Unknown(f"{half} is not finished: {halves[half]}")
        raise Unknown(f"no one lesson has the name {name!r}; there are " + ", ".join(one.name for one in lessons))
    return found[0]
