"""`kata update`: what is new in a stub comes into the learner's file, and nothing that was written there is lost."""

from __future__ import annotations

import ast
import subprocess
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kata import cli
from kata.content.lesson import Lesson, discover
from kata.content.patching import body_span, definitions, is_stub, stub_text
from kata.learner.backup import kept_texts
from kata.learner.update import update, updated
from tests.engine import sample

ROOT = Path(__file__).resolve().parents[2]
BEFORE = '''"""Sums."""

import torch

STEP = 1


def given(x):
    return x + 1


class Net:
    """A net."""

    scale = 2

    def forward(self, x):
        """Return it."""
        raise NotImplementedError


def add(a, b):
    """Add."""
    raise NotImplementedError
'''
NOW = (
    BEFORE.replace("Sums.", "Sums, explained.")
    .replace("return x + 1", "return x + 2")
    .replace('"""Return it."""', '"""Return it.\n\n        Shapes: (N,).\n        """')
    .replace('"""Add."""', '"""Add a and b."""')
    .replace("import torch\n", "import math\n\nimport torch\n")
    .replace("scale = 2", "scale = 2\n    offset = 0")
)
MINE = (
    BEFORE.replace("import torch\n", "import torch\nfrom torch import nn\n")
    .replace("def add", "def helper(x):\n    # mine\n    return -x\n\n\ndef add")
    .replace(
        '        """Return it."""\n        raise NotImplementedError\n',
        '        """Return it."""\n        # first\n        return self.own(x)\n        # last\n\n'
        "    def own(self, x):\n        return x\n",
    )
)
NAMES = ["Net.forward", "add"]


def brought(own: str, now: str = NOW, before: str = BEFORE) -> tuple[str, list[str], list[str]]:
    made = updated(now, own, lambda: before, NAMES)
    return made.text, made.taken, made.yours


def test_an_untouched_file_becomes_the_new_stub() -> None:
    text, _, yours = brought(BEFORE)

    assert text == NOW
    assert yours == []


def test_what_was_written_stands_below_the_new_docstring_with_its_remarks_and_helpers() -> None:
    text, taken, yours = brought(MINE)

    assert 'Shapes: (N,).\n        """\n        # first\n        return self.own(x)\n        # last\n' in text
    assert "    def own(self, x):\n        return x\n" in text
    assert "def helper(x):\n    # mine\n    return -x\n" in text
    assert "from torch import nn\n" in text
    assert "import math\n" in text
    assert "    offset = 0\n" in text
    assert "return x + 2" in text
    assert '"""Add a and b."""\n    raise NotImplementedError' in text
    assert {"given", "Net.forward", "add", "Net.offset"} <= {*taken}
    assert yours == []


def test_what_both_changed_stays_as_the_learner_has_it_and_is_said() -> None:
    text, _, yours = brought(MINE.replace("return x + 1", "return x + 7"))

    assert "return x + 7" in text
    assert yours == ["given"]


def test_what_only_the_learner_changed_stays_without_a_word() -> None:
    text, _, yours = brought(MINE.replace("STEP = 1", "STEP = 5"))

    assert "STEP = 5" in text
    assert yours == []


def test_what_is_not_handed_out_any_more_goes_unless_it_was_changed() -> None:
    shorter = NOW.replace("def given(x):\n    return x + 2\n\n\n", "")

    assert "given" not in brought(MINE, shorter)[0]
    assert "given" in brought(MINE.replace("return x + 1", "return x + 7"), shorter)[0]


def test_arguments_that_changed_are_said() -> None:
    text, _, yours = brought(
        MINE.replace("raise NotImpl", "return a + b  # raise NotImpl"), NOW.replace("a, b)", "a, c)")
    )

    assert "def add(a, c):" in text
    assert "return a + b" in text
    assert yours == ["the body of add, whose arguments are now (a, c)"]


def test_another_indentation_becomes_that_of_the_stub() -> None:
    text, _, _ = brought(
        BEFORE.replace('    """Add."""\n    raise NotImplementedError', '  """Add."""\n  return a + b')
    )

    assert '    """Add a and b."""\n    return a + b\n' in text


def test_twice_is_as_once() -> None:
    once = brought(MINE)[0]

    assert brought(once) == (once, [], [])


def test_without_a_text_before_what_differs_stays_and_is_said() -> None:
    text, _, yours = brought(MINE, before="")

    assert "return x + 1" in text
    assert "given" in yours


