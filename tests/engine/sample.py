"""A miniature repository: two lessons without torch, so that the engine is seen and not the lessons."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

import kata.checking.expect  # noqa: F401  (sessions in this process share it: what it raises is known by its class)
from kata.content.lesson import Lesson
from tests.engine import fresh

ROOT = Path(__file__).resolve().parents[2]

SUMS = '''\
"""Sums."""


def add(a: int, b: int) -> int:
    """Return a + b."""
    {add}


def total(values: list[int]) -> int:
    """Return the sum of the values."""
    {total}
'''

SUMS_SPEC = """\
import pytest

from kata.checking import expect


@pytest.mark.exercise("add", level=1, hints=("Look up.", "Look down.", "Look here."))
class TestAdd:
    def test_one_and_two_are_three(self, lesson):
        expect.equal("add(1, 2)", lesson.add(1, 2), 3)

    @pytest.mark.parametrize("a", [0, 5], ids=["zero", "five"])
    def test_nothing_added_changes_nothing(self, lesson, reference, a):
        expect.equal(f"add({a}, 0)", lesson.add(a, 0), reference.add(a, 0))


@pytest.mark.exercise("total", level=2, hints=("One.", "Two.", "Three."))
class TestTotal:
    def test_the_total_of_three_values(self, lesson):
        expect.equal("total([1, 2, 3])", lesson.total([1, 2, 3]), 6)
"""

SUMS_MISTAKES = '''\
"""How sums are observed, and their wrong answers."""

from kata.content.bank import mistake, same_as
from kata.diagnosis.diagnoser import observes


@observes("add", "Your sums equal those of {}.")
def observe_add(lesson, see):
    see("1 and 2", lesson.add(1, 2))
    see("5 and 0", lesson.add(5, 0))


@observes("total", "Your totals equal those of {}.")
def observe_total(lesson, see):
    see("the total", lesson.total([1, 2, 3]))
    see("the total of nothing", lesson.total([]))


@mistake("add", "an addition that subtracts", "A sum grows with both of its parts.")
def subtracts(a, b):
    return a - b


@same_as(subtracts)
def adds_the_negative(a, b):
    return a + -b
'''

WORDS = '''\
"""Words."""


def shout(text: str) -> str:
    """Return the text in capitals."""
    {shout}
'''

WORDS_SPEC = """\
import pytest

from kata.checking import expect


@pytest.mark.exercise("shout", level=1, hints=("One.", "Two.", "Three."))
class TestShout:
    def test_a_word_is_shouted(self, lesson):
        expect.equal("shout('a')", lesson.shout("a"), "A")
"""

STUB = "raise NotImplementedError"
ADD = "return a + b"
TOTAL = "return add(values[0], total(values[1:])) if values else 0"
SHOUT = "return text.upper()"


def sums(add: str = STUB, total: str = STUB) -> str:
    """Return an answer to the first lesson."""
    return SUMS.format(add=add, total=total)


def words(shout: str = STUB) -> str:
    """Return an answer to the second lesson."""
    return WORDS.format(shout=shout)


def make_repository(root: Path) -> None:
    """Write both lessons, untouched, and the project's own settings into the folder `root`."""
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, root / name)
    write(root, "solutions/ex01_sums.py", sums(ADD, TOTAL))
    write(root, "exercises/ex01_sums.py", sums())
    write(root, "tests/test_ex01_sums.py", SUMS_SPEC)
    write(root, "mistakes/ex01_sums.py", SUMS_MISTAKES)
    write(root, "solutions/ex02_caps.py", words(SHOUT))
    write(root, "exercises/ex02_caps.py", words())
    write(root, "tests/test_ex02_caps.py", WORDS_SPEC)
    write(root, "mistakes/ex02_caps.py", '"""No observers yet."""\n')


def write(root: Path, name: str, text: str | bytes) -> Path:
    """Write one file of the repository, and return its path."""
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lesson_at(root: Path) -> Lesson:
    """Return the first lesson of the repository made in the folder `root`."""
    make_repository(root)
    return Lesson(root, "ex01_sums")


def pytest_in(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own."""
    began = time.perf_counter()
    done = fresh.run("-m", "pytest", *arguments, cwd=pytester.path, env={**os.environ, "PY_COLORS": "0"})
    lines = done.stdout.splitlines(), done.stderr.splitlines()
    return pytest.RunResult(done.returncode, *lines, duration=time.perf_counter() - began)


def report_of(output: list[str]) -> str:
    """Return what a session printed, without the blank lines around it and the last line, which has the time."""
    return "\n".join(output[:-1]).strip("\n")


def summary_of(output: list[str]) -> str:
    """Return pytest's last line without the time and its frame."""
    return output[-1].strip("= ").rpartition(" in ")[0]


def told_of(output: list[str]) -> str:
    """Return what is told of the exercise that comes next, from its title to its check."""
    text = report_of(output)
    start = text.index("\n\n", text.index("\n\n  ex01_sums") + 2)
    return text[start:].partition("\n\n  Check that fails")[0].strip("\n")
