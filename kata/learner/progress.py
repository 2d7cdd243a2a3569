"""The learner's progress: the saved results, and finding an exercise by name or by progress."""

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
from kata.content.lesson import Exercise, Lesson, unfinished
from kata.content.patching import definitions, digest, is_untouched
from kata.report.results import ExerciseStatus, Result, current, statuses

VERSION = 2
WAIT = 5.0  # seconds for another session that is writing


@dataclass
class Known:
    """The saved result of one exercise.

    Args:
        digest: of the code that was checked.
        total: the number of checks; 0 if no session ran all of them.
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
    """The last results of each exercise, the hints seen, and the skipped exercises.

    Args:
        folder: where it is saved.
        known: lesson name to exercise name to result.
        hints: exercise, such as ``ex01_lenet::LeNet.forward``, to the number of hints seen.
        word: a message about the saved file itself, or "".
        skipped: exercise to a digest of its code when it was skipped; "" if it is not skipped any more.
    """

    folder: Path
    known: dict[str, dict[str, Known]] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    word: str = ""
    skipped: dict[str, str] = field(default_factory=dict)
    _news: list[tuple[str, list[Result]]] = field(default_factory=list)

    @staticmethod
    def load(root: Path) -> SavedProgress:
        """Load the progress under `root`; an unreadable file is moved aside, with a message."""
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
        """Return the saved results of a lesson, without explanations."""
        its = self.known.get(lesson.name, {})
        rows = [(name, one, *row) for name, one in its.items() for row in one.checks.items()]
        path = f"exercises/{lesson.name}.py"
        return [
            Result(lesson.name, name, check, path, 1, index, state, waits, digest=one.digest, total=one.total)  # type: ignore[arg-type]  # one of the states
            for index, (name, one, check, (state, waits)) in enumerate(rows)
        ]

    def remember(self, lesson: str, results: list[Result]) -> None:
        """Add the results of a run; stubs are not saved, since the file shows them."""
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
        """Return lesson and name of each exercise whose code has changed since it was checked."""
        its = self.known.get(lesson.name, {})
        now = digests_of(lesson) if its else {}
        return {(lesson.name, name) for name, one in its.items() if now.get(name) != one.digest}

    def skip(self, lesson: Lesson, exercise: str, back: bool = False) -> bool:
        """Skip an exercise until its code changes, or take it `back`; return whether it was found."""
        now = digests_of(lesson).get(exercise)
        self.skipped[f"{lesson.name}::{exercise}"] = "" if back else now or ""
        return now is not None

    def left_out(self, lesson: Lesson) -> set[tuple[str, str]]:
        """Return lesson and name of each skipped exercise."""
        its = {key.partition("::")[2]: text for key, text in self.skipped.items() if key.startswith(f"{lesson.name}::")}
        now = digests_of(lesson) if its else {}
        return {(lesson.name, name) for name, text in its.items() if text and now.get(name) == text}

    def save(self) -> str:
        """Merge into the saved file, atomically; return "" or why it failed."""
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
    """Lock the saved file against other sessions."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=WAIT):
            yield
    except Timeout:
        raise TimeoutError("another session is writing there") from None


def digests_of(lesson: Lesson) -> dict[str, str]:
    """Return a digest of the learner's code of each exercise; {} if the file cannot be read."""
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
    """The requested thing does not exist; the message says what does."""


@dataclass(frozen=True)
class ExerciseRef:
    """One exercise of one lesson."""

    lesson: Lesson
    exercise: Exercise

    @property
    def key(self) -> str:
        return f"{self.lesson.name}::{self.exercise.name}"


def find_root(start: Path) -> Path:
    """Return the repository around `start`.

    Raises:
        Unknown: there is none.
    """
    for folder in (start, *start.parents):
        has_solutions = (folder / "solutions").is_dir() or (folder / sealed.NAME).is_file()
        if (folder / "exercises").is_dir() and has_solutions:
            return folder
    raise Unknown(f"{start} is not inside the kata repository (a folder with exercises/ and solutions/)")


def untouched(lesson: Lesson) -> set[str]:
    """Return the exercises of a lesson that are still stubs."""
    try:
        tree = ast.parse(lesson.stub.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {exercise.name for exercise in lesson.exercises if is_untouched(tree, exercise.name)}


def saved_statuses(lessons: list[Lesson], state: SavedProgress) -> list[ExerciseStatus]:
    """Return the saved status of every exercise, without running anything."""
    return [
        standing
        for lesson in lessons
        for standing in statuses([lesson], known_results(lesson, state), state.changed(lesson), state.left_out(lesson))
    ]


def known_results(lesson: Lesson, state: SavedProgress) -> list[Result]:
    """Return the saved results of a lesson, and a result for each stub."""
    stubs = untouched(lesson)
    kept = [result for result in state.results(lesson) if result.exercise not in stubs]
    blank = Result(lesson.name, "", "", f"exercises/{lesson.name}.py", 1, 0, "to do")
    return kept + [replace(blank, exercise=name) for name in stubs]


def line_of(place: ExerciseRef) -> int:
    """Return the line of an exercise in the learner's file, or 1."""
    try:
        found = definitions(ast.parse(place.lesson.stub.read_bytes()), place.exercise.name)
    except (OSError, SyntaxError, ValueError):
        return 1
    return found[-1].lineno if found else 1


def find(lessons: list[Lesson], state: SavedProgress, name: str | None) -> ExerciseRef:
    """Return the exercise of that name (its last part will do), or the current one.

    If several lessons have that exercise, prefer the current lesson, then exercises already started.

    Raises:
        Unknown: there is no such exercise, or more than one, or all are done.
    """
    places = [ExerciseRef(lesson, exercise) for lesson in lessons for exercise in lesson.exercises]
    everything = saved_statuses(lessons, state)
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
    """Return the lesson whose name starts with `name`.

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
