"""A machine without what POSIX has: no fork, no signals, no terminal modes. Windows was not at hand; this stands in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import sample

pytest.importorskip("pty", reason="what is taken away must be there first")
from tests.engine.test_watch import Person, repository, solution, without

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "engine" / "no_posix")])
FIRST = "        x = F.max_pool2d(F.relu(self.conv1(x)), 2)"

__all__ = ["repository"]


@pytest.fixture
def person(repository: Path) -> Iterator[Person]:
    """A person who has just started `kata watch` there."""
    one = Person(repository, "ex01", "--limit", "6", PYTHONPATH=PATHS)
    yield one
    one.goes_away()


def test_kata_watch_gives_its_verdicts(repository: Path, person: Person) -> None:
    file, text = repository / "exercises" / "ex01_lenet.py", solution(repository)

    person.sees("Your scores equal those of a LeNet without ReLU after conv2.")
    person.presses("h")
    person.sees("Hint 1 of 3")
    file.write_text(text.replace(FIRST, f"        while True: pass\n{FIRST}"))
    person.sees("did not come back within")  # "... the time limit", or, where it does not listen, "... 6 seconds"
    file.write_text(text.replace(FIRST, f"        import ctypes; ctypes.string_at(0)\n{FIRST}"))
    person.sees("ended with SIGSEGV")  # Windows has another number for it, which is shown
    file.write_text(text)
    person.sees("LeNet.forward is done.")
    person.sees("n next")
    person.presses("n")
    person.sees("compute_loss")
    person.presses("q")

    person.sees("Come back any time with: kata watch")
    assert person.leaves() == 0


def submit(folder: Path, student: str, text: str) -> None:
    path = folder / student / "exercises" / "ex01_lenet.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def kata(repository: Path, *words: str) -> str:
    """Run the command there, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "kata", *words],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_kata_grade_gives_its_marks(repository: Path, tmp_path: Path) -> None:
    right = solution(repository)
    submit(tmp_path / "class", "ada", right)
    submit(tmp_path / "class", "ben", without(right, "F.relu(self.conv2(x))"))
    submit(tmp_path / "class", "eve", right.replace(FIRST, f"        while True: pass\n{FIRST}"))
    shutil.copytree(ROOT / "accepted", repository / "accepted", dirs_exist_ok=True)

    kata(
        repository, "grade", str(tmp_path / "class"), "--lesson", "ex01", "--limit", "2", "--out", str(tmp_path / "out")
    )

    students = {one["student"]: one for one in json.loads((tmp_path / "out" / "grades.json").read_text())["students"]}
    states = {name: [mark["state"] for mark in one["marks"]] for name, one in students.items()}
    assert states == {"ada": ["done"] * 3, "ben": ["done", "done", "failed"], "eve": ["done", "done", "failed"]}
    assert students["ben"]["marks"][2]["mistake"] == "a LeNet without ReLU after conv2"
    assert students["eve"]["marks"][2]["said"] == "Your code did not come back within the time limit of a check."


@pytest.mark.parametrize("paths", [PATHS, str(ROOT)], ids=["without POSIX", "with it"])
def test_pytest_ends_what_does_not_come_back_and_goes_on(tmp_path: Path, paths: str) -> None:
    sample.make_repository(tmp_path)
    sample.write(
        tmp_path, "exercises/ex01_sums.py", sample.sums(add="while True:\n        pass", total="return sum(values)")
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "exercises/ex01_sums.py", "--limit=1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    said = " ".join(done.stdout.split())
    assert "Your code did not come back within the time limit of a check. line 6: while True:" in said
    assert "Your code printed" not in said
    assert "1 failed, 2 skipped, 1 to do" in said
