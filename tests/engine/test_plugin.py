"""A session of pytest on exercises: what is collected, what is reported, and how it ends."""

from __future__ import annotations

import os
import random
import textwrap
import xml.etree.ElementTree as ET
from typing import Any

import pytest
import torch

# torch can be loaded once in a process: what the inner sessions import must be there before them.
from kata.running import explain
from tests.engine import sample
from tests.engine.sample import ADD, SHOUT, TOTAL, report_of, summary_of, sums, told_of, words

pytest_plugins = ["pytester"]

ALL = "exercises/"
SUMS = "exercises/ex01_sums.py"
WORDS = "exercises/ex02_caps.py"
WRONG = "return a - b"
IMPORT = "from kata.checking import expect\n"

UNTOUCHED = """\
LeNet kata   [....................]  0 of 3 exercises done

  ex01_sums   to do (2 exercises)
  ex02_caps   to do (1 exercise)

add                                                     exercises/ex01_sums.py:4

  To do: this is still a stub (level 1). Its docstring says what it must do.

  A hint: pytest exercises/ --hint 1"""

SUBTRACTS = """\
LeNet kata   [....................]  0 of 2 exercises done

  ex01_sums
    add     2 of 3 checks
    total   waits for add

add                                                     exercises/ex01_sums.py:4

  Your sums equal those of an addition that subtracts.

  A sum grows with both of its parts.

  add(1, 2) must be 3, and is -1.

  Check that fails: one and two are three

  A hint: pytest exercises/ex01_sums.py --hint 1"""

DONE = """\
LeNet kata   [####################]  3 of 3 exercises done

  ex01_sums   done (2 exercises)
  ex02_caps   done (1 exercise)

  Every exercise is done. Compare with solutions/ when you like."""


@pytest.fixture(autouse=True)
def _repository(pytester: pytest.Pytester) -> None:
    """Two lessons, untouched, in the current folder."""
    sample.make_repository(pytester.path)


def session(pytester: pytest.Pytester, *arguments: str, **files: str) -> pytest.RunResult:
    """Write the learner's files and run a session in this process."""
    for name, text in files.items():
        sample.write(pytester.path, {"sums": SUMS, "words": WORDS}[name], text)
    return pytester.runpytest_inprocess(*arguments)


# The report, and how the session ends.


def test_untouched_stubs_are_to_do(pytester: pytest.Pytester) -> None:
    result = session(pytester, ALL)

    assert (report_of(result.outlines), summary_of(result.outlines), result.ret) == (UNTOUCHED, "3 to do", 1)


def test_solved_exercises_are_done(pytester: pytest.Pytester) -> None:
    result = session(pytester, ALL, sums=sums(ADD, TOTAL), words=words(SHOUT))

    assert (report_of(result.outlines), summary_of(result.outlines), result.ret) == (DONE, "5 passed", 0)


def test_a_wrong_answer_is_told_and_what_it_breaks_waits(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums(WRONG, TOTAL))

    assert (report_of(result.outlines), result.ret) == (SUBTRACTS, 1)


def test_a_statement_that_does_nothing_is_told_before_what_comes_of_it(pytester: pytest.Pytester) -> None:
    answer = "result = 0\n    values.clear\n    return result"

    result = session(pytester, SUMS, sums=sums(ADD, answer))

    told = " ".join(told_of(result.outlines).split())
    assert (
        "`values.clear` is only named here, and not called: its parentheses are missing. line 12: values.clear" in told
    )
    assert "total([1, 2, 3]) must be 6, and is 0." in told


def test_a_statement_that_does_nothing_is_told_before_the_line_that_stops(pytester: pytest.Pytester) -> None:
    answer = "result = []\n    result.append\n    return result[0]"

    result = session(pytester, SUMS, sums=sums(ADD, answer))

    told = " ".join(told_of(result.outlines).split())
    assert "`result.append` is only named here, and not called: its parentheses are missing." in told
    assert "Then line 13 stops: IndexError: list index out of range" in told


def test_a_value_that_is_never_used_is_told_beside_what_comes_of_it(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums("result = a - b\n    return 7"))

    told = " ".join(told_of(result.outlines).split())
    assert "The value that line 6 gives to `result` is never used. line 6: result = a - b" in told
    assert "add(1, 2) must be 3, and is 7." in told


