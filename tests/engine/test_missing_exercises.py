"""An exercise that is deleted or misspelt is never done, whatever stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.checking import loading
from kata.checking.signature import MissingExercise
from kata.content.lesson import Exercise, Lesson, discover
from kata.content.patching import definitions, parse
from kata.running.session import CheckSession

ROOT = Path(__file__).resolve().parents[2]

every_exercise = pytest.mark.parametrize(
    ("lesson", "exercise"),
    [pytest.param(lesson, e, id=f"{lesson.name}::{e.name}") for lesson in discover(ROOT) for e in lesson.exercises],
)
both_surroundings = pytest.mark.parametrize("folder", ["exercises", "solutions"], ids=["others to do", "others solved"])


def refusal(lesson: Lesson, exercise: Exercise, folder: Path, text: str) -> str:
    """Return why a file with that text is refused as an answer to the exercise."""
    path = folder / f"{lesson.name}.py"
    path.write_text(text, "utf-8")
    with pytest.raises(MissingExercise) as refused:
        CheckSession().bind(loading.read(lesson, path), exercise.name)
    return str(refused.value)


@every_exercise
@both_surroundings
def test_a_deleted_exercise_is_missing(lesson: Lesson, exercise: Exercise, folder: str, tmp_path: Path) -> None:
    source = (ROOT / folder / f"{lesson.name}.py").read_bytes()
    function = definitions(parse(source, ""), exercise.name)[-1]
    lines = source.decode().splitlines(keepends=True)
    del lines[function.lineno - 1 : function.end_lineno]

    headline = refusal(lesson, exercise, tmp_path, "".join(lines))

    assert f"`{function.name}` is missing" in headline


@every_exercise
@both_surroundings
def test_a_misspelt_exercise_is_missing(lesson: Lesson, exercise: Exercise, folder: str, tmp_path: Path) -> None:
    source = (ROOT / folder / f"{lesson.name}.py").read_bytes()
    function = definitions(parse(source, ""), exercise.name)[-1]
    misspelt = function.name[:-1] if not function.name.endswith("_") else f"{function.name[:-3]}__"
    lines = source.decode().splitlines(keepends=True)
    lines[function.lineno - 1] = lines[function.lineno - 1].replace(f"def {function.name}", f"def {misspelt}")

    headline = refusal(lesson, exercise, tmp_path, "".join(lines))

    assert f"`{function.name}` is missing" in headline
    assert f"there is `{misspelt}`" in headline
