"""The commands that change a learner's files: a stub comes back, a kept text does, what is new is taken over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kata.content.lesson import Lesson
from kata.learner import backup
from kata.learner import update as brought
from kata.learner.desk import Kata, LessonName, show
from kata.learner.progress import Unknown, find_lesson

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def reset(
    exercise: Annotated[str, typer.Argument(help="An exercise, or a whole lesson.")],
    yes: Yes = False,
) -> None:
    """Bring the stub of an exercise back; your text is kept in .kata/backup/."""
    kata = Kata()
    lesson, name = _what_to_reset(kata, exercise)
    if not yes:
        typer.confirm(f"Put the stub of {name or lesson.name} back into exercises/{lesson.name}.py?", abort=True)
    try:
        kept = backup.reset(lesson, name)
    except (LookupError, OSError) as error:
        raise Unknown(f"nothing was changed: {error}") from None
    where = f"; your text is kept in {kept.relative_to(kata.root)} (kata restore {lesson.name})" if kept else ""
    typer.echo(f"The stub of {name or lesson.name} is back{where}.")


def update(lesson: LessonName = None) -> None:
    """Take what is new in the stubs into your files; what you wrote stays, and the text before is kept."""
    kata = Kata()
    for one in [find_lesson(kata.lessons, lesson)] if lesson else kata.lessons:
        try:
            made = brought.update(one)
        except (LookupError, OSError) as error:
            typer.echo(f"  {one.name}: left as it is: {error}")
            continue
        if made.kept is not None or made.yours:
            taken = f"new are {', '.join(made.taken)}" if made.taken else "nothing is taken over"
            where = f" Your text before is in {made.kept.relative_to(kata.root)}." if made.kept else ""
            typer.echo(f"  {one.name}: {taken}.{where}")
        for name in made.yours:
            typer.echo(f"      {name}: both changed, and yours stays")
        if made.kept is None and not made.yours:
            typer.echo(f"  {one.name}: nothing new")


def _what_to_reset(kata: Kata, name: str) -> tuple[Lesson, str | None]:
    for lesson in kata.lessons:
        if lesson.name == Path(name).stem:
            return lesson, None
    place = kata.find(name)
    return place.lesson, place.exercise.name


def restore(
    lesson: LessonName = None,
    number: Annotated[int | None, typer.Option("--number", "-n", help="Which of those that --list shows.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is kept, and change nothing.")] = False,
) -> None:
    """Bring back the text that `kata reset` took away, step by step; the present one is kept, too."""
    kata = Kata()
    chosen = kata.find_lesson(lesson)
    if listed:
        show(list(backup.overview(chosen)))
        return
    try:
        kept = backup.restore(chosen, number)
    except (LookupError, OSError) as error:
        raise Unknown(str(error)) from None
    typer.echo(f"exercises/{chosen.name}.py is again what it was ({kept.name}).")
