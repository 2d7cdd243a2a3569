"""Lessons are found by their solutions, and their exercises are read from the specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.content.lesson import Exercise, Lesson, discover, unfinished

SPEC = '''\
"""A spec."""

import pytest


class Helper:
    """No exercise."""


@pytest.mark.exercise("Net.forward", level=2, hints=("one", "two " "and a half", "three"))
class TestForward:
    """Net.forward."""


@pytest.mark.speed("Net.forward")
class SpeedForward:
    """Its speed."""


@pytest.mark.slow
@pytest.mark.exercise("loss", level=3, hints=("a", "b", "c"))
class TestLoss:
    """loss."""


def test_nothing():
    """No exercise."""
'''


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A root with two lessons."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "solutions" / "ex02_b.py").write_text("")
    (tmp_path / "solutions" / "ex01_a.py").write_text("")
    (tmp_path / "solutions" / "notes.txt").write_text("")
    (tmp_path / "tests" / "test_ex01_a.py").write_text(SPEC)
    (tmp_path / "tests" / "test_ex02_b.py").write_text(SPEC)
    return tmp_path


@pytest.fixture
def lesson(repository: Path) -> Lesson:
    """The first of them."""
    return Lesson(repository, "ex01_a")


def test_whatever_has_a_solution_is_a_lesson_in_the_order_of_names(repository: Path) -> None:
    assert [lesson.name for lesson in discover(repository)] == ["ex01_a", "ex02_b"]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        (None, "tests/test_ex02_b.py is missing"),
        ("def test_nothing(): pass\n", "tests/test_ex02_b.py has no class marked with pytest.mark.exercise"),
        (SPEC.replace("level=3", "level=LEVEL"), "a mark in tests/test_ex02_b.py cannot be read: malformed node"),
        (SPEC.replace("level=3, ", ""), "a mark in tests/test_ex02_b.py cannot be read: 'level'"),
    ],
    ids=["no spec", "no mark", "a mark that must be run", "a mark without its level"],
)
def test_a_lesson_that_is_still_being_written_costs_no_other(repository: Path, spec: str | None, fault: str) -> None:
    path = repository / "tests" / "test_ex02_b.py"
    path.unlink() if spec is None else path.write_text(spec)

    assert [lesson.name for lesson in discover(repository)] == ["ex01_a"]
    assert list(unfinished(repository)) == ["ex02_b"]
    assert unfinished(repository)["ex02_b"].startswith(fault)


def test_a_root_without_solutions_has_no_lessons(tmp_path: Path) -> None:
    assert discover(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("stub", "exercises/ex01_a.py"),
        ("solution", "solutions/ex01_a.py"),
        ("spec", "tests/test_ex01_a.py"),
        ("mistakes", "mistakes/ex01_a.py"),
        ("accepted", "accepted/ex01_a.py"),
    ],
    ids=["stub", "solution", "spec", "mistakes", "right answers"],
)
def test_a_lesson_knows_its_file(lesson: Lesson, kind: str, path: str) -> None:
    assert getattr(lesson, kind) == lesson.root / path


def test_the_exercises_are_the_marked_classes_in_order(lesson: Lesson) -> None:
    assert lesson.exercises == (
        Exercise("ex01_a", "Net.forward", 2, ("one", "two and a half", "three"), checks="TestForward"),
        Exercise("ex01_a", "loss", 3, ("a", "b", "c"), checks="TestLoss"),
    )


def test_reading_the_exercises_does_not_run_the_spec(lesson: Lesson) -> None:
    lesson.spec.write_text("raise SystemExit\n" + SPEC.partition("\n\n")[2])

    assert [exercise.name for exercise in lesson.exercises] == ["Net.forward", "loss"]


def test_an_exercise_is_had_by_its_name(lesson: Lesson) -> None:
    assert lesson.exercise("loss").level == 3


def test_a_name_that_is_no_exercise_is_refused(lesson: Lesson) -> None:
    with pytest.raises(LookupError, match=r"ex01_a has no exercise 'los'; the nearest is 'loss'"):
        lesson.exercise("los")
