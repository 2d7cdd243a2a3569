"""Exercises on pytest's command line, by the names on the screen."""

from __future__ import annotations

import pytest

from tests.engine import sample
from tests.engine.sample import report_of

pytest_plugins = ["pytester"]


@pytest.fixture
def started(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository whose first lesson is written, and wrong."""
    sample.make_repository(pytester.path)
    sample.write(pytester.path, "exercises/ex01_sums.py", sample.sums("return a - b", "return 0"))
    return pytester


@pytest.mark.parametrize(
    "words",
    [
        ("exercises", "-k", "total"),
        ("exercises/ex01_sums.py::total",),
        ("exercises/ex01_sums.py::Total",),
        ("exercises/ex01_sums.py::TestTotal",),
    ],
    ids=" ".join,
)
def test_an_exercise_goes_by_its_name(started: pytest.Pytester, words: tuple[str, ...]) -> None:
    result = sample.pytest_in(started, *words)

    report = report_of(result.outlines)
    assert (
        "  The total of [1, 2, 3] must be 6, and is 0." in report or "total([1, 2, 3]) must be 6, and is 0." in report
    )
    assert "add     not run" in report


def test_a_check_of_it_is_named_behind_it(started: pytest.Pytester) -> None:
    result = sample.pytest_in(started, "exercises/ex01_sums.py::add::test_one_and_two_are_three")

    assert "1 failed in" in result.outlines[-1]


def test_a_stub_goes_by_its_name_too(started: pytest.Pytester) -> None:
    result = sample.pytest_in(started, "exercises", "-k", "shout")

    assert "0 of 1 exercises done\n\n  ex02_caps   to do (1 exercise)" in report_of(result.outlines)


def test_a_solution_goes_by_the_same_names(started: pytest.Pytester) -> None:
    sample.pytest_in(started, "solutions/ex01_sums.py::total").assert_outcomes(passed=1)


def test_a_name_that_nothing_has_is_said_with_the_nearest(started: pytest.Pytester) -> None:
    result = sample.pytest_in(started, "exercises/ex01_sums.py::totl")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = "ERROR: exercises/ex01_sums.py has no exercise 'totl'; the nearest name is 'total'. `kata list` shows all"
    assert said in "\n".join(result.errlines)


def test_where_nothing_is_selected_it_is_said_how_an_exercise_is_named(started: pytest.Pytester) -> None:
    result = sample.pytest_in(started, "exercises", "-k", "totl")

    assert report_of(result.outlines) == (
        "  -k 'totl' selects no check. An exercise goes by its name: pytest exercises/ -k\n"
        "  total, or pytest exercises/ex01_sums.py::total. `kata list` shows all names."
    )


def test_the_command_is_repeated_with_its_quotes(started: pytest.Pytester) -> None:
    result = sample.pytest_in(started, "exercises", "-k", "add or total")

    assert "exercises -k 'add or total' --hint 1" in " ".join(" ".join(result.outlines).split())
