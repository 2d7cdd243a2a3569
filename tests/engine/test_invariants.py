"""What holds for every lesson, whoever wrote it."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kata.checking import loading
from kata.content import bank
from kata.content.lesson import Exercise, Lesson, discover
from kata.content.patching import stub_text
from kata.report.results import Result

ROOT = Path(__file__).resolve().parents[2]
LESSONS = discover(ROOT)
NAMES = {lesson.name for lesson in LESSONS}
BELOW = ("content", "processes", "checking", "lessons", "diagnosis", "report", "running")
ROOMS = (*BELOW, "learner", "notebook", "train", "teacher")
WITHOUT_TORCH = [
    "content.lesson",
    "content.patching",
    "content.bank",
    "checking.loading",
    "checking.signature",
    "diagnosis.exceptions.explain",
    "report.report",
    "running.session",
    "plugin",
]
LONGEST_BANK = 900  # lines of one file
WITHOUT_PYTEST = ("content", "checking", "diagnosis", "report")

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
every_exercise = pytest.mark.parametrize(
    "exercise", [e for lesson in LESSONS for e in lesson.exercises], ids=lambda e: f"{e.lesson}::{e.name}"
)


@pytest.mark.parametrize(
    ("folder", "prefix"),
    [("exercises", ""), ("solutions", ""), ("tests", "test_"), ("accepted", "")],
    ids=["exercises", "solutions", "specs", "right answers"],
)
def test_each_folder_holds_one_file_for_each_lesson_and_nothing_else(folder: str, prefix: str) -> None:
    found = {path.name for path in (ROOT / folder).iterdir()} - {"__pycache__", "engine"}

    assert found == {f"{prefix}{name}.py" for name in NAMES}


def test_mistakes_holds_one_folder_for_each_lesson_and_nothing_else() -> None:
    assert {path.name for path in (ROOT / "mistakes").iterdir()} - {"__pycache__"} == set(NAMES)


def beginning(exercise: str) -> str:
    """Return what the names of the files with an exercise's mistakes begin with: `lenet_init` for LeNet.__init__."""
    return re.sub("_+", "_", exercise.lower().replace(".", "_")).strip("_")


@every_lesson
def test_a_bank_has_short_files_each_for_one_exercise_that_its_name_tells(lesson: Lesson) -> None:
    answers = bank.read(lesson, lesson.mistakes)
    names = {beginning(one.name): one.name for one in lesson.exercises}
    for path in bank.at(lesson.mistakes):
        text = path.read_bytes()
        own = {one.exercise for one in answers if one.file == path}
        own |= {one.name for one in lesson.exercises if bank.is_observed_in(text, one.name)}

        assert (
            own == {name for stem, name in names.items() if path.stem == stem or path.stem.startswith(f"{stem}_")} & own
        )
        assert len(own) == (path.stem != "shared")
        assert text.count(b"\n") <= LONGEST_BANK
    assert {path.stem for path in bank.at(lesson.mistakes)} >= names.keys()


@every_lesson
def test_the_stub_is_the_solution_with_the_bodies_taken_out(lesson: Lesson) -> None:
    names = [exercise.name for exercise in lesson.exercises]

    # A learner's own answers are taken out, too: what is left must be the solution's.
    assert stub_text(lesson.stub.read_text("utf-8"), names) == stub_text(lesson.solution.read_text("utf-8"), names)


@every_exercise
def test_an_exercise_has_a_level_from_1_to_5_and_three_hints(exercise: Exercise) -> None:
    assert (exercise.level in range(1, 6), len(exercise.hints), all(exercise.hints)) == (True, 3, True)


class Results:
    """A plugin that keeps the result of each check."""

    def __init__(self) -> None:
        self.found: list[Result] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "kata"):
            self.found.append(Result.from_json(dict(report.kata)))


@pytest.mark.e2e
@every_lesson
def test_every_check_is_to_do_on_stubs_that_really_run(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = loading.read(lesson, lesson.stub)
    if len(submission.untouched) < len(lesson.exercises):
        pytest.skip(f"exercises/{lesson.name}.py is solved in part: its stubs are not there to be run")
    monkeypatch.setattr(loading, "is_untouched", lambda *_: False)
    results = Results()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(
            [str(lesson.stub), "--rootdir", str(ROOT), "-p", "no:cacheprovider", "--tb=no", "--forget"],
            plugins=[results],
        )

    assert results.found
    others = [result for result in results.found if result.state != "to do"]
    assert [result.check for result in others if result.state != "skipped"] == []
    assert {result.told.headline for result in others if result.told} <= {"no accelerator (CUDA, MPS or XPU) here"}


@every_lesson
def test_every_exercise_has_mistakes_and_accepted(lesson: Lesson) -> None:
    names = {exercise.name for exercise in lesson.exercises}

    assert {answer.exercise for answer in bank.read(lesson, lesson.mistakes)} == names
    assert {answer.exercise for answer in bank.read(lesson, lesson.accepted)} == names


@every_lesson
def test_the_spec_imports_neither_exercises_nor_solutions(lesson: Lesson) -> None:
    tree = ast.parse(lesson.spec.read_bytes())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} & {"exercises", "solutions", "mistakes"} == set()


def test_the_table_of_the_readme_lists_the_lessons_and_their_exercises() -> None:
    rows = re.findall(r"^\| `(ex\d\w+)` \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)

    wanted = [(one.name, ", ".join(f"`{e.name}` ({e.level})" for e in one.exercises)) for one in LESSONS]
    assert rows == wanted


def test_each_lesson_has_a_job_for_its_bank() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")

    assert re.findall(r"^ +- (ex\d\d_\w+)$", workflow, re.MULTILINE) == [one.name for one in LESSONS]


@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_module_does_not_import_torch_by_itself(module: str) -> None:
    code = f"import sys, kata.{module}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


ENGINE = [
    pytest.param(path, id=path.relative_to(ROOT).as_posix())
    for room in ROOMS
    for path in (ROOT / "kata" / room).rglob("*.py")
]


@pytest.mark.parametrize("path", ENGINE)
def test_a_room_uses_only_the_rooms_before_it(path: Path) -> None:
    own = path.relative_to(ROOT / "kata").parts[0]
    used = {name.split(".")[1] for name in imports_of(path) if name.startswith("kata.")}

    assert used <= set(ROOMS[: ROOMS.index(own) + 1])
    assert own not in WITHOUT_PYTEST or "pytest" not in imports_of(path)


@every_lesson
@pytest.mark.parametrize("kind", ["spec", "mistakes", "accepted"])
def test_content_comes_in_by_the_one_door(lesson: Lesson, kind: str) -> None:
    paths = [lesson.spec] if kind == "spec" else bank.at(getattr(lesson, kind))
    used = {name for path in paths for name in imports_of(path) if name.split(".")[0] == "kata"}

    assert used <= {"kata.authoring", "kata.train.digits"}