def test_beside_a_known_mistake_it_comes_after_that(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums("result = a + b\n    return a - b"))

    told = " ".join(told_of(result.outlines).split())
    assert "Your sums equal those of an addition that subtracts." in told
    assert told.endswith("The value that line 6 gives to `result` is never used.")


def test_a_check_that_the_named_mistake_passes_is_told_as_another_fault(pytester: pytest.Pytester) -> None:
    spec = sample.SUMS_SPEC.replace("lesson.add(1, 2), 3", "lesson.add(2, 0), 2").replace("add(1, 2)", "add(2, 0)")
    sample.write(pytester.path, "tests/test_ex01_sums.py", spec)

    result = session(pytester, SUMS, sums=sums("return 9 if a == 2 else a - b"))

    told = " ".join(told_of(result.outlines).split())
    assert "Your sums equal those of an addition that subtracts." in told
    assert "And besides: add(2, 0) must be 2, and is 9." in told


def test_where_another_fault_stops_the_check_its_line_is_not_shown_below_the_mistake(
    pytester: pytest.Pytester,
) -> None:
    spec = sample.SUMS_SPEC.replace("lesson.add(1, 2), 3", "lesson.add(2, 0), 2").replace("add(1, 2)", "add(2, 0)")
    sample.write(pytester.path, "tests/test_ex01_sums.py", spec)

    result = session(pytester, SUMS, sums=sums("if a == 2:\n        return a[0]\n    return a - b"))

    told = " ".join(told_of(result.outlines).split())
    assert "Your sums equal those of an addition that subtracts." in told
    assert "And besides: line 7 stops: " in told


def test_the_command_that_was_typed_is_repeated_with_a_hint(pytester: pytest.Pytester) -> None:
    report = report_of(session(pytester, WORDS, "--hint", "1").outlines)

    assert "Hint 1 of 3: One." in report
    assert f"A hint: pytest {WORDS} --hint 2" in report


def test_a_warning_of_the_learners_code_is_told_once_with_its_line(pytester: pytest.Pytester) -> None:
    answer = "import warnings\n    warnings.warn('old ways')\n    return a + b"

    report = " ".join(report_of(session(pytester, SUMS, sums=sums(answer, TOTAL)).outlines).split())

    assert report.count("Note: exercises/ex01_sums.py, line 7, warns: UserWarning: old ways") == 1


def test_a_conftest_beside_the_exercises_takes_no_part(pytester: pytest.Pytester) -> None:
    text = "def pytest_runtest_makereport(item, call):\n    raise ValueError\n"
    sample.write(pytester.path, "exercises/conftest.py", text)

    result = session(pytester, "exercises/", sums=sums(WRONG, TOTAL))

    report = " ".join(report_of(result.outlines).split())
    assert "Note: exercises/conftest.py takes no part: the checks are the same for everybody" in report
    assert "Your sums equal those of an addition that subtracts." in report


def test_another_class_with_the_method_of_a_stub_is_told(pytester: pytest.Pytester) -> None:
    stub = (
        'class Net:\n    """A net."""\n\n    def forward(self, x: int) -> int:\n        """Return x."""\n        {}\n'
    )
    spec = """
        import pytest

        @pytest.mark.exercise("Net.forward", level=1, hints=("One.", "Two.", "Three."))
        class TestForward:
            def test_it_runs(self, lesson):
                assert lesson.Net().forward(1) == 1
    """
    sample.write(pytester.path, "solutions/ex02_caps.py", stub.format("return x"))
    other = "\nclass Mine:\n    def forward(self, x):\n        return x\n"
    sample.write(pytester.path, "tests/test_ex02_caps.py", textwrap.dedent(spec))

    result = session(pytester, WORDS, words=stub.format(sample.STUB) + other)

    assert "There is a class `Mine` with a `forward` in your file; what is checked is `Net`." in " ".join(
        report_of(result.outlines).split()
    )


def test_a_check_is_found_at_the_learners_function(pytester: pytest.Pytester) -> None:
    items, _ = pytester.inline_genitems(SUMS)

    assert {item.location[:2] for item in items} == {(SUMS, 3), (SUMS, 8)}


