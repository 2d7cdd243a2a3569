"""Exercises on pytest's command line, by the names that stand on the screen: after `::`, and as keywords of `-k`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kata.content.lesson import Lesson
from kata.running.collect import all_lessons, folders

_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


def name_classes(config: pytest.Config) -> None:
    """Put the classes of a spec where the command line names exercises: `exercises/ex01_lenet.py::LeNet.forward`.

    Raises:
        pytest.UsageError: the lesson has no such exercise.
    """
    if any("::" in arg for arg in config.args):
        config.args[:] = [found for arg in config.args for found in _with_classes(arg, config)]


def _with_classes(arg: str, config: pytest.Config) -> Iterator[str]:
    place, _, rest = arg.partition("::")
    name, _, check = rest.partition("::")
    path = (config.invocation_params.dir / place).resolve()
    is_bank = folders(config).get(path.parent)
    lesson = next((one for one in all_lessons(config) if one.name == path.stem), None)
    if is_bank is not False or lesson is None or not name or not lesson.spec.is_file():
        yield arg
        return
    spec = lesson.spec.read_text("utf-8")
    by_exercise = (one.checks for one in lesson.exercises if name.lower() in _names_of(one.name))
    classes = [name] if name in _CLASS.findall(spec) else [*by_exercise]
    if not classes:
        raise pytest.UsageError(f"{place} has no exercise {name!r}{_nearest(name, lesson)}. `kata list` shows all")
    yield from ("::".join(filter(None, (place, one, check))) for one in classes)


def _names_of(exercise: str) -> set[str]:
    return {exercise.lower(), exercise.lower().rpartition(".")[2]}


def _nearest(name: str, lesson: Lesson) -> str:
    near = difflib.get_close_matches(name, [one.name for one in lesson.exercises], n=1)
    return f"; the nearest name is {near[0]!r}" if near else ""


def add_keywords(item: pytest.Item, exercise: str) -> None:
    """Let `-k` know a check by its exercise, too."""
    item.extra_keyword_matches.update({exercise, exercise.rpartition(".")[2]})


def nothing_selected(config: pytest.Config, lessons: list[Lesson]) -> str:
    """Say how an exercise is named, for a command that selected none of its checks; "" where none was needed."""
    if not config.getoption("keyword") or not lessons:
        return ""
    lesson = next((one for one in lessons if Path(config.args[0]).stem == one.name), lessons[0])
    name = lesson.exercises[-1].name
    return (
        f"-k {config.getoption('keyword')!r} selects no check. An exercise goes by its name: "
        f"pytest exercises/ -k {name}, or pytest exercises/{lesson.name}.py::{name}. `kata list` shows all names."
    )
