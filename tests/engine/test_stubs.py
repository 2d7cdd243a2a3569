"""A stub is one item: it costs nothing, and neither its spec nor torch is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kata.checking import loading
from kata.content.lesson import discover
from tests.engine import sample

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]
SUMS = "exercises/ex01_sums.py"


def test_a_cold_session_of_untouched_lessons_imports_no_torch() -> None:
    for lesson in discover(ROOT):
        if len(loading.read(lesson, lesson.stub).untouched) < len(lesson.exercises):
            pytest.skip(f"exercises/{lesson.name}.py is not as it was handed out")
    code = (
        "import sys, pytest; code = pytest.main(['exercises/', '--forget']); sys.stdout.flush()\n"
        "print(int(code), 'torch' in sys.modules, 'tests.test_ex01_lenet' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[-1] == "1 False False", done.stderr


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Path:
    """A repository of two untouched lessons, whose first spec leaves a file when it is run."""
    sample.make_repository(pytester.path)
    spec = f"open({str(pytester.path / 'ran')!r}, 'w').close()\n{sample.SUMS_SPEC}"
    sample.write(pytester.path, "tests/test_ex01_sums.py", spec)
    return pytester.path


def test_an_untouched_lesson_has_one_item_for_each_exercise(repository: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("exercises")

    assert sample.summary_of(result.outlines) == "3 to do"
    assert not (repository / "ran").exists()


def test_beside_an_exercise_that_is_written_a_stub_is_still_one(repository: Path, pytester: pytest.Pytester) -> None:
    sample.write(repository, SUMS, sample.sums(add=sample.ADD))

    result = pytester.runpytest_inprocess(SUMS)

    assert sample.summary_of(result.outlines) == "3 passed, 1 to do"


@pytest.mark.parametrize("name", ["add", "TestAdd"])
def test_a_stub_goes_by_its_exercise_and_by_its_class(repository: Path, pytester: pytest.Pytester, name: str) -> None:
    assert sample.summary_of(pytester.runpytest_inprocess(f"{SUMS}::{name}").outlines) == "1 to do"


def test_one_check_of_a_stub_can_be_asked_for(repository: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(f"{SUMS}::TestAdd::test_nothing_added_changes_nothing[five]")

    assert sample.summary_of(result.outlines) == "1 to do"


def test_lines_that_end_otherwise_change_nothing(repository: Path, pytester: pytest.Pytester) -> None:
    (repository / SUMS).write_bytes((repository / SUMS).read_bytes().replace(b"\n", b"\r\n"))

    assert sample.summary_of(pytester.runpytest_inprocess(SUMS).outlines) == "2 to do"
