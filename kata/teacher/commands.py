"""The teacher's commands: grade a class, make the repository that is handed out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kata.content.lesson import Lesson, discover
from kata.learner.progress import Unknown, find_lesson, find_root
from kata.report.results import count

if TYPE_CHECKING:
    from kata.teacher.grading import Grading, Unit, Workers
    from kata.teacher.marks import Marks
    from kata.teacher.submissions import Submitted

    Ruled = Callable[[list[Marks]], list[Marks]]

_SHOWN = 20  # submissions that could not be read and are listed
Submissions = Annotated[
    Path | None,
    typer.Argument(help="A folder with a folder, a checkout or a zip for each student.", show_default=False),
]


class Table(str, Enum):
    """What other systems import."""

    canvas = "canvas"
    moodle = "moodle"


def grade(
    submissions: Submissions = None,
    out: Annotated[Path, typer.Option(help="Where the grades go.")] = Path("grades"),
    jobs: Annotated[int, typer.Option(min=1, help="How many processes work at a time.")] = os.cpu_count() or 1,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be given more than once.")] = None,
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds that one check may take.")] = 10.0,
    locate: Annotated[
        float,
        typer.Option(min=0.0, help="Seconds to look for the place of a lesson's first slip that no mistake names."),
    ] = 0.0,
    scheduler: Annotated[str, typer.Option(help="Let a Dask cluster do the work: tcp://host:8786.")] = "",
    roster: Annotated[
        Path | None,
        typer.Option(help="The class as a CSV: name, id, e-mail, section. Who is missing has a row."),
    ] = None,
    shard: Annotated[str, typer.Option(help="Grade the third of twenty parts of the class: 3/20.")] = "",
    forms: Annotated[
        list[Table] | None, typer.Option("--format", help="A table to import there, too; may be given more than once.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Put the parts that shards have left in OUT together.")
    ] = False,
) -> None:
    """For teachers: grade a class, and show what it has not understood. Started again, it goes on where it stopped."""
    from kata.running.client import DidNotStart
    from kata.teacher import parts
    from kata.teacher.grading import Grading, Kept, submissions_in
    from kata.teacher.prepare import BadLesson
    from kata.teacher.unit import Limits

    part = _part(shard)
    lessons = _chosen(discover(find_root(Path.cwd())), lesson)
    ruled = _ruled(lessons, out)
    try:
        grading = Grading(lessons, Limits(check=limit, locate=locate), Kept(out / ".units"))
        if merge:
            return _write(out, parts.merged(out), grading, forms, ruled)
        if submissions is None or not submissions.is_dir():
            raise Unknown(f"{submissions or 'the first argument'} must be a folder with the submissions")
        handed_in = submissions_in(submissions, lessons, part)
        if roster is not None:
            handed_in = _with_roster(roster, handed_in, part)
        everybody = _graded(grading, handed_in, jobs, scheduler)
        if part is None:
            return _write(out, everybody, grading, forms, ruled)
        typer.echo(f"{parts.write(out, part, everybody)}. When all parts are there: kata grade --merge --out {out}")
    except (BadLesson, DidNotStart, OSError) as error:
        raise Unknown(str(error)) from None


def _ruled(lessons: list[Lesson], out: Path) -> Ruled:
    """Read the teacher's rules and corrections before anything is graded; return what applies them."""
    from kata.teacher import rules

    keys = [f"{lesson.name}/{one.name}" for lesson in lessons for one in lesson.exercises]
    try:
        found, corrected = rules.read(lessons[0].root, keys), rules.read_corrections(out / rules.CORRECTIONS)
    except rules.BadRules as error:
        raise Unknown(str(error)) from None

    def ruled(everybody: list[Marks]) -> list[Marks]:
        try:
            return rules.applied(found, everybody, corrected)
        except rules.BadRules as error:
            raise Unknown(str(error)) from None

    return ruled


