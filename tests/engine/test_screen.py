"""What `kata watch` shows after a save: the exercise whose text has changed, wherever that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.content.lesson import Lesson, discover
from kata.diagnosis.explanation import Explanation
from kata.learner.progress import SavedProgress, digests_of
from kata.learner.screen import Screen
from kata.report.results import CheckState, Result
from tests.engine import sample

CHECKS = {"add": 3, "total": 1, "shout": 1}


class Desk:
    """A learner before the board: saves a text, whose checks then come out as is said.

    Args:
        root: the repository.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lessons = discover(root)
        self.hung = ""  # what checks that wait are said to wait for
        self.board = Screen(self.lessons, SavedProgress.load(root), 10.0)

    def saves(self, text: str, **states: CheckState) -> str:
        """Save the first lesson, let it run, and return what stands on the screen."""
        self.lessons[0].stub.write_text(text)
        return self.runs(self.lessons[0], **states)

    def runs(self, lesson: Lesson, **states: CheckState) -> str:
        """Let a lesson run to its end."""
        self.begins(lesson, **states)
        self.board.verdict.add({"event": "end", "how": "done", "lines": []})
        self.board.finish()
        return self.screen()

    def begins(self, lesson: Lesson, **states: CheckState | None) -> str:
        """Let a lesson run until all that is said is known, but not to its end; None for what is not known yet."""
        self.board.begin(lesson)
        digests = digests_of(lesson)
        names = [exercise.name for exercise in lesson.exercises]
        results: list[Result] = []
        for name in names:
            state: CheckState = states.get(name) or "to do"
            told = Explanation(f"{name} is {state}.") if state == "failed" else None
            for number in range(CHECKS[name]):
                words = lesson.name, name, f"{name} {number}", f"exercises/{lesson.name}.py", 1, len(results), state
                waits_for = self.hung if state == "waiting" else ""
                digest = digests.get(name, "")
                one = Result(*words, told=told, digest=digest, total=CHECKS[name], waits_for=waits_for)
                results.append(one)
        self.board.verdict.add({"event": "expected", "results": [one.to_json() for one in results]})
        for known in (one for one in results if states.get(one.exercise, "to do")):
            self.board.verdict.add({"event": "result", "result": known.to_json()})
        self.board.preview()
        return self.screen()

    def screen(self) -> str:
        return "\n".join(text for text, _ in self.board.lines())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    sample.make_repository(tmp_path)
    return Desk(tmp_path)


WRONG, RIGHT = "return a - b", "return a + b"


def test_the_exercise_that_was_edited_is_told_though_another_is_wrong_too(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")

    screen = desk.saves(sample.sums(WRONG, "return 0"), add="failed", total="failed")

    assert "total is failed." in screen
    assert "add is failed." not in screen


def test_after_one_is_done_the_next_that_is_written_is_told_without_a_key(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")
    done = desk.saves(sample.sums(RIGHT), add="passed")

    screen = desk.saves(sample.sums(RIGHT, "return 0"), add="passed", total="failed")

    assert "add is done." in done
    assert screen.index("add is done.") < screen.index("total is failed.")
    assert "add is done." not in desk.saves(sample.sums(RIGHT, "return 1"), add="passed", total="failed")


def test_a_change_outside_the_exercises_leaves_the_learner_where_they_are(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")
    desk.saves(sample.sums(WRONG, "return 0"), add="failed", total="failed")

    screen = desk.saves("import math\n" + sample.sums(WRONG, "return 0"), add="failed", total="failed")

    assert "total is failed." in screen


def test_a_file_that_cannot_be_read_in_between_forgets_nothing(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")
    desk.saves("def broken(:\n", add="failed")

    assert "total is failed." in desk.saves(sample.sums(WRONG, "return 0"), add="failed", total="failed")


def test_one_that_waits_gives_way_to_what_it_waits_for(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")

    assert "add is failed." in desk.saves(sample.sums(WRONG, "return 0"), add="failed", total="waiting")


def test_one_that_hangs_takes_done_from_no_other(desk: Desk) -> None:
    desk.saves(sample.sums(RIGHT), add="passed")
    desk.hung = "total, which did not come back in time"

    screen = desk.saves(sample.sums(RIGHT, "while True: pass"), add="waiting", total="failed")

    assert "add     done" in screen
    assert "total is failed." in screen
    desk.board.state.save()
    again = SavedProgress.load(desk.root).results(desk.lessons[0])
    assert {one.state for one in again if one.exercise == "add"} == {"passed"}


def test_next_and_previous_go_anywhere_at_any_time(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")

    assert desk.board.next() == desk.lessons[0]
    assert "To do: this is still a stub" in desk.runs(desk.lessons[0], add="failed")
    assert desk.board.next() == desk.lessons[1]
    assert "shout is failed." in desk.runs(desk.lessons[1], shout="failed")
    assert desk.board.next() == desk.lessons[1]  # the last one
    desk.board.previous()
    desk.board.previous()
    assert "add is failed." in desk.runs(desk.lessons[0], add="failed")
    assert desk.board.previous() == desk.lessons[0]


def test_from_one_that_is_done_next_goes_to_what_is_not(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG, "return sum(values)"), add="failed", total="passed")
    desk.saves(sample.sums(RIGHT, "return sum(values)"), add="passed", total="passed")

    assert desk.board.next() == desk.lessons[1]


def test_keys_mean_the_same_before_the_run_has_ended(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")
    desk.lessons[0].stub.write_text(sample.sums(RIGHT))
    screen = desk.begins(desk.lessons[0], add="passed")

    assert "add is done." in screen
    assert ("c", "compare with the solution") in desk.board.choices()
    assert desk.board.next() == desk.lessons[0]
    assert "To do: this is still a stub" in desk.runs(desk.lessons[0], add="passed")


def test_what_waited_in_an_older_run_is_not_gone_to(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG, "return sum(values)"), add="failed", total="waiting")
    desk.lessons[0].stub.write_text(sample.sums(RIGHT, "return sum(values)"))
    desk.begins(desk.lessons[0], add="passed", total=None)

    assert desk.board.next() == desk.lessons[1]


def test_a_lesson_that_is_done_says_so(desk: Desk) -> None:
    screen = desk.saves(sample.sums(RIGHT, "return sum(values)"), add="passed", total="passed")

    assert "  add is done.\n  Every exercise of ex01_sums is done.\n" in screen
    assert "c compare with the solution" in screen


def test_what_a_save_changed_is_said_in_whole_sentences(desk: Desk) -> None:
    desk.saves(sample.sums(WRONG), add="failed")
    desk.saves(sample.sums(WRONG, "return 0"), add="failed", total="failed")
    desk.board.previous()

    desk.runs(desk.lessons[0], add="passed", total="failed")
    assert desk.board.changed == "3 of 3 checks pass now, 3 more than before."
    desk.runs(desk.lessons[0], add="failed", total="failed")
    assert desk.board.changed == "The check `add 0` passed before, and so did 2 others."
