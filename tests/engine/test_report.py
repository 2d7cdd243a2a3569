"""The report says how far the learner is, and tells the one exercise that comes next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kata.content.lesson import Lesson
from kata.diagnosis.explanation import Explanation
from kata.report.report import WIDTH, report, told_lines
from kata.report.results import Result, current, statuses

SPEC = """
@pytest.mark.exercise("add", level=1, hints=("Look up.", "Look down.", "Look here."))
class TestAdd: ...

@pytest.mark.exercise("total", level=2, hints=("a", "b", "c"))
class TestTotal: ...
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson of two exercises."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_ex01_sums.py").write_text(SPEC)
    return Lesson(tmp_path, "ex01_sums")


def result(exercise: str, state: Any, index: int = 0, **words: Any) -> Result:
    """Return a result of the lesson."""
    words = {"check": "it adds", "path": "exercises/ex01_sums.py", "line": 7, "total": 1, **words}
    return Result(lesson="ex01_sums", exercise=exercise, index=index, state=state, **words)


def failed(headline: str = "add(1, 2) must be 3, and is 4.", **words: Any) -> Result:
    return result("add", "failed", told=Explanation(headline), **words)


def text_of(lesson: Lesson, *results: Result, hints: int = 0) -> str:
    return "\n".join(line for line, _ in report([lesson], list(results), hints)) + "\n"


def told_text(told: Explanation) -> str:
    return "\n".join(line for line, _ in told_lines(told)) + "\n"


TO_DO = """\
LeNet kata   [....................]  0 of 2 exercises done

  ex01_sums   to do (2 exercises)

add                                                     exercises/ex01_sums.py:7

  To do: this is still a stub (level 1). Its docstring says what it must do.

  A hint: pytest exercises/ --hint 1
"""

DONE = """\
LeNet kata   [####################]  2 of 2 exercises done

  ex01_sums   done (2 exercises)

  Every exercise is done. Compare with solutions/ when you like.
"""

HALF = """\
LeNet kata   [##########..........]  1 of 2 exercises done

  ex01_sums
    add     done
    total   to do

total                                                   exercises/ex01_sums.py:7

  To do: this is still a stub (level 2). Its docstring says what it must do.

  A hint: pytest exercises/ --hint 1
"""

WRONG = """\
LeNet kata   [....................]  0 of 2 exercises done

  ex01_sums
    add     1 of 3 checks
    total   to do

add                                                     exercises/ex01_sums.py:7

  add(1, 2) must be 3, and is 4.

  Check that fails (and 1 more): it adds

  A hint: pytest exercises/ --hint 1
"""

WAITING = """\
LeNet kata   [....................]  0 of 2 exercises done

  ex01_sums
    add     not run
    total   waits for add

total                                                   exercises/ex01_sums.py:7

  This waits for add: that is wrong, and changes what happens here.

  A hint: pytest exercises/ --hint 1
"""

IN_PART = """\
LeNet kata   [....................]  0 of 2 exercises done

  ex01_sums
    add     2 checks passed, the others not run
    total   not run
"""


def test_stubs_are_to_do(lesson: Lesson) -> None:
    assert text_of(lesson, result("add", "to do"), result("total", "to do")) == TO_DO


def test_what_passed_is_done(lesson: Lesson) -> None:
    assert text_of(lesson, result("add", "passed"), result("total", "passed")) == DONE


def test_the_first_exercise_to_do_comes_next(lesson: Lesson) -> None:
    assert text_of(lesson, result("add", "passed"), result("total", "to do")) == HALF


def test_a_wrong_exercise_is_told_with_the_number_of_its_checks(lesson: Lesson) -> None:
    checks = failed(index=1), failed("Another.", index=2), result("add", "passed", 3), result("total", "to do", 4)

    assert text_of(lesson, *checks) == WRONG


def test_an_exercise_that_waits_names_what_it_waits_for(lesson: Lesson) -> None:
    assert text_of(lesson, result("total", "waiting", waits_for="add")) == WAITING


def test_an_exercise_of_which_only_some_checks_ran_is_not_done(lesson: Lesson) -> None:
    assert text_of(lesson, result("add", "passed", total=3), result("add", "passed", total=3)) == IN_PART


def test_an_exercise_of_which_nobody_knows_how_many_checks_there_are_is_not_done(lesson: Lesson) -> None:
    assert states(lesson, result("add", "passed", total=0))[0] == "1 check passed, the others not run"


def test_an_exercise_whose_text_was_changed_is_not_done(lesson: Lesson) -> None:
    results = [result("add", "passed"), result("total", "failed")]

    found = statuses([lesson], results, {("ex01_sums", "add"), ("ex01_sums", "total")})

    assert [standing.in_words for standing in found] == ["changed since it passed", "changed since it was checked"]


def test_no_result_at_all_leaves_nothing_to_tell_but_progress(lesson: Lesson) -> None:
    assert text_of(lesson) == (
        "LeNet kata   [....................]  0 of 2 exercises done\n\n  ex01_sums   not run (2 exercises)\n"
    )


# Which exercise comes next.