def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    without_solutions: Annotated[
        bool, typer.Option("--without-solutions", help="Seal solutions and banks, so that nobody reads them by chance.")
    ] = False,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be given more than once.")] = None,
) -> None:
    """For teachers: make the repository that is handed out, with every exercise a stub."""
    from kata.teacher.export import commit
    from kata.teacher.export import export as write

    root = find_root(Path.cwd())
    try:
        files = write(root, _chosen(discover(root), lesson), folder, with_solutions=not without_solutions)
    except (ValueError, OSError) as error:
        raise Unknown(f"nothing was written: {error}") from None
    sealed = " Solutions and banks are sealed." if without_solutions else ""
    kept = " They are one commit of git." if commit(folder) else " It is no repository of git: there is none here."
    typer.echo(f"{files} files in {folder}.{sealed}{kept}")


def _chosen(lessons: list[Lesson], names: list[str] | None) -> list[Lesson]:
    wanted = {find_lesson(lessons, name).name for name in names or ()}
    return [one for one in lessons if not wanted or one.name in wanted]


def _part(shard: str) -> tuple[int, int] | None:
    if not shard:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", shard)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise Unknown(f"--shard must be such as 3/20, the third of twenty parts, and is {shard!r}")
    return int(found[1]), int(found[2])


def _with_roster(path: Path, handed_in: list[Submitted], part: tuple[int, int] | None) -> list[Submitted]:
    from kata.teacher import roster

    if part is not None:
        raise Unknown("--roster names the whole class: give it without --shard")
    try:
        return roster.matched(roster.read(path), handed_in)
    except roster.BadRoster as error:
        raise Unknown(str(error)) from None


def _workers(scheduler: str, jobs: int, grading: Grading) -> Workers:
    from kata.teacher.grading import Local

    if not scheduler:
        return Local(jobs, grading.limits)
    from kata.teacher.cluster import Cluster

    return Cluster(scheduler, grading.limits)


def _graded(grading: Grading, submitted: list[Submitted], jobs: int, scheduler: str) -> list[Marks]:
    """Grade what is missing, with a bar; return what came of everybody."""
    from kata.teacher import alike
    from kata.teacher.submissions import summary

    if not submitted:
        raise Unknown("there is no submission: a folder or a zip for each student")
    lessons = count(len(grading.lessons), "lesson")
    said = f"{count(len(submitted), 'submission')}: {summary(submitted)}. {lessons}, {jobs} at a time."
    typer.echo(said, err=True)
    for one in [one for one in submitted if not one.files][:_SHOWN]:
        typer.echo(f"  {one.name}: {'; '.join(one.problems)}", err=True)
    if grading.unprepared():
        typer.echo("Preparing the lessons for their first class: up to a minute, once.", err=True)
    grading.prepare(jobs)
    units = grading.missing(submitted)
    try:
        for _ in _with_bar(grading.run(units, _workers(scheduler, jobs, grading)), len(units)):
            pass
    except KeyboardInterrupt:
        left = len(grading.missing(submitted))
        typer.echo(f"\nStopped with {left} of {len(units)} left; the same command goes on from there.", err=True)
        raise typer.Exit(130) from None
    worths = grading.worths()
    shared = alike.notes(submitted, grading.lessons)
    return [grading.marks(one, worths, shared.get(one.name, ())) for one in submitted]


def _with_bar(done: Iterator[Unit], total: int) -> Iterator[Unit]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("graded"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(done, total=total, description="graded")


def _write(out: Path, everybody: list[Marks], grading: Grading, forms: list[Table] | None, ruled: Ruled) -> None:
    from kata.teacher import gradescope, imports, page, sheet, tables
    from kata.teacher.misunderstood import overview

    everybody = ruled(sorted(everybody, key=lambda one: one.student))
    tables.write_csv(out / "grades.csv", everybody)
    tables.write_json(out / "grades.json", everybody)
    tables.write_junit(out / "junit.xml", everybody)
    sheet.write_sheets(out / "students", everybody)
    gradescope.write_results(out / "gradescope", everybody)
    page.write_page(out / "class.html", everybody, overview(everybody, grading.whys))
    for form in dict.fromkeys(forms or ()):
        imports.WRITERS[form.value](out / f"{form.value}.csv", everybody)
    more = "".join(f", {form.value}.csv" for form in dict.fromkeys(forms or ()))
    files = f"class.html, grades.csv, grades.json, junit.xml, students/, gradescope/{more}"
    typer.echo(f"{count(len(everybody), 'student')}. In {out}: {files}")
