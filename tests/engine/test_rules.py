"""Points as the teacher wants them: weights, thresholds, what counts, late days, corrections by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kata.teacher import rules
from kata.teacher.marks import Mark, Marks
from kata.teacher.rules import BadRules, Rules

HALF = Mark("ex01_net", "forward", 2, 3, 6, "failed")
DONE = Mark("ex02_loss", "backward", 3, 4, 4, "done")
ADA = Marks("ada", (HALF, DONE), ("a note",))
KEYS = ["ex01_net/forward", "ex02_loss/backward"]


def points(ruled: Rules, one: Marks = ADA) -> tuple[float, float]:
    """Return what one has, and of how many."""
    (found,) = rules.applied(ruled, [one], {})
    return found.points, found.out_of


@pytest.mark.parametrize(
    ("ruled", "wanted"),
    [
        (Rules(), (4.0, 5.0)),
        (Rules(all_or_nothing=True), (3.0, 5.0)),
        (Rules(threshold=0.6), (3.0, 5.0)),
        (Rules(threshold=0.5), (4.0, 5.0)),
        (Rules(points={"ex01_net/forward": 10.0}), (8.0, 13.0)),
        (Rules(count=("ex01_net",)), (1.0, 2.0)),
        (Rules(count=("ex02_loss/backward",)), (3.0, 3.0)),
    ],
    ids=["default", "all or nothing", "below", "at the threshold", "points", "a lesson", "an exercise"],
)
def test_points_come_of_checks_by_the_rules(ruled: Rules, wanted: tuple[float, float]) -> None:
    assert points(ruled) == wanted


@pytest.mark.parametrize(("late", "wanted"), [("", 4.0), ("0", 4.0), ("2", 3.2), ("30", 2.0)])
def test_late_days_cost_a_share_and_not_more_than_the_most(late: str, wanted: float) -> None:
    one = replace(ADA, about={"late": late} if late else {})

    (found,) = rules.applied(Rules(per_day=0.1, most=0.5), [one], {})

    assert found.points == wanted
    assert any("late" in note for note in found.notes) == (wanted < 4)


def test_a_correction_by_hand_holds_whatever_the_rules_and_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text("student,exercise,points,why\nada,ex01_net/forward,1.5,a typing error\n", "utf-8-sig")

    (found,) = rules.applied(Rules(all_or_nothing=True), [ADA], rules.read_corrections(path))

    assert found.points == 4.5
    assert found.notes == ("a note", "ex01_net/forward corrected by hand: 1.5 in place of 0 (a typing error)")
    assert Marks.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("zoe,ex01_net/forward,1,", "there is no student 'zoe'"),
        ("ada,ex01_net/back,1,", "there is no exercise 'ex01_net/back' that counts"),
        ("ada,ex01_net/forward,many,", "line 2: points must be a number, and are 'many'"),
    ],
    ids=["student", "exercise", "points"],
)
def test_a_correction_of_nothing_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text(f"student,exercise,points,why\n{rows}\n")

    with pytest.raises(BadRules, match=said):
        rules.applied(Rules(), [ADA], rules.read_corrections(path))


def test_all_rules_are_read_and_none_is_the_default(tmp_path: Path) -> None:
    assert rules.read(tmp_path, KEYS) == Rules()
    (tmp_path / "grading.toml").write_text(
        'all_or_nothing = true\nthreshold = 0.25\ncount = ["ex01_net"]\n'
        '[points]\n"ex01_net/forward" = 4\n[late]\nper_day = 0.1\nmost = 0.5\n'
    )

    assert rules.read(tmp_path, KEYS) == Rules(True, 0.25, ("ex01_net",), {"ex01_net/forward": 4.0}, 0.1, 0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threshold = 2", "threshold in grading.toml must be a number, from 0 to 1, and is 2"),
        ("all_or_nothing = 1", "all_or_nothing in grading.toml must be true or false, and is 1"),
        ("all_or_noting = true", "grading.toml has 'all_or_noting', which means nothing here"),
        ('count = ["ex09"]', "grading.toml names 'ex09'; what is graded here are ex01_net"),
        ("points = 3", "points in grading.toml must be a table"),
        ("[late]\nper_week = 1", "grading.toml has 'per_week'"),
        ("x = ", "grading.toml cannot be read"),
    ],
)
def test_rules_that_mean_nothing_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "grading.toml").write_text(text)

    with pytest.raises(BadRules, match=said):
        rules.read(tmp_path, KEYS)