def states(lesson: Lesson, *results: Result) -> list[str]:
    return [standing.in_words for standing in statuses([lesson], results)]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("passed", "passed", "done"),
        ("passed", "to do", "to do"),
        ("to do", "waiting", "waits for total"),
        ("waiting", "failed", "0 of 2 checks"),
        ("passed", "failed", "1 of 2 checks"),
        ("passed", "skipped", "done"),
        ("skipped", "skipped", "not run"),
        ("skipped", "failed", "0 of 1 check"),
    ],
    ids=lambda state: str(state),
)
def test_the_worst_check_decides_how_an_exercise_stands(lesson: Lesson, first: str, second: str, words: str) -> None:
    results = [result("add", state, waits_for="total") for state in (first, second)]

    assert states(lesson, *results)[0] == words


@pytest.mark.parametrize(
    ("add", "total", "name"),
    [
        ("to do", "failed", "total"),
        ("waiting", "failed", "total"),
        ("failed", "failed", "add"),
    ],
    ids=["before what is to do", "before what waits", "the first of two"],
)
def test_what_is_wrong_comes_next(lesson: Lesson, add: str, total: str, name: str) -> None:
    everything = statuses([lesson], [result("add", add), result("total", total)])

    assert current(everything) is everything[[one.exercise.name for one in everything].index(name)]


def test_the_results_of_an_exercise_are_taken_in_the_order_of_the_session(lesson: Lesson) -> None:
    standing = statuses([lesson], [failed("second", index=5), failed("first", index=2)])[0]

    assert [one.told.headline for one in standing.results if one.told] == ["first", "second"]


def test_results_of_another_lesson_do_not_count(lesson: Lesson) -> None:
    other = Result("ex02_other", "add", "c", "p", 1, 0, "passed")

    assert states(lesson, other) == ["not run", "not run"]


# Hints, notes, and what was printed.


def test_the_first_hints_are_shown_and_the_next_is_offered(lesson: Lesson) -> None:
    assert text_of(lesson, result("add", "to do"), hints=2).endswith(
        "\n\n  Hint 1 of 3: Look up.\n\n  Hint 2 of 3: Look down.\n\n  A hint: pytest exercises/ --hint 3\n"
    )


@pytest.mark.parametrize("hints", [3, 4], ids=["all", "more than there are"])
def test_no_hint_is_offered_after_the_last(lesson: Lesson, hints: int) -> None:
    assert text_of(lesson, result("add", "to do"), hints=hints).endswith("  Hint 3 of 3: Look here.\n\n")


def test_what_the_code_printed_is_shown(lesson: Lesson) -> None:
    assert "\n\n  Your code printed:\n    1\n    2\n\n" in text_of(lesson, failed(printed="1\n2\n"))


def test_the_last_eight_printed_lines_are_shown(lesson: Lesson) -> None:
    printed = "\n".join(map(str, range(10)))
    shown = "".join(f"    {number}\n" for number in range(2, 10))

    assert f"\n\n  Your code printed (the last 8 lines):\n{shown}\n" in text_of(lesson, failed(printed=printed))


def test_a_note_is_said_once(lesson: Lesson) -> None:
    results = [failed(notes=("look.",)), failed(notes=("look.",))]

    assert text_of(lesson, *results).count("  Note: look.\n") == 1


@pytest.mark.parametrize(("number", "words"), [(1, "1 check"), (2, "2 checks")], ids=["one", "two"])
def test_skipped_checks_are_counted_by_their_reason(lesson: Lesson, number: int, words: str) -> None:
    skipped = [result("add", "skipped", told=Explanation("no accelerator"))] * number

    assert f"\n\n  Note: {words} not run: no accelerator.\n" in text_of(lesson, result("add", "passed"), *skipped)


# What is told of one check.

WHOLE = """\
  It stops here.

    line 12:  return self.fc(x)
        x        tensor (3, 4) float32
        self.fc  Linear(5, 1)

    conv  (3, 1, 8, 8)  ok
    fc    (3, 4)        differs here

  Because of this.

  And that.
"""


def test_everything_that_is_told_stands_in_its_order() -> None:
    told = Explanation(
        "It stops here.",
        paragraphs=("Because of this.", "And that."),
        walk=(("conv", "(3, 1, 8, 8)", "ok"), ("fc", "(3, 4)", "differs here")),
        line=12,
        code="return self.fc(x)",
        values=(("x", "tensor (3, 4) float32"), ("self.fc", "Linear(5, 1)")),
    )

    assert told_text(told) == WHOLE


@pytest.mark.parametrize(
    "told",
    [
        Explanation("word " * 60),
        Explanation("h", paragraphs=("word " * 60,)),
        Explanation("h", walk=(("conv", "(1, 2)", "differs here: " + "word " * 30),)),
        Explanation("h", line=1, code="x = 1; " * 30, values=(("x", "1" * 200),)),
    ],
    ids=["headline", "paragraph", "walk", "code"],
)
def test_no_line_is_wider_than_the_report(told: Explanation) -> None:
    assert max(len(line) for line, _ in told_lines(told)) <= WIDTH


def test_a_narrow_terminal_gets_lines_that_fit_and_no_broken_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    told = Explanation("one two three " * 20, ("four five six " * 20,), line=7, code="value = " + "x" * 90)

    assert max(len(line) for line, _ in told_lines(told)) <= 50
    monkeypatch.setenv("COLUMNS", "200")
    assert 70 < max(len(line) for line, _ in told_lines(told)) <= WIDTH


def test_a_result_survives_its_journey_as_json() -> None:
    sent = failed(notes=("a",), printed="b", mistake="c", waits_for="d")

    assert Result.from_json(json.loads(json.dumps(sent.to_json()))) == sent
