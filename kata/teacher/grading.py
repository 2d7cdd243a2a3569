"""Grade a class: collect the submissions, run what has no result yet, write all reports."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import typer

from kata.content import bank
from kata.content.edits import EditError
from kata.content.files import write_whole
from kata.content.lesson import Lesson
from kata.learner.compare import text_of
from kata.learner.progress import Unknown
from kata.report.results import Result, count
from kata.teacher import class_report, formats, roster, rules, similar
from kata.teacher.class_report import overview
from kata.teacher.marks import Mark, Marks, Worth, mark, worths
from kata.teacher.pool import Pool
from kata.teacher.submissions import Submitted, entries, read, summary
from kata.teacher.unit import BadLesson, Graded, Limits, Material, Run, grade, key_of, prepared


@dataclass(frozen=True)
class Unit:
    """One lesson of one submission, or of several with the same text."""

    key: str
    lesson: str
    source: bytes


class Workers(Protocol):
    """Workers that grade units, on this machine or others."""

    def each(self, units: list[Unit], materials: dict[str, Material]) -> Iterator[tuple[Unit, Graded]]:
        """Yield each unit with its result as soon as it is there."""
        ...


class Kept:
    """Results in a folder, so that an interrupted grading can resume."""

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
    """The grading of a class.

    Args:
        lessons: the teacher's lessons.
        limits: for each lesson of each submission.
        kept: the saved results.

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
        """Build the index of known mistakes of each lesson that has none.

        It is saved in the teacher's repository, for all classes.

        Raises:
            BadLesson: a bank cannot be used.
        """
        with ThreadPoolExecutor(jobs) as threads:
            self.materials = {one.lesson: one for one in threads.map(self._with_index, self.materials.values())}

    def unprepared(self) -> list[str]:
        """Return the lessons without an index."""
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
        """Return the units of a submission; a missing lesson counts as its stub."""
        return [self.unit(name, submitted.files.get(name, material.stub)) for name, material in self.materials.items()]

    def missing(self, submissions: list[Submitted]) -> list[Unit]:
        """Return the units to grade, each once, those of the solutions first."""
        self._owners = {}
        for one in submissions:
            for file in one.files.items():
                self._owners.setdefault(file, []).append(one.name)
        units = [self.unit(name, material.solution) for name, material in self.materials.items()]
        units += [unit for submitted in submissions for unit in self.units(submitted)]
        return [unit for key, unit in {unit.key: unit for unit in units}.items() if not self.kept.has(key)]

    def run(self, units: list[Unit], workers: Workers) -> Iterator[Unit]:
        """Grade units, save each result, and yield it."""
        for unit, graded in workers.each(units, self.materials):
            self.kept.put(unit.key, graded)
            yield unit

    def worths(self) -> list[Worth]:
        """Return the worth of each exercise, by the checks that the solutions pass here.

        Raises:
            BadLesson: a solution fails its own checks.
        """
        try:
            return [one for lesson in self.lessons for one in worths(lesson, self._solution(lesson.name).looked_at())]
        except ValueError as error:
            raise BadLesson(str(error)) from None

    def _solution(self, lesson: str) -> Graded:
        return self.kept.get(self.unit(lesson, self.materials[lesson].solution).key)

    def marks(self, submitted: Submitted, worth: list[Worth], more: Iterable[str] = ()) -> Marks:
        """Return the marks of a submission, with `more` notes."""
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
        """Yield notes on other students with the identical file, stubs and solutions excluded."""
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
    """Read the submissions in a folder, or those of one shard (number, of how many)."""
    names = [lesson.name for lesson in lessons]
    found = entries(folder, names)
    if shard is not None:
        found = found[shard[0] - 1 :: shard[1]]
    return [read(one, names) for one in found]


class Local:
    """Workers on this machine.

    Args:
        jobs: how many run at a time.
        limits: for each unit.
    """

    def __init__(self, jobs: int, limits: Limits) -> None:
        self.jobs, self.limits = jobs, limits

    def each(self, units: list[Unit], materials: dict[str, Material]) -> Iterator[tuple[Unit, Graded]]:
        """Yield each unit with its result."""

        def do(unit: Unit, run: Run) -> Graded:
            return grade(materials[unit.lesson], unit.source, self.limits, run)

        if not units:
            return
        with Pool(min(self.jobs, len(units))) as pool:
            yield from pool.each(units, do)


_SHOWN = 20  # submissions that could not be read and are listed
_REFRESH = 10  # seconds after which a page that is kept fresh is read again


@dataclass(frozen=True)
class GradingOptions:
    """The teacher's options.

    Args:
        submissions: the folder of submissions.
        out: the folder for grades.
        jobs: how many processes run at a time.
        scheduler: of a Dask cluster to use instead, or "".
        roster: the class as a CSV, or None.
        forms: the names of extra tables for other systems.
    """

    submissions: Path
    out: Path
    jobs: int
    scheduler: str = ""
    roster: Path | None = None
    forms: tuple[str, ...] = ()