def test_without_git_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = sample.lesson_at(tmp_path)
    lesson.stub.parent.mkdir(exist_ok=True)
    lesson.stub.write_text("def mine(x):\n    return x\n")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(LookupError, match="kata update merges with git, and git did not run"):
        update(lesson)

    assert lesson.stub.read_text() == "def mine(x):\n    return x\n"


def versions(lesson: Lesson) -> list[tuple[str, str]]:
    """Return a few states of a lesson's stub and solution in the history of this repository, the oldest first."""
    path = f"solutions/{lesson.name}.py"
    found = []
    for commit in git("log", "--format=%H", "--", path).split()[1:]:
        solution = git("show", f"{commit}:{path}")
        if all(definitions(ast.parse(solution), one.name) for one in lesson.exercises):
            found.append((stub_text(solution, [one.name for one in lesson.exercises]), solution))
    return found[::-1][:: max(1, len(found) // 4)]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda lesson: lesson.name)
def test_every_old_version_that_was_solved_is_brought_up_to_date(lesson: Lesson) -> None:
    names = [one.name for one in lesson.exercises]
    now = stub_text(lesson.solution.read_text("utf-8"), names)
    known = versions(lesson)
    if not known:
        pytest.skip("no history of the stubs here: a shallow clone, or no git")
    for stub, solution in known:
        own = solution.replace("\n\n\n", "\n\n\ndef my_own_helper(x):\n    return x\n\n\n", 1)

        text = updated(now, own, partial(str, stub), names).text

        made, mine, new = ast.parse(text), ast.parse(own), ast.parse(now)
        assert "def my_own_helper(x):\n    return x\n" in text
        for name in names:
            ours, theirs, wanted = (definitions(tree, name)[-1] for tree in (made, mine, new))
            assert ast.get_docstring(ours) == ast.get_docstring(wanted)
            bodies = [_lines(source, one) for source, one in ((text, ours), (own, theirs))]
            assert bodies[0] == bodies[1]
        assert stub_text(text, names).replace("def my_own_helper(x):\n    return x\n\n\n", "", 1) == now


def _lines(source: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    first, last, _ = body_span(function)
    return source.splitlines()[first - 1 : last]


def test_the_command_says_what_it_took_and_keeps_the_text_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = sample.lesson_at(tmp_path)
    own = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    own = own.replace("raise NotImplementedError", "return a + b  # mine", 1).replace("Return a + b.", "Add.")
    lesson.stub.parent.mkdir(exist_ok=True)
    lesson.stub.write_text(own)
    monkeypatch.chdir(tmp_path)

    first, second = (CliRunner().invoke(cli.app, ["update", "ex01_sums"]) for _ in range(2))

    assert first.exit_code == second.exit_code == 0
    assert "return a + b  # mine" in lesson.stub.read_text()
    assert [one.read_text() for one in kept_texts(lesson)] == [own]
    assert "ex01_sums: new are add. Your text before is in .kata/backup/ex01_sums-" in first.output
    assert "ex01_sums: nothing new" in second.output
    assert is_stub(definitions(ast.parse(lesson.stub.read_text()), "total")[-1])


def test_line_ends_of_windows_stay_and_a_missing_last_one_joins_nothing(tmp_path: Path) -> None:
    lesson = sample.lesson_at(tmp_path)
    stub = stub_text(lesson.solution.read_text("utf-8"), [one.name for one in lesson.exercises])
    lesson.stub.parent.mkdir(exist_ok=True)
    lesson.stub.write_bytes(f"{stub}\n\ndef mine(x):\n    return x".replace("\n", "\r\n").encode())

    assert update(lesson).kept is None  # nothing is new
    older = lesson.stub.read_bytes().replace(b"Return a + b.", b"Add.")
    lesson.stub.write_bytes(older)

    assert update(lesson).taken == ["add"]
    assert lesson.stub.read_bytes() == older.replace(b"Add.", b"Return a + b.") + b"\r\n"


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = sample.lesson_at(tmp_path)
    lesson.stub.parent.mkdir(exist_ok=True)
    lesson.stub.write_text("def add(:\n")
    monkeypatch.chdir(tmp_path)

    said = CliRunner().invoke(cli.app, ["update"]).output

    assert "left as it is: exercises/ex01_sums.py cannot be read as Python" in said
    assert lesson.stub.read_text() == "def add(:\n"