@pytest.mark.parametrize(
    "wish",
    [
        "import pytest; pytest.skip('later')",
        "import pytest; pytest.xfail('later')",
        "import unittest; raise unittest.SkipTest",
    ],
    ids=["skip", "xfail", "SkipTest"],
)
def test_an_answer_that_skips_its_own_check_fails(pytester: pytest.Pytester, wish: str) -> None:
    result = session(pytester, SUMS, sums=sums(wish, TOTAL))

    assert result.ret == 1
    assert "Your code asks here that its own check be skipped" in told_of(result.outlines)


def test_a_breakpoint_that_was_left_in_is_told(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums("breakpoint()\n    return a + b", TOTAL))

    assert "Your code waits for keyboard input here" in told_of(result.outlines)


def test_what_an_answer_says_cannot_reach_the_terminal(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums("raise ValueError('\\x1b[2J\\udc80')", TOTAL))

    assert "ValueError: \\x1b[2J\\udc80" in told_of(result.outlines)


def test_a_slip_behind_an_own_raise_is_told(pytester: pytest.Pytester) -> None:
    answer = (
        "try:\n        return sum(value)\n    except Exception as error:\n        raise ValueError('no sum') from error"
    )

    result = session(pytester, SUMS, sums=sums(ADD, answer))

    told = " ".join(told_of(result.outlines).split())
    assert "Nothing has the name `value` here. The nearest name known here is `values`." in told
    assert "It is hidden behind what your own `raise` says: ValueError: no sum" in told


def test_a_number_that_differs_is_told_as_a_number(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums(ADD, "return add(values[0], values[1])"))

    assert "  The total must be 6, and is 3.\n" in told_of(result.outlines)


def test_a_wrong_answer_does_not_stop_what_is_independent_of_it(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums(WRONG, "return sum(values)"))

    assert "    add     2 of 3 checks\n    total   done\n" in report_of(result.outlines)


def test_a_later_exercise_may_be_done_before_an_earlier_one(pytester: pytest.Pytester) -> None:
    result = session(pytester, SUMS, sums=sums(total=TOTAL))

    assert "    add     to do\n    total   done\n" in report_of(result.outlines)


def test_hints_are_shown_as_many_as_are_asked_for(pytester: pytest.Pytester) -> None:
    assert report_of(session(pytester, ALL, "--hint", "2").outlines).endswith(
        "\n\n  Hint 1 of 3: Look up.\n\n  Hint 2 of 3: Look down.\n\n  A hint: pytest exercises/ --hint 3"
    )


def test_a_wrong_answer_without_an_observer_is_told_by_its_check(pytester: pytest.Pytester) -> None:
    result = session(pytester, WORDS, words=words("return text"))

    assert "\n\n  shout('a') must be A, and is a.\n\n" in report_of(result.outlines)


def test_a_broken_bank_costs_the_diagnosis_only(pytester: pytest.Pytester) -> None:
    sample.write(pytester.path, "mistakes/ex01_sums.py", f"1 / 0\n{sample.SUMS_MISTAKES}")

    report = report_of(session(pytester, SUMS, sums=sums(WRONG)).outlines)

    assert "  add(1, 2) must be 3, and is -1.\n" in report
    assert "  Note: mistakes/ of ex01_sums cannot be used: ZeroDivisionError: division by" in report


@pytest.mark.parametrize("step", ["plainly", "_combined", "_is_own_not_implemented", "_with_picture", "_with_slip"])
def test_a_step_that_fails_while_explaining_leaves_the_plain_facts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(explain, step, fails)
    report = report_of(session(pytester, SUMS, sums=sums(WRONG)).outlines)

    assert "\n\n  Mismatch: add(1, 2) must be 3, and is -1\n\n" in report
    assert "  Note: it could not be explained further: LookupError in the engine.\n" in report


