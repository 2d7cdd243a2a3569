"""What any session of pytest finds is what the command `kata` knows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# torch can be loaded once in a process: what the inner sessions import must be there before them.
from kata.content.lesson import Lesson, discover
from kata.learner.progress import SavedProgress, saved_statuses
from kata.report.results import Result
from kata.train.training import reliable
from tests.engine import fresh, sample
from tests.engine.sample import ADD, TOTAL, sums

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
SUMS = "exercises/ex01_sums.py"
WORDS = "exercises/ex02_caps.py"
ADD_CHECKS = f"{SUMS}::TestAdd"


@pytest.fixture(autouse=True)
def _repository(pytester: pytest.Pytester) -> None:
    """Two lessons in the current folder, the first of which is solved."""
    sample.make_repository(pytester.path)
    sample.write(pytester.path, SUMS, sums(ADD, TOTAL))


def known(pytester: pytest.Pytester) -> dict[str, str]:
    """Return what `kata` knows of each exercise."""
    lessons = discover(pytester.path)
    return {one.exercise.name: one.in_words for one in saved_statuses(lessons, SavedProgress.load(pytester.path))}


def session(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    return pytester.runpytest_inprocess(*arguments).outlines


@pytest.mark.parametrize(
    "arguments",
    [["exercises/"], [SUMS], ["exercises/", "-v"], [SUMS, "-q", "--tb=short"], [ADD_CHECKS, f"{SUMS}::TestTotal"]],
    ids=["all", "one file", "in pytest's own words", "short", "classes"],
)
def test_what_a_session_found_done_is_done(pytester: pytest.Pytester, arguments: list[str]) -> None:
    session(pytester, *arguments)

    assert known(pytester) == {"add": "done", "total": "done", "shout": "to do"}


@pytest.mark.parametrize(
    ("arguments", "add"),
    [
        ([SUMS, "-k", "three"], "1 check passed, the others not run"),
        ([f"{ADD_CHECKS}::test_one_and_two_are_three"], "1 check passed, the others not run"),
        ([f"{ADD_CHECKS}::test_nothing_added_changes_nothing"], "2 checks passed, the others not run"),
    ],
    ids=["chosen by a word", "one check", "two cases of one check"],
)
def test_an_exercise_of_which_a_part_passed_is_not_done(
    pytester: pytest.Pytester, arguments: list[str], add: str
) -> None:
    session(pytester, *arguments)

    assert known(pytester)["add"] == add


def test_parts_add_up_once_it_is_known_how_many_checks_there_are(pytester: pytest.Pytester) -> None:
    session(pytester, f"{ADD_CHECKS}::test_nothing_added_changes_nothing")
    session(pytester, SUMS, "-k", "one_and_two")

    assert known(pytester)["add"] == "done"


def test_a_part_takes_nothing_from_what_is_known(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/")
    session(pytester, SUMS, "-k", "three")

    assert known(pytester) == {"add": "done", "total": "done", "shout": "to do"}


def test_a_session_that_stops_at_the_first_failure_keeps_what_it_found(pytester: pytest.Pytester) -> None:
    sample.write(pytester.path, SUMS, sums("return a - b", TOTAL))
    session(pytester, SUMS, "-x")

    assert known(pytester)["add"] == "0 of 1 check"


def test_a_text_that_was_changed_since_it_passed_is_told_so(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/")
    sample.write(pytester.path, SUMS, sums("return b + a", TOTAL))

    assert known(pytester) == {"add": "changed since it passed", "total": "done", "shout": "to do"}


def test_layout_and_comments_are_no_change(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/")
    sample.write(pytester.path, SUMS, "# mine\n" + sums("return (a +\n            b)  # so", TOTAL))

    assert known(pytester)["add"] == "done"


def test_a_helper_that_was_changed_concerns_every_exercise(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/")
    sample.write(pytester.path, SUMS, sums(ADD, TOTAL) + "\n\nHELP = 1\n")

    assert set(known(pytester).values()) == {"changed since it passed", "to do"}


def test_a_text_that_is_brought_back_is_known_again(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/")
    sample.write(pytester.path, SUMS, sums())
    assert known(pytester)["add"] == "to do"

    sample.write(pytester.path, SUMS, sums(ADD, TOTAL))

    assert known(pytester)["add"] == "done"


def test_a_session_may_be_told_to_forget(pytester: pytest.Pytester) -> None:
    session(pytester, "exercises/", "--forget")

    assert not (pytester.path / ".kata").exists()


def test_untouched_stubs_leave_nothing_to_keep(pytester: pytest.Pytester) -> None:
    sample.write(pytester.path, SUMS, sums())
    session(pytester, "exercises/")

    assert not (pytester.path / ".kata").exists()


def test_what_solutions_and_banks_find_is_not_the_learners(pytester: pytest.Pytester) -> None:
    session(pytester, "solutions/", "tests/test_ex01_sums.py", "mistakes/")

    assert not (pytester.path / ".kata").exists()


def test_where_nothing_can_be_kept_one_word_says_so(pytester: pytest.Pytester) -> None:
    (pytester.path / ".kata").write_text("a file in the folder's place")

    output = session(pytester, "exercises/")

    assert sum("progress cannot be kept" in line for line in output) == 1
    assert any("2 of 3 exercises done" in line for line in output)


# Two at once.


def passed(lesson: Lesson, exercise: str) -> list[Result]:
    return [Result(lesson.name, exercise, "a check", "exercises/x.py", 1, 0, "passed", digest="d", total=1)]


def test_two_who_write_at_once_lose_nothing(pytester: pytest.Pytester) -> None:
    first, second = SavedProgress.load(pytester.path), SavedProgress.load(pytester.path)
    lesson = discover(pytester.path)[0]

    first.remember(lesson.name, passed(lesson, "add"))
    first.hints["ex01_sums::add"] = 2
    second.remember(lesson.name, passed(lesson, "total"))
    second.hints["ex01_sums::total"] = 1
    assert [first.save(), second.save()] == ["", ""]

    found = SavedProgress.load(pytester.path)
    assert set(found.known["ex01_sums"]) == {"add", "total"}
    assert found.hints == {"ex01_sums::add": 2, "ex01_sums::total": 1}


def test_many_processes_that_write_at_once_lose_nothing(pytester: pytest.Pytester) -> None:
    code = """
