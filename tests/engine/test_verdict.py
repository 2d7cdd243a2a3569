"""What is concluded from what a run reported, and from what it did not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kata.report.results import Result
from kata.running.client import Verdict

CHECK = Result("ex01", "learn", "it learns", "exercises/ex01.py", 3, 0, "skipped")


def verdict(how: str, *reported: Result, lines: tuple[int, ...] = ()) -> Verdict:
    """Return the verdict of a run of two checks that ended so."""
    one = Verdict(limit=10)
    both = [CHECK, replace(CHECK, check="it goes on learning", index=1)]
    one.add({"event": "expected", "results": [each.to_json() for each in both]})
    for result in reported:
        one.add({"event": "result", "result": result.to_json()})
    one.add({"event": "end", "how": how, "lines": list(lines)})
    return one


def test_what_was_not_reported_was_not_passed() -> None:
    results = verdict("done", replace(CHECK, state="passed")).results()

    assert [result.state for result in results] == ["passed", "failed"]


def test_after_a_crash_the_first_check_is_told_and_the_others_wait() -> None:
    results = verdict("signal 11").results()

    assert [result.state for result in results] == ["failed", "waiting"]


@pytest.mark.parametrize(
    ("how", "headline"),
    [
        ("time", "Your code did not come back within 10 seconds, and did not listen: its process was ended."),
        (
            "signal 11",
            "The process of the check ended with SIGSEGV: memory that is not its own was touched. "
            "What it did not report is not passed.",
        ),
        (
            "exit 3221225477",
            "The process of the check ended with an access violation: memory that is not its own was touched. "
            "What it did not report is not passed.",
        ),
        ("memory 6 GiB", "Your code took more than 6 GiB of memory: its process was ended."),
        (
            "exit 3",
            "The process of the check left before it had reported (exit 3). What it did not report is not passed.",
        ),
    ],
    ids=["time", "a signal", "an end on Windows", "memory", "an exit"],
)
def test_the_end_of_a_run_is_told_in_a_sentence(how: str, headline: str) -> None:
    told = verdict(how).results()[0].told

    assert told is not None
    assert told.headline == headline


def test_a_crash_is_told_with_the_learners_line() -> None:
    told = verdict("signal 11", lines=(2,)).results("def learn():\n    crash()\n")[0].told

    assert told is not None
    assert (told.line, told.code) == (2, "crash()")


def test_an_exercise_is_known_by_its_first_failure() -> None:
    one = Verdict(limit=10)
    one.add({"event": "expected", "results": [CHECK.to_json(), replace(CHECK, check="more", index=1).to_json()]})
    one.add({"event": "result", "result": replace(CHECK, state="failed").to_json()})

    assert one.is_known("learn")


def test_an_exercise_that_passes_is_known_when_all_its_checks_are() -> None:
    one = Verdict(limit=10)
    one.add({"event": "expected", "results": [CHECK.to_json(), replace(CHECK, check="more", index=1).to_json()]})
    one.add({"event": "result", "result": replace(CHECK, state="passed").to_json()})

    assert not one.is_known("learn")
