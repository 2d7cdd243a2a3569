"""Collect lessons, stubs and banks, and find the exercises that the command line names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from kata.checking import loading
from kata.checking.loading import Submission, Unreadable
from kata.content import bank
from kata.content import lesson as lessons
from kata.content.lesson import Exercise, Lesson
from kata.running.session import ToDo

_lessons = pytest.StashKey[list[Lesson]]()


def all_lessons(config: pytest.Config) -> list[Lesson]:
    """Return the repository's lessons, read once per session."""
    if _lessons not in config.stash:
        config.stash[_lessons] = lessons.discover(config.rootpath)
    return config.stash[_lessons]


class SpecFile(pytest.Module):
    """A spec by itself, checked against the solution."""

    lesson: Lesson

    @cached_property
    def submission(self) -> Submission:
        """The solution's file."""
        return loading.read(self.lesson, self.lesson.solution)


class LessonFile(pytest.Module):
    """A learner's file; its items are the checks of its spec."""

    lesson: Lesson
    submission: Submission

    def classnamefilter(self, name: str) -> bool:
        """Collect either checks or benchmarks."""
        if self.config.getoption("benchmark_only", False):
            return name.startswith("Speed")
        return super().classnamefilter(name)

    def collect(self) -> Iterator[Any]:
        """Yield one item for each stub, and the checks of all other exercises.

        If all are stubs, neither the spec nor torch is imported.
        """
        try:
            self.submission = loading.read(self.lesson, self.path)
        except Unreadable as problem:
            yield UnreadableFile.from_parent(self, name="file", problem=problem, lesson=self.lesson)
            return
        asks_for_a_check = any(arg.count("::") > 1 for arg in self.config.args)
        by_check = asks_for_a_check or self.config.getoption("benchmark_only", False)
        untouched = () if by_check else self.submission.untouched
        stubs = {one.checks: one for one in self.lesson.exercises if one.name in untouched}
        if len(stubs) == len(self.lesson.exercises):
            yield from (Stub.from_parent(self, exercise=one) for one in stubs.values())
            return
        self.obj = pytest.Module.from_parent(self.parent, path=self.lesson.spec).obj
        for node in super().collect():
            yield Stub.from_parent(self, exercise=stubs[node.name]) if node.name in stubs else node


class Stub(pytest.Item):
    """The only item of an exercise that is still a stub; its result is to do."""

    def __init__(self, *, exercise: Exercise, **words: Any) -> None:
        super().__init__(name=exercise.checks, **words)
        self._exercise = exercise
        self.add_marker(pytest.mark.exercise(exercise.name, level=exercise.level, hints=exercise.hints))

    def runtest(self) -> None:
        raise ToDo(self._exercise.name)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, 0, self._exercise.name


class UnreadableFile(pytest.Item):
    """The only item of an unreadable file; it fails."""

    def __init__(self, *, problem: Unreadable, lesson: Lesson, **words: Any) -> None:
        super().__init__(**words)
        self.problem, self.lesson = problem, lesson

    def runtest(self) -> None:
        raise self.problem

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.problem.line, self.path.name


class BankAnswer(pytest.Module):
    """An answer of a bank; its items are the checks of its exercise."""

    answer: bank.Answer
    submission: Submission

    def put(self, answer: bank.Answer) -> None:
        """Rebind the collected checks to another answer to the same exercise."""
        self.answer, self.submission = answer, loading.of_bank(answer)

    def collect(self) -> Iterator[Any]:
        self.put(self.answer)
        for node in super().collect():
            marks = getattr(getattr(node, "obj", None), "pytestmark", [])
            if any(mark.name == "exercise" and mark.args[0] == self.answer.exercise for mark in marks):
                yield node


class LessonDirectory(pytest.Directory):
    """A folder with one file per lesson, present or not, or one folder per lesson if it holds banks."""

    def collect(self) -> Iterator[Any]:
        is_bank = folders(self.config)[self.path]
        for lesson in all_lessons(self.config):
            path = self.path / f"{lesson.name}.py"
            if is_bank and path.with_suffix("").is_dir():
                yield BankDirectory.from_parent(self, path=path.with_suffix(""))
            else:
                yield from _module(self, path)


class BankDirectory(pytest.Directory):
    """The folder of a lesson's bank."""

    def collect(self) -> Iterator[Any]:
        for path in bank.at(self.path.with_suffix(".py")):
            yield from _module(self, Path(path))


def _module(parent: pytest.Directory, path: Path) -> Iterator[Any]:
    hook = parent.session.gethookproxy(path)
    if not hook.pytest_ignore_collect(collection_path=path, config=parent.config):
        yield hook.pytest_pycollect_makemodule(module_path=path, parent=parent)


def folders(config: pytest.Config) -> dict[Path, bool]:
    """Return the folders of lessons, and whether each is a bank."""
    root = config.rootpath
    return {root / "exercises": False, root / "solutions": False, root / "mistakes": True, root / "accepted": True}


def is_lessons_folder(path: Path, config: pytest.Config) -> bool:
    """Whether a folder holds lessons, directly."""
    return path in folders(config)


_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


def name_classes(config: pytest.Config) -> None:
    """Replace exercises on the command line by the classes of the spec: `exercises/ex01_lenet.py::LeNet.forward`.

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
    """Let `-k` match a check by its exercise, too."""
    item.extra_keyword_matches.update({exercise, exercise.rpartition(".")[2]})


def nothing_selected(config: pytest.Config, lessons: list[Lesson]) -> str:
    """Explain how exercises are named if the command selected no check, or ""."""
    if not config.getoption("keyword") or not lessons:
        return ""
    lesson = next((one for one in lessons if Path(config.args[0]).stem == one.name), lessons[0])
    name = lesson.exercises[-1].name
    return (
        f"-k {config.getoption('keyword')!r} selects no check. An exercise goes by its name: "
        f"pytest exercises/ -k {name}, or pytest exercises/{lesson.name}.py::{name}. `kata list` shows all names."
    )
