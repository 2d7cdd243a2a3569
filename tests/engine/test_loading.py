"""A learner's file is read from its bytes, completed by the solution, and loaded without traces."""

from __future__ import annotations

import ast
import linecache
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kata.checking import loading
from kata.checking.loading import Submission, Unreadable
from kata.content import bank
from kata.content.lesson import Lesson
from tests.engine import sample
from tests.engine.sample import ADD, TOTAL, sums

NAME = "exercises.ex01_sums"


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson of two exercises, `add` and `total`."""
    return sample.lesson_at(tmp_path)


@pytest.fixture(autouse=True)
def _no_module_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NAME, ModuleType(NAME))


def read(lesson: Lesson, source: str | bytes) -> Submission:
    """Write the learner's file and read it."""
    lesson.stub.write_bytes(source if isinstance(source, bytes) else source.encode())
    return loading.read(lesson, lesson.stub)


def load(lesson: Lesson, source: str | bytes) -> ModuleType:
    return loading.load(loading.assemble(read(lesson, source)), NAME)


def problem_of(lesson: Lesson, source: str | bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(lesson, source)
    return caught.value


# Read.


def test_a_candidate_knows_which_exercises_are_untouched(lesson: Lesson) -> None:
    assert read(lesson, sums(add=ADD)).untouched == {"total"}


def test_a_candidate_knows_the_line_of_an_exercise(lesson: Lesson) -> None:
    assert read(lesson, sums()).line_of("total") == 9


def test_an_exercise_that_is_missing_is_looked_for_on_line_1(lesson: Lesson) -> None:
    assert read(lesson, "x = 1").line_of("total") == 1


def test_the_last_of_two_definitions_is_where_an_exercise_stands(lesson: Lesson) -> None:
    assert read(lesson, "def add(): ...\n\n\ndef add(): ...\n").line_of("add") == 4


def test_reading_does_not_run_the_file(lesson: Lesson) -> None:
    assert read(lesson, "raise SystemExit").untouched == frozenset()


def test_a_file_without_its_exercises_can_be_read(lesson: Lesson) -> None:
    assert read(lesson, "").untouched == frozenset()


def test_a_missing_file_is_unreadable(lesson: Lesson) -> None:
    lesson.stub.unlink()

    with pytest.raises(Unreadable, match=r"^the file is missing$"):
        loading.read(lesson, lesson.stub)


def test_a_folder_in_place_of_the_file_is_unreadable(lesson: Lesson) -> None:
    lesson.stub.unlink()
    lesson.stub.mkdir()

    with pytest.raises(Unreadable, match=r"^it must be a file, and is a folder$"):
        loading.read(lesson, lesson.stub)


def test_a_file_that_cannot_be_opened_is_unreadable(lesson: Lesson) -> None:
    lesson.stub.unlink()
    lesson.stub.symlink_to(lesson.stub)

    with pytest.raises(Unreadable, match=r"^the file cannot be opened: Too many levels of symbolic links$"):
        loading.read(lesson, lesson.stub)


def test_a_syntax_error_is_told_with_its_line_and_column(lesson: Lesson) -> None:
    problem = problem_of(lesson, "x = 1\ny = )\n")

    assert (problem.problem, problem.line, problem.column) == ("Python cannot read it: unmatched ')'", 2, 5)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_the_line_of_a_syntax_error_comes_without_its_end(lesson: Lesson, ending: str) -> None:
    assert problem_of(lesson, f"x = 1{ending}y = )  # no{ending}z = 2{ending}").text == "y = )  # no"


@pytest.mark.parametrize(
    "source",
    [b"x = '\xff'\n", b"x = 1\n\0", b"# coding: nonsense\n", b"if True:\n\tx = 1\n        y = 2\n"],
    ids=["not UTF-8", "null byte", "unknown encoding", "tabs and spaces mixed"],
)
def test_bytes_that_are_no_python_are_unreadable(lesson: Lesson, source: bytes) -> None:
    assert problem_of(lesson, source).problem.startswith("Python cannot read it: ")


@pytest.mark.parametrize(
    "source",
    [
        "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
        "\ufeffx = 'é'\n".encode(),
        "x = 'é'\r\n".encode(),
        "if True:\n\tx = 'é'\n".encode(),
        "x = 'é'".encode(),
    ],
    ids=["latin-1", "byte order mark", "CRLF", "tabs", "no last line end"],
)
def test_every_way_to_write_a_file_is_read(lesson: Lesson, source: bytes) -> None:
    assert load(lesson, source).x == "é"


# Stand-ins.


def test_the_solution_plays_what_is_untouched(lesson: Lesson) -> None:
    assert load(lesson, sums(total=TOTAL)).total([1, 2, 3]) == 6


def test_what_was_written_is_not_played(lesson: Lesson) -> None:
    assert load(lesson, sums(add="return 7")).add(1, 2) == 7


def test_what_was_written_may_be_played_all_the_same(lesson: Lesson) -> None:
    submission = read(lesson, sums(add="return 7", total=TOTAL))

    assert loading.load(loading.assemble(submission, ["add"]), NAME).total([1, 2, 3]) == 6


def test_a_method_whose_class_is_missing_is_not_played(lesson: Lesson) -> None:
    lesson.solution.write_text("class Sums:\n    def add(self): ...\n")
    submission = read(lesson, "x = 1")

    assert ast.unparse(loading.assemble(submission, ["Sums.add"]).tree) == "x = 1"


def test_an_answer_of_a_bank_is_the_solution_with_the_answer_in_it(lesson: Lesson) -> None:
    subtracts = bank.read(lesson, lesson.mistakes)[0]

    module = loading.load(loading.assemble(loading.of_bank(subtracts)), NAME)

    assert (module.add(5, 2), module.total([1, 2, 3])) == (3, 2)


def test_an_answer_of_a_bank_stands_where_the_bank_has_it(lesson: Lesson) -> None:
    submission = loading.of_bank(bank.read(lesson, lesson.mistakes)[0])

    assert (submission.path, submission.line_of("add")) == (lesson.mistakes, 20)


def test_two_answers_of_one_bank_are_told_apart(lesson: Lesson) -> None:
    first, second = map(loading.of_bank, bank.read(lesson, lesson.mistakes))

    assert first.identity != second.identity


# Load.


def test_a_module_knows_its_file(lesson: Lesson) -> None:
    assert load(lesson, "x = __file__").x == str(lesson.stub)


def test_a_loaded_file_is_not_the_main_program(lesson: Lesson) -> None:
    assert load(lesson, "x = __name__").x == NAME


def test_a_module_is_known_by_its_name_while_it_loads(lesson: Lesson) -> None:
    assert load(lesson, "import sys\nx = sys.modules[__name__].__name__").x == NAME


def test_each_load_is_a_fresh_module(lesson: Lesson) -> None:
    submission = read(lesson, "x = []")

    assert loading.load(submission.make(), NAME).x is not loading.load(submission.make(), NAME).x


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(lesson: Lesson) -> None:
    load(lesson, "x = 1")

    assert load(lesson, "x = 2").x == 2


def test_the_lines_that_are_shown_are_those_of_the_last_edit(lesson: Lesson) -> None:
    load(lesson, "x = 1")
    shown = linecache.getline(str(lesson.stub), 1)
    load(lesson, "x = 'edited'")

    assert (shown, linecache.getline(str(lesson.stub), 1)) == ("x = 1\n", "x = 'edited'\n")


def test_no_bytecode_is_written(lesson: Lesson) -> None:
    load(lesson, "x = 1")

    assert not (lesson.stub.parent / "__pycache__").exists()


def test_stale_bytecode_is_not_read(lesson: Lesson) -> None:
    cache = lesson.stub.parent / "__pycache__"
    cache.mkdir()
    (cache / f"ex01_sums.{sys.implementation.cache_tag}.pyc").write_bytes(b"stale")

    assert load(lesson, "x = 1").x == 1


def test_a_file_that_stops_leaves_the_module_from_before(lesson: Lesson) -> None:
    before = sys.modules[NAME]

    with pytest.raises(ZeroDivisionError):
        load(lesson, "1 / 0")

    assert sys.modules[NAME] is before


def test_a_file_that_stops_leaves_no_module_where_none_was(lesson: Lesson) -> None:
    del sys.modules[NAME]

    with pytest.raises(ZeroDivisionError):
        load(lesson, "1 / 0")

    assert NAME not in sys.modules