def test_speed_is_compared_of_what_is_written_only(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # beside other tests, nothing is timed
    speed = """

@pytest.mark.speed("add")
class SpeedOfAdd:
    def test_small_numbers(self, contestant, benchmark):
        benchmark(contestant.add, 1, 2)
"""
    sample.write(pytester.path, "tests/test_ex01_sums.py", sample.SUMS_SPEC + speed)

    output = sample.pytest_in(pytester, SUMS, "--benchmark-only", "-rs").outlines

    assert "Traceback" not in "\n".join(output)
    assert any("nothing to compare yet: add is to do" in line for line in output)
    assert summary_of(output) == "1 passed, 1 skipped"


def test_colours_are_shown_where_they_are_wanted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PY_COLORS")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b[1mLeNet kata" in session(pytester, ALL).stdout.str()


def test_no_colours_are_shown_where_none_are_wanted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PY_COLORS")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b[" not in session(pytester, ALL).stdout.str()


# Options of pytest.


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        ([f"{SUMS}::TestTotal"], "1 passed"),
        ([f"{SUMS}::TestAdd::test_one_and_two_are_three"], "1 failed"),
        ([ALL, "-k", "nothing_added"], "2 passed, 3 deselected"),
        ([ALL, "-x"], "1 failed"),
        ([ALL, "-v"], "1 failed, 3 passed, 1 to do"),
        ([ALL, "-q"], "1 failed, 3 passed, 1 to do"),
        ([ALL, "--tb=short"], "1 failed, 3 passed, 1 to do"),
        ([ALL, "solutions/"], "1 failed, 8 passed, 1 to do"),
        (["solutions/"], "5 passed"),
        (["tests/"], "5 passed"),
        ([], "7 passed"),
    ],
    ids=["class", "check", "-k", "-x", "-v", "-q", "--tb", "with solutions", "solutions", "specs", "nothing named"],
)
def test_an_option_selects_what_it_selects_anywhere_else(
    pytester: pytest.Pytester, arguments: list[str], summary: str
) -> None:
    result = session(pytester, *arguments, sums=sums(WRONG, "return sum(values)"))

    assert summary_of(result.outlines) == summary


@pytest.mark.parametrize("option", ["-v", "-q", "--tb=short"])
def test_options_of_output_give_pytests_own(pytester: pytest.Pytester, option: str) -> None:
    output = session(pytester, ALL, option, sums=sums(WRONG)).stdout.str()

    assert ("LeNet kata" in output, "kata.checking.expect.Mismatch: add(1, 2) must be 3, and is -1" in output) == (
        False,
        True,
    )


def test_pytests_own_output_tells_why_a_check_failed(pytester: pytest.Pytester) -> None:
    session(pytester, ALL, "-v", sums=sums(WRONG)).stdout.fnmatch_lines(
        ["*- why it failed -*", "  Your sums equal those of an addition that subtracts."]
    )


@pytest.mark.parametrize(("option", "shown"), [("-v", "*::TestShout TO DO *"), ("-q", "F..tt *")])
def test_pytests_own_output_has_a_letter_for_what_is_to_do(pytester: pytest.Pytester, option: str, shown: str) -> None:
    session(pytester, ALL, option, sums=sums(WRONG)).stdout.fnmatch_lines([shown])


@pytest.mark.parametrize("arguments", [[f"{SUMS}::TestAdd::test_one_and_two_are_three"], [ALL, "-k", "three"]])
def test_an_exercise_of_which_some_checks_ran_is_not_done(pytester: pytest.Pytester, arguments: list[str]) -> None:
    result = session(pytester, *arguments, sums=sums(ADD))

    assert "    add     1 check passed, the others not run\n" in report_of(result.outlines)


def test_the_last_failures_are_run_again(pytester: pytest.Pytester) -> None:
    session(pytester, SUMS, sums=sums(WRONG, "return sum(values)"))

    assert summary_of(session(pytester, SUMS, "--lf").outlines).startswith("1 failed")


def test_a_report_for_machines_counts_what_is_not_done(pytester: pytest.Pytester) -> None:
    session(pytester, ALL, "--junitxml=report.xml", sums=sums(WRONG, "return sum(values)"))

    suite = ET.parse(pytester.path / "report.xml").getroot()[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "2",
        "errors": "0",
        "skipped": "0",
    }


def test_a_report_for_machines_says_of_a_stub_that_it_is_one(pytester: pytest.Pytester) -> None:
    session(pytester, WORDS, "--junitxml=report.xml")

    suite = ET.parse(pytester.path / "report.xml").getroot()[0]
    assert [failure.text for failure in suite.iter("failure")] == ["to do: shout is still a stub"]


