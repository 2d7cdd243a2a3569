"""`kata notebook`: a lesson in cells that a real kernel runs, with the file as the one truth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason='the notebook needs pip install -e ".[notebook]"')
nbclient = pytest.importorskip("nbclient", reason='the notebook needs pip install -e ".[notebook]"')

from typer.testing import CliRunner  # noqa: E402  (after what may be missing)

from kata import cli  # noqa: E402
from kata.content.lesson import Lesson, discover  # noqa: E402
from kata.content.patching import stub_text  # noqa: E402
from kata.learner.backup import kept_texts  # noqa: E402
from kata.learner.progress import SavedProgress  # noqa: E402
from kata.notebook import cells  # noqa: E402
from tests.engine import sample  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
HELPED = """%%exercise add
import operator

def helper(a, b):
    return operator.add(a, b)

def add(a, b):
    # mine
    return helper(a, b)
    # end

print(add(1, 2))"""
SHORTER = "from kata.notebook import magics\nWarm = magics.Warm\nmagics.Warm = lambda root: Warm(root, 1.0)"
ADD = "%%exercise add\ndef add(a: int, b: int) -> int:\n    {}\n"


class Desk:
    """A repository, its notebook, and a kernel that runs it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lesson = sample.lesson_at(root)
        self.write("notebook", "ex01")
        self.cells = [one for one in self.read().cells if one.cell_type == "code"]
        self.start()

    def write(self, *words: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.root)
            done = CliRunner().invoke(cli.app, words, catch_exceptions=False)
        return done.output

    def read(self) -> Any:
        return nbformat.read(self.root / "notebooks" / "ex01_sums.ipynb", as_version=4)

    def start(self) -> None:
        notebook = nbformat.v4.new_notebook()
        self.client = nbclient.NotebookClient(
            notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(self.root / "notebooks")}}
        )
        self.kernel = self.client.setup_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.kernel.__enter__()
        assert self.run("%load_ext kata.notebook") == ""
        assert self.run(SHORTER) == ""

    def stop(self) -> None:
        self.kernel.__exit__(None, None, None)

    def run(self, source: str) -> str:
        """Run a cell and return what it shows in the end, as plain text."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        return "\n".join(map(_plain, cell.outputs))

    @property
    def file(self) -> str:
        return self.lesson.stub.read_text()


def _plain(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return str(output.data["text/plain"])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One kernel for all tests: it takes seconds to start."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.stop()


@pytest.fixture
def desk(kernel: Desk) -> Desk:
    """The untouched repository, with a kernel that has been used."""
    kernel.lesson = sample.lesson_at(kernel.root)
    for path in (kernel.root / ".kata").glob("**/*"):
        path.unlink() if path.is_file() else None
    return kernel


def test_the_notebook_holds_the_lesson_and_a_cell_for_each_exercise(desk: Desk) -> None:
    texts = [one.source for one in desk.read().cells]

    assert texts[0] == "# ex01_sums\n\n```text\nSums.\n```"
    assert [one for one in texts if one.startswith("%%exercise")] == [
        "%%exercise add\ndef add(a: int, b: int) -> int:\n    raise NotImplementedError",
        "%%exercise total\ndef total(values: list[int]) -> int:\n    raise NotImplementedError",
    ]


def test_an_untouched_cell_is_to_do(desk: Desk) -> None:
    said = desk.run(desk.cells[1].source)

    assert "To do: this is still a stub (level 1)." in said
    assert "A hint: %hint add" in said
    assert desk.file == sample.sums()


def test_a_right_cell_goes_into_the_file_and_is_done_everywhere(desk: Desk) -> None:
    said = desk.run(ADD.format("return a + b"))

    assert said.splitlines()[0] == "  add is done: 3 checks passed."
    assert "1 of 3 exercises are done." in said
    assert desk.file == sample.sums("return a + b")
    assert "add                 level 1   done" in desk.write("list").replace(
        "add     level", "add                 level"
    )


def test_a_wrong_cell_is_told_why_and_on_which_of_its_lines(desk: Desk) -> None:
    said = desk.run(ADD.format("c = 0\n    return a - b"))

    assert "Your sums equal those of an addition that subtracts." in said
    assert desk.file == sample.sums("c = 0\n    return a - b")


def test_an_exception_is_told_with_its_line_in_the_cell(desk: Desk) -> None:
    said = desk.run(ADD.format("c = 0\n    return a + d"))

    assert "line 7:  return a + d" in said
    assert "Line 7 of the file is line 4 of this cell." in said


def test_a_cell_that_is_no_python_changes_nothing(desk: Desk) -> None:
    said = desk.run(ADD.format("return a +"))

    assert "Python cannot read this cell: invalid syntax." in said
    assert "line 3:  return a +" in said
    assert desk.file == sample.sums()


def test_an_endless_loop_comes_back(desk: Desk) -> None:
    said = desk.run(ADD.format("while True: pass"))

    assert "did not come back within" in said
    assert "is done" in desk.run(ADD.format("return a + b"))


def test_what_changed_in_the_file_is_checked_and_said(desk: Desk) -> None:
    desk.run(ADD.format("return a - b"))
    sample.write(desk.root, "exercises/ex01_sums.py", sample.sums("return b + a"))
    said = desk.run(ADD.format("return a - b"))

    assert said.splitlines()[0] == "  add is done: 3 checks passed."
    assert "exercises/ex01_sums.py has another text than this cell" in " ".join(said.split())
    assert desk.file == sample.sums("return b + a")


def test_where_both_changed_nothing_is_overwritten_until_the_learner_says_who_stays(desk: Desk) -> None:
    desk.run(ADD.format("return a - b"))
    sample.write(desk.root, "exercises/ex01_sums.py", sample.sums("return b + a"))
    said = desk.run(ADD.format("return a * b"))

    assert "have both changed since they last said the same, and nothing was changed" in " ".join(said.split())
    assert desk.file == sample.sums("return b + a")
    desk.run(ADD.format("return a * b").replace("add\n", "add --cell\n", 1))
    assert desk.file == sample.sums("return a * b")
    assert kept_texts(desk.lesson)[0].read_text() == sample.sums("return b + a")


def test_helpers_and_imports_of_a_cell_go_into_the_file_and_a_try_does_not(desk: Desk) -> None:
    text = HELPED
    said = desk.run(text)

    assert "Left out of the file: line 11 (print(add(1, 2)))." in said
    assert desk.file == sample.sums().replace(
        "def add(a: int, b: int) -> int:\n",
        "def add(a, b):\n",
    ).replace(
        '"""Sums."""\n', '"""Sums."""\nimport operator\n\n\ndef helper(a, b):\n    return operator.add(a, b)\n'
    ).replace("    raise NotImplementedError\n", "    # mine\n    return helper(a, b)\n    # end\n", 1)
    before = desk.file
    desk.run(text.replace("return operator.add(a, b)", "return a + b"))
    assert desk.file == before.replace("return operator.add(a, b)", "return a + b")


def test_hints_comparison_and_names_are_there_as_in_the_terminal(desk: Desk) -> None:
    assert "Hint 1 of 3: Look up." in desk.run("%hint add")
    assert "is not known to be done" in desk.run("%compare add")
    desk.run(ADD.format("return a + b"))
    assert desk.run("%compare").startswith("yours (says the same")
    desk.run("%use ex01")
    assert desk.run("add(2, 3)") == "5"
    assert SavedProgress.load(desk.root).hints == {"ex01_sums::add": 1}


def test_what_is_asked_wrongly_is_a_sentence(desk: Desk) -> None:
    assert "No exercise has the name 'ad'; the nearest name is 'add'." in " ".join(desk.run("%hint ad").split())
    assert "No option is called --all" in desk.run("%%exercise add --all\ndef add(): pass")
    assert "This cell does not define add, and nothing was changed." in desk.run("%%exercise add\nx = 1")


def test_after_a_restart_the_cells_are_known_again(desk: Desk) -> None:
    desk.run(ADD.format("return a - b"))
    desk.stop()
    desk.start()
    said = desk.run(ADD.format("return a + b"))

    assert said.splitlines()[0] == "  add is done: 3 checks passed."
    assert desk.file == sample.sums("return a + b")


def test_a_notebook_that_is_there_is_not_overwritten(desk: Desk) -> None:
    before = (desk.root / "notebooks" / "ex01_sums.ipynb").read_text()

    assert "is there already, and stays as it is" in " ".join(desk.write("notebook", "ex01").split())
    assert (desk.root / "notebooks" / "ex01_sums.ipynb").read_text() == before


def test_a_method_may_stand_in_its_class_or_at_the_margin() -> None:
    file = 'class Net:\n    scale = 2\n\n    def go(self, x):\n        """Go."""\n        raise NotImplementedError\n'
    margin = "def go(self, x):\n    text = '''a\n  b'''\n    return text * self.scale"
    inside = "class Net:\n" + margin.replace("def", "    def").replace("    text", "        text").replace(
        "    return", "        return"
    )

    for text in (margin, inside):
        cell = cells.read(text, "Net.go", ["Net.go"])
        made = cells.put(file, "Net.go", cell.parts)
        assert made == file.replace(
            "        raise NotImplementedError\n", "        text = '''a\n  b'''\n        return text * self.scale\n"
        )
        assert cells.in_file(made, "Net.go") == margin
        assert cells.line_in_cell(made, "Net.go", text, 8) == (4 if text is margin else 5)


@pytest.mark.parametrize("lesson", discover(ROOT), ids=lambda lesson: lesson.name)
def test_what_a_cell_shows_goes_back_as_it_was(lesson: Lesson) -> None:
    source = lesson.solution.read_text("utf-8")
    names = [one.name for one in lesson.exercises]

    for name in names:
        cell = cells.read(cells.in_file(source, name), name, names)
        assert cells.put(stub_text(source, [name]), name, cell.parts) == source
