"""The commands of those who write lessons: are they sound, and make a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from kata.content.lesson import Lesson, discover
from kata.learner.progress import Unknown, find_lesson, find_root

LessonName = Annotated[str | None, typer.Argument(help="Its name, or the beginning of it; else all.")]


WithoutBank = Annotated[
    bool, typer.Option("--without-bank", help="Show instead how many of its wrong answers are located without it.")
]


def check(lesson: LessonName = None, without_bank: WithoutBank = False) -> None:
    """For authors: the invariants of a lesson, or of all, and how strong each exercise's checks are."""
    root = find_root(Path.cwd())
    lessons = discover(root)
    chosen = [find_lesson(lessons, lesson)] if lesson else lessons
    if without_bank:
        _show_unaided(chosen)
        return
    faults = sum(map(_show_bank, chosen))
    about = ["-k", chosen[0].name] if lesson else []
    broken = run_pytest(root, "tests/engine/test_invariants.py", "-q", "--no-header", "-rs", *about) != 0
    words = [f"{faults} fault{'s' * (faults != 1)} in banks"] * bool(faults) + ["an invariant is broken"] * broken
    typer.echo(f"not sound: {' and '.join(words)}" if words else "sound")
    raise typer.Exit(1 if words else 0)


def _show_bank(lesson: Lesson) -> int:
    """Show how strong the checks of a lesson are, and, where its bank is sound, what its observers do not tell apart.

    Returns:
        the number of faults in the bank.
    """
    from kata.running import pairs, strength

    try:
        found = strength.scores(lesson)
    except RuntimeError as error:
        raise Unknown(str(error)) from None
    for exercise, score in found.items():
        typer.echo(f"{lesson.name}::{exercise}: {score.in_words}")
        for line in score.faults:
            typer.echo(f"    {line}")
    faults = sum(len(score.faults) for score in found.values())
    for exercise, groups in ({} if faults else pairs.alike(lesson)).items():
        for group in groups:
            typer.echo(f"{lesson.name}::{exercise}: its observer does not tell apart {', '.join(group)}")
    return faults


def _show_unaided(lessons: list[Lesson]) -> None:
    """Show how many wrong answers of the banks the search for a place locates, as if they stood in none."""
    from kata.running import unaided
    from kata.running.surroundings import SECONDS

    for lesson in lessons:
        for exercise, found in unaided.search(lesson, SECONDS):
            typer.echo(f"{lesson.name}::{exercise}: {found.in_words}")
            for key, sentence in found.wrong:
                typer.echo(f"    {key}: {sentence}")


def new(name: Annotated[str, typer.Argument(help="Such as ex42_attention.")]) -> None:
    """For authors: make the files of a new lesson, with one tiny exercise that fits together."""
    from kata.content.template import make

    root = find_root(Path.cwd())
    try:
        written = make(root, name)
    except (ValueError, OSError) as error:
        raise Unknown(f"nothing was made: {error}") from None
    for path in written:
        typer.echo(f"  {path.relative_to(root)}")
    typer.echo(f"Whether they fit together: kata check {name}")


def run_pytest(root: Path, *arguments: str) -> int:
    """Run pytest in the repository, and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=root, check=False).returncode
