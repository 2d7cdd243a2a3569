"""A new lesson made from the template passes what every lesson must pass."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from pathlib import Path

import pytest

from kata import authoring
from kata.content import new_lesson
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository with its first lesson only."""
    for name in ("kata", "tests/engine"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    for one in ("exercises", "solutions", "mistakes", "accepted"):
        (tmp_path / one).mkdir()
    for one in ("exercises", "solutions", "accepted"):
        shutil.copy(ROOT / one / "ex01_lenet.py", tmp_path / one)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "mistakes" / "ex01_lenet", tmp_path / "mistakes" / "ex01_lenet", ignore=ignored)
    shutil.copy(ROOT / "tests" / "test_ex01_lenet.py", tmp_path / "tests")
    text = (tmp_path / "README.md").read_text("utf-8")
    rows = [line for line in text.splitlines(keepends=True) if line.startswith("| `ex")]
    (tmp_path / "README.md").write_text(text.replace("".join(rows), rows[0]))
    return tmp_path


def test_a_new_lesson_fits_together_and_passes_every_invariant(copy: Path) -> None:
    written = new_lesson.make(copy, "ex42_attention")

    assert [path.relative_to(copy).as_posix() for path in written] == [
        "solutions/ex42_attention.py",
        "tests/test_ex42_attention.py",
        "mistakes/ex42_attention/half.py",
        "accepted/ex42_attention.py",
        "exercises/ex42_attention.py",
        "README.md",
    ]
    words = ("tests/engine/test_invariants.py", "-q", "-k", "ex42 or readme")
    done = fresh.run("-m", "pytest", *words, cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)})
    assert done.returncode == 0, done.stdout


def test_its_wrong_answers_are_told_and_its_right_ones_accepted(copy: Path) -> None:
    new_lesson.make(copy, "ex42_attention")

    banks = ("mistakes/ex42_attention", "accepted/ex42_attention.py")
    done = fresh.run("-m", "pytest", *banks, "-q", cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)})

    assert "5 passed" in done.stdout


@pytest.mark.parametrize("name", ["attention", "ex4_a", "ex42_", "ex42_A", "../ex42_a", "ex42-a"])
def test_a_name_that_no_lesson_has_is_refused(copy: Path, name: str) -> None:
    with pytest.raises(ValueError, match="a lesson is called like ex42_attention"):
        new_lesson.make(copy, name)


@pytest.mark.parametrize("name", ["ex01_lenet", "ex01_other"])
def test_what_is_there_is_never_overwritten(copy: Path, name: str) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*.py")}

    with pytest.raises(ValueError, match="is there already"):
        new_lesson.make(copy, name)

    assert {path: path.read_bytes() for path in copy.rglob("*.py")} == before


def test_what_contributing_shows_is_taken_from_the_template() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    shown = [textwrap.dedent(block).strip() for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)]
    code = [block for block in shown if block.startswith(("@observes", "in_place ="))]

    assert len(code) == 2
    mistakes = (ROOT / "kata" / "content" / "template" / "mistakes.py.txt").read_text("utf-8")
    for block in code:
        assert block in mistakes


def test_the_lesson_in_the_docstring_of_the_door_uses_names_that_it_offers() -> None:
    words = set(re.findall(r"\b(expect|observes|Observation|exercise|wrong|replace|right)\b", authoring.__doc__ or ""))

    assert words <= set(vars(authoring))
    assert len(words) == 7
