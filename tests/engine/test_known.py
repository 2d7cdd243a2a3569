"""An untouched lesson costs nothing: which checks it has is known, and neither its spec nor torch is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kata.content.lesson import discover
from kata.running.known import SHIPPED, KnownChecks
from tests.engine import sample

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]
SUMS = "exercises/ex01_sums.py"


def python(code: str) -> str:
    """Run code in a process of its own, in this repository."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_shipped_is_what_the_specs_have() -> None:
    """Where this fails: python -m kata.running.known."""
    code = "import json; from pathlib import Path; from kata.running.known import from_specs as all_of"

    found = json.loads(python(f"{code}; print(json.dumps(all_of(Path('.'))))").splitlines()[-1])

    assert found == json.loads(SHIPPED.read_text("utf-8"))


def test_a_session_of_untouched_lessons_imports_no_torch(tmp_path: Path) -> None:
    for lesson in discover(ROOT):
        if KnownChecks(ROOT).of(lesson, lesson.stub) is None:
            pytest.skip(f"exercises/{lesson.name}.py is not as it was handed out")
    code = "import sys, pytest; code = pytest.main(['exercises/', '--forget']); sys.stdout.flush()"

    said = python(f"{code}; print(int(code), 'torch' in sys.modules, 'tests.test_ex01_lenet' in sys.modules)")

    assert said.splitlines()[-1] == "1 False False"


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Path:
    """A repository of two untouched lessons, whose first spec leaves a file when it is run."""
    sample.make_repository(pytester.path)
    spec = f"open({str(pytester.path / 'ran')!r}, 'w').close()\n{sample.SUMS_SPEC}"
    sample.write(pytester.path, "tests/test_ex01_sums.py", spec)
    return pytester.path


def names(pytester: pytest.Pytester, *options: str) -> list[str]:
    lines = pytester.runpytest_inprocess("exercises", "--collect-only", "-q", *options).outlines
    return [line for line in lines if "::" in line]


def runs_the_spec(pytester: pytest.Pytester, *arguments: str) -> bool:
    """Whether the first lesson's spec is run by a session."""
    (pytester.path / "ran").unlink(missing_ok=True)
    pytester.runpytest_inprocess(*(arguments or ("exercises",)))
    return (pytester.path / "ran").exists()


def test_a_lesson_that_was_collected_once_is_known(repository: Path, pytester: pytest.Pytester) -> None:
    assert [runs_the_spec(pytester), runs_the_spec(pytester)] == [True, False]


@pytest.mark.parametrize("options", [(), ("-k", "total"), ("-k", "add and zero")], ids=["all", "one", "two words"])
def test_names_are_the_same_however_they_are_known(
    repository: Path, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    collected, known = names(pytester, *options), names(pytester, *options)

    assert runs_the_spec(pytester) is False
    assert known == collected
    assert known


@pytest.mark.parametrize("file", ["exercises/ex01_sums.py", "tests/test_ex01_sums.py"])
def test_a_file_that_was_changed_is_asked_itself(repository: Path, pytester: pytest.Pytester, file: str) -> None:
    runs_the_spec(pytester)

    (repository / file).write_text((repository / file).read_text() + "# changed\n")

    assert runs_the_spec(pytester)


def test_lines_that_end_otherwise_change_nothing(repository: Path, pytester: pytest.Pytester) -> None:
    runs_the_spec(pytester)

    (repository / SUMS).write_bytes((repository / SUMS).read_bytes().replace(b"\n", b"\r\n"))

    assert not runs_the_spec(pytester)


def test_a_part_of_a_lesson_is_not_taken_for_all_of_it(repository: Path, pytester: pytest.Pytester) -> None:
    runs_the_spec(pytester, f"{SUMS}::TestTotal::test_the_total_of_three_values")
    runs_the_spec(pytester, SUMS, "-k", "total")

    assert len([name for name in names(pytester) if SUMS in name]) == 4


def test_what_is_damaged_is_made_again(repository: Path, pytester: pytest.Pytester) -> None:
    runs_the_spec(pytester)
    (repository / ".kata" / "index" / "checks.json").write_text('{"ex01_sums": [1, 2')

    assert [runs_the_spec(pytester), runs_the_spec(pytester)] == [True, False]


def test_one_check_of_a_known_lesson_can_be_asked_for(repository: Path, pytester: pytest.Pytester) -> None:
    runs_the_spec(pytester)

    result = pytester.runpytest_inprocess(f"{SUMS}::TestAdd::test_nothing_added_changes_nothing[five]")

    assert sample.summary_of(result.outlines) == "1 to do"
