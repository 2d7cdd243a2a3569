"""The teacher's commands: grade a class, make the repository that is handed out."""

from __future__ import annotations

import os
import re
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from kata.content.lesson import Lesson, discover
from kata.learner.progress import Unknown, find_lesson, find_root
from kata.report.results import count

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
    limit: Annotated[float, typer.Option(min=0.1, help="CPU seconds that one check may use.")] = 10.0,
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
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: grade what comes in, and keep class.html fresh, until Ctrl-C.")
    ] = False,
) -> None:
    """For teachers: grade a class, and show what it has not understood. Started again, it goes on where it stopped."""
    from kata.running.client import DidNotStart
    from kata.teacher import parts
    from kata.teacher.course import Asked, Course
    from kata.teacher.prepare import BadLesson
    from kata.teacher.unit import Limits

    part = _part(shard)
    if watch and (part or merge):
        raise Unknown("--watch looks after the whole class: give it without --shard and --merge")
    if not merge and (submissions is None or not submissions.is_dir()):
        raise Unknown(f"{submissions or 'the first argument'} must be a folder with the submissions")
    names = tuple(form.value for form in forms or ())
    asked = Asked(submissions or Path(), out, jobs, scheduler, roster, names)
    try:
        course = Course(_chosen(discover(find_root(Path.cwd())), lesson), Limits(check=limit, locate=locate), asked)
        if merge:
            course.write(parts.merged(out))
        elif watch:
            course.watched()
        elif part is None:
            course.once()
        else:
            written = parts.write(out, part, course.part(part))
            typer.echo(f"{written}. When all parts are there: kata grade --merge --out {out}")
    except (BadLesson, DidNotStart, OSError) as error:
        raise Unknown(str(error)) from None


def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    without_solutions: Annotated[
        bool, typer.Option("--without-solutions", help="Seal solutions and banks, so that nobody reads them by chance.")
    ] = False,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be given more than once.")] = None,
    hide_checks: Annotated[
        list[str] | None,
        typer.Option(
            help="Keep checks back that `kata grade` runs: a share of each exercise's (0.3 or 30%), or one by its name;"
            " may be given more than once."
        ),
    ] = None,
) -> None:
    """For teachers: make the repository that is handed out, with every exercise a stub."""
    from kata.teacher.export import commit
    from kata.teacher.export import export as write

    root = find_root(Path.cwd())
    try:
        lessons = _chosen(discover(root), lesson)
        files = write(root, lessons, folder, not without_solutions, hide_checks or ())
    except (ValueError, OSError) as error:
        raise Unknown(f"nothing was written: {error}") from None
    sealed = " Solutions and banks are sealed." if without_solutions else ""
    kept = " They are one commit of git." if commit(folder) else " It is no repository of git: there is none here."
    back = sum(one.hidden for handed_out in discover(folder) for one in handed_out.exercises)
    hidden = f" {count(back, 'check')} kept back." if back else ""
    typer.echo(f"{files} files in {folder}.{sealed}{hidden}{kept}")


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
