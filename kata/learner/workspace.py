"""What each command starts from: the repository, its lessons, and the saved progress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kata.content.lesson import Lesson, discover
from kata.learner.progress import ExerciseRef, SavedProgress, find, find_lesson, find_root
from kata.report.report import Line, hint_lines

ExerciseName = Annotated[str | None, typer.Argument(help="Its name, or the last part of it; else where you are.")]
LessonName = Annotated[str | None, typer.Argument(help="Its name, or the beginning of it; else all.")]


class Workspace:
    """The repository, its lessons and the saved progress."""

    def __init__(self) -> None:
        self.root = find_root(Path.cwd())
        self.lessons = discover(self.root)
        self.state = SavedProgress.load(self.root)
        if self.state.word:
            typer.echo(self.state.word, err=True)

    def find(self, exercise: str | None) -> ExerciseRef:
        return find(self.lessons, self.state, exercise)

    def find_lesson(self, name: str | None) -> Lesson:
        return find_lesson(self.lessons, name) if name else self.find(None).lesson

    def keep(self) -> None:
        """Save the progress."""
        word = self.state.save()
        if word:
            typer.echo(word, err=True)


def next_hint(kata: Workspace, place: ExerciseRef, solution: str) -> list[Line]:
    """Return the hints seen and one more, which is saved; after the last one, how to see the `solution`."""
    seen = kata.state.hints.get(place.key, 0)
    kata.state.hints[place.key] = min(seen + 1, len(place.exercise.hints))
    kata.keep()
    lines = [(place.key, "title"), ("", ""), *hint_lines(place.exercise, kata.state.hints[place.key])]
    if seen >= len(place.exercise.hints):
        lines.append((f"  That was the last one. The solution: {solution}", "faint"))
    return lines


def show(lines: list[Line]) -> None:
    """Write lines to the terminal."""
    from kata.report.terminal import Terminal

    Terminal().show(lines)
