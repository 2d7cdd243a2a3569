"""Go over all submissions, keep what is done, and go on from there the next time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from kata.content import bank
from kata.content.edits import EditError
from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.learner.compare import text_of
from kata.report.results import Result
from kata.teacher.marks import Mark, Marks, Worth, mark, worths
from kata.teacher.material import Material
from kata.teacher.pool import Pool
from kata.teacher.prepare import BadLesson, prepared
from kata.teacher.submissions import Submitted, entries, read
from kata.teacher.unit import Graded, Limits, Run, grade, key_of


@dataclass(frozen=True)
class Unit:
    """One lesson of one submission, or of several with the same text."""

    key: str
    lesson: str
    source: bytes


class Workers(Protocol):
    """Whoever grades units: processes of this machine, or of others."""

    def each(self, units: list[Unit], materials: dict[str, Material]) -> Iterator[tuple[Unit, Graded]]:
        """Yield each unit with what came of it, as soon as it is there."""
        ...


class Kept:
    """What is done already, in a folder: the next call finds it there, whatever stopped this one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def put(self, key: str, graded: Graded) -> None:
        write_whole(self._path(key), json.dumps(asdict(graded)).encode())

    def get(self, key: str) -> Graded:
        return Graded(**json.loads(self._path(key).read_bytes()))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


class Grading:
    """A class that is graded.

    Args:
        lessons: the teacher's own.
        limits: for each lesson of each submission.
        kept: where what is done is kept.

    Raises:
        BadLesson: the bank of a lesson cannot be read.
    """

    def __init__(self, lessons: list[Lesson], limits: Limits, kept: Kept) -> None:
        self.lessons, self.limits, self.kept = lessons, limits, kept
        self.materials = {lesson.name: Material.of(lesson) for lesson in lessons}
        answers = [answer for lesson in lessons for answer in _wrong_answers(lesson)]
        self._owners: dict[tuple[str, bytes], list[str]] = {}
        self.names = {(one.lesson.name, one.key): one.name for one in answers}
        self.whys = {(f"{one.lesson.name}/{one.exercise}", one.name): one.why for one in answers}

    def prepare(self, jobs: int) -> None:
        """Work out, for each lesson where that was not done before, where its known mistakes leave the solution.

        It is kept in the teacher's own repository, for all classes.

        Raises:
            BadLesson: a bank cannot be used.
        """
        with ThreadPoolExecutor(jobs) as threads:
            self.materials = {one.lesson: one for one in threads.map(self._with_index, self.materials.values())}

    def unprepared(self) -> list[str]:
        """Return the lessons for which that was not done before."""
        return [name for name, material in self.materials.items() if not self._index_of(material).is_file()]

    def _index_of(self, material: Material) -> Path:
        return self.lessons[0].root / ".kata" / "grading" / f"{material.digest[:40]}.json"

    def _with_index(self, material: Material) -> Material:
        path = self._index_of(material)
        with suppress(OSError):
            return material.with_index(path.read_bytes())
        made = prepared(material)
        with suppress(OSError):  # nothing may be written there: it is worked out again the next time
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, made.index)
        return made

    def unit(self, lesson: str, source: bytes) -> Unit:
        return Unit(key_of(self.materials[lesson], source, self.limits), lesson, source)

    def units(self, submitted: Submitted) -> list[Unit]:
        """Return the units of a submission; a lesson that is not there is the stub."""
        return [self.unit(name, submitted.files.get(name, material.stub)) for name, material in self.materials.items()]

    def missing(self, submissions: list[Submitted]) -> list[Unit]:
        """Return the units that are still to be graded, each once: first those of the solutions."""
        self._owners = {}
        for one in submissions:
            for file in one.files.items():
                self._owners.setdefault(file, []).append(one.name)
        units = [self.unit(name, material.solution) for name, material in self.materials.items()]
        units += [unit for submitted in submissions for unit in self.units(submitted)]
        return [unit for key, unit in {unit.key: unit for unit in units}.items() if not self.kept.has(key)]

    def run(self, units: list[Unit], workers: Workers) -> Iterator[Unit]:
        """Grade units, keep what comes of each, and yield it when that is done."""
        for unit, graded in workers.each(units, self.materials):
            self.kept.put(unit.key, graded)
            yield unit

    def worths(self) -> list[Worth]:
        """Return what each exercise is worth, by the checks that the solutions pass here.

        Raises:
            BadLesson: a solution does not pass its own.
        """
        try:
            return [one for lesson in self.lessons for one in worths(lesson, self._solution(lesson.name).looked_at())]
        except ValueError as error:
            raise BadLesson(str(error)) from None

    def _solution(self, lesson: str) -> Graded:
        return self.kept.get(self.unit(lesson, self.materials[lesson].solution).key)

    def marks(self, submitted: Submitted, worth: list[Worth], more: Iterable[str] = ()) -> Marks:
        """Return what came of a submission; `more` is noted besides."""
        graded = {unit.lesson: self.kept.get(unit.key) for unit in self.units(submitted)}
        results = {lesson: one.looked_at() for lesson, one in graded.items()}
        notes = [f"{lesson}: {note}" for lesson, one in graded.items() for note in _notes(one)]
        return Marks(
            submitted.name,
            tuple(self._mark(one, results[one.lesson], submitted) for one in worth),
            (*submitted.problems, *notes, *self._same_texts(submitted), *more),
            submitted.about,
        )

    def _mark(self, worth: Worth, results: Sequence[Result], submitted: Submitted) -> Mark:
        found = mark(worth, results, self.names)
        source = submitted.files.get(worth.lesson, b"") if found.state == "failed" else b""
        return replace(found, text=text_of(source, worth.exercise)) if source else found

    def _same_texts(self, submitted: Submitted) -> Iterator[str]:
        """Say who else has handed in the very same text of a lesson, stubs and solutions aside."""
        for lesson, source in submitted.files.items():
            material = self.materials[lesson]
            others = [name for name in self._owners.get((lesson, source), ()) if name != submitted.name]
            if others and source not in (material.stub, material.solution):
                yield f"{lesson}: the same text, letter for letter, as {', '.join(sorted(others))}"


def _wrong_answers(lesson: Lesson) -> list[bank.Answer]:
    try:
        return bank.read(lesson, lesson.mistakes)
    except EditError as error:
        raise BadLesson(f"the bank mistakes/{lesson.name} cannot be used: {error}") from None


def _notes(graded: Graded) -> Iterator[str]:
    yield from graded.notes
    if graded.how != "done":
        yield graded.how if graded.how.startswith("no check ran") else f"the run was ended ({graded.how})"


def submissions_in(folder: Path, lessons: list[Lesson], shard: tuple[int, int] | None) -> list[Submitted]:
    """Read the submissions in a folder; of several shards only those of the given one (its number, of how many)."""
    names = [lesson.name for lesson in lessons]
    found = entries(folder, names)
    if shard is not None:
        found = found[shard[0] - 1 :: shard[1]]
    return [read(one, names) for one in found]


class Local:
    """Processes of this machine.

    Args:
        jobs: how many at a time.
        limits: for each unit.
    """

    def __init__(self, jobs: int, limits: Limits) -> None:
        self.jobs, self.limits = jobs, limits

    def each(self, units: list[Unit], materials: dict[str, Material]) -> Iterator[tuple[Unit, Graded]]:
        """Yield each unit with what came of it."""

        def do(unit: Unit, run: Run) -> Graded:
            return grade(materials[unit.lesson], unit.source, self.limits, run)

        if not units:
            return
        with Pool(min(self.jobs, len(units))) as pool:
            yield from pool.each(units, do)
