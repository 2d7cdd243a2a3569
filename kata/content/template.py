"""A new lesson: its files with one tiny exercise, which fit together and pass every invariant."""

from __future__ import annotations

import re
from pathlib import Path

from kata.content.files import write_whole
from kata.content.graft import stub_text
from kata.content.lesson import Lesson, discover

_NAME = re.compile(r"ex\d\d_[a-z][a-z0-9_]*")

SOLUTION = '''\
"""Lesson {number}: say in one line what it is about.

A drawing helps, as one would put it on a blackboard. Say where the facts are from.

After: https://docs.pytorch.org/docs/stable/index.html
"""

from torch import Tensor


def half(x: Tensor) -> Tensor:
    """Return half of each number.

    Args:
        x: any shape, any float dtype; left as it is.

    Returns:
        The same shape and dtype.

    See: https://docs.pytorch.org/docs/stable/generated/torch.div.html
    """
    return x / 2
'''

SPEC = '''\
"""Spec of lesson {number}: say in one line what it is held to."""

from typing import Any

import pytest
import torch

from kata.authoring import expect, seeded


@pytest.mark.exercise(
    "half",
    level=1,
    hints=(
        "What is half of 6, and how did you find it?",
        "Numbers of a tensor are divided like any others, all at once.",
        "By two.",
    ),
)
class TestHalf:
    """half."""

    def test_three_numbers_worked_out_by_hand(self, lesson: Any) -> None:
        given = lesson.half(torch.tensor([2.0, 4.0, -6.0]))

        expect.close("half of 2, 4 and -6", given, torch.tensor([1.0, 2.0, -3.0]))

    @pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
    def test_it_equals_the_solution(self, lesson: Any, reference: Any, shape: tuple[int, ...]) -> None:
        x = seeded(*shape).double()

        given = expect.left_alone(lesson.half, x)

        expect.close("half of x", given, reference.half(x))
'''

MISTAKES = '''\
"""Lesson {number}: how each exercise is observed, and the bank of its wrong answers, as edits of the solution."""

from typing import Any

import torch

from kata.authoring import Observation, exercise, insert, observes, replace, wrong


@observes("half", "Your numbers are {{}}.")
def observe_half(lesson: Any, see: Observation) -> None:
    x = torch.tensor([3.0, -1.0])
    see("half of 3 and -1", lesson.half(x))
    see("what x holds afterwards", x)


exercise("half")

doubled = wrong(
    "twice the numbers",
    "Half of a number above 0 is less than the number.",
    replace("x / 2", "x * 2"),
)
rounded = wrong(
    "halves that are rounded down",
    "`//` divides without a remainder: half of 3 is 1.5.",
    replace("x / 2", "x // 2"),
)
in_place = wrong(
    "halves that are written into x",
    "x is the caller's: a method that ends in _ writes into it.",
    insert("x.div_(2)", before="return"),
    replace("x / 2", "x"),
)
'''

ACCEPTED = '''\
"""Right answers to lesson {number} that are written in other ways than the solution."""

from typing import Any

import torch

from kata.authoring import accepted, exercise, replace, right

exercise("half")

by_a_factor = accepted(replace("x / 2", "0.5 * x"))


@right("half")
def by_a_function(x: Any) -> Any:
    return torch.true_divide(x, 2)
'''


def make(root: Path, name: str) -> list[Path]:
    """Write the files of a new lesson and its row in README's table, and return what was written.

    Args:
        root: the repository.
        name: such as "ex42_attention".

    Raises:
        ValueError: the name is none that a lesson may have, or one of the files is there already; nothing is written.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a lesson is called like ex42_attention, not {name!r}")
    number, lesson = str(int(name[2:4])), Lesson(root, name)
    texts = {
        lesson.solution: SOLUTION,
        lesson.spec: SPEC,
        lesson.mistakes.with_suffix("") / "half.py": MISTAKES,
        lesson.accepted: ACCEPTED,
    }
    filled = {path: text.format(number=number) for path, text in texts.items()}
    filled[lesson.stub] = stub_text(filled[lesson.solution], ["half"])
    taken = [path for path in filled if path.exists()] + [one for one in discover(root) if one.name[:5] == name[:5]]
    if taken:
        first = taken[0].solution if isinstance(taken[0], Lesson) else taken[0]
        raise ValueError(f"{first.relative_to(root)} is there already")
    readme = root / "README.md"
    filled[readme] = _with_row(readme.read_text("utf-8"), name)
    for path, text in filled.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    return list(filled)


def _with_row(text: str, name: str) -> str:
    """Return README's text with a row for the lesson, in the place that its number has."""
    lines = text.splitlines(keepends=True)
    rows = [number for number, line in enumerate(lines) if line.startswith("| `ex")]
    before = [number for number in rows if lines[number] < f"| `{name}`"]
    place = before[-1] + 1 if before else (rows[0] if rows else len(lines))
    lines.insert(place, f"| `{name}` | `half` (1) |\n")
    return "".join(lines)