import sys
from pathlib import Path
from kata.report.results import Result
from kata.learner.progress import SavedProgress
name = sys.argv[1]
state = SavedProgress.load(Path.cwd())
state.remember("ex01_sums", [Result("ex01_sums", name, "a check", "x", 1, 0, "passed", digest="d", total=1)])
sys.exit(bool(state.save()))
"""
    names = [f"exercise {number}" for number in range(8)]
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen([*command, name], cwd=pytester.path, env={"PYTHONPATH": str(ROOT)}) for name in names]

    assert [one.wait(60) for one in running] == [0] * 8
    assert sorted(SavedProgress.load(pytester.path).known["ex01_sums"]) == names


def test_the_hints_of_an_older_version_are_kept(pytester: pytest.Pytester) -> None:
    old = {"version": 1, "results": {}, "digests": {}, "hints": {"ex01_sums::add": 2}}
    (pytester.path / ".kata").mkdir()
    (pytester.path / ".kata" / "state.json").write_text(json.dumps(old))

    state = SavedProgress.load(pytester.path)

    assert (state.hints, state.word) == ({"ex01_sums::add": 2}, "")


# The lessons themselves, as a learner goes about them.


def test_what_pytest_finds_is_done_for_list_compare_and_train(tmp_path: Path) -> None:
    for name in ("exercises", "solutions", "mistakes", "tests", "kata"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "engine"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    lesson = discover(tmp_path)[0]
    lesson.stub.write_text(lesson.solution.read_text())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return fresh.run("-m", *arguments, cwd=tmp_path)

    assert run("pytest", "exercises/ex01_lenet.py").returncode == 0

    listed, compared = run("kata"), run("kata", "compare", "forward")  # of several, the one that is begun
    assert "  3 of " in listed.stdout
    assert (compared.returncode, "says the same as the solution" in compared.stdout) == (0, True)
    assert reliable(lesson, SavedProgress.load(tmp_path)).stand_ins == {}