@pytest.mark.parametrize("arguments", [[], ["."], ["ex01_sums.py", "ex02_caps.py"]], ids=["none", "here", "files"])
def test_a_session_may_start_in_the_folder_of_exercises(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(pytester.path / "exercises")

    report = report_of(session(pytester, *arguments).outlines)

    typed = " ".join(["pytest", *arguments])
    assert report == UNTOUCHED.replace("pytest exercises/", typed)
    assert not (pytester.path / "exercises" / ".benchmarks").exists()


def test_untouched_exercises_are_collected_and_reported_without_torch(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(sample.ROOT))
    sample.write(pytester.path, "tests/test_ex01_sums.py", sample.SUMS_SPEC.replace(IMPORT, ""))
    sample.write(pytester.path, "tests/test_ex02_caps.py", sample.WORDS_SPEC.replace(IMPORT, ""))
    code = "import pytest, sys; pytest.main(['exercises/']); print('torch' in sys.modules)"

    assert pytester.runpython_c(code).outlines[-1] == "False"


# What the learner's code changes.

CHANGES = {
    "dtype": ("import torch; torch.set_default_dtype(torch.float64)", "the default dtype was torch.float32, and is"),
    "gradients": ("import torch; torch.set_grad_enabled(False)", "whether gradients are recorded was True, and is now"),
    "builtins": ("import builtins; builtins.sum = len", "builtins.sum was replaced."),
    "torch": ("import torch.nn.functional as F; F.relu = len", "torch.nn.functional.relu was"),
}


def state() -> list[Any]:
    """Return what learners' code may change."""
    functional = torch.nn.functional.relu
    return [
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        sum,
        functional,
        random.getstate(),
        torch.initial_seed(),
    ]


@pytest.mark.parametrize("kind", CHANGES)
def test_a_check_that_changes_what_is_not_its_own_fails(pytester: pytest.Pytester, kind: str) -> None:
    code, words = CHANGES[kind]

    result = session(pytester, SUMS, sums=sums(f"{code}; return a + b"))

    assert words in " ".join(told_of(result.outlines).split())


@pytest.mark.parametrize("kind", CHANGES)
def test_a_file_that_changes_what_is_not_its_own_is_noted(pytester: pytest.Pytester, kind: str) -> None:
    code, words = CHANGES[kind]

    report = report_of(session(pytester, SUMS, sums=f"{code}\n{sums(ADD)}").outlines)

    assert f"Note: while your file was loaded, {words.rstrip('.')}" in " ".join(report.split())


@pytest.mark.parametrize("kind", CHANGES)
def test_what_was_changed_is_put_back(pytester: pytest.Pytester, kind: str) -> None:
    before = state()

    session(pytester, SUMS, sums=sums(f"import random; random.seed(1); {CHANGES[kind][0]}; return a + b"))

    assert state() == before


def test_a_slip_that_comes_where_an_error_is_asked_for_is_told_as_the_slip(pytester: pytest.Pytester) -> None:
    spec = sample.SUMS_SPEC.replace(
        'expect.equal("add(1, 2)", lesson.add(1, 2), 3)',
        'expect.raises("add(1, 2)", ValueError, lambda: lesson.add(1, 2))',
    )
    sample.write(pytester.path, "tests/test_ex01_sums.py", spec)

    result = session(pytester, SUMS, sums=sums("raise ValueErro('no')"))

    told = " ".join(told_of(result.outlines).split())
    assert "The nearest name known here is `ValueError`." in told
    assert "add(1, 2) must raise a ValueError, and raises a NameError" in told


@pytest.mark.e2e
@pytest.mark.parametrize(("arguments", "workers"), [([], True), (["-n", "0"], False), (["tests/"], False)], ids=str)
def test_the_whole_suite_runs_on_all_cores(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: list[str], workers: bool
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(sample.ROOT))

    result = pytester.runpytest_subprocess(*arguments)

    result.assert_outcomes(passed=5 if arguments == ["tests/"] else 7)
    assert (" workers [7 items]" in "\n".join(result.outlines)) == (workers and (os.cpu_count() or 1) > 1)
