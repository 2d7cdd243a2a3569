"""A class that is graded as its teacher asks: once, or again whenever something comes in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from kata.content.lesson import Lesson
from kata.learner.progress import Unknown
from kata.report.results import count
from kata.teacher import alike, formats, page, roster, rules, sheet
from kata.teacher.grading import Grading, Kept, Local, Unit, Workers, submissions_in
from kata.teacher.marks import Marks
from kata.teacher.misunderstood import overview
from kata.teacher.submissions import Submitted, summary
from kata.teacher.unit import Limits

_SHOWN = 20  # submissions that could not be read and are listed
_REFRESH = 10  # seconds after which a page that is kept fresh is read again


@dataclass(frozen=True)
class Asked:
    """What the teacher asked for.

    Args:
        submissions: the folder with what was handed in.
        out: where the grades go.
        jobs: how many processes work at a time.
        scheduler: of a Dask cluster that does the work instead, or "".
        roster: the class as a CSV, or None.
        forms: the names of the tables for other systems that are written besides.
    """

    submissions: Path
    out: Path
    jobs: int
    scheduler: str = ""
    roster: Path | None = None
    forms: tuple[str, ...] = ()


class Course:
    """A class: its lessons, and what was asked for.

    Args:
        lessons: the teacher's own.
        limits: for each lesson of each submission.
        asked: what is to be done.

    Raises:
        Unknown: the rules, or the corrections, cannot be used: said before anything is graded.
    """

    def __init__(self, lessons: list[Lesson], limits: Limits, asked: Asked) -> None:
        self.asked, self._keys = asked, [f"{one.name}/{x.name}" for one in lessons for x in one.exercises]
        self._root = lessons[0].root
        self._rules()
        self.grading = Grading(lessons, limits, Kept(asked.out / ".units"))

    def _rules(self) -> tuple[rules.Rules, dict[tuple[str, str], Any]]:
        with _said():
            found = rules.read(self._root, self._keys)
            return found, rules.read_corrections(self.asked.out / rules.CORRECTIONS)

    def once(self) -> None:
        """Grade everybody, and write what came of it."""
        self.write(self.everybody())

    def watched(self) -> None:
        """Grade everybody, and again whenever something is handed in or a rule changes, until Ctrl-C."""
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
        """Grade what is new; what is wrong with a file of the teacher's is said, and mended in the next round."""
        try:
            self.write(self.everybody(), refresh)
        except Unknown as fault:
            typer.echo(f"{time.strftime('%H:%M:%S')}  not graded: {fault}", err=True)

    def _changes(self) -> Iterator[bool]:
        """Yield, at least once a second, whether a submission, the roster, a rule or a correction has changed."""
        from watchfiles import watch

        own = [self.asked.out / rules.CORRECTIONS, self._root / rules.FILE, *filter(None, [self.asked.roster])]
        out, before = self.asked.out.resolve(), _stamps(own)
        options: dict[str, Any] = {"rust_timeout": 1000, "yield_on_timeout": True, "raise_interrupt": True}
        for changes in watch(self.asked.submissions, **options):
            now = _stamps(own)
            yield now != before or any(not Path(path).resolve().is_relative_to(out) for _, path in changes)
            before = now

    def part(self, part: tuple[int, int]) -> list[Marks]:
        """Grade a part of the class: its number, of how many."""
        if self.asked.roster is not None:
            raise Unknown("--roster names the whole class: give it without --shard")
        return self._graded(submissions_in(self.asked.submissions, self.grading.lessons, part))

    def everybody(self) -> list[Marks]:
        """Grade what is missing; return what came of everybody."""
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
        shared = alike.notes(submitted, grading.lessons)
        return [grading.marks(one, worths, shared.get(one.name, ())) for one in submitted]

    def _work(self, submitted: list[Submitted]) -> None:
        """Let what is missing be graded, with a bar."""
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
        """Write all files; a page that is kept fresh is read again after `refresh` seconds."""
        found, corrected = self._rules()
        with _said():
            everybody = rules.applied(found, sorted(everybody, key=lambda one: one.student), corrected)
        out, forms = self.asked.out, tuple(dict.fromkeys(self.asked.forms))
        formats.write_csv(out / "grades.csv", everybody)
        formats.write_json(out / "grades.json", everybody)
        formats.write_junit(out / "junit.xml", everybody)
        sheet.write_sheets(out / "students", everybody)
        formats.write_results(out / "gradescope", everybody)
        page.write_page(out / "class.html", everybody, overview(everybody, self.grading.whys), refresh)
        for form in forms:
            formats.WRITERS[form](out / f"{form}.csv", everybody)
        more = "".join(f", {form}.csv" for form in forms)
        files = f"class.html, grades.csv, grades.json, junit.xml, students/, gradescope/{more}"
        typer.echo(f"{count(len(everybody), 'student')}. In {out}: {files}")


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Let what is wrong with a file of the teacher's be said as the commands say it."""
    try:
        yield
    except (rules.BadRules, roster.BadRoster) as error:
        raise Unknown(str(error)) from None


def _stamps(files: list[Path]) -> list[object]:
    """Return what changes when one of the files does."""
    return [(one.stat().st_mtime_ns, one.stat().st_size) if one.is_file() else None for one in files]


def _with_bar(done: Iterator[Unit], total: int) -> Iterator[Unit]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("graded"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(done, total=total, description="graded")
