"""What holds for every bank; whether each answer is judged rightly, `pytest mistakes accepted` says."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from kata.content import bank
from kata.content.lesson import Lesson, discover
from kata.content.patching import own_line
from kata.diagnosis.diagnoser import Diagnoser

ROOT = Path(__file__).resolve().parents[2]
every_lesson = pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda lesson: lesson.name)


@every_lesson
def test_what_edits_make_of_a_solution_has_no_slips(lesson: Lesson, tmp_path: Path) -> None:
    """A name that nothing has is a slip of the bank's author, not a mistake to be learned from."""
    answers = bank.read(lesson, lesson.mistakes) + bank.read(lesson, lesson.accepted)
    for answer in (one for one in answers if one.edits):
        brought = [ast.unparse(node) for node in answer.assembly().tree.body if own_line(node.lineno) != node.lineno]
        (tmp_path / f"{answer.key}.py").write_text("\n".join([answer.text, *brought]), "utf-8")

    # unused names are what many mistakes leave behind
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select", "E9,F"]
    command += ["--ignore", "F401,F541,F811,F841", "--output-format", "concise", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


@every_lesson
def test_no_two_mistakes_share_a_name(lesson: Lesson) -> None:
    ways: dict[tuple[str, str], set[str]] = {}
    for mistake in bank.read(lesson, lesson.mistakes):
        ways.setdefault((mistake.exercise, mistake.name), set()).add(mistake.why)

    assert [name for name, whys in ways.items() if len(whys) > 1] == []


@every_lesson
def test_the_solution_is_observed_to_the_end(lesson: Lesson) -> None:
    assert [name for name, error in Diagnoser(lesson).errors_of_solution().items() if error is not None] == []