class GradingRun:
    """One call of `kata grade`.

    Args:
        lessons: the teacher's lessons.
        limits: for each lesson of each submission.
        asked: the options.

    Raises:
        Unknown: the rules or corrections are invalid; checked before anything is graded.
    """

    def __init__(self, lessons: list[Lesson], limits: Limits, asked: GradingOptions) -> None:
        self.asked, self._keys = asked, [f"{one.name}/{x.name}" for one in lessons for x in one.exercises]
        self._root = lessons[0].root
        self._rules()
        self.grading = Grading(lessons, limits, Kept(asked.out / ".units"))

    def _rules(self) -> tuple[rules.Rules, dict[tuple[str, str], Any]]:
        with _said():
            found = rules.read(self._root, self._keys)
            return found, rules.read_corrections(self.asked.out / rules.CORRECTIONS)

    def once(self) -> None:
        """Grade everybody, and write the reports."""
        self.write(self.everybody())

    def watched(self) -> None:
        """Grade everybody, and again at each new submission or changed rule, until Ctrl-C."""
        changes = self._changes()
        next(changes)  # it watches now: what is handed in while the first are graded is not missed
        self._again(refresh=_REFRESH)
        typer.echo(f"Watching {self.asked.submissions}: open {self.asked.out / 'class.html'}. Ctrl-C ends it.")
        with contextlib.suppress(KeyboardInterrupt):
            for has_changed in changes:
                if has_changed:
                    self._again(refresh=_REFRESH)
        self._again(refresh=0)

    def _again(self, refresh: int) -> None:
        """Grade what is new; report an error in a teacher's file, and retry in the next round."""
        try:
            self.write(self.everybody(), refresh)
        except Unknown as fault:
            typer.echo(f"{time.strftime('%H:%M:%S')}  not graded: {fault}", err=True)

    def _changes(self) -> Iterator[bool]:
        """Yield at least once a second whether a submission, the roster, a rule or a correction changed."""
        from watchfiles import watch

        own = [self.asked.out / rules.CORRECTIONS, self._root / rules.FILE, *filter(None, [self.asked.roster])]
        out, before = self.asked.out.resolve(), _stamps(own)
        options: dict[str, Any] = {"rust_timeout": 1000, "yield_on_timeout": True, "raise_interrupt": True}
        for changes in watch(self.asked.submissions, **options):
            now = _stamps(own)
            yield now != before or any(not Path(path).resolve().is_relative_to(out) for _, path in changes)
            before = now

    def part(self, part: tuple[int, int]) -> list[Marks]:
        """Grade one part of the class (number, of how many)."""
        if self.asked.roster is not None:
            raise Unknown("--roster names the whole class: give it without --shard")
        return self._graded(submissions_in(self.asked.submissions, self.grading.lessons, part))

    def everybody(self) -> list[Marks]:
        """Grade what is missing; return everybody's marks."""
        handed_in = submissions_in(self.asked.submissions, self.grading.lessons, None)
        if self.asked.roster is not None:
            with _said():
                handed_in = roster.matched(roster.read(self.asked.roster), handed_in)
        return self._graded(handed_in)

    def _graded(self, submitted: list[Submitted]) -> list[Marks]:
        if not submitted:
            raise Unknown("there is no submission: a folder or a zip for each student")
        grading, jobs = self.grading, self.asked.jobs
        lessons = count(len(grading.lessons), "lesson")
        said = f"{count(len(submitted), 'submission')}: {summary(submitted)}. {lessons}, {jobs} at a time."
        typer.echo(said, err=True)
        for one in [one for one in submitted if not one.files][:_SHOWN]:
            typer.echo(f"  {one.name}: {'; '.join(one.problems)}", err=True)
        if grading.unprepared():
            typer.echo("Preparing the lessons for their first class: up to a minute, once.", err=True)
        grading.prepare(jobs)
        self._work(submitted)
        worths = grading.worths()
        shared = similar.notes(submitted, grading.lessons)
        return [grading.marks(one, worths, shared.get(one.name, ())) for one in submitted]

    def _work(self, submitted: list[Submitted]) -> None:
        """Grade what is missing, with a progress bar."""
        units = self.grading.missing(submitted)
        try:
            for _ in _with_bar(self.grading.run(units, self._workers()), len(units)):
                pass
        except KeyboardInterrupt:
            left = len(self.grading.missing(submitted))
            typer.echo(f"\nStopped with {left} of {len(units)} left; the same command goes on from there.", err=True)
            raise typer.Exit(130) from None

    def _workers(self) -> Workers:
        if not self.asked.scheduler:
            return Local(self.asked.jobs, self.grading.limits)
        from kata.teacher.cluster import Cluster

        return Cluster(self.asked.scheduler, self.grading.limits)

    def write(self, everybody: list[Marks], refresh: int = 0) -> None:
        """Write all reports; the class page reloads every `refresh` seconds."""
        found, corrected = self._rules()
        with _said():
            everybody = rules.applied(found, sorted(everybody, key=lambda one: one.student), corrected)
        out, forms = self.asked.out, tuple(dict.fromkeys(self.asked.forms))
        formats.write_csv(out / "grades.csv", everybody)
        formats.write_json(out / "grades.json", everybody)
        formats.write_junit(out / "junit.xml", everybody)
        class_report.write_sheets(out / "students", everybody)
        formats.write_results(out / "gradescope", everybody)
        class_report.write_page(out / "class.html", everybody, overview(everybody, self.grading.whys), refresh)
        for form in forms:
            formats.WRITERS[form](out / f"{form}.csv", everybody)
        more = "".join(f", {form}.csv" for form in forms)
        files = f"class.html, grades.csv, grades.json, junit.xml, students/, gradescope/{more}"
        typer.echo(f"{count(len(everybody), 'student')}. In {out}: {files}")


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Turn errors in a teacher's file into errors of the command."""
    try:
        yield
    except (rules.BadRules, roster.BadRoster) as error:
        raise Unknown(str(error)) from None


def _stamps(files: list[Path]) -> list[object]:
    """Return the modification times of some files."""
    return [(one.stat().st_mtime_ns, one.stat().st_size) if one.is_file() else None for one in files]


def _with_bar(done: Iterator[Unit], total: int) -> Iterator[Unit]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("graded"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(done, total=total, description="graded")
